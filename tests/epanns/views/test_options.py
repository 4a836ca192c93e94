"""What views are told of the settings, each from the setting that says it."""

import dataclasses

import pytest

from epanns.settings import Settings
from epanns.views.options import RankingOptions, SelectionSpec


def test_a_specification_names_what_the_settings_say_of_classes() -> None:
    settings = Settings(
        classes="home", pin="Dog; Speech", watch="bark", threshold=0.2, most_specific=True
    )
    assert SelectionSpec.of(settings) == SelectionSpec(
        classes="home", pin="Dog; Speech", watch="bark", threshold=0.2, most_specific=True
    )


def test_options_are_what_the_settings_say_of_rows() -> None:
    settings = Settings(top_k=3, smoothing=1.5, silence=-70.0, language="de")
    assert RankingOptions.of(settings) == RankingOptions(
        top_k=3, smoothing=1.5, silence_dbfs=-70.0, language="de"
    )


def test_both_have_the_defaults_of_the_settings() -> None:
    assert SelectionSpec.of(Settings()) == SelectionSpec()
    assert RankingOptions.of(Settings()) == RankingOptions()


@pytest.mark.parametrize("value", [SelectionSpec(), RankingOptions()])
def test_they_do_not_change(value: SelectionSpec | RankingOptions) -> None:
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)
