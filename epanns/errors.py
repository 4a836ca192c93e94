"""The errors a user can meet. Each message is one sentence: what, where, what to do."""

import os


class EpannsError(Exception):
    """Base of all errors whose message is written for the user."""


class SettingsError(EpannsError):
    """A setting has a value that cannot work."""


class DeviceError(EpannsError):
    """A microphone is missing, refuses to open or has gone."""


class WeightsError(EpannsError):
    """A weights file is missing, broken, hostile or holds another network."""


class ConversionError(WeightsError):
    """Weights that are in order could not be converted for the live path."""


class NotQuantisedError(WeightsError):
    """There is no int8 version of these weights yet."""


class AudioFileError(EpannsError):
    """A sound file cannot be read."""


def cause(error: BaseException) -> str:
    """Why the system refused something: its own words for its errors, on one line."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else " ".join(str(error).strip("'\"").split())


def reason(error: BaseException) -> str:
    """Why something failed, as a sentence for the user, whatever was raised."""
    if isinstance(error, EpannsError):
        return str(error)
    return f"Unexpected fault ({type(error).__name__}: {error}); please report it."


def writable(text: str) -> str:
    """A text that any file and any screen takes: names of files may be no Unicode."""
    return text.encode("utf-8", "backslashreplace").decode()
