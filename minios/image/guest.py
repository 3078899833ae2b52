"""What the guest is built from: every image, its sources and how they are linked.

    sources                          in minios/guest/      on the guest's disk
    minios/kernel/                   kernel.elf            (a loader brings it)
    minios/user/programs/NAME.c      bin/NAME              /BIN/NAME
    drivers/NAME/, kind "driver"     drivers/NAME.sys      /SYSTEM/DRIVERS/NAME.SYS
    drivers/NAME/, kind "extension"  extensions/NAME.ext   /SYSTEM/EXTENS/NAME.EXT
    minios/user/services.ini                               /SYSTEM/SERVICES.INI

Every ring-3 image begins with crt0 and the libc. Git ignores `minios/guest/`, the wheel
includes it. Images there keep their debug information, for symbols and source lines;
without it they stand in `minios/guest/disk/`, a tree that goes on the volume as it is.

An image is built again only if a digest of all it depends on has changed: its sources,
every header it could include, its linker script, and the recipe itself (this file and
the toolchain's). A failed build leaves the last good image where it was.

Run it with `minios dev build`, or from the build hook (`build_hook.py`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from minios.abi import disk_layout, generate
from minios.errors import ImageError
from minios.image import checks, elf, manifest
from minios.image.manifest import Kind
from minios.image.toolchain import KERNEL_FLAGS, USER_FLAGS, Unit, compile_all, link

ROOT: Final = Path(__file__).parents[2]
GUEST: Final = Path("minios/guest")
_STAMPS: Final = "build.json"

_ABI: Final = Path("minios/abi/include")
_SDK: Final = _ABI / "minios/plugin.h"
_KERNEL: Final = Path("minios/kernel")
_USER: Final = Path("minios/user")
_LIBC: Final = _USER / "libc"
_SERVICES: Final = _USER / "services.ini"
_SERVICES_ON_DISK: Final = disk_layout.SERVICES_PATH.lstrip("/")
_DRIVER_SCRIPTS: Final = (Path("minios/image/driver.ld"), Path("minios/image/strip.ld"))
_RECIPE: Final = tuple(
    Path("minios/image") / name for name in ("guest.py", "toolchain.py", "checks.py")
)

_LONGEST_NAME: Final = 8

_LINK: Final = (
    "--build-id=none",  # a random note would make every build differ
    "--no-dynamic-linker",
    "-z",
    "noexecstack",
    "-z",
    "max-page-size=4096",
    "--fatal-warnings",
)


@dataclass(frozen=True, slots=True)
class Image:
    """One file to build: its name below the guest folder and everything it needs."""

    name: str
    units: tuple[Unit, ...]
    headers: tuple[Path, ...]
    scripts: tuple[Path, ...]
    link: tuple[str, ...]
    strip: tuple[str, ...]
    check: Callable[[elf.Elf], None]
    on_disk: str = ""
    """Its place on the guest's volume; empty if it is not there."""

    def inputs(self, root: Path) -> Iterable[Path]:
        """Every file of the tree that the image depends on."""
        yield from (unit.source for unit in self.units)
        yield from self.scripts
        yield from _RECIPE
        for folder in self.headers:
            yield from _find(root, folder, ".h")


def _find(root: Path, folder: Path, *suffixes: str) -> tuple[Path, ...]:
    """Files below a folder, relative to the root, in an order that never changes."""
    return tuple(
        sorted(
            (
                path.relative_to(root)
                for path in (root / folder).rglob("*")
                if path.suffix in suffixes
            ),
            key=lambda path: path.as_posix(),
        )
    )


def _units(
    sources: Iterable[Path], flags: tuple[str, ...], *includes: Path
) -> tuple[Unit, ...]:
    return tuple(Unit(source, flags, includes) for source in sources)


def _kernel(root: Path) -> Image:
    script = _KERNEL / "kernel.ld"
    sources = _find(root, _KERNEL, ".c", ".S")
    return Image(
        name="kernel.elf",
        units=_units(sources, KERNEL_FLAGS, _ABI, _KERNEL),
        headers=(_ABI, _KERNEL),
        scripts=(script,),
        link=(*_LINK, "-T", script.as_posix()),
        strip=(),
        check=checks.check_kernel,
    )


def _user_image(
    name: str, on_disk: str, units: tuple[Unit, ...], headers: tuple[Path, ...]
) -> Image:
    script = _USER / "user.ld"
    return Image(
        name=name,
        on_disk=on_disk,
        units=units,
        headers=headers,
        scripts=(script,),
        link=(*_LINK, "-T", script.as_posix()),
        strip=("--strip-all",),
        check=checks.check_program,
    )


def _user_units(root: Path, *sources: Path) -> tuple[Unit, ...]:
    """What every ring-3 image begins with, then the given sources."""
    runtime = (_USER / "crt0.S", *_find(root, _LIBC, ".c", ".S"))
    return _units((*runtime, *sources), USER_FLAGS, _ABI, _LIBC, _USER)


def _programs(root: Path) -> Iterable[Image]:
    for source in _find(root, _USER / "programs", ".c"):
        name = source.stem
        if len(name) > _LONGEST_NAME:
            raise ImageError(
                f"{name!r} has more than {_LONGEST_NAME} characters",
                where=source.as_posix(),
                advice="Give the program a name that fits a FAT16 directory",
            )
        units = _user_units(root, source)
        yield _user_image(f"bin/{name}", f"BIN/{name.upper()}", units, (_ABI, _USER))


