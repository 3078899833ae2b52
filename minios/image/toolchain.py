"""The C compiler and the linker, both from the Python package `ziglang`.

It compiles with `python -m ziglang cc -c` and links with `python -m ziglang ld.lld`.
One step with `zig cc` would be wrong: that adds `--entry _start --gc-sections`, and
once linked an empty kernel without an error.

The compiler runs in the root folder with relative paths, and every absolute path is
replaced. So the same sources give the same bytes in every folder.

Left out: tracking of dependencies. The compiler has its own cache, so an unchanged file
costs about 50 ms.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from minios.errors import ImageError

_FLAGS: Final = (
    ("-target", "x86_64-freestanding-none: no operating system below us"),
    ("x86_64-freestanding-none", "the operand of -target"),
    ("-std=c17", "what the sources are written in"),
    ("-ffreestanding", "there is no standard library"),
    ("-nostdlib", "... and none is to be linked"),
    ("-mno-red-zone", "an interrupt would overwrite the 128 bytes below RSP"),
    ("-mno-mmx", "the kernel saves no vector registers on a switch,"),
    ("-mno-sse", "... and SSE raises #UD before CR4.OSFXSR is set"),
    ("-mno-sse2", "... (zig ignores -mgeneral-regs-only)"),
    ("-msoft-float", "no x87 registers either"),
    ("-fno-sanitize=all", "zig turns the undefined-behaviour sanitizer on by default"),
    ("-fno-unwind-tables", "nobody unwinds by table: a dump walks frame pointers"),
    ("-fno-asynchronous-unwind-tables", "... and .eh_frame would only take room"),
    ("-fno-stack-protector", "it wants a canary at %fs:0x28, which is not there"),
    ("-fno-pic", "everything is linked, or relocated, to a known address"),
    ("-fno-omit-frame-pointer", "a dump can name the callers,"),
    ("-fno-optimize-sibling-calls", "... all of them: a call is a call, not a jump"),
    ("-O2", "the faulting instruction looks as it does in the field"),
    ("-g", "addresses become lines of source"),
    ("-gdwarf-4", "the version that pyelftools reads fastest"),
    ("-Wall", "warnings are errors,"),
    ("-Wextra", "... all of them,"),
    ("-Werror", "... always"),
)
"""Every flag of the compiler, with the reason for it."""

_RING0: Final = (
    ("-mcmodel=kernel", "linked into the top 2 GiB: addresses are sign-extended"),
)

_RING3: Final = (
    ("-ffunction-sections", "a program takes from the libc only what it calls"),
)

_ASSEMBLER_IGNORES: Final = ("-std=c17",)

KERNEL_FLAGS: Final = tuple(flag for flag, _ in _FLAGS + _RING0)
USER_FLAGS: Final = tuple(flag for flag, _ in _FLAGS + _RING3)


@dataclass(frozen=True, slots=True)
class Unit:
    """One source file to compile, relative to the root, with its flags."""

    source: Path
    flags: tuple[str, ...]
    includes: tuple[Path, ...]


def _ziglang() -> Path:
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None:
        raise ImageError(
            "the C compiler is not installed",
            advice="Install it with `pip install 'minios[plugins]'`",
        )
    return Path(spec.origin).parent


def _run(arguments: Sequence[str], *, root: Path, what: str) -> None:
    """Run a tool of ziglang in the root folder. Raises ImageError if it fails."""
    command = [sys.executable, "-m", "ziglang", *arguments]
    done = subprocess.run(  # noqa: S603 - our own interpreter, no shell
        command, cwd=root, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        output = (done.stderr + done.stdout).strip() or "no message"
        raise ImageError(f"{what} failed:\n{output}")


def _path_maps(root: Path) -> tuple[str, ...]:
    """Flags that keep this machine's folders out of the objects."""
    return (
        f"-ffile-prefix-map={root}=.",
        f"-ffile-prefix-map={_ziglang()}=zig",
        "-fdebug-compilation-dir=.",
    )


def _compile(unit: Unit, target: Path, *, root: Path) -> str:
    """Compile one file. Returns the compiler's messages; "" if there are none."""
    flags = unit.flags
    if unit.source.suffix == ".S":
        flags = tuple(flag for flag in flags if flag not in _ASSEMBLER_IGNORES)
    includes = tuple(f"-I{include.as_posix()}" for include in unit.includes)
    source = unit.source.as_posix()
    maps = _path_maps(root)
    arguments = ("cc", "-c", *flags, *maps, *includes, source, "-o", str(target))
    try:
        _run(arguments, root=root, what=f"compiling {source}")
    except ImageError as error:
        return str(error)
    return ""


def compile_all(units: Iterable[Unit], folder: Path, *, root: Path) -> dict[Unit, Path]:
    """Compile every unit once, with one process for each CPU.

    Returns the path in `folder` of each object. Raises ImageError with the compiler's
    messages, in the order of the units.
    """
    objects = {
        unit: folder / f"{number}-{unit.source.stem}.o"
        for number, unit in enumerate(dict.fromkeys(units))
    }
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = pool.map(partial(_compile, root=root), objects, objects.values())
        complaints = [complaint for complaint in results if complaint]
    if complaints:
        raise ImageError("\n".join(complaints))
    return objects


def link(
    output: Path, objects: Iterable[Path], options: Sequence[str], *, root: Path
) -> None:
    """Link objects with `ld.lld`. Raises ImageError with the linker's message."""
    output.parent.mkdir(parents=True, exist_ok=True)
    inputs = [str(path) for path in objects]
    arguments = ["ld.lld", *options, *inputs, "-o", str(output)]
    _run(arguments, root=root, what=f"linking {output.name}")
