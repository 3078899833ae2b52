"""The C compiler and the linker, both from the Python package `ziglang`.

It compiles with `zig clang -c` and links with `zig ld.lld`. `zig cc` would be wrong: it
keeps a cache, it hides what the compiler thinks a misspelt name should be, and when it
links it adds `--entry _start --gc-sections`, which once gave an empty kernel without an
error. The program is started directly, because `python -m ziglang` takes twice as long.

The compiler runs in the root folder with relative paths, and every absolute path is
replaced. So the same sources give the same bytes in every folder.

Left out: tracking of dependencies. Compiling a file takes about 30 ms.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from minios.errors import ImageError
from minios.image.host_limits import LimitError, run

_FLAGS: Final = (
    ("--target=x86_64-none-elf", "no operating system below us"),
    ("-mtune=x86-64", "what is fast on no CPU in particular"),
    ("-std=c17", "what the sources are written in"),
    ("-ffreestanding", "there is no standard library"),
    ("-nostdlibinc", "... and none is to be found on the host,"),
    ("-nobuiltininc", "... nor its headers: those of the compiler are named below"),
    ("-DNDEBUG", "a failed assertion of the compiler's headers has nowhere to go"),
    ("-mno-red-zone", "an interrupt would overwrite the 128 bytes below RSP"),
    ("-mno-mmx", "the kernel saves no vector registers on a switch,"),
    ("-mno-sse", "... and SSE raises #UD before CR4.OSFXSR is set"),
    ("-mno-sse2", "..."),
    ("-msoft-float", "no x87 registers either"),
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
    ("-Wdate-time", "... a date in the image, too: every build would differ,"),
    ("-Werror", "... always"),
)
"""Every flag of the compiler, with the reason for it."""

_RING0: Final = (
    ("-mcmodel=kernel", "linked into the top 2 GiB: addresses are sign-extended"),
)

_RING3: Final = (
    ("-ffunction-sections", "a program takes from the libc only what it calls"),
)

HEADERS: Final = "zig/lib/include"
"""What the folder of the compiler's own headers is called in debug information."""

_ASSEMBLER_IGNORES: Final = ("-std=c17",)

KERNEL_FLAGS: Final = tuple(flag for flag, _ in _FLAGS + _RING0)
USER_FLAGS: Final = tuple(flag for flag, _ in _FLAGS + _RING3)


@dataclass(frozen=True, slots=True)
class Unit:
    """One source file to compile, relative to a folder, with its flags."""

    source: Path
    flags: tuple[str, ...]
    includes: tuple[Path, ...]
    folder: Path | None = None
    """The folder in which it is compiled; None for the root folder. In another folder
    the compiler's own headers are in HEADERS, too."""


def ziglang() -> Path:
    """The folder of the package. Raises ImageError if it is not installed."""
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None:
        raise ImageError(
            "the C compiler is not installed",
            advice='Install it with: pip install "minios[plugins]"',
        )
    return Path(spec.origin).parent


def _clang(unit: Unit, *, scratch: Path, root: Path, then: Sequence[str]) -> str:
    """Run the compiler for a unit. Returns what it printed. Raises ImageError."""
    folder = unit.folder or root
    flags = unit.flags
    if unit.source.suffix == ".S":
        flags = tuple(flag for flag in flags if flag not in _ASSEMBLER_IGNORES)
    arguments = (
        *flags,
        # No folder of this machine may come into an object.
        f"-ffile-prefix-map={folder}=.",
        f"-ffile-prefix-map={ziglang()}=zig",
        "-fdebug-compilation-dir=.",
        "-isystem",
        HEADERS if unit.folder else str(ziglang() / "lib" / "include"),
        *(f"-I{include.as_posix()}" for include in unit.includes),
        unit.source.as_posix(),
    )
    return run(
        [str(ziglang() / "zig"), "clang", *then, *arguments],
        folder=folder,
        scratch=scratch,
        what=f"compiling {unit.source.as_posix()}",
    )


def preprocess(unit: Unit, target: Path, *, root: Path) -> str:
    """The text of a unit after its directives and macros, as the compiler sees it.

    `target` is a new file for it. Raises ImageError with the compiler's messages.
    """
    then = ("-E", "-o", str(target))
    _clang(unit, scratch=target.parent, root=root, then=then)
    return target.read_text(encoding="utf-8")


def _compile(unit: Unit, target: Path, *, root: Path) -> tuple[str, str]:
    """Compile one file. Returns its errors and its warnings; "" if there are none."""
    then = ("-c", "-o", str(target))
    try:
        return "", _clang(unit, scratch=target.parent, root=root, then=then)
    except LimitError:
        raise  # and no other file is begun
    except ImageError as error:
        return str(error), ""


def compile_all(
    units: Iterable[Unit],
    folder: Path,
    *,
    root: Path,
    warn: Callable[[str], None] = lambda _: None,
) -> dict[Unit, Path]:
    """Compile every unit once, with one process for each CPU.

    Returns the path in `folder` of each object. `warn` is told of the warnings for a
    unit, which only a unit without -Werror has. Raises ImageError with the compiler's
    messages, in the order of the units.
    """
    objects = {
        unit: folder / f"{number}-{unit.source.stem}.o"
        for number, unit in enumerate(dict.fromkeys(units))
    }
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = pool.map(partial(_compile, root=root), objects, objects.values())
        results = list(found)
    for _, warning in results:
        if warning:
            warn(warning)
    complaints = [complaint for complaint, _ in results if complaint]
    if complaints:
        raise ImageError("\n".join(dict.fromkeys(complaints)))
    return objects


def link(
    output: Path, objects: Iterable[Path], options: Sequence[str], *, root: Path
) -> None:
    """Link objects with `ld.lld`. Raises ImageError with the linker's message."""
    output.parent.mkdir(parents=True, exist_ok=True)
    inputs = [str(path) for path in objects]
    run(
        [str(ziglang() / "zig"), "ld.lld", *options, *inputs, "-o", str(output)],
        folder=root,
        scratch=output.parent,
        what=f"linking {output.name}",
    )
