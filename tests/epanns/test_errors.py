"""The causes of errors, in the words of the sentences for the user."""

import errno
import os

import pytest

from epanns.errors import cause


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ModuleNotFoundError("No module named 'torch'"), "No module named 'torch'"),
        (ValueError("'a' is no number,\n but \"b\""), "'a' is no number, but \"b\""),
        (KeyError("object 'x' doesn't exist"), "object 'x' doesn't exist"),
        (KeyError(3), "3"),
        (KeyError(), ""),
        (OSError("cannot be opened"), "cannot be opened"),
        (OSError(errno.ENOSPC, "in other words"), os.strerror(errno.ENOSPC)),
    ],
)
def test_a_cause_is_one_line_without_quotes_around_it(error: Exception, text: str) -> None:
    assert cause(error) == text
