"""`minios dev gen`: write the generated files, or check whether they are up to date."""

from __future__ import annotations

import argparse
from typing import Final

from minios.abi import generate
from minios.image import reference

_GENERATED: Final = {generate.HEADER: generate, reference.PAGE: reference}
_DESCRIPTION: Final = """\
Write the generated files.
The header abi.h tells the C code of the guest the numbers and structures that stand in
the Python tables of minios/abi. The page SDK.md says the same as the header of the
plugin SDK. Use this command after you have changed a table or that header."""
_EXAMPLES: Final = """\
examples:
  minios dev gen           write what is out of date
  minios dev gen --check   only check whether something is"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.set_defaults(run=run)
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; the exit code is 1 if a file is out of date",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write or check the files. Returns 1 if a check finds one out of date."""
    stale = False
    for path, module in _GENERATED.items():
        if module.is_fresh():
            print(f"{path.name} is up to date")
        elif arguments.check:
            print(f"{path.name} is out of date: run `minios dev gen`")
            stale = True
        else:
            module.write()
            print(f"{path.name} has been written")
    return int(stale)
