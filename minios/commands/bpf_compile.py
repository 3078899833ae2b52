"""`minios bpf compile|check`: from C to an image, and the verifier's verdict on it."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from minios import host_files
from minios.abi import bpf
from minios.bpf import image, object_file
from minios.bpf.elf_tables import MOST_BYTES
from minios.errors import ImageError, ScenarioError
from minios.image import bytecode, manifest
from minios.lab.bpf import Answer, BpfMachine, Question
from minios.lab.source_text import source_text
from minios.visible import visible, visible_json

COMPILE: Final = """\
The C file includes <minios/bpf.h> and is one eBPF object: some programs, and the maps
that they share. The compiler sees that file, what it includes from its own folder, and
the SDK. So you can compile what others wrote. The C compiler comes with:
  pip install "minios[plugins]"
Equal sources give equal images."""
_LEGEND: Final = """\
How to read the log:
  path: from 0, 8 to 14      it began at instruction 0, and jumped from 8 to 14
  14: r0 = *(u8 *)(r6 + 0)   instruction 14, as `minios bpf disasm` writes it
  R2=5  R2=0..20  R2=any     the number 5; from 0 to 20; any number
  R2=s-3..7                  the number is signed: from -3 to 7
  R2=0..124 bits 0/7c        before the slash are the bits that are 1, and behind it
                             those that are not known, both in hexadecimal; all other
                             bits are 0
  R6=map value+8             an address: 8 bytes behind the beginning of a value
  stack-16=5                 what lies 16 bytes below the end of the stack
  2 instructions looked at   on all paths together: one that is on three paths counts
                             three times, and a loop counts each turn; the limit is
                             1,000,000"""
CHECK: Final = f"""\
A machine of the model linux is started, and its own verifier looks at each program.
Nothing is run, and nothing stays loaded. FILE is C source (.c), an object file of a
compiler (.o), or an image (.bpf).

The log ends with the reason of a refusal. Before it stand the path that leads there,
the instruction, the registers, and the line of source.

{_LEGEND}

The exit code is 1 if the verifier refuses a program. It is 2 if there is no program,
because the compiler refuses the source, or the file is of another kind."""
_ELF: Final = b"\x7fELF"
_IMAGE: Final = bpf.BPF_IMAGE_MAGIC.to_bytes(4, "little")
_OURS: Final = "drivers/"  # an image may be a stranger's: no other file is read
_REFUSED: Final = 1
NO_PROGRAM: Final = 2
"""The exit code if the compiler refuses the source."""
_NAME_ONE: Final = "Give the path of C source, of an object file or of an image"
_PLACE: Final = re.compile(r"refused at instruction \d+, (?P<file>.+):(?P<line>\d+)$")
_KINDS: Final = ", ".join(
    f"BPF_MAP_{name}" for name, _, _ in bpf.BPF_MAP.rows if name != "DATA"
)
_ADVICE: Final = (
    (
        r"built-in function '__\w*[sd]f\w*'",
        "An eBPF program has no floating point. Calculate with whole numbers",
    ),
    (
        r"unsupported signed division",
        "Give the option --cpu v4, or divide unsigned numbers",
    ),
    (
        r"'BPF_MAP_(TYPE_)?\w+'",
        f"The machine has one CPU. Its kinds of maps are {_KINDS}",
    ),
    (
        r"undeclared function 'bpf_\w+'",
        "The helpers here are " + ", ".join(f"bpf_{it.name}" for it in bpf.HELPERS),
    ),
)
"""A pattern in the compiler's messages, and what to do about it here."""


