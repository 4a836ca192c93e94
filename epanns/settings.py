"""Every setting of the program, once: name, default, range, help.

The environment variable of a setting is EPANNS_ and its name in capitals (EPANNS_TOP_K; TOP_K
alone works too), its flag is its name with dashes (--top-k). Flags win over variables, variables
over the user's config/settings.toml, and that over the defaults here.
"""

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pydantic_settings
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from epanns.audio.level import LOWEST_DBFS, SILENCE_DBFS
from epanns.audio.selection import channel_choice
from epanns.errors import SettingsError, cause
from epanns.networks import registry
from epanns.paths import COMMAND, LIVE_COMMAND, USER_SETTINGS
from epanns.runtimes.pace import HOP, SEGMENT
from epanns.runtimes.precision import Precision
from epanns.storage.existence import is_file
from epanns.storage.file_types import is_hdf5
from epanns.storage.toml_lines import place_in_file
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.languages import ENGLISH, class_names
from epanns.vocabulary.vocabulary import Vocabulary, alike
from epanns.zoo import catalogue
from epanns.zoo.catalogue import AUTO, WISHES, WORDS

LIVE_SOURCES = ("microphone", "sample")


def _number(default: float, low: float, high: float, meaning: str) -> Any:
    """A numeric setting whose help states its range."""
    return Field(default, ge=low, le=high, description=f"{meaning}, {low:g} to {high:g}")


def _vocabulary(info: ValidationInfo) -> Vocabulary | None:
    """The classes of the model; None where they are known later, as those of a weights file.

    A recording session brings the classes of the network that scored it.
    """
    model = info.data.get("model", "")  # missing where the model itself is invalid
    source = info.data.get("source", "")
    model = WISHES.get(model, model)
    if not catalogue.is_published(model) or is_hdf5(Path(source)):
        return None
    return registry.published()[model][1].vocabulary


