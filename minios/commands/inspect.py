"""`minios inspect`: what a crash left, read from a dump or from a disk image.

minios inspect windows.img                     the last crash on this disk
minios inspect windows.img --list              the earlier ones, in /SYSTEM/DUMPS
minios inspect windows.img --file MINI0001.DMP one of them
minios inspect MINI0001.DMP --json             one JSON object
minios inspect --schema                        its JSON Schema
"""

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
from minios.visible import visible

_EVIDENCE: Final = " " * 4  # deeper than prose: code and tables keep their lines


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """The arguments of `minios inspect`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = __doc__.partition("\n\n")[2] if __doc__ else None
    parser.add_argument(
        "path", nargs="?", type=Path, metavar="DUMP|DISK", help="what to read"
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--list", action="store_true", help="the dumps in the folder of a disk"
    )
    which.add_argument(
        "--file", default="", metavar="NAME", help="a dump in the folder of a disk"
    )
    which.add_argument(
        "--schema", action="store_true", help="print the JSON Schema of --json and stop"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read, examine, print; 0 also for a dump of which parts are missing."""
    if arguments.schema:
        print(json.dumps(records.json_schema(), indent=2))
        return 0
    if arguments.path is None:
        raise DumpError(
            "a dump or a disk image must be named", advice="See: minios inspect --help"
        )
    if arguments.list:
        return _list(arguments.path, as_json=arguments.json)
    source = sources.read(arguments.path, arguments.file)
    finding = _examine(source)
    if finding is None:
        raise DumpError(
            "is a dump, but no part of it can be read",
            where=source.name,
            advice="It is damaged from end to end, or was cut short: copy it again",
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
        words = report.headline(finding) if finding else "nothing in it can be read"
        print(f"{visible(source.name)}  {len(source.data):6} bytes  {words}")
    if not found:
        print(f"{visible(path)}: there is no dump in {DUMPS_FOLDER}", file=sys.stderr)
    return 0
