"""What the guest is built from: every image, its sources and how they are linked.

    sources                          in minios/guest/      on the guest's disk
    minios/kernel/                   kernel.elf            (a loader brings it)
    ... the names of its functions                         /SYSTEM/KERNEL.MAP
    ... the layout of its data       kernel.layouts        (see layout_index.py)
    minios/user/programs/NAME/       bin/NAME              /BIN/NAME
    minios/user/programs/crimes/*.c  bin/...               /BIN/... (a file each)
    drivers/villain/, AS_PROGRAM     bin/...               /BIN/... (a function each)
    minios/user/dev/NAME/            bin/NAME              (only where a test puts it)
    drivers/NAME/, kind "driver"     drivers/NAME.sys      /SYSTEM/DRIVERS/NAME.SYS
    the sensor, repaired             variants/             (no disk: see variants.py)
    minios/user/extension/           extensions/runtime.o  (a part of all of these)
    drivers/NAME/, kind "extension"  extensions/NAME.ext   /SYSTEM/EXTENS/NAME.EXT
    ... kind "user_driver"           userdrv/NAME.drv      /SYSTEM/USERDRV/NAME.DRV
    ... kind "bpf", NAME.bpf.c       bpf/NAME.bpf          /SYSTEM/BPF/NAME.BPF
    minios/user/rules/               extensions/checked.ext   (see variants.py)
    minios/user/services.ini                               /SYSTEM/SERVICES.INI

Every ring-3 image begins with crt0 and the libc. A plugin's own sources see the SDK's
header and nothing else, in either ring. Its eBPF programs are one file, NAME.bpf.c:
there is no linker for eBPF. The other kinds are built without that file.

Paths are relative to the root folder, so that no image knows where it was built. A
plugin from elsewhere is built as if it lay in `drivers/NAME` (`plugins.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from minios.abi import disk_layout
from minios.abi.plugins import Form, Kind
from minios.bpf import object_file
from minios.errors import ImageError
from minios.image import bytecode, checks, elf, manifest, plugin_folder
from minios.image.manifest import Manifest
from minios.image.toolchain import KERNEL_FLAGS, USER_FLAGS, Unit

ROOT: Final = Path(__file__).parents[2]

_ABI: Final = Path("minios/abi/include")
_SDK: Final = _ABI / "minios/plugin.h"
_MANIFEST: Final = Path("minios/image/manifest.c")
_KERNEL: Final = Path("minios/kernel")
_USER: Final = Path("minios/user")
LIBC: Final = _USER / "libc"
_CRIMES: Final = _USER / "programs/crimes"
_CRIME: Final = Path("minios/image/crime.c")
_DRIVERS: Final = Path("drivers")
_VILLAIN: Final = _DRIVERS / "villain"
SERVICES: Final = _USER / "services.ini"
SERVICES_ON_DISK: Final = disk_layout.SERVICES_PATH.lstrip("/")
_DRIVER_SCRIPTS: Final = (Path("minios/image/driver.ld"), Path("minios/image/strip.ld"))
_RECIPE: Final = tuple(
    Path("minios") / name
    for name in (
        "abi/plugins.py",
        "image/recipe.py",
        "image/variants.py",
        "image/toolchain.py",
        "image/checks.py",
        "image/bytecode.py",
        "image/debug_info.py",
        "image/layout_index.py",
        "bpf/elf_tables.py",
        "bpf/image.py",
        "bpf/object_file.py",
        "bpf/source_lines.py",
    )
)

_LONGEST_NAME: Final = 8
_AS_PROGRAM: Final = re.compile(r"^AS_PROGRAM void crime_(\w+)\(void\)$", re.MULTILINE)

_Check: TypeAlias = Callable[[elf.Elf], None]

_LINK: Final = (
    "--no-dependent-libraries",  # an object may not name files to be linked with it
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
    check: _Check
    on_disk: str = ""
    """The path on the guest's volume; "" if it is not there."""
    runtime: Image | None = None
    """What is built before and linked first."""
    convert: Callable[[bytes, str], bytes] | None = None
    """Makes the file for the disk of the only object, whose name is the second
    argument. None if the linker makes it."""
    map_on_disk: str = ""
    """The path on the guest's volume of the list of its functions; "" for none."""
    has_index: bool = False
    """Whether an index of its data layouts is beside it."""

    def inputs(self, root: Path) -> Iterable[Path]:
        """Every file of the tree that the image depends on."""
        yield from (unit.source for unit in self.units)
        yield from self.scripts
        yield from _RECIPE
        for folder in self.headers:
            yield from _find(root, folder, ".h")
        if self.runtime:
            yield from self.runtime.inputs(root)


