"""What the guest is built from: every image, its sources and how they are linked.

    sources                          in minios/guest/      on the guest's disk
    minios/kernel/                   kernel.elf            (a loader brings it)
    minios/user/programs/NAME.c      bin/NAME              /BIN/NAME
    minios/user/dev/NAME.c           bin/NAME              (only where a test puts it)
    drivers/NAME/, kind "driver"     drivers/NAME.sys      /SYSTEM/DRIVERS/NAME.SYS
    drivers/NAME/, kind "extension"  extensions/NAME.ext   /SYSTEM/EXTENS/NAME.EXT
    minios/user/services.ini                               /SYSTEM/SERVICES.INI

Every ring-3 image begins with crt0 and the libc. A plugin's own sources see the SDK's
header and nothing else, in either ring.

Paths are relative to the root folder, so that no image knows where it was built; a
plugin that lives elsewhere is mapped to `drivers/NAME`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from minios.abi import disk_layout
from minios.errors import ImageError
from minios.image import checks, elf, manifest
from minios.image.manifest import Kind, Manifest
from minios.image.toolchain import KERNEL_FLAGS, USER_FLAGS, Unit

ROOT: Final = Path(__file__).parents[2]

_ABI: Final = Path("minios/abi/include")
_SDK: Final = _ABI / "minios/plugin.h"
_MANIFEST: Final = Path("minios/image/manifest.c")
_KERNEL: Final = Path("minios/kernel")
_USER: Final = Path("minios/user")
_LIBC: Final = _USER / "libc"
SERVICES: Final = _USER / "services.ini"
SERVICES_ON_DISK: Final = disk_layout.SERVICES_PATH.lstrip("/")
_DRIVER_SCRIPTS: Final = (Path("minios/image/driver.ld"), Path("minios/image/strip.ld"))
_RECIPE: Final = tuple(
    Path("minios/image") / name for name in ("recipe.py", "toolchain.py", "checks.py")
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
# In memory each segment of a program has its own pages, but in the file it has not: the
# loader copies the segments, so it would read and copy the padding, too. Functions that
# nobody calls are left out for the same reason.
_LINK_PROGRAM: Final = (*_LINK, "--nmagic", "--gc-sections")


@dataclass(frozen=True, slots=True)
class Image:
    """One file to build: its name below the guest folder, and everything it needs."""

    name: str
    units: tuple[Unit, ...]
    headers: tuple[Path, ...]
    scripts: tuple[Path, ...]
    link: tuple[str, ...]
    strip: tuple[str, ...]
    check: Callable[[elf.Elf], None]
    on_disk: str = ""
    """The path on the guest's volume; "" if it is not there."""

    def inputs(self, root: Path) -> Iterable[Path]:
        """Every file of the tree that the image depends on."""
        yield from (unit.source for unit in self.units)
        yield from self.scripts
        yield from _RECIPE
        for folder in self.headers:
            yield from _find(root, folder, ".h")


def _find(root: Path, folder: Path, *suffixes: str) -> tuple[Path, ...]:
    """The files below a folder, always in the same order.

    The paths are relative to the root if the folder is.
    """
    found = (path for path in (root / folder).rglob("*") if path.suffix in suffixes)
    if not folder.is_absolute():
        found = (path.relative_to(root) for path in found)
    return tuple(sorted(found, key=lambda path: path.as_posix()))


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
        link=(*_LINK_PROGRAM, "-T", script.as_posix()),
        strip=("--strip-all",),
        check=checks.check_program,
    )


def _user_units(root: Path, *sources: Path) -> tuple[Unit, ...]:
    """The source files of every ring-3 image, then the given ones."""
    runtime = (_USER / "crt0.S", *_find(root, _LIBC, ".c", ".S"))
    return _units((*runtime, *sources), USER_FLAGS, _ABI, _LIBC, _USER)


def _programs(root: Path, folder: Path) -> Iterable[Image]:
    for source in _find(root, _USER / folder, ".c"):
        name = source.stem
        if len(name) > _LONGEST_NAME:
            raise ImageError(
                f"the name {name!r} has more than {_LONGEST_NAME} characters",
                where=source.as_posix(),
                advice="Give the program a name that fits a FAT16 directory",
            )
        units = _user_units(root, source)
        yield _user_image(f"bin/{name}", f"BIN/{name.upper()}", units, (_ABI, _USER))


