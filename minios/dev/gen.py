"""`minios dev gen`: write the generated C header, or check whether it is up to date."""

from __future__ import annotations

import argparse
from typing import Final

from minios.abi import generate

_DESCRIPTION: Final = """\
Write the generated C header.
The header abi.h tells the C code of the guest the numbers and structures that stand in
the Python tables of minios/abi. Use this command after you have changed a table."""
_EXAMPLES: Final = """\
examples:
  minios dev gen           write the header if it is out of date
  minios dev gen --check   only check whether it is"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.set_defaults(run=run)
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; the exit code is 1 if the header is out of date",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write or check the header. Returns 1 if a check finds it out of date."""
    if generate.is_fresh():
        print(f"{generate.HEADER.name} is up to date")
        return 0
    if arguments.check:
        print(f"{generate.HEADER.name} is out of date: run `minios dev gen`")
        return 1
    generate.write()
    print(f"{generate.HEADER.name} has been written")
    return 0
