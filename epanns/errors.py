"""The errors shown to the user. Each message is one sentence: what, where, what to do."""

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
    """Valid weights could not be converted for the live path."""


class NotQuantisedError(WeightsError):
    """There is no int8 version of these weights yet."""


class AudioFileError(EpannsError):
    """A sound file cannot be read."""


def cause(error: BaseException) -> str:
    """The cause of an error on one line: the system's own message where there is one."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else " ".join(str(error).strip("'\"").split())


def reason(error: BaseException) -> str:
    """Why something failed, as a sentence for the user; for any exception."""
    if isinstance(error, EpannsError):
        return str(error)
    return f"Unexpected fault ({type(error).__name__}: {error}); please report it."


def writable(text: str) -> str:
    """A text that can be encoded as UTF-8: file names may not be valid Unicode."""
    return text.encode("utf-8", "backslashreplace").decode()