def _tools(root: Path) -> Iterable[Image]:
    """Programs for the project's own commands: small, and not on a user's disk."""
    for image in _programs(root, Path("dev")):
        yield replace(image, on_disk="", link=(*image.link, "--strip-debug"))


def _own_units(
    root: Path, folder: Path, plugin: Manifest, flags: tuple[str, ...]
) -> tuple[Unit, ...]:
    """A plugin's own sources, which see only the SDK's header, and its manifest."""
    mapped = (f"-ffile-prefix-map={folder}=drivers/{plugin.name}",)
    outside = folder.is_absolute()
    sources = _find(root, folder, ".c")
    own = _units(sources, flags + mapped if outside else flags, _ABI)
    return (*own, *_units((_manifest_source(root),), flags + _asked_for(plugin), _ABI))


def _manifest_source(root: Path) -> Path:
    """The manifest's C source, relative to this checkout; another root has no copy."""
    return _MANIFEST if root == ROOT else ROOT / _MANIFEST


def _asked_for(plugin: Manifest) -> tuple[str, ...]:
    """The wishes of plugin.toml, as the compiler flags for manifest.c."""
    return (
        f"-DMANIFEST_EVENTS={plugin.event_mask:#x}",
        f"-DMANIFEST_RIGHTS={plugin.right_mask:#x}",
        f"-ffile-prefix-map={ROOT}=.",
    )


def _driver(root: Path, folder: Path, plugin: Manifest) -> Image:
    name = plugin.name
    whole, without_debug = (("-T", path.as_posix()) for path in _DRIVER_SCRIPTS)
    return Image(
        name=f"drivers/{name}.sys",
        on_disk=f"SYSTEM/DRIVERS/{name.upper()}.SYS",
        units=_own_units(root, folder, plugin, KERNEL_FLAGS),
        headers=(_ABI, folder),
        scripts=(*_DRIVER_SCRIPTS, folder / manifest.FILE_NAME),
        link=("-r", *whole),
        strip=without_debug,
        check=partial(checks.check_driver, sdk=checks.declared_names(root / _SDK)),
    )


def _extension(root: Path, folder: Path, plugin: Manifest) -> Image:
    runtime = _user_units(root, *_find(root, _USER / "extension", ".c", ".S"))
    units = (*runtime, *_own_units(root, folder, plugin, USER_FLAGS))
    on_disk = f"SYSTEM/EXTENS/{plugin.name.upper()}.EXT"
    headers = (_ABI, _USER, folder)
    image = _user_image(f"extensions/{plugin.name}.ext", on_disk, units, headers)
    return replace(image, scripts=(*image.scripts, folder / manifest.FILE_NAME))


def plugin_images(folder: Path, root: Path = ROOT) -> tuple[Image, ...]:
    """The images of a plugin's folder: a driver, an extension, or both.

    The folder may lie outside of the root. Raises ImageError if its manifest is wrong,
    or if it has no C source.
    """
    plugin = manifest.read(folder)
    place = folder.resolve()
    if place.is_relative_to(root.resolve()):
        place = place.relative_to(root.resolve())
    if not _find(root, place, ".c"):
        raise ImageError(
            "the folder has no C source",
            where=str(folder),
            advice="Write one that includes <minios/plugin.h>",
        )
    make = {Kind.DRIVER: _driver, Kind.EXTENSION: _extension}
    return tuple(make[kind](root, place, plugin) for kind in plugin.kinds)


def _plugins(root: Path) -> Iterable[Image]:
    for path in sorted(root.glob(f"drivers/*/{manifest.FILE_NAME}")):
        yield from plugin_images(path.parent, root)


def images(root: Path = ROOT) -> tuple[Image, ...]:
    """Every image of the tree. Raises ImageError if a manifest is wrong."""
    programs = _programs(root, Path("programs"))
    return (_kernel(root), *programs, *_tools(root), *_plugins(root))