def _find(root: Path, folder: Path, *suffixes: str) -> tuple[Path, ...]:
    """The files below a folder, relative to the root and always in the same order."""
    found = (
        path.relative_to(root)
        for path in (root / folder).rglob("*")
        if path.suffix in suffixes
    )
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
        map_on_disk=disk_layout.KERNEL_MAP_PATH.lstrip("/"),
        has_index=True,
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
    runtime = (_USER / "crt0.S", *_find(root, LIBC, ".c", ".S"))
    return _units((*runtime, *sources), USER_FLAGS, _ABI, LIBC)


def _program_sources(root: Path, folder: Path) -> Mapping[Path, Sequence[Path]]:
    """The C sources of each program: those of its folder. But a crime is one file."""
    programs: dict[Path, list[Path]] = {}
    for source in _find(root, folder, ".c"):
        if source.parent == folder:
            raise ImageError(
                "each program has a folder",
                where=source.as_posix(),
                advice=f"Move the file to {folder.as_posix()}/{source.stem}/",
            )
        program = source if source.parent == _CRIMES else source.parent
        programs.setdefault(program, []).append(source)
    return programs


def _programs(root: Path, folder: Path) -> Iterable[Image]:
    for program, sources in _program_sources(root, folder).items():
        name = program.stem
        if len(name) > _LONGEST_NAME:
            raise ImageError(
                f"the name {name!r} has more than {_LONGEST_NAME} characters",
                where=program.as_posix(),
                advice="Give the program a name that fits a FAT16 directory",
            )
        yield _user_image(
            f"bin/{name}",
            f"BIN/{name.upper()}",
            _user_units(root, *sources),
            headers=(_ABI, LIBC, sources[0].parent),
        )


def _crimes(root: Path) -> Iterable[Image]:
    """The crimes of the villain that are programs of their own, too."""
    services = _USER / "extension/services.c"
    for source in _find(root, _VILLAIN, ".c"):
        for name in _AS_PROGRAM.findall((root / source).read_text("utf-8")):
            main = Unit(_CRIME, (*USER_FLAGS, f"-DCRIME=crime_{name}"), (_ABI, LIBC))
            yield _user_image(
                f"bin/{name}",
                f"BIN/{name.upper()}",
                (*_user_units(root, source, services), main),
                headers=(_ABI, LIBC, _VILLAIN, services.parent),
            )


def _tools(root: Path) -> Iterable[Image]:
    """Programs for the project's own commands: small, and not on a user's disk."""
    for image in _programs(root, _USER / "dev"):
        yield replace(image, on_disk="", link=(*image.link, "--strip-debug"))


@dataclass(frozen=True, slots=True)
class PluginSources:
    """A plugin's manifest, and where its C sources are."""

    plugin: Manifest
    files: tuple[Path, ...] = ()
    """As "drivers/NAME/x.c", relative to the folder."""
    folder: Path | None = None
    """The folder in which they are compiled; None for the root folder."""
    flags: tuple[str, ...] = ()
    """What the compiler is told besides."""

    def units(
        self, root: Path, flags: tuple[str, ...], *manifest_only: str
    ) -> tuple[Unit, ...]:
        """The sources, which see only the SDK's header, and the manifest."""
        own = (
            Unit(source, flags + self.flags, (_ABI,), self.folder)
            for source in self.files
            if not source.name.endswith(bytecode.SUFFIX)
        )
        manifest_flags = (*flags, *_asked_for(self.plugin), *manifest_only)
        return (*own, *_units((_manifest_source(root),), manifest_flags, _ABI))


def _manifest_source(root: Path) -> Path:
    """The manifest's C source, relative to this checkout; another root has no copy."""
    return _MANIFEST if root == ROOT else ROOT / _MANIFEST


def _asked_for(plugin: Manifest) -> tuple[str, ...]:
    """The wishes of plugin.toml, as the compiler flags for manifest.c."""
    device = ",".join(f".{name}={value:#x}" for name, value in plugin.device.items())
    return (
        f"-DMANIFEST_EVENTS={','.join(map(hex, plugin.event_words))}",
        f"-DMANIFEST_RIGHTS={plugin.right_mask:#x}",
        f"-DMANIFEST_KINDS={plugin.kind_mask:#x}",
        f"-DMANIFEST_MAJOR={plugin.version_numbers[0]}",
        f"-DMANIFEST_MINOR={plugin.version_numbers[1]}",
        f"-DMANIFEST_FLAGS={plugin.flags}",
        f"-DMANIFEST_DEVICE={device}",
        f"-ffile-prefix-map={ROOT}=.",
    )


def _made_as(plugin: str, kind: Kind) -> str:
    """Where the build puts an image of a plugin, below `minios/guest/`."""
    return f"{kind.row.made_in}/{kind.file_name(plugin)}"