def describe_compile(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `compile`."""
    parser.add_argument("file", type=Path, metavar="FILE.c", help="the C source")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE.bpf",
        help="where to write the image (default: beside the source)",
    )
    _add_cpu(parser)
    parser.set_defaults(run=run_compile)


def describe_check(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `check`."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="C source, an object file or an image"
    )
    parser.add_argument(
        "--verbose",
        action="store_true",
        help="show each instruction with the state before it",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    _add_cpu(parser)
    parser.set_defaults(run=run_check)


def _add_cpu(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cpu",
        choices=bytecode.CPUS,
        default=bytecode.CPUS[0],
        help="instruction set of the compiler (default: %(default)s); v4 has signed"
        " division, and loads that extend the sign",
    )


def run_compile(arguments: argparse.Namespace) -> int:
    """Compile a C file, and write its image. Returns 0."""
    source: Path = arguments.file
    if source.suffix != ".c":
        raise ImageError(
            "this is no C source",
            where=visible(source),
            advice="Name the C file, as in `minios bpf compile first.c`",
        )
    output: Path = arguments.output or source.with_name(
        source.name.removesuffix(".c").removesuffix(".bpf") + ".bpf"
    )
    if output == source:
        raise ScenarioError(
            "the image would replace the source",
            where=visible(source),
            advice="Name another file: minios bpf compile FILE.c -o FILE.bpf",
        )
    found = open_file(source, arguments.cpu, is_source=True)
    if found is None:
        return NO_PROGRAM
    made = found.image
    try:
        output.write_bytes(made)
    except (OSError, ValueError) as error:
        raise ScenarioError(
            f"the image cannot be written: {getattr(error, 'strerror', error)}",
            where=visible(output),
            advice="Name another file with --output",
        ) from error
    print(f"written: {visible(output)}, {len(made)} bytes")
    print(f"next: minios bpf check {visible(output)}")
    return 0


def run_check(arguments: argparse.Namespace) -> int:
    """Ask the verifier. Returns 1 if it refuses."""
    path: Path = arguments.file
    found = open_file(path, arguments.cpu)
    if found is None:
        return NO_PROGRAM
    question = Question.check(found.image, is_verbose=arguments.verbose)
    with BpfMachine() as machine:
        (answer,) = machine.ask([question], on_wait=_say_wait)
    if arguments.json:
        print(visible_json(json.dumps(_facts(path, answer))))
    else:
        if arguments.verbose:
            print(f"{_LEGEND}\n")
        for line in _with_sources(answer.log.splitlines(), found):
            print(visible(line))
        verdict = "accepted" if answer.is_good else f"refused ({answer.error})"
        print(f"{visible(path)}: {verdict}, {answer.visits} instructions looked at")
        if answer.is_good:
            print(_next(path, found.image))
    return 0 if answer.is_good else _REFUSED


def _facts(path: Path, answer: Answer) -> dict[str, object]:
    return {
        "file": str(path),
        "accepted": answer.is_good,
        "error": answer.error,
        "reason": "" if answer.is_good else answer.reason,
        "visits": answer.visits,
        "log": answer.log.splitlines(),
    }


@dataclass(frozen=True, slots=True)
class Opened:
    """What a person has named: an image, and the text of its files as far as known."""

    image: bytes
    sources: Mapping[str, str]


def open_file(path: Path, cpu: str, *, is_source: bool = False) -> Opened | None:
    """The image of a file of any of the three kinds.

    None: the compiler has refused the source, and its lines are printed. `is_source`:
    the file is C source whatever it is called. Raises ImageError for all the rest.
    """
    if is_source or path.suffix == ".c":
        return _compile(path, cpu)
    content = host_files.read(path, MOST_BYTES, partial(_not_read, path))
    if content.startswith(_ELF):
        return Opened(object_file.to_image(content, visible(path)), {})
    if not content.startswith(_IMAGE):
        raise ImageError(
            "this is no C source, no object file and no image",
            where=visible(path),
            advice="Name a file such as first.c, first.o or first.bpf",
        )
    return Opened(content, {})


def _compile(path: Path, cpu: str) -> Opened | None:
    try:
        built = bytecode.build(path, cpu)
    except ImageError as error:
        lines = str(error).splitlines()
        if len(lines) == 1:
            raise
        for line in (*lines, *_advice(str(error), cpu)):
            print(visible(line), file=sys.stderr)
        return None
    for line in built.warnings.splitlines():
        print(line, file=sys.stderr)
    return Opened(built.image, built.sources)


def _advice(messages: str, cpu: str) -> Iterator[str]:
    """What fits here, where the compiler's own advice is for another machine."""
    for pattern, advice in _ADVICE:
        if re.search(pattern, messages) and not (cpu == "v4" and "--cpu" in advice):
            yield f"minios: {advice}"


def _with_sources(log: Iterable[str], found: Opened) -> Iterator[str]:
    """The log, and below each place of a refusal the text of its line of source."""
    for line in log:
        yield line
        place = _PLACE.search(line)
        if place is None:
            continue
        file, number = place["file"], int(place["line"])
        text = found.sources.get(file, "").splitlines()
        if not text and file.startswith(_OURS) and ".." not in file:
            text = list(source_text(file))
        if 0 < number <= len(text):
            yield f"    {number} | {text[number - 1].strip()}"


def _next(path: Path, content: bytes) -> str:
    """What can be done with programs that were accepted."""
    if path.with_name(manifest.FILE_NAME).is_file():
        return f"next: minios lab linux --plugin {visible(path.parent)}"
    hooks = [it.hook for it in image.unpack(content).programs]
    if hooks == [bpf.BPF_HOOK["TEST"]]:
        return "next: minios bpf run runs it once"
    return (
        "next: `minios plugin new mine --kind bpf` makes a folder for such programs,"
        " and `minios lab linux --plugin mine` starts a machine with them"
    )


def _say_wait() -> None:
    print(
        "minios: the verifier is still at work. It gives up after"
        f" {bpf.BPF_VISITS_LIMIT:,} instructions, which can take minutes",
        file=sys.stderr,
        flush=True,
    )


def _not_read(path: Path, what: str) -> ImageError:
    return ImageError(f"the file {what}", where=visible(path), advice=_NAME_ONE)
