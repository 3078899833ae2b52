"""Build the guest: only what has changed, and never half of an image.

`recipe.py` says what each image is made from. All results go to `minios/guest/`, which
git ignores and the wheel includes. The images there keep their debug information, for
symbols and source lines, and the kernel has an index of its data beside it. The same
images without debug information are in `minios/guest/disk/`, a tree that is copied to
the guest's volume.

An image is built again only if a digest of everything it depends on has changed: its
sources, every header that it could include, its linker script, and the recipe itself. A
failed build leaves the last good image in place.

Run it with `minios dev build`, or from the build hook (`build_hook.py`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from minios.abi import generate
from minios.errors import ImageError
from minios.host_files import temporary_folder
from minios.image import debug_info, elf, layout_index, recipe, variants
from minios.image.recipe import ROOT, SERVICES, SERVICES_ON_DISK, Image
from minios.image.toolchain import compile_all, link

GUEST: Final = Path("minios/guest")
_STAMPS: Final = "build.json"


def images(root: Path = ROOT) -> tuple[Image, ...]:
    """Every image of the guest. Raises ImageError if a manifest is wrong."""
    return (*recipe.images(root), *variants.images(root))


def _digest(image: Image, root: Path) -> str:
    digest = hashlib.sha256()
    for path in image.inputs(root):
        try:
            content = (root / path).read_bytes()
        except OSError as error:
            raise ImageError(
                f"the file cannot be read: {error.strerror}",
                where=path.as_posix(),
                advice=f"Put it back: {image.name} is built from it",
            ) from error
        digest.update(f"{path.as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _read_stamps(guest: Path) -> dict[str, str]:
    try:
        stamps: dict[str, str] = json.loads((guest / _STAMPS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}  # never built, or cut short: everything is stale
    return stamps


def stale(root: Path = ROOT) -> tuple[Image, ...]:
    """The images that are missing, or older than their sources."""
    guest = root / GUEST
    stamps = _read_stamps(guest)
    return tuple(
        image
        for image in images(root)
        if stamps.get(image.name) != _digest(image, root)
        or not all(path.exists() for path in _places(image, guest))
    )


def _with_runtimes(found: Sequence[Image], only: str) -> list[Image]:
    """Those whose name begins with `only`, and what has to be built before them."""
    names = [it.runtime.name for it in found if it.runtime and it.name.startswith(only)]
    return [it for it in found if it.name.startswith(only) or it.name in names]


def _places(image: Image, guest: Path) -> tuple[Path, ...]:
    """The paths of a built image."""
    whole = guest / image.name
    index = (layout_index.beside(whole),) if image.has_index else ()
    on_disk = (it for it in (image.on_disk, image.map_on_disk) if it)
    return (whole, *index, *(guest / "disk" / it for it in on_disk))


def build(root: Path = ROOT, *, only: str = "", force: bool = False) -> tuple[str, ...]:
    """Build what is out of date, or everything with `force`. Returns what was built.

    `only` selects the images whose name begins with it: "kernel", "bin/", "drivers/".
    Raises ImageError with the message of the compiler, the linker or a check.
    """
    if not generate.is_fresh():
        raise ImageError(
            "the header is older than the tables from which it is generated",
            where="minios/abi/include/minios/abi.h",
            advice="Run `minios dev gen`",
        )
    guest = root / GUEST
    known = images(root)
    wanted = _with_runtimes(known if force else stale(root), only)
    digests = {image.name: _digest(image, root) for image in wanted}
    for image in make(wanted, guest, root=root):
        stamps = _read_stamps(guest) | {image.name: digests[image.name]}
        _write_stamps(guest, stamps)
    services = (root / SERVICES, guest / "disk" / SERVICES_ON_DISK)
    if services[0].exists():
        _install(*services)
    kept = {path for image in known for path in _places(image, guest)}
    _remove_strays(guest, kept | {services[1], guest / _STAMPS})
    return tuple(image.name for image in wanted)


def make(
    wanted: Sequence[Image],
    into: Path,
    *,
    root: Path,
    warn: Callable[[str], None] = lambda _: None,
) -> Iterator[Image]:
    """Compile and link images. Yields each of them when it is in its place.

    In the folder `into` their places are those that they have in the guest folder. An
    extension takes its runtime from the guest folder of the root. `warn` is told of
    what the compiler warns of.
    """
    with temporary_folder("build") as folder:
        units = [unit for image in wanted for unit in image.units]
        objects = compile_all(units, folder, root=root, warn=warn)
        for image in wanted:
            inputs = [objects[unit] for unit in image.units]
            if image.runtime:
                inputs.insert(0, root / GUEST / image.runtime.name)
            for made, place in zip(
                _link(image, inputs, folder, root=root),
                _places(image, into),
                strict=True,
            ):
                _install(made, place)
            yield image


def _link(
    image: Image, inputs: Sequence[Path], folder: Path, *, root: Path
) -> list[Path]:
    """Link and check an image, and link it without debug information for the disk."""
    whole, bare = folder / "whole" / image.name, folder / "bare" / image.name
    if image.convert:
        content = inputs[0].read_bytes()
        bare.parent.mkdir(parents=True, exist_ok=True)
        bare.write_bytes(image.convert(content, image.name))
        return [inputs[0], bare] if image.on_disk else [inputs[0]]
    link(whole, inputs, image.link, root=root)
    linked = elf.read(whole)
    image.check(linked)
    made = [whole]
    if image.has_index:
        content = whole.read_bytes()
        made.append(layout_index.beside(whole))
        made[-1].write_bytes(
            layout_index.pack(debug_info.read(content, whole), content)
        )
    if image.on_disk:
        link(bare, inputs, (*image.link, *image.strip), root=root)
        made.append(bare)
    if image.map_on_disk:
        made.append(whole.with_suffix(".map"))
        made[-1].write_bytes(_map(linked))
    return made


def _map(image: elf.Elf) -> bytes:
    """The code symbols of an image in the order of their addresses, one a line.

    The format is that of Linux' System.map: an address of 16 hexadecimal digits, a
    letter (T: global, t: local), and a name. A crashing kernel finds its own functions
    in it.
    """
    found = (it for it in image.symbols if it.section == ".text")
    rows = sorted((it.address, it.name, "T" if it.is_global else "t") for it in found)
    return "".join(f"{at:016x} {kind} {name}\n" for at, name, kind in rows).encode()


def _install(made: Path, place: Path) -> None:
    """Replace a file at once, so that a reader sees the old or the new file."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    shutil.copyfile(made, beside)
    beside.replace(place)


def _write_stamps(guest: Path, stamps: dict[str, str]) -> None:
    beside = guest / f".{_STAMPS}.{os.getpid()}"
    beside.write_text(json.dumps(stamps, indent=1, sort_keys=True), encoding="utf-8")
    beside.replace(guest / _STAMPS)


def _remove_strays(guest: Path, kept: set[Path]) -> None:
    """Remove files that no recipe describes, because they would come onto the disk."""
    for path in guest.rglob("*"):
        if path.is_file() and path not in kept and not path.name.startswith("."):
            path.unlink()
