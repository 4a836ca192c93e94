"""The check of the internet: whether the record of the best network's weights can be reached."""

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from epanns.doctor.result import CheckResult
from epanns.doctor.software_check import chosen_settings
from epanns.zoo import catalogue
from epanns.zoo.catalogue import PREFERRED

if TYPE_CHECKING:
    from requests import RequestException

TIMEOUT = 4.0  # seconds, for each of the two servers


def internet() -> list[CheckResult]:
    """Whether the weights could be fetched: the record answers and lists the file."""
    if chosen_settings().offline:
        return [CheckResult("internet", "muted", "not tried, as the setting offline forbids it")]
    import requests
    from pooch.downloaders import doi_to_repository

    weights = catalogue.weights_of(PREFERRED)
    began = time.monotonic()
    try:
        address = doi_to_repository(weights.doi, timeout=TIMEOUT).download_url(weights.file)
    except requests.RequestException as error:
        return [_unreachable(_cause(error))]
    except (ValueError, LookupError, TypeError):  # another answer than a record
        return [_unreachable(f"the answer for doi:{weights.doi} is no record of {weights.file}")]
    seconds = time.monotonic() - began
    found = f"{urlsplit(address).netloc} offers {weights.file}, after {seconds:.1f} s"
    return [CheckResult("internet", "good", found, figures={"seconds": seconds})]


def _unreachable(why: str) -> CheckResult:
    if catalogue.is_here(PREFERRED):
        return CheckResult("internet", "muted", f"{why}; not needed, as {PREFERRED} is here")
    todo = f"connect this computer; {PREFERRED} says how to do without"
    return CheckResult("internet", "warning", f"{why}; the program runs without", todo)


def _cause(error: "RequestException") -> str:
    """What is wrong with the connection, in words for the user."""
    import requests

    host = urlsplit(getattr(error.request, "url", None) or "").netloc or "the record"
    if isinstance(error, requests.exceptions.ProxyError):
        return "no internet: the proxy does not let us through or does not answer"
    if isinstance(error, requests.exceptions.SSLError):
        return f"no safe connection: the certificate of {host} is not accepted"
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return f"no internet: {host} does not answer"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"{host} answers {error.response.status_code}"
    return f"{host} gives no usable answer"
