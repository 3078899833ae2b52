"""`minios dev build`: build the guest in place, without an installation."""

from __future__ import annotations

import argparse
from typing import Final

from minios import paths
from minios.image import guest
from minios.lazy_parser import Command

COMMAND: Final = Command(
    "dev build",
    "Build the kernel, programs and plugins.",
    place=30,
)

_DESCRIPTION: Final = """\
Build the kernel, programs and plugins.
The command compiles the C code of the guest, and skips what is up to date.
Use it after you have changed C code."""
_EXAMPLES: Final = """\
examples:
  minios dev build             build what is out of date
  minios dev build drivers/    build only the drivers
  minios dev build --force     build everything again"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.set_defaults(run=run)
    parser.add_argument(
        "--force", action="store_true", help="also build what is up to date"
    )
    parser.add_argument(
        "only",
        nargs="?",
        default="",
        metavar="NAME",
        help="build only the images whose name begins with these letters:"
        ' "kernel", "bin/shell", "drivers/" (default: all)',
    )


def run(arguments: argparse.Namespace) -> int:
    """Build, and print what was built. Returns 0."""
    built = guest.build(paths.checkout(), only=arguments.only, force=arguments.force)
    for name in built:
        print(f"built {name}")
    if not built:
        print("everything is up to date")
    return 0
