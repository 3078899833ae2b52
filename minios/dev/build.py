"""`minios dev build`: builds the guest without installing anything."""

from __future__ import annotations

import argparse

from minios import paths
from minios.image import guest


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.set_defaults(run=run)
    parser.add_argument(
        "--force", action="store_true", help="build what is up to date, too"
    )
    parser.add_argument(
        "only",
        nargs="?",
        default="",
        help='only images whose name begins so: "kernel", "bin/shell", "drivers/"',
    )


def run(arguments: argparse.Namespace) -> int:
    """Build and say what was built."""
    built = guest.build(paths.checkout(), only=arguments.only, force=arguments.force)
    for name in built:
        print(f"built {name}")
    if not built:
        print("up to date")
    return 0
