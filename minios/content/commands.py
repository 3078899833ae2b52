"""`minios content compile|inspect|validate|mutate`.

A leaf: it reads files, prints, and decides nothing. Exit codes: 0 good, 1 the file is
refused, 2 (by the caller, for every MiniosError) a wrong command or a file that cannot
be read.
"""
# ruff: noqa: T201 - a leaf: it prints

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from minios.content import files
from minios.content.catalogue import SUFFIX
from minios.content.encode import encode
from minios.content.errors import ContentError, FileError
from minios.content.inspection import Inspection, inspect
from minios.content.model import CriterionKind, Instance
from minios.content.mutate import MutationKind, mutate
from minios.content.source import read_source
from minios.content.spans import FieldSpan
from minios.content.validate import SUPPLIED, Validator, validate
from minios.content.verdict import Verdict
from minios.visible import visible, visible_json

_GOOD: Final = 0
_REFUSED: Final = 1
_BYTES_SHOWN: Final = 8


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Add the four commands to the `content` parser."""
    parser.epilog = "example: minios content validate my-channel.sys"
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, words, example, describe in _COMMANDS:
        own = commands.add_parser(
            name,
            help=words,
            description=words,
            epilog=f"example: minios content {name} {example}",
        )
        describe(own)


def _describe_compile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.toml", help="the source")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help=f"the result; FILE{SUFFIX} beside the source if not given",
    )
    parser.set_defaults(run=run_compile)


def _describe_inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a channel file")
    parser.add_argument(
        "--bytes", action="store_true", help="name the field of every byte"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run_inspect)


def _describe_validate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a channel file")
    parser.add_argument(
        "--validator",
        choices=[*(validator.value for validator in Validator), "both"],
        default="both",
        help="historical counts the fields in the definitions (21), fixed what the "
        "sensor supplies (20); default: both",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object for each verdict"
    )
    parser.set_defaults(run=run_validate)


def _describe_mutate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a channel file")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", required=True, help="the copy"
    )
    parser.add_argument(
        "--seed", type=int, required=True, help="the same seed, the same bytes"
    )
    parser.add_argument(
        "--kind",
        choices=[kind.value for kind in MutationKind],
        help="what to do to it; without it the field tells, or the seed chooses",
    )
    parser.add_argument(
        "--field",
        help="for set: a path like header.version; for pattern: a field like "
        "correlation; the seed chooses if not given",
    )
    parser.set_defaults(run=run_mutate)


_COMMANDS: Final = (
    (
        "compile",
        "turn a TOML source into a channel file",
        "my-channel.toml -o my-channel.sys",
        _describe_compile,
    ),
    (
        "inspect",
        "show what a channel file says",
        "assets/content/channel-291-bad.sys --bytes",
        _describe_inspect,
    ),
    (
        "validate",
        "ask a validator whether a channel file may go out; exit code 1 if not",
        "assets/content/channel-291-bad.sys --validator fixed",
        _describe_validate,
    ),
    (
        "mutate",
        "make a changed copy of a channel file from a seed",
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
    """The same error, its place preceded by the file's name."""
    place = f"{path}, {error.where}" if error.where else str(path)
    return type(error)(error.what, where=place, advice=error.advice)


def _refuse_same(source: Path, output: Path) -> None:
    if files.is_same(source, output):
        raise FileError(
            "is the input; it would be overwritten",
            where=str(output),
            advice="Name another file with -o",
        )


def _verdict_line(verdict: Verdict) -> str:
    place = f" (byte {verdict.offset:#x})" if verdict.offset >= 0 else ""
    return f"{verdict.status}: {verdict.words}{place}"


def _summary(inspection: Inspection) -> Iterator[str]:
    yield f"the sensor's own checks: {_verdict_line(inspection.verdict)}"
    file = inspection.file
    if file is None:
        return
    count = len(file.instances)
    yield f"channel {file.channel}, version {file.version}, {count} instances"
    for number, instance in enumerate(file.instances, 1):
        template, detection = instance.template, instance.detection
        yield f"instance {number}: {template}, detection {detection:#x}"
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
        warning = f"   <- the sensor supplies {supplied}" if index >= supplied else ""
        yield f"  field {index + 1:2}  {name:<15} {criterion}{warning}"
    yield f"  {wildcards} wildcards, which read nothing"


def _span_line(data: bytes, span: FieldSpan) -> str:
    shown = data[span.start : min(span.end, span.start + _BYTES_SHOWN)].hex(" ")
    more = "+" if span.end - span.start > _BYTES_SHOWN else " "
    return f"{span.start:06x}  {shown:<23}{more} {span.field:<34} {span.value}"
