"""`minios inspect`: explain a crash from its dump, in a file or on a disk image."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from minios.abi.dump import DUMPS_FOLDER
from minios.commands import narration
from minios.dump import parts, post_mortem, records, report, sources
from minios.dump.errors import DumpError
from minios.dump.post_mortem import PostMortem
from minios.dump.sources import Source
from minios.lazy_parser import Command
from minios.visible import visible

COMMAND: Final = Command(
    "inspect",
    "Explain a crash from the dump that it left.",
    place=30,
    uses=(
        (
            "read what a crash left on the disk",
            "`demo --save-disk disks`, then `inspect disks/windows.img`",
        ),
    ),
)

_EVIDENCE: Final = " " * 4  # the indent of code and tables, which are not wrapped
_DESCRIPTION: Final = f"""\
Explain a crash from the dump that it left.
A dying kernel writes a dump to its disk: the registers, the stack, and the memory
that the registers point to. This command reads the dump and says what failed, which
driver is to blame, and why the CPU refused the instruction.
Use it after `minios demo --save-disk FOLDER`, on a disk image from that folder.
The kernel keeps the dumps of earlier crashes as files in {DUMPS_FOLDER}."""
_EXAMPLES: Final = """\
examples:
  minios inspect windows.img           explain the last crash on this disk
  minios inspect windows.img --list    list the dumps of earlier crashes
  minios inspect windows.img --file MINI0001.DMP
                                       explain one of them
  minios inspect MINI0001.DMP --json   print JSON, for a program to read"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios inspect`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "path",
        nargs="?",
        type=Path,
        metavar="DUMP|DISK",
        help="a dump file, or a disk image with a dump on it",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object, not text"
    )
    # It changes nothing: the text is always plain. But other commands have it.
    parser.add_argument("--plain", action="store_true", help=argparse.SUPPRESS)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--list",
        action="store_true",
        help=f"list the dumps in {DUMPS_FOLDER} of the disk image",
    )
    which.add_argument(
        "--file",
        default="",
        metavar="NAME",
        help=f"explain this dump from {DUMPS_FOLDER} of the disk image",
    )
    which.add_argument(
        "--schema", action="store_true", help="print the JSON Schema of --json and stop"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain the dump. Returns 0, also if parts of the dump are missing."""
    if arguments.schema:
        print(json.dumps(records.json_schema(), indent=2))
        return 0
    if arguments.path is None:
        raise DumpError(
            "no dump and no disk image is named",
            advice="Name one, as in `minios inspect windows.img`",
        )
    if arguments.list:
        return _list(arguments.path, as_json=arguments.json)
    source = sources.read(arguments.path, arguments.file)
    finding = _examine(source)
    if finding is None:
        raise DumpError(
            "the file is a dump, but all parts of it are damaged or missing",
            where=source.name,
            advice="Copy the dump again from where it came",
        )
    notes = (source.note,) if source.note else ()
    if arguments.json:
        print(records.to_json(records.record(source.name, finding, notes)))
    else:
        for line in str(report.explanation(finding, notes)).splitlines():
            print(line if line.startswith(_EVIDENCE) else narration.wrapped(line))
    return 0


def _examine(source: Source) -> PostMortem | None:
    dump = parts.parse(source.data)
    return None if dump.is_empty else post_mortem.examine(dump)


def _list(path: Path, *, as_json: bool) -> int:
    found = [(source, _examine(source)) for source in sources.listing(path)]
    if as_json:
        readable = [records.record(it.name, f) for it, f in found if f is not None]
        print(records.to_json(readable))
        return 0
    for source, finding in found:
        words = report.headline(finding) if finding else "no part of it can be read"
        print(f"{visible(source.name)}  {len(source.data):6} bytes  {words}")
    if not found:
        print(f"{visible(path)}: there is no dump in {DUMPS_FOLDER}.", file=sys.stderr)
    return 0
