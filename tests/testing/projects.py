"""Small projects that have minios by installing it."""

from __future__ import annotations

import pytest

# pytester forgets what it has imported, and a module must not be there twice.
from minios.session import recording  # noqa: F401
from minios.testing import failure, loans, pair, stock  # noqa: F401
from minios.testing.scenarios import reading, running  # noqa: F401

_HEAD = """\
import pytest
from minios.lab import Bugcheck, Death, Lab, events, milliseconds, seconds

"""


def run(pytester: pytest.Pytester, test: str, *arguments: str) -> pytest.RunResult:
    """Run a file of tests in an empty project, in this process."""
    pytester.makepyfile(test_it=_HEAD + test)
    return pytester.runpytest_inprocess(*arguments)
