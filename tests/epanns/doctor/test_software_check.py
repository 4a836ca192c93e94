"""The checks of Python, the packages and the settings."""

import sys
from importlib import metadata
from pathlib import Path

import pytest

from epanns import settings as settings_module
from epanns.doctor import software_check
from epanns.packages import requirements as requirements_module


@pytest.fixture
def requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "requirements.txt"
    monkeypatch.setattr(requirements_module, "REQUIREMENTS", path)
    return path


# --- packages


def test_packages_as_they_should_be(requirements: Path) -> None:
    requirements.write_text(f"pytest=={metadata.version('pytest')}+of.this.build\n")
    (finding,) = software_check.packages()
    assert finding.mark == "good" and "all 1 have" in finding.found


def test_missing_packages_and_other_versions_are_named(requirements: Path) -> None:
    requirements.write_text("pytest==0.1\nno-such-package==1.0\n")
    missing, other = software_check.packages()
    assert missing.mark == "bad" and missing.found == "missing: no-such-package"
    assert missing.todo
    assert other.mark == "warning"
    assert other.found.endswith(f"pytest {metadata.version('pytest')}, not 0.1")


def test_what_only_training_needs_may_be_missing(
    requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements.write_text(f"pytest=={metadata.version('pytest')}\nno-such-package==1.0\n")
    monkeypatch.setattr(software_check, "for_training", lambda: ("no-such-package",))
    good, later = software_check.packages()
    assert good.mark == "good" and "all 1 have" in good.found
    assert later.mark == "muted" and later.found.endswith("converted or trained: no-such-package")


def test_packages_that_do_not_load_are_named(
    requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements.write_text("pytest==1.0\nclick==1.0\nno-such-package==1.0\n")
    assert software_check.imports() == []  # what is missing is named by packages()
    monkeypatch.setitem(sys.modules, "click", None)
    (finding,) = software_check.imports()
    assert finding.mark == "bad" and finding.found.startswith(
        "click is installed but does not load"
    )


# --- Python


def test_this_python_is_new_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = software_check.python()
    assert finding.mark == "good" and finding.figures["version"] in finding.found
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    (finding,) = software_check.python()
    assert finding.mark == "bad" and finding.stops and "Python 3.11" in finding.todo


# --- settings


@pytest.fixture
def user_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's file, and no variables."""
    path = tmp_path / "settings.toml"
    for variable in ("TOP_K", "EPANNS_OFFLINE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setitem(settings_module.Settings.model_config, "toml_file", path)
    return path


def test_settings_that_are_set_are_named(
    user_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert software_check.settings()[0].found.startswith("as they come")
    user_settings.write_text('theme = "light"\n')
    monkeypatch.setenv("EPANNS_TOP_K", "3")
    monkeypatch.setenv("EPANNS_NETWORKS", "epanns.networks.cnn14")  # in place of one's own
    (finding,) = software_check.settings()
    assert finding.mark == "good" and finding.found.startswith("set: theme, top_k")
    assert software_check.chosen_settings().top_k == 3


def test_settings_that_keep_the_program_from_starting_stop_it(user_settings: Path) -> None:
    user_settings.write_text("top_k = 0\n")
    (finding,) = software_check.settings()
    assert finding.mark == "bad" and finding.stops
    assert "top_k is 0; it must be a whole number from 1 to 527" in finding.found
    assert software_check.chosen_settings().top_k == 8, "the other checks go on with the defaults"


def test_a_variable_that_is_no_setting_is_named(
    user_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPANNS_TOPK", "3")
    (finding,) = software_check.settings()
    assert finding.mark == "warning" and "no setting is called EPANNS_TOPK" in finding.found