def _driver(root: Path, folder: Path, name: str) -> Image:
    whole, without_debug = (("-T", path.as_posix()) for path in _DRIVER_SCRIPTS)
    return Image(
        name=f"drivers/{name}.sys",
        on_disk=f"SYSTEM/DRIVERS/{name.upper()}.SYS",
        units=_units(_find(root, folder, ".c"), KERNEL_FLAGS, _ABI),
        headers=(_ABI, folder),
        scripts=_DRIVER_SCRIPTS,
        link=("-r", *whole),
        strip=without_debug,
        check=partial(checks.check_driver, sdk=checks.declared_names(root / _SDK)),
    )


def _extension(root: Path, folder: Path, name: str) -> Image:
    """The plugin's own files see the SDK's header and nothing else, as in ring 0."""
    runtime = _user_units(root, *_find(root, _USER / "extension", ".c", ".S"))
    units = (*runtime, *_units(_find(root, folder, ".c"), USER_FLAGS, _ABI))
    on_disk = f"SYSTEM/EXTENS/{name.upper()}.EXT"
    headers = (_ABI, _USER, folder)
    return _user_image(f"extensions/{name}.ext", on_disk, units, headers)


def _plugins(root: Path) -> Iterable[Image]:
    for path in sorted(root.glob(f"drivers/*/{manifest.FILE_NAME}")):
        folder = path.parent.relative_to(root)
        plugin = manifest.read(path.parent)
        if Kind.DRIVER in plugin.kinds:
            yield _driver(root, folder, plugin.name)
        if Kind.EXTENSION in plugin.kinds:
            yield _extension(root, folder, plugin.name)


def images(root: Path = ROOT) -> tuple[Image, ...]:
    """Every image of the tree. Raises ImageError if a manifest is wrong."""
    return (_kernel(root), *_programs(root), *_plugins(root))


def _digest(image: Image, root: Path) -> str:
    digest = hashlib.sha256()
    for path in image.inputs(root):
        try:
            content = (root / path).read_bytes()
        except OSError as error:
            raise ImageError(
                f"cannot be read: {error.strerror}",
                where=path.as_posix(),
                advice=f"{image.name} is made of it",
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
    """The images that are missing or older than what they are made from."""
    guest = root / GUEST
    stamps = _read_stamps(guest)
    return tuple(
        image
        for image in images(root)
        if stamps.get(image.name) != _digest(image, root)
        or not all(path.exists() for path in _places(image, guest))
    )


def _places(image: Image, guest: Path) -> tuple[Path, ...]:
    """Where an image stands once it is built."""
    if not image.on_disk:
        return (guest / image.name,)
    return (guest / image.name, guest / "disk" / image.on_disk)


def build(root: Path = ROOT, *, only: str = "", force: bool = False) -> tuple[str, ...]:
    """Build what is stale, or all of it with `force`; returns what was built.

    `only` limits it to images whose name begins so: "kernel", "bin/", "drivers/".
    Raises ImageError with the compiler's, linker's or check's message.
    """
    if not generate.is_fresh():
        raise ImageError(
            "is older than the tables it is made from",
            where="minios/abi/include/minios/abi.h",
            advice="Run `minios dev gen`",
        )
    guest = root / GUEST
    known = images(root)
    wanted = [
        image
        for image in (known if force else stale(root))
        if image.name.startswith(only)
    ]
    if wanted:
        _make(wanted, root)
    services = (root / _SERVICES, guest / "disk" / _SERVICES_ON_DISK)
    if services[0].exists():
        _install(*services)
    kept = {path for image in known for path in _places(image, guest)}
    _remove_strays(guest, kept | {services[1], guest / _STAMPS})
    return tuple(image.name for image in wanted)


def _make(wanted: list[Image], root: Path) -> None:
    guest = root / GUEST
    guest.mkdir(parents=True, exist_ok=True)
    digests = {image.name: _digest(image, root) for image in wanted}
    with tempfile.TemporaryDirectory(prefix="minios-build-") as name:
        folder = Path(name)
        units = [unit for image in wanted for unit in image.units]
        objects = compile_all(units, folder, root=root)
        for image in wanted:
            inputs = [objects[unit] for unit in image.units]
            _link(image, inputs, folder, root=root)
            stamps = _read_stamps(guest) | {image.name: digests[image.name]}
            _write_stamps(guest, stamps)


def _link(image: Image, objects: list[Path], folder: Path, *, root: Path) -> None:
    """Link with and without debug information; put both in place if they are fit."""
    whole = folder / "whole" / image.name
    bare = folder / "bare" / image.name
    link(whole, objects, image.link, root=root)
    image.check(elf.read(whole))
    if image.on_disk:
        link(bare, objects, (*image.link, *image.strip), root=root)
        _install(bare, root / GUEST / "disk" / image.on_disk)
    _install(whole, root / GUEST / image.name)


def _install(made: Path, place: Path) -> None:
    """Replace a file at once, so that a reader sees the old or the new one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    shutil.copyfile(made, beside)
    beside.replace(place)


def _write_stamps(guest: Path, stamps: dict[str, str]) -> None:
    beside = guest / f".{_STAMPS}.{os.getpid()}"
    beside.write_text(json.dumps(stamps, indent=1, sort_keys=True), encoding="utf-8")
    beside.replace(guest / _STAMPS)


def _remove_strays(guest: Path, kept: set[Path]) -> None:
    """What nothing describes any more would still find its way to the disk."""
    for path in guest.rglob("*"):
        if path.is_file() and path not in kept and not path.name.startswith("."):
            path.unlink()
