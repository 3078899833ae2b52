"""`minios bpf compile|check|run|disasm`: eBPF programs, from C to their verdict."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from minios import host_files
from minios.abi import bpf
from minios.bpf import disassembly, image
from minios.bpf.image import Image, Program
from minios.commands import bpf_compile
from minios.errors import ImageError
from minios.image import bytecode
from minios.lab.bpf import Answer, BpfMachine, Question
from minios.lazy_parser import Command, Subcommand, add_subcommands
from minios.visible import visible

COMMAND: Final = Command(
    "bpf",
    "Write, run and read eBPF programs, which the kernel verifies first.",
    place=115,
    uses=(
        (
            "compile an eBPF program, ask the verifier, run it, read it",
            "`bpf compile FILE.c`, `bpf check FILE.c`, `bpf run`, `bpf disasm`",
        ),
    ),
)

_EXIT_REFUSED: Final = 1
_HEX: Final = re.compile(r"([0-9a-fA-F]{2})*")
_PLUGIN_NAME: Final = "plugin"
_NAME_ONE: Final = "Give the path of C source, of an object file or of an image"
_LOAD_IT: Final = "Load it in a machine, with the command bpf of its shell"
_DESCRIPTION: Final = """\
Write, run and read eBPF programs.
An eBPF program is code for the kernel that the kernel verifies before it runs it. The
files are images (FILE.bpf): the programs, and the maps that they share."""
_FIRST: Final = """\
  #include <minios/bpf.h>
  BPF_PROGRAM("test") long first(const uint8_t *memory, uint64_t size)
  {
      return size > 0 ? memory[0] : 0;
  }"""
_EXAMPLES: Final = f"""\
examples:
  minios bpf compile first.c     compile C source into first.bpf
  minios bpf check first.c       ask the verifier of the kernel about it
  minios bpf run first.c         verify it in a machine, and run it once
  minios bpf disasm first.bpf    show its instructions

There is no first.c yet. These lines are one; `run` answers 0xaa to --memory aabb:
{_FIRST}

A machine loads programs from a plugin's folder:
  minios plugin new mine --kind bpf   write a program that works into ./mine
  minios lab linux --plugin mine      start a machine with it"""
_RUN: Final = f"""\
A machine of the model linux is started. Its kernel verifies the program and runs it
once. R1 is the address of the memory, and R2 its size. The program must be the only one
of its image, and its hook must be `test`, as in this file:
{_FIRST}

With --plugin this command is a runner for the public conformance suite of eBPF
(bpf_conformance). The program comes from standard input as hexadecimal digits, and the
only line of output is the value of R0, also in hexadecimal.

The suite has programs that the verifier refuses. --unverified runs those, too. Then
each access to memory and each jump is checked while the program runs.

The exit code is 1 if the verifier refuses the program, or if the program is stopped."""
_DISASM: Final = f"""\
FILE is C source (.c), an object file, an image, or the bare bytes of a program. With -
the program comes from standard input as hexadecimal digits. The instructions are
written as in RFC 9669:

  r1 = 5                         w1 = 5            32 bits; the upper half becomes 0
  r1 += r2                       r1 s/= r2         signed
  r1 = (s8)r2                    r1 = be16 r1      extend the sign; byte order
  r1 = *(u32 *)(r2 + 8)          *(u8 *)(r1 + 0) = 7
  lock *(u64 *)(r1 + 0) += r2    r2 = atomic_fetch_add_64((u64 *)(r1 + 0), r2)
  if r1 s> 5 goto +3             goto -2
  call 1                         call pc+4         a helper; a function of the program
  r1 = {"0x123456789 ll":26}r1 = map[0]       64 bits; a map
  r1 = value[0] + 8              exit

