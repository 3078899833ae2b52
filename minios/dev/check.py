"""`minios dev check`: the one gate. What passes here passes on the build server."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--quick", action="store_true", help="without the tests")


def run(arguments: argparse.Namespace) -> int:
    """Run every gate."""
    raise NotImplementedError
