"""`minios content compile|inspect|validate|mutate`: make and examine content files.

This module reads files and prints; other modules decide. Exit codes: 0 the file is
good, 1 the file is refused, 2 the command is wrong or the file cannot be read.
"""
# ruff: noqa: T201 - a command: it prints

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from minios.arguments import whole_number
from minios.content import files
from minios.content.catalogue import SUFFIX
from minios.content.encode import encode
from minios.content.errors import ContentError, FileError
from minios.content.inspection import Inspection, inspect
from minios.content.model import Action, CriterionKind, Instance
from minios.content.mutate import MutationKind, mutate
from minios.content.source import read_source
from minios.content.spans import FieldSpan
from minios.content.validate import SUPPLIED, Validator, validate
from minios.content.verdict import Verdict
from minios.lazy_parser import Command, Subcommand, add_subcommands
from minios.visible import visible, visible_json

COMMAND: Final = Command(
    "content",
    "Compile, inspect, validate and mutate content files.",
    place=100,
    uses=(
        (
            "look into a content file",
            "`content inspect assets/content/channel-291-bad.sys`",
        ),
        (
            "ask a validator that lets the bad file pass",
            (
                "`content validate assets/content/channel-291-bad.sys "
                "--validator historical`"
            ),
        ),
        (
            "write a content file",
            (
                "`content compile assets/content/channel-291-bad.toml -o "
                "my-file.sys`, then `demo --content my-file.sys`"
            ),
        ),
    ),
)

_GOOD: Final = 0
_REFUSED: Final = 1
_BYTES_SHOWN: Final = 8


_DESCRIPTION: Final = """\
Compile, inspect, validate and mutate content files.
A content file (a "channel file") tells the security sensor what to look for. It is
written as TOML text, and compiled to the bytes that the sensor reads.
Use these commands to make a file of your own, and push it with
`minios demo --content FILE` or in `minios lab`."""
_EXAMPLES: Final = """\
examples:
  minios content compile my-channel.toml
  minios content validate my-channel.sys"""
_COMPILE: Final = """\
The result is what the sensor reads. Use this after you have written or changed a
source. A mistake is reported with its place, and with what to write instead."""
_INSPECT: Final = """\
The output lists the criteria of each instance, and marks criteria for which the sensor
has no input. The exit code is 1 if the sensor would refuse the file."""
_VALIDATE: Final = """\
The historical validator makes the mistake of July 2024, and the fixed one does not.
Use this before you push a file. The exit code is 1 if any validator refuses it."""
_MUTATE: Final = """\
Use this to see how the sensor handles damaged or surprising files. The kinds truncate,
extend, flip and zero damage bytes, so that the size or the checksum is wrong. The kind
set changes one number, and pattern changes one criterion; both correct the checksum."""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Add the four commands to the `content` parser."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    add_subcommands(parser, _COMMANDS)


def _describe_compile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE.toml", help="the TOML source to compile"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help=f"where to write the content file (default: FILE{SUFFIX}, in the folder"
        " of the source)",
    )
    parser.set_defaults(run=run_compile)


def _describe_inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the content file to show"
    )
    parser.add_argument(
        "--bytes", action="store_true", help="also list all bytes, with their fields"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run_inspect)


def _describe_validate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the content file to check"
    )
    parser.add_argument(
        "--validator",
        choices=[*(validator.value for validator in Validator), "both"],
        default="both",
        help="which validator to ask: historical allows the 21 fields of the"
        " definitions, fixed only the 20 that the sensor supplies (default: both)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object for each verdict"
    )
    parser.set_defaults(run=run_validate)


def _describe_mutate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the content file to copy"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        required=True,
        help="where to write the changed copy",
    )
    parser.add_argument(
        "--seed",
        type=whole_number,
        required=True,
        metavar="N",
        help="the seed for the change: the same seed makes the same change",
    )
    parser.add_argument(
        "--kind",
        choices=[kind.value for kind in MutationKind],
        help="what to change (default: what fits --field; without --field, the seed"
        " chooses)",
    )
    parser.add_argument(
        "--field",
        metavar="NAME",
        help="which field to change: a path like header.version for the kind set, a"
        " name like correlation for the kind pattern (default: the seed chooses)",
    )
    parser.set_defaults(run=run_mutate)


_COMMANDS: Final = (
    Subcommand(
        "compile",
        "Compile a TOML source to a content file.",
        _COMPILE,
        "my-channel.toml -o my-channel.sys",
        _describe_compile,
    ),
    Subcommand(
        "inspect",
        "Show what a content file says.",
        _INSPECT,
        "assets/content/channel-291-bad.sys --bytes",
        _describe_inspect,
    ),
    Subcommand(
        "validate",
        "Ask the validators whether a content file may be published.",
        _VALIDATE,
        "assets/content/channel-291-bad.sys --validator fixed",
        _describe_validate,
    ),
    Subcommand(
        "mutate",
        "Make a changed copy of a content file.",
        _MUTATE,
        "good.sys -o bad.sys --seed 1 --kind pattern --field correlation",
        _describe_mutate,
    ),
)