What is no instruction is shown as .8byte."""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the `bpf` parser."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    for own in add_subcommands(parser, _COMMANDS):
        own.add_argument("--plain", action="store_true", help=argparse.SUPPRESS)


def _describe_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        default="",
        metavar="FILE|MEMORY",
        help="C source, an object file or an image; with --plugin the memory, as"
        " hexadecimal digits",
    )
    parser.add_argument(
        "--memory",
        default="",
        metavar="BYTES",
        help="the memory for R1 and R2, as hexadecimal digits (default: none)",
    )
    parser.add_argument(
        "--unverified",
        action="store_true",
        help="do not ask the verifier; check each access while the program runs",
    )
    parser.add_argument(
        "--plugin",
        action="store_true",
        help="run the program from standard input, and print only R0",
    )
    parser.set_defaults(run=run)


def _describe_disasm(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        nargs="?",
        default="",
        metavar="FILE|-",
        help="C source, an object file, an image, or the bytes of a program",
    )
    parser.set_defaults(run=run_disasm)


def run(arguments: argparse.Namespace) -> int:
    """Run a program. Returns 1 if the kernel has refused or stopped it."""
    if arguments.plugin:
        if arguments.memory:
            raise ImageError(
                "with --plugin the memory is the first argument",
                where="--memory",
                advice="Leave out the word --memory",
            )
        memory = _bytes_of(arguments.what, "the memory")
        code = _typed_program()
        data = image.pack([Program(_PLUGIN_NAME, "test", code)])
    else:
        if not arguments.what:
            raise _nothing_named("run")
        memory = _bytes_of(arguments.memory, "--memory")
        found = bpf_compile.open_file(Path(arguments.what), bytecode.CPUS[0])
        if found is None:
            return bpf_compile.NO_PROGRAM
        data = found.image
        _require_runnable(image.unpack(data), arguments.what)
    with BpfMachine() as machine:
        question = Question.run(data, memory, is_verified=not arguments.unverified)
        (answer,) = machine.ask([question])
    return _say(answer, is_plugin=arguments.plugin)


def _say(answer: Answer, *, is_plugin: bool) -> int:
    if answer.is_good:
        if is_plugin:
            print(f"{answer.result:x}")
        else:
            print(f"r0 is {answer.result:#x} after {answer.steps} instructions")
        return 0
    for line in answer.log.splitlines()[:-1]:
        print(visible(line), file=sys.stderr)
    reason = answer.reason or answer.error
    words = "the program was stopped" if answer.steps else "the program was refused"
    if answer.has_died:
        words = "the machine did not survive it"
    print(f"minios: {words}: {visible(reason)}", file=sys.stderr)
    return _EXIT_REFUSED


def run_disasm(arguments: argparse.Namespace) -> int:
    """Print the instructions of all programs of a file."""
    if not arguments.file:
        raise _nothing_named("disasm")
    if arguments.file == "-":
        _print(disassembly.listing(_typed_program()))
        return 0
    path = Path(arguments.file)
    data = b"" if path.suffix == ".c" else _read(path)
    if not data or data.startswith(b"\x7fELF"):
        opened = bpf_compile.open_file(path, bytecode.CPUS[0])
        if opened is None:
            return bpf_compile.NO_PROGRAM
        data = opened.image
    if data[:4] != bpf.BPF_IMAGE_MAGIC.to_bytes(4, "little"):
        if wrong := _why_no_program(data):
            raise ImageError(
                "this is no C source, no object file, no image and no program:"
                f" {wrong}",
                where=visible(path),
                advice=_NAME_ONE,
            )
        _print(disassembly.listing(data))
        return 0
    found = image.unpack(data)
    for number, one in enumerate(found.maps):
        print(f"map {number}: {visible(one.name)}, {_map_words(one)}")
    for program in found.programs:
        print(f"program {visible(program.name)}, {_hook_words(program)}:")
        _print(disassembly.listing(program.code))
    return 0


def _nothing_named(command: str) -> ImageError:
    return ImageError(
        "no program is named",
        advice=f"Name its file, as in `minios bpf {command} first.c`",
    )


def _why_no_program(data: bytes) -> str:
    """Why these bytes are no program; "" if most of them are instructions."""
    if len(data) % bpf.BPF_INSTRUCTION.size:
        return f"its {len(data)} bytes are no whole number of instructions"
    lines = disassembly.disassemble(data)
    strange = sum(line.row is None for line in lines)
    if 2 * strange > len(lines):
        return f"of {len(lines)} instructions {strange} do not exist"
    return ""


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        print(line)


def _map_words(one: image.Map) -> str:
    assert isinstance(one.kind, int)
    words = [bpf.BPF_MAP.name(one.kind)]
    if one.key_size:
        words.append(f"keys of {one.key_size} bytes")
    if one.value_size:
        words.append(f"values of {one.value_size} bytes")
    words.append(f"entries: {one.entries}")
    if one.flags & bpf.BPF_MAP_READ_ONLY:
        words.append("read-only")
    return ", ".join(words)


def _hook_words(program: Program) -> str:
    names = {number: name for name, number in image.HOOK_NUMBERS.items()}
    assert isinstance(program.hook, int)
    return f"hook {names.get(program.hook, program.hook)}"


def _require_runnable(found: Image, name: str) -> None:
    for program in found.programs:
        if program.hook != bpf.BPF_HOOK["TEST"]:
            raise ImageError(
                f"the program {visible(program.name)} has the {_hook_words(program)},"
                " and only one with the hook test can be run",
                where=name,
                advice=f'{_LOAD_IT}, or write BPF_PROGRAM("test") before its function',
            )
    if len(found.programs) != 1:
        raise ImageError(
            f"the image has {len(found.programs)} programs, and only one alone can be"
            " run",
            where=name,
            advice=_LOAD_IT,
        )


def _read(path: Path) -> bytes:
    return host_files.read(path, bpf.BPF_IMAGE_BYTES, partial(_not_read, path))


def _not_read(path: Path, what: str) -> ImageError:
    return ImageError(f"the file {what}", where=str(path), advice=_NAME_ONE)


def _typed_program() -> bytes:
    """The program on standard input. Raises ImageError if there is none."""
    code = _bytes_of(sys.stdin.read(), "standard input")
    if not code:
        raise ImageError(
            "there is no program",
            where="standard input",
            advice="Give it as hexadecimal digits",
        )
    return code


def _bytes_of(text: str, where: str) -> bytes:
    """Pairs of hexadecimal digits as bytes; spaces and line breaks do not matter."""
    bare = "".join(text.split())
    if not _HEX.fullmatch(bare):
        raise ImageError(
            f"{bare[:40]!r} is not pairs of hexadecimal digits",
            where=where,
            advice="Write two digits for each byte, such as b7000000",
        )
    return bytes.fromhex(bare)


_COMMANDS: Final = (
    Subcommand(
        "compile",
        "Compile C source into an image.",
        bpf_compile.COMPILE,
        "first.c -o first.bpf",
        bpf_compile.describe_compile,
    ),
    Subcommand(
        "check",
        "Ask the verifier of the kernel about programs.",
        bpf_compile.CHECK,
        "first.c",
        bpf_compile.describe_check,
    ),
    Subcommand(
        "run",
        "Verify a program in a machine, and run it once.",
        _RUN,
        "first.c --memory aabb",
        _describe_run,
    ),
    Subcommand(
        "disasm",
        "Show the instructions of a program.",
        _DISASM,
        "first.bpf",
        _describe_disasm,
    ),
)
