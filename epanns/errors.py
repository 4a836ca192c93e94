"""The errors a user can meet. Each message is one sentence: what, where, what to do."""


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


def reason(error: BaseException) -> str:
    """Why something failed, as a sentence for the user, whatever was raised."""
    if isinstance(error, EpannsError):
        return str(error)
    return f"Unexpected fault ({type(error).__name__}: {error}); please report it."