def run_compile(arguments: argparse.Namespace) -> int:
    """`minios content compile`."""
    source: Path = arguments.file
    output: Path = arguments.output or source.with_suffix(SUFFIX)
    text = files.read_text(source)
    _refuse_same(source, output)
    try:
        channel = read_source(text)
        data = encode(channel)
    except ContentError as error:
        raise _in_file(error, source) from error
    files.write_bytes(output, data)
    print(f"{visible(output)}: {len(channel.instances)} instances, {len(data)} bytes")
    return _GOOD


def run_inspect(arguments: argparse.Namespace) -> int:
    """`minios content inspect`."""
    path: Path = arguments.file
    data = files.read_bytes(path)
    inspection = inspect(data)
    if arguments.json:
        _print_json(inspection)
    else:
        print(f"{visible(path)}: {len(data)} bytes")
        for line in _summary(inspection):
            print(visible(line))
        for span in inspection.spans if arguments.bytes else ():
            print(visible(_span_line(data, span)))
    return _GOOD if inspection.verdict.accepted else _REFUSED


def run_validate(arguments: argparse.Namespace) -> int:
    """`minios content validate`."""
    data = files.read_bytes(arguments.file)
    chosen = [v for v in Validator if arguments.validator in {v.value, "both"}]
    verdicts = {validator: validate(data, validator) for validator in chosen}
    for validator, verdict in verdicts.items():
        if arguments.json:
            record = {
                "file": visible(arguments.file),
                "validator": validator,
                **msgspec.structs.asdict(verdict),
            }
            _print_json(record)
        else:
            print(f"{validator.value:<10}  {_verdict_line(verdict)}")
    good = all(verdict.accepted for verdict in verdicts.values())
    return _GOOD if good else _REFUSED


def run_mutate(arguments: argparse.Namespace) -> int:
    """`minios content mutate`."""
    source: Path = arguments.file
    data = files.read_bytes(source)
    _refuse_same(source, arguments.output)
    kind = MutationKind(arguments.kind) if arguments.kind else None
    try:
        done = mutate(data, seed=arguments.seed, kind=kind, field=arguments.field)
    except ContentError as error:
        raise _in_file(error, source) from error
    files.write_bytes(arguments.output, done.data)
    print(f"{visible(arguments.output)}: {done.kind.value}: {done.words}")
    return _GOOD


def _print_json(value: object) -> None:
    print(visible_json(msgspec.json.encode(value).decode()))


def _in_file(error: ContentError, path: Path) -> ContentError:
    """The same error, with the path of the file in front of its place."""
    place = f"{path}, {error.where}" if error.where else str(path)
    return type(error)(error.what, where=place, advice=error.advice)


def _refuse_same(source: Path, output: Path) -> None:
    if files.is_same(source, output):
        raise FileError(
            "the output is the same file as the input",
            where=str(output),
            advice="Name another file with -o",
        )


def _verdict_line(verdict: Verdict) -> str:
    place = f" (byte {verdict.offset:#x})" if verdict.offset >= 0 else ""
    return f"{verdict.status}: {verdict.words}{place}"


def _summary(inspection: Inspection) -> Iterator[str]:
    yield f"the sensor's own check: {_verdict_line(inspection.verdict)}"
    file = inspection.file
    if file is None:
        return
    count = len(file.instances)
    yield f"channel {file.channel}, version {file.version}, {count} instances"
    for number, instance in enumerate(file.instances, 1):
        template, detection = instance.template, instance.detection
        does = "" if instance.action is Action.REPORT else f", {instance.action.value}"
        yield f"instance {number}: {template}, detection {detection:#x}{does}"
        yield from _criteria_lines(instance)


def _criteria_lines(instance: Instance) -> Iterator[str]:
    supplied = SUPPLIED[instance.template]
    names = instance.template_type.fields
    wildcards = 0
    for index, (name, criterion) in enumerate(
        zip(names, instance.criteria, strict=True)
    ):
        if criterion.kind is CriterionKind.ANY:
            wildcards += 1
            continue
        warning = (
            f"   <- no input: the sensor supplies only {supplied}"
            if index >= supplied
            else ""
        )
        yield f"  field {index + 1:2}  {name:<15} {criterion}{warning}"
    yield f"  {wildcards} wildcards, for which the sensor reads no input"


def _span_line(data: bytes, span: FieldSpan) -> str:
    shown = data[span.start : min(span.end, span.start + _BYTES_SHOWN)].hex(" ")
    more = "+" if span.end - span.start > _BYTES_SHOWN else " "
    return f"{span.start:06x}  {shown:<23}{more} {span.field:<34} {span.value}"
