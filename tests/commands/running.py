"""`minios ...` and what it says: called as a function, or in a process of its own.

A process takes half a second to start. It is needed where a claim is about one: that
another gives the same bytes, and names in its arguments that are no text.
"""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

from minios import cli

Done = subprocess.CompletedProcess[str]


def minios(*arguments: str) -> Done:
    """Run the command line."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = cli.main(arguments)
        except SystemExit as end:  # of the parser
            code = int(end.code or 0)
    return Done(arguments, code, out.getvalue(), err.getvalue())


def minios_alone(*arguments: str) -> Done:
    """The same in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "minios", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
