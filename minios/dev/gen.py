"""`minios dev gen`: writes the generated files, or says which are out of date."""

from __future__ import annotations

import argparse

from minios.abi import generate


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.set_defaults(run=run)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if out of date"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write or check the C header of the abi."""
    if generate.is_fresh():
        print(f"{generate.HEADER.name} is fresh")
        return 0
    if arguments.check:
        print(f"{generate.HEADER.name} is out of date: run `minios dev gen`")
        return 1
    generate.write()
    print(f"{generate.HEADER.name} written")
    return 0