def _plugin_check(plugin: Manifest, rest: _Check) -> _Check:
    def check(image: elf.Elf) -> None:
        checks.check_plugin(image, manifest.note(plugin))
        rest(image)

    return check


def _object(root: Path, sources: PluginSources, kind: Kind) -> Image:
    name = sources.plugin.name
    whole, without_debug = (("-T", path.as_posix()) for path in _DRIVER_SCRIPTS)
    return Image(
        name=_made_as(name, kind),
        on_disk=kind.path(name).lstrip("/"),
        units=sources.units(root, KERNEL_FLAGS),
        headers=(_ABI, _DRIVERS / name),
        scripts=(*_DRIVER_SCRIPTS, _DRIVERS / name / manifest.FILE_NAME),
        link=("-r", *whole),
        strip=without_debug,
        check=_plugin_check(
            sources.plugin,
            partial(checks.check_driver, sdk=checks.declared_names(root / _SDK)),
        ),
    )


def _runtime(root: Path) -> Image:
    """What every plugin in ring 3 begins with, linked ahead so that it builds fast."""
    folder = _USER / "extension"
    return Image(
        name="extensions/runtime.o",
        units=_user_units(root, *_find(root, folder, ".c", ".S")),
        headers=(_ABI, LIBC, folder),
        scripts=(),
        link=("-r", "--unique"),  # or what one function needs brings all data along
        strip=(),
        check=checks.check_nothing,
    )


def _program(root: Path, sources: PluginSources, kind: Kind) -> Image:
    name = sources.plugin.name
    on_disk = kind.path(name).lstrip("/")
    ending = f'-DMANIFEST_ENDING="{kind.row.ending}"'
    units = sources.units(root, USER_FLAGS, ending)
    headers = (_ABI, _DRIVERS / name)
    image = _user_image(_made_as(name, kind), on_disk, units, headers)
    scripts = (*image.scripts, _DRIVERS / name / manifest.FILE_NAME)
    check = _plugin_check(sources.plugin, checks.check_program)
    return replace(image, scripts=scripts, runtime=_runtime(root), check=check)


def _bytecode(_root: Path, sources: PluginSources, _kind: Kind) -> Image:
    name = sources.plugin.name
    own = [it for it in sources.files if it.name.endswith(bytecode.SUFFIX)]
    if sources.files and [it.name for it in own] != [name + bytecode.SUFFIX]:
        raise ImageError(
            f"its eBPF programs are not in one file {name}{bytecode.SUFFIX}",
            where=f"{_DRIVERS.as_posix()}/{name}",
            advice="Put all of them into that file: there is no linker for eBPF",
        )
    units = [bytecode.unit(it, sources.folder, sources.flags) for it in own]
    return _image_of_bytecode(name, units, (_DRIVERS / name / manifest.FILE_NAME,))


def bytecode_image(name: str, source: Path, flags: tuple[str, ...]) -> Image:
    """One C file of the tree with eBPF programs, which no plugin.toml names."""
    return _image_of_bytecode(name, [bytecode.unit(source, None, flags)])


def _image_of_bytecode(
    name: str, units: Sequence[Unit], scripts: tuple[Path, ...] = ()
) -> Image:
    return Image(
        name=_made_as(name, Kind.BPF),
        on_disk=Kind.BPF.path(name).lstrip("/"),
        units=tuple(units),
        headers=(_ABI, *(unit.source.parent for unit in units)),
        scripts=scripts,
        link=(),
        strip=(),
        check=checks.check_nothing,  # the kernel's verifier decides
        convert=object_file.to_image,
    )


def plugin_images(sources: PluginSources, root: Path = ROOT) -> tuple[Image, ...]:
    """The images of a plugin, one for each kind in its manifest."""
    make = {
        Form.OBJECT: _object,
        Form.PROGRAM: _program,
        Form.BYTECODE: _bytecode,
    }
    kinds = sources.plugin.kinds
    return tuple(make[kind.row.form](root, sources, kind) for kind in kinds)


def _plugins(root: Path) -> Iterable[Image]:
    for path in sorted(root.glob(f"drivers/*/{manifest.FILE_NAME}")):
        plugin = manifest.read(path.parent)
        files = _find(root, path.parent.relative_to(root), ".c")
        if not files:
            raise plugin_folder.no_source(str(path.parent))
        yield from plugin_images(PluginSources(plugin, files), root)


def images(root: Path = ROOT) -> tuple[Image, ...]:
    """Every image of the tree. Raises ImageError if a manifest is wrong."""
    return (
        _kernel(root),
        *_programs(root, _USER / "programs"),
        *_crimes(root),
        *_tools(root),
        _runtime(root),
        *_plugins(root),
    )
