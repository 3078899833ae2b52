"""`minios bpf compile|check`: from C to an image, and the verifier's verdict on it."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Final

from minios import host_files
from minios.bpf import object_file
from minios.bpf.elf_tables import MOST_BYTES
from minios.errors import ImageError, ScenarioError
from minios.image import bytecode
from minios.lab.bpf import Answer, BpfMachine, Question
from minios.visible import visible, visible_json

COMPILE: Final = """\
The C file includes <minios/bpf.h> and is one eBPF object: some programs, and the maps
that they share. The compiler sees that file, what it includes from its own folder, and
the SDK. So you can compile what others wrote. The C compiler comes with:
  pip install "minios[plugins]"
Equal sources give equal images."""
CHECK: Final = """\
A machine of the model linux is started, and its own verifier looks at each program.
Nothing is run, and nothing stays loaded. FILE is C source (.c), an object file of a
compiler (.o), or an image (.bpf).

The log ends with the reason of a refusal. Before it stand the path that leads there,
the instruction, the registers, and the line of source.

The exit code is 1 if the verifier refuses a program."""
_ELF: Final = b"\x7fELF"
_REFUSED: Final = 1


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
    output: Path = arguments.output or source.with_name(source.stem + ".bpf")
    if output == source:
        raise ScenarioError(
            "the image would replace the source",
            where=visible(source),
            advice="Name another file: minios bpf compile FILE.c -o FILE.bpf",
        )
    made = _compile(source, arguments.cpu)
    try:
        output.write_bytes(made)
    except (OSError, ValueError) as error:
        raise ScenarioError(
            f"the image cannot be written: {getattr(error, 'strerror', error)}",
            where=visible(output),
            advice="Name another file with --output",
        ) from error
    print(f"written: {visible(output)}, {len(made)} bytes")
    return 0


def run_check(arguments: argparse.Namespace) -> int:
    """Ask the verifier. Returns 1 if it refuses."""
    path: Path = arguments.file
    made = _image(path, arguments.cpu)
    with BpfMachine() as machine:
        (answer,) = machine.ask([Question.check(made, is_verbose=arguments.verbose)])
    if arguments.json:
        print(visible_json(json.dumps(_facts(path, answer))))
    else:
        for line in answer.log.splitlines():
            print(visible(line))
        verdict = "accepted" if answer.is_good else f"refused ({answer.error})"
        print(f"{visible(path)}: {verdict}, {answer.visits} instructions looked at")
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


def _image(path: Path, cpu: str) -> bytes:
    """The image of a file of any of the three kinds. Raises ImageError."""
    if path.suffix == ".c":
        return _compile(path, cpu)
    content = host_files.read(path, MOST_BYTES, partial(_not_read, path))
    if content.startswith(_ELF):
        return object_file.to_image(content, visible(path))
    return content


def _compile(path: Path, cpu: str) -> bytes:
    built = bytecode.build(path, cpu)
    for line in built.warnings.splitlines():
        print(line, file=sys.stderr)
    return built.image


def _not_read(path: Path, what: str) -> ImageError:
    return ImageError(
        f"the file {what}",
        where=visible(path),
        advice="Give the path of C source, of an object file or of an image",
    )