class Settings(BaseSettings):
    """Listen to a microphone and show, live, which sounds are heard.

    Each setting below is also a variable, EPANNS_ and its name in capitals (EPANNS_TOP_K=10), and a
    line in config/settings.toml (top_k = 10).
    """

    model_config = SettingsConfigDict(
        env_prefix="EPANNS_",
        extra="forbid",
        frozen=True,
        coerce_numbers_to_str=True,
        toml_file=USER_SETTINGS,
        cli_prog_name=LIVE_COMMAND.removeprefix("python "),
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        cli_exit_on_error=False,
        cli_shortcuts={"json-lines": "json"},
    )

    top_k: int = _number(8, 1, len(AUDIOSET), "how many classes to show")
    model: str = Field(
        AUTO,
        description="auto, small, best, a name from the zoo, or the path of a weights file; auto is"
        " E-PANNs as soon as it is there and the starter model until then, small likewise one of"
        " 4 MB, best the best network here that keeps up with the hop",
    )
    second: str = Field(
        "",
        description="another network whose scores and costs the window shows beside: a name from"
        " the zoo, or the path of a weights file",
    )
    source: str = Field(
        "microphone",
        description="microphone, sample, or the path of a sound file or a recording session",
    )
    microphone: str = Field(
        "", description="number of the microphone or part of its name; empty for the default one"
    )
    channel: str = Field(
        "",
        description="which channel is heard: mean, loudest, or its number from 1 on; empty for the"
        " mean, and the loudest where the mean is more than 6 dB below it",
    )
    loop: bool = Field(False, description="play a sound file again and again")
    segment: float = _number(SEGMENT, 0.1, 10.0, "seconds of sound scored at a time")
    hop: float = _number(HOP, 0.02, 10.0, "seconds from one scored segment to the next")
    threshold: float = _number(0.05, 0.0, 1.0, "score below which a class does not count as heard")
    smoothing: float = _number(0.2, 0.0, 5.0, "seconds over which the shown scores are smoothed")
    silence: float = _number(
        SILENCE_DBFS, LOWEST_DBFS, 0.0, "level in dBFS below which a segment is shown as Silence"
    )
    classes: str = Field(
        "all",
        description="which classes to show: all, a named subset, a class of the ontology with all"
        " below it, or the path of a CSV file",
    )
    language: str = Field(
        ENGLISH,
        description="language of the class names on the screen: en, de, fr, or another one with a"
        " table in config; files and JSON are in English",
    )
    pin: str = Field(
        "", description="classes that stay at the top, by name, with ; between two of them"
    )
    watch: str = Field(
        "",
        description="classes that let the border of the window flash when they are heard, written"
        " like pin",
    )
    most_specific: bool = Field(
        False, description="leave out a class while one below it (Bark below Dog) is heard"
    )
    activation: Literal["sigmoid", "softmax"] = Field(
        "sigmoid",
        description="sigmoid scores each class by itself; softmax makes the classes compete, for"
        " comparison only",
    )
    runtime: Literal["onnx", "torch"] = Field(
        "onnx", description="what runs the network: onnx is fast, torch is the reference"
    )
    precision: Precision = Field(
        "fp32",
        description=f"int8 is faster, for networks quantised by {COMMAND} models quantise",
    )
    threads: int = _number(1, 1, 64, "threads that compute the network")
    offline: bool = Field(False, description="fetch nothing, never use the internet")
    theme: Literal["dark", "light", "contrast"] = Field("dark", description="colours of the window")
    full_screen: bool = Field(False, description="open the window full screen")
    kiosk: bool = Field(
        False,
        description="the open-day mode: full screen, a game, no controls; Esc held for two seconds"
        " ends it",
    )
    font_scale: float = _number(1.0, 0.5, 4.0, "size of all writing in the window")
    text: bool = Field(False, description="live bars in the terminal instead of a window")
    plain: bool = Field(
        False,
        description="a line in the terminal whenever what is heard changes, for screen readers and"
        " logs, instead of a window",
    )
    json_lines: bool = Field(
        False, description="one JSON object a prediction on standard output instead of a window"
    )
    seconds: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="end after so many seconds; without it, run until closed",
    )

    @field_validator("model")
    @classmethod
    def _known_model(cls, value: str) -> str:
        if value in WORDS or catalogue.is_published(value) or is_file(value):
            return value
        raise ValueError(
            f"{', '.join(WORDS)}, one of {', '.join(catalogue.names())}, or the path of a weights"
            " file that is there"
        )

    @field_validator("second")
    @classmethod
    def _known_second(cls, value: str) -> str:
        if not value or catalogue.is_published(value) or is_file(value):
            return value
        raise ValueError(
            f"one of {', '.join(catalogue.names())}, or the path of a weights file that is there"
        )

    @field_validator("source")
    @classmethod
    def _known_source(cls, value: str) -> str:
        if value in LIVE_SOURCES or is_file(value):
            return value
        raise ValueError(f"{', '.join(LIVE_SOURCES)}, or the path of a sound file that is there")

    @field_validator("channel")
    @classmethod
    def _known_channel(cls, value: str) -> str:
        channel_choice(value)
        return value

    @field_validator("classes")
    @classmethod
    def _known_classes(cls, value: str, info: ValidationInfo) -> str:
        if vocabulary := _vocabulary(info):
            vocabulary.subset(value)
        return value

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        class_names(value)
        return value

    @field_validator("pin", "watch")
    @classmethod
    def _known_list(cls, value: str, info: ValidationInfo) -> str:
        if vocabulary := _vocabulary(info):
            vocabulary.listed(value)
        return value

    @field_validator("precision")
    @classmethod
    def _known_to_runtime(cls, value: str, info: ValidationInfo) -> str:
        if value == "int8" and info.data.get("runtime") == "torch":
            raise ValueError("fp32 with the runtime torch")
        return value

    def unknown_classes(self, vocabulary: Vocabulary) -> tuple[str, ...]:
        """The names in `classes`, `pin` and `watch` that mean nothing in a vocabulary."""
        unknown = []
        try:
            vocabulary.subset(self.classes)
        except ValueError:
            unknown.append(self.classes)
        for names in (self.pin, self.watch):
            unknown += vocabulary.known(names)[1]
        return tuple(dict.fromkeys(unknown))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The sources after the flags, first one wins; TOP_K without prefix is a variable, too."""
        plain = {"top_k": os.environ["TOP_K"]} if "TOP_K" in os.environ else {}
        return (
            init_settings,
            env_settings,
            InitSettingsSource(settings_cls, plain),
            TomlConfigSettingsSource(settings_cls),
        )


def load_settings(flags: Sequence[str] = ()) -> Settings:
    """Read the settings from flags, environment and the user's file.

    Raises:
        SettingsError: one sentence for each invalid value: setting, value, what is allowed.
    """
    try:
        return Settings(_cli_parse_args=list(flags))
    except ValidationError as error:
        raise SettingsError("\n".join(map(_sentence, error.errors()))) from None
    except pydantic_settings.SettingsError as error:
        why = str(error).removeprefix("error parsing CLI: ")
        raise SettingsError(
            f"The flags are not understood ({why}); see {LIVE_COMMAND} --help."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{USER_SETTINGS} is not valid TOML: {error}; mend it.") from None
    except OSError as error:
        raise SettingsError(f"{USER_SETTINGS} cannot be read: {cause(error)}.") from None


def allowed(name: str) -> str:
    """What a setting accepts, in words: '1 to 527', 'dark or light', 'yes or no'."""
    field: FieldInfo = Settings.model_fields[name]
    limits = {type(limit).__name__: limit for limit in field.metadata}
    if "Ge" in limits:
        kind = "a whole number from " if field.annotation is int else "a number from "
        return f"{kind}{limits['Ge'].ge:g} to {limits['Le'].le:g}"
    if "Gt" in limits:
        return f"a number above {limits['Gt'].gt:g}"
    if get_origin(field.annotation) is Literal:
        return " or ".join(get_args(field.annotation))
    return "yes or no" if field.annotation is bool else "text"


def most(name: str) -> float:
    """The largest number that a setting accepts."""
    limits = {type(limit).__name__: limit for limit in Settings.model_fields[name].metadata}
    return float(limits["Le"].le)


def _sentence(error: ErrorDetails) -> str:
    """One validation error as a sentence for the user."""
    name, value = str(error["loc"][0]), error["input"]
    where = place_in_file(Path(str(Settings.model_config["toml_file"])), name, value)
    if name not in Settings.model_fields:
        known = name.replace("-", "_")
        others = f"{LIVE_COMMAND} --help lists them{alike(known, Settings.model_fields)}"
        hint = f"write {known}" if known in Settings.model_fields else others
        return f"{where}it sets {name}, which is no setting; {hint}."
    wanted = str(error["ctx"]["error"]) if error["type"] == "value_error" else allowed(name)
    return f"{where}Setting {name} is {value!r}; it must be {wanted}."
