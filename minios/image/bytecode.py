"""eBPF programs in C: compiled, and read into the image that the kernel loads.

The compiler is the same one, for another machine (`-target bpfel`). It makes an object
file; `minios/bpf/object_file.py` makes an image of that.

    build(path)    one C file from anywhere, in the sandbox of plugins
    unit(...)      how the file NAME.bpf.c of a plugin is compiled

The compiler sees the C file, what it includes from its own folder, and the SDK. The
result depends on nothing else: equal sources give equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from minios.bpf import object_file
from minios.errors import ImageError
from minios.host_files import temporary_folder
from minios.image import elf, plugin_folder, sandbox, toolchain
from minios.image.toolchain import Unit
from minios.visible import visible

SUFFIX: Final = ".bpf.c"
"""With what the name of a plugin's file of eBPF programs ends."""

CPUS: Final = ("v3", "v4")
"""Versions of the instruction set, as the compiler calls them. v4 has signed division,
loads that extend the sign, and far jumps."""

_FLAGS: Final = (
    ("--target=bpfel", "eBPF, little-endian"),
    ("-std=c17", "what the sources are written in"),
    ("-ffreestanding", "there is no standard library"),
    ("-nostdlibinc", "... and none is to be found on the host,"),
    ("-nobuiltininc", "... nor its headers: those of the compiler are named below"),
    ("-O2", "the verifier wants variables in registers"),
    ("-g", "a refusal names the line of source"),
    ("-gdwarf-4", "the version of the tables that are read"),
    ("-Wall", "warnings are errors,"),
    ("-Wextra", "... all of them,"),
    ("-Wno-unused-parameter", "... but every hook has its event, needed or not,"),
    ("-Wdate-time", "... a date in the image, too: every build would differ,"),
    ("-Werror", "... always"),
)
"""Every flag of the compiler, with the reason for it."""

_ABI: Final = Path("minios/abi/include")
_ROOT: Final = Path(__file__).parents[2]
_FOLDER: Final = "drivers/program"
"""As what the folder of a single file is known to the compiler."""
_MOST_FILES: Final = 32
_INCLUDE: Final = re.compile(
    r'^[ \t]*#[ \t]*include[ \t]*"([\w.-]+\.[ch])"', re.MULTILINE
)


class Built(msgspec.Struct, frozen=True):
    """A C file that has been compiled."""

    image: bytes
    """What the kernel loads."""
    object: bytes
    """The compiler's object file."""
    sources: dict[str, str]
    """The text of its files, by their names in the messages of the verifier."""
    warnings: str = ""
    """What the compiler warns of; safe to print."""


def flags(cpu: str = CPUS[0]) -> tuple[str, ...]:
    """What the compiler is told."""
    return (*(flag for flag, _ in _FLAGS), f"-mcpu={cpu}")


def unit(source: Path, folder: Path | None, more: tuple[str, ...] = ()) -> Unit:
    """How a plugin's file is compiled, in a folder or (None) in the root folder."""
    return Unit(source, (*flags(), *more), (_ABI,), folder)


def build(path: Path, cpu: str = CPUS[0], more: Sequence[str] = ()) -> Built:
    """Compile a C file, which may be a stranger's.

    `cpu` is one of CPUS, `more` are words for the compiler such as macros.

    Raises ImageError with the messages of the compiler, or with what is refused.
    """
    texts = _texts(path)
    with temporary_folder("bpf") as scratch:
        tree = scratch.resolve() / "tree"
        inside = {f"{_FOLDER}/{name}": text for name, text in texts.items()}
        own = (
            *flags(cpu),
            *more,
            *sandbox.lay_out(tree, inside, root=_ROOT),
            f"-ffile-prefix-map={_FOLDER}/=",
        )
        wanted = Unit(Path(_FOLDER) / path.name, own, (_ABI,), tree)
        warnings: list[str] = []
        try:
            sandbox.check([wanted], scratch, root=_ROOT)
            objects = toolchain.compile_all(
                [wanted], scratch, root=_ROOT, warn=warnings.append
            )
        except ImageError as error:
            raise _without_folder(error) from error
        content = elf.read_bytes(objects[wanted])
    return Built(
        image=object_file.to_image(content, visible(path)),
        object=content,
        sources=texts,
        warnings=_plain("\n".join(warnings)),
    )


def _texts(path: Path) -> dict[str, str]:
    """The file, and those beside it that are included, by name. Raises ImageError.

    What is not there is not looked for elsewhere: the compiler will say so.
    """
    found: dict[str, str] = {}
    wanted = [path.name]
    for name in wanted:  # it grows while we go through it
        place = path.absolute().parent / name
        if name in found or (found and not place.is_file()):
            continue
        if len(found) > _MOST_FILES:
            raise ImageError(
                f"the program includes more than {_MOST_FILES} files",
                where=visible(path),
                advice="Put them together",
            )
        found[name] = plugin_folder.read_file(
            place, visible(path.parent / name), "Give the path of a C file"
        )
        wanted += _INCLUDE.findall(found[name])
    return found


def _without_folder(error: ImageError) -> ImageError:
    """The same refusal, with names as the author knows them."""
    return ImageError(
        _plain(error.what), where=_plain(error.where), advice=error.advice
    )


def _plain(text: str) -> str:
    return "\n".join(
        visible(line) for line in text.replace(f"{_FOLDER}/", "").splitlines()
    )
