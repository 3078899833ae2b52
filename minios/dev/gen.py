"""`minios dev gen`: write the generated files, or check whether they are up to date."""

from __future__ import annotations

import argparse
from typing import Final, Protocol

from minios.abi import generate
from minios.dev import command_tables, crime_list, event_classes, excerpts
from minios.image import reference
from minios.lazy_parser import Command

COMMAND: Final = Command(
    "dev gen",
    "Write the generated files.",
    place=20,
)


class Generated(Protocol):
    """A module or an object that makes a file."""

    def is_fresh(self) -> bool:
        """Whether the file is as it would be made."""

    def write(self) -> None:
        """Make it."""


_DESCRIPTION: Final = """\
Write the generated files.
The header abi.h tells the C code of the guest the numbers and structures that stand in
the Python tables of minios/abi. The classes in minios/lab/events.py and the schema of
scenario files are made from the table of events. The page SDK.md says the same as the
header of the plugin SDK. The examples in README.md and minios/testing/README.md are cut
from files that tests run, and the code in lessons from the files that it stands in. Use
this command after you have changed a table, that header, an example, or quoted code."""
_EXAMPLES: Final = """\
examples:
  minios dev gen           write what is out of date
  minios dev gen --check   only check whether something is"""


class _Schema:
    """The schema of scenario files. The classes of events must be up to date first."""

    def is_fresh(self) -> bool:
        """Whether the committed schema has all kinds of records and all verbs."""
        from minios.testing.scenarios import schema  # noqa: PLC0415 - reads the classes

        return schema.FILE.read_text(encoding="utf-8") == schema.text()

    def write(self) -> None:
        """Write the schema."""
        from minios.testing.scenarios import schema  # noqa: PLC0415 - reads the classes

        schema.FILE.write_text(schema.text(), encoding="utf-8", newline="\n")


def _generated() -> dict[str, Generated]:
    pages = (*excerpts.PAGES, *excerpts.lesson_pages())
    made: dict[str, Generated] = {
        "abi.h": generate,
        "events.py": event_classes,
        "SDK.md": reference,
        "crime_list.h": crime_list,
        "scenario.schema.json": _Schema(),
    }
    made |= {table.file: table for table in command_tables.TABLES}
    return made | {page.name: page for page in pages}


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
    for name, made in _generated().items():
        if made.is_fresh():
            print(f"{name} is up to date")
        elif arguments.check:
            print(f"{name} is out of date: run `minios dev gen`")
            stale = True
        else:
            made.write()
            print(f"{name} has been written")
    return int(stale)
