"""Every setting comes from one place, and a bad one is named with its value and its range."""

from pathlib import Path

import pytest

from epanns.errors import SettingsError
from epanns.settings import Settings, allowed, load_settings, most
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary


@pytest.fixture(autouse=True)
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's settings file, missing until a test writes it; no variable of the caller's."""
    path = tmp_path / "settings.toml"
    monkeypatch.setitem(Settings.model_config, "toml_file", path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"EPANNS_{name.upper()}", raising=False)
    monkeypatch.delenv("TOP_K", raising=False)
    return path


def test_the_defaults_are_those_of_the_demo() -> None:
    settings = load_settings()
    assert (settings.top_k, settings.model, settings.source) == (8, "auto", "microphone")
    assert (settings.segment, settings.hop, settings.activation) == (1.0, 0.1, "sigmoid")


def test_flags_win_over_variables_and_variables_over_the_file(
    user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_file.write_text('top_k = 3\nhop = 0.5\ntheme = "light"\n')
    assert load_settings().top_k == 3
    monkeypatch.setenv("TOP_K", "4")
    assert load_settings().top_k == 4
    monkeypatch.setenv("EPANNS_TOP_K", "5")
    assert load_settings().top_k == 5
    assert load_settings(["--top-k", "6"]).top_k == 6
    assert load_settings().hop == 0.5
    assert load_settings().theme == "light"


def test_the_number_of_a_microphone_may_be_a_number(user_file: Path) -> None:
    user_file.write_text("microphone = 2")
    assert load_settings().microphone == "2"


def test_switches_and_their_shorthand() -> None:
    settings = load_settings(["--json", "--offline", "--no-loop"])
    assert (settings.json_lines, settings.offline, settings.loop) == (True, True, False)


@pytest.mark.parametrize(
    ("name", "value", "range_"),
    [
        ("top_k", "zero", "a whole number from 1 to 527"),
        ("top_k", "0", "a whole number from 1 to 527"),
        ("top_k", "9999", "a whole number from 1 to 527"),
        ("top_k", "2.5", "a whole number from 1 to 527"),
        ("top_k", "", "a whole number from 1 to 527"),
        ("hop", "-1", "a number from 0.02 to 10"),
        ("hop", "nan", "a number from 0.02 to 10"),
        ("segment", "0.05", "a number from 0.1 to 10"),
        ("segment", "60", "a number from 0.1 to 10"),
        ("threshold", "1.5", "a number from 0 to 1"),
        ("smoothing", "-0.1", "a number from 0 to 5"),
        ("silence", "3", "a number from -120 to 0"),
        ("threads", "0", "a whole number from 1 to 64"),
        ("font_scale", "huge", "a number from 0.5 to 4"),
        ("seconds", "0", "a number above 0"),
        ("seconds", "inf", "a number above 0"),
        ("loop", "often", "yes or no"),
        ("text", "2", "yes or no"),
        ("plain", "rather", "yes or no"),
        ("json_lines", "maybe", "yes or no"),
        ("full_screen", "wide", "yes or no"),
        ("theme", "blue", "dark or light or contrast"),
        ("activation", "relu", "sigmoid or softmax"),
        ("offline", "perhaps", "yes or no"),
        ("model", "resnet", "auto, small, best, one of starter, epanns"),
        ("source", "no/such.wav", "microphone, sample, or the path of a sound file"),
        ("classes", "no such class", "all, domestic"),
        ("language", "klingon", "en or de or fr"),
        ("pin", "Dgo", r"AudioSet classes, with ; between two of them; 'Dgo' is no AudioSet class"),
        ("watch", "Dog, Speech", "AudioSet classes, with ; between two of them; 'Dog, Speech' is"),
        ("most_specific", "rather", "yes or no"),
    ],
)
def test_a_bad_value_gets_one_sentence_with_name_value_and_range(
    name: str, value: str, range_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"EPANNS_{name.upper()}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert message.startswith(f"Setting {name} is {value!r}; it must be {range_}")
    assert message.endswith(".")
    assert "\n" not in message


def test_a_list_of_classes_is_divided_by_semicolons(
    user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dog, alarm = AUDIOSET.index("Dog"), AUDIOSET.index("Smoke detector, smoke alarm")
    text = "Dog; smoke detector, smoke alarm;dog;"
    assert AUDIOSET.listed(load_settings(["--pin", text]).pin) == (dog, alarm)
    user_file.write_text(f'watch = "{text}"')
    assert AUDIOSET.listed(load_settings().watch) == (dog, alarm)
    monkeypatch.setenv("EPANNS_WATCH", "74")
    assert AUDIOSET.listed(load_settings().watch) == (dog,)
    for nothing in ("", " ; "):
        assert AUDIOSET.listed(load_settings(["--pin", nothing]).pin) == ()


def test_two_bad_values_get_a_sentence_each() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(["--top-k", "0", "--hop", "-1"])
    assert [line.split()[1] for line in str(caught.value).splitlines()] == ["top_k", "hop"]


@pytest.mark.parametrize("flags", [["--no-such-flag"], ["--top-k"], ["stray"]])
def test_flags_that_do_not_exist_point_to_the_help(flags: list[str]) -> None:
    with pytest.raises(SettingsError, match=r"^The flags are not understood .*--help\.$"):
        load_settings(flags)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("top_k = ", "is not valid TOML"),
        ("volume = 11", "sets volume, which is no setting"),
        ("top-k = 2", "sets top-k, which is no setting; write top_k"),
        ("top_k = 0", "Setting top_k is 0; it must be a whole number from 1 to 527"),
    ],
)
def test_a_bad_settings_file_is_named(user_file: Path, text: str, message: str) -> None:
    user_file.write_text(text)
    with pytest.raises(SettingsError, match=message):
        load_settings()


def test_every_setting_has_a_help_text_and_a_range() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert allowed(name) != "text" or field.annotation is str, name


def test_the_most_of_a_setting_is_the_end_of_its_range() -> None:
    assert (most("top_k"), most("font_scale"), most("silence")) == (527, 4.0, 0.0)


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().top_k = 3  # type: ignore[misc]


def test_int8_needs_the_runtime_that_has_it() -> None:
    assert load_settings(["--precision", "int8"]).precision == "int8"
    with pytest.raises(SettingsError, match="is 'int8'; it must be fp32 with the runtime torch"):
        load_settings(["--precision", "int8", "--runtime", "torch"])


def test_classes_of_a_weights_file_are_not_known_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.pth").touch()
    flags = ["--pin", "Circular saw!", "--watch", "Gizmo", "--classes", "Gadget"]
    settings = load_settings(["--model", str(tmp_path / "mine.pth"), *flags])
    assert (settings.pin, settings.watch, settings.classes) == ("Circular saw!", "Gizmo", "Gadget")
    assert load_settings(["--model", "best", *flags]).pin == "Circular saw!"
    for model in ("auto", "small", "starter", "cnn14"):
        with pytest.raises(SettingsError, match="no AudioSet class"):
            load_settings(["--model", model, *flags])


def test_classes_of_a_session_are_those_of_the_network_that_scored_it(tmp_path: Path) -> None:
    session, flags = tmp_path / "session.h5", ["--pin", "Circular saw!", "--classes", "Gadget"]
    session.write_bytes(b"\x89HDF\r\n\x1a\n")
    settings = load_settings(["--source", str(session), *flags])
    assert (settings.pin, settings.classes) == ("Circular saw!", "Gadget")


def test_names_that_are_no_classes_of_a_vocabulary_are_found(tmp_path: Path) -> None:
    (tmp_path / "mine.pth").touch()
    flags = ["--classes", "home", "--pin", "saw; Dog", "--watch", "Dog; drill; Cat"]
    settings = load_settings(["--model", str(tmp_path / "mine.pth"), *flags])
    assert settings.unknown_classes(Vocabulary(("Drill", "Saw"))) == ("home", "Dog", "Cat")
    assert settings.unknown_classes(AUDIOSET) == ("saw",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("volume = 11", "line 3: it sets volume, which is no setting; "),
        ("treshold = 0.1", "line 3: it sets treshold, .*did you mean threshold"),
        ('"top-k" = 3', "line 3: it sets top-k, which is no setting; write top_k"),
        ("hop = 11", "line 3: Setting hop is 11; it must be a number from 0.02 to 10"),
        ('theme = "drak"', "line 3: Setting theme is 'drak'; it must be dark or light or contrast"),
        ('pin = "Dogg"', r"line 3: Setting pin is 'Dogg'; .*did you mean Dog"),
        ("hop = ", "settings.toml is not valid TOML: .*line 3"),
    ],
)
def test_a_mistake_in_the_settings_file_is_told_with_its_line(
    user_file: Path, line: str, message: str
) -> None:
    user_file.write_text(f"# mine\ntop_k = 3\n{line}\nfull_screen = true\n")
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings()
    assert "settings.toml" in str(caught.value) and "\n" not in str(caught.value)


def test_a_flag_is_not_taken_for_a_line_of_the_settings_file(user_file: Path) -> None:
    user_file.write_text("hop = 0.5\n")
    with pytest.raises(SettingsError, match=r"^Setting hop is '11'"):
        load_settings(["--hop", "11"])
