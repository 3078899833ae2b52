"""The sensor in other builds: with a bounds check, with all inputs, or as eBPF.

The usual sensor is that of July 2024. The content pipeline (`minios/tutor/pipeline/`)
compares it with repaired ones. All are built from the same sources, and differ only in
the macros of the sensor's `build.h`.

Those with the usual definitions are built together with the guest, into
`minios/guest/variants/`, so that an installed wheel has them without a compiler. Any
other is built when it is needed. None lies on the guest's disk: a lab takes one as the
plugin that has the sensor's name.

The *ports* are the sensor as eBPF programs. They lie on the disk, because the verifier
of the guest decides about them. One of them has a second half: an extension that reads
the content file, and fills the maps of the programs (`minios/user/rules/`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Final

from msgspec.structs import replace as replace_fields

from minios.abi import content
from minios.abi.plugins import Kind
from minios.image import manifest
from minios.image.recipe import (
    LIBC,
    Image,
    PluginSources,
    bytecode_image,
    plugin_images,
)

_SWITCHES: Final = "build.h"
_FOLDER: Final = Path("variants")
_RULES_SOURCE: Final = Path("minios/user/rules/rules.c")
_DECLARED: Final = len(content.IPC.fields)
SUPPLIED: Final = content.IPC_INPUTS_SUPPLIED


class Bounds(enum.Enum):
    """What the interpreter does about an input that does not exist.

    NONE reads past the array. RIGHT takes a missing input for one that does not match.
    WRONG notices it, too, but aborts: in ring 0 that stops the machine.
    """

    NONE = "none"
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, order=True)
class Variant:
    """One build of the sensor.

    `fields` are those that the definitions declare, `inputs` those that the code
    supplies.
    """

    fields: int = _DECLARED
    inputs: int = SUPPLIED
    bounds: str = Bounds.NONE.value

    @property
    def name(self) -> str:
        """Its name in the folder of variants: "21-20-none"."""
        return f"{self.fields}-{self.inputs}-{self.bounds}"

    @property
    def flags(self) -> tuple[str, ...]:
        """What the compiler is told."""
        counts = (
            f"-DSENSOR_FIELDS={self.fields}",
            f"-DSENSOR_INPUTS={self.inputs}",
        )
        if self.bounds == Bounds.NONE.value:
            return counts
        return (*counts, f"-DSENSOR_BOUNDS_{self.bounds.upper()}")


USUAL: Final = Variant()
"""The sensor of July 2024, which every disk has."""
SHIPPED: Final = tuple(
    variant
    for inputs, bounds in product((SUPPLIED, _DECLARED), Bounds)
    if (variant := Variant(inputs=inputs, bounds=bounds.value)) != USUAL
)
"""What is built with the guest."""


@dataclass(frozen=True, slots=True)
class Port:
    """A build of the sensor as eBPF programs.

    `name` is that of its file, `source` its C file in the sensor's folder ("" = the one
    that is called after the plugin), `flags` what the compiler is told besides.
    """

    name: str
    source: str = ""
    flags: tuple[str, ...] = ()


RULES: Final = "checked"
"""The port whose programs get their rules from an extension of the same name."""
PORTS: Final = (
    Port("naive"),
    Port(RULES, flags=("-DSENSOR_BOUNDS_RIGHT",)),
    Port("collect", "collect.bpf.c"),
)


def source(drivers: Path) -> Path | None:
    """The folder of the sensor that can be built so, out of a folder of plugins.

    Raises ImageError if a manifest is wrong.
    """
    found = (it for it in manifest.sensors(drivers) if (it / _SWITCHES).exists())
    return next(found, None)


def images(root: Path) -> Iterator[Image]:
    """The shipped variants and the ports, if the tree has the sensor's sources."""
    folder = source(root / "drivers")
    if folder is None:
        return
    plugin = manifest.read(folder)
    files = tuple(it.relative_to(root) for it in sorted(folder.glob("*.c")))
    for variant in SHIPPED:
        sources = PluginSources(plugin, files, flags=variant.flags)
        for image in plugin_images(sources, root):
            yield replace(
                image,
                name=place(variant, Path(image.name).name),
                on_disk="",
                link=(*image.link, *image.strip),
            )

    for port in PORTS:
        file = port.source or f"{plugin.name}.bpf.c"
        path = folder.relative_to(root) / file
        if (root / path).exists():
            yield bytecode_image(port.name, path, port.flags)
    if (root / _RULES_SOURCE).exists():
        yield _rules(plugin, folder.relative_to(root), root)


def _rules(sensor: manifest.Manifest, folder: Path, root: Path) -> Image:
    """The extension: the sensor's own check of content files, and what fills the maps.

    It is built with the C library, because it uses system calls that no function for
    plugins has.
    """
    plugin = replace_fields(
        sensor,
        name=RULES,
        description="puts the rules of the content file into the maps of checked.bpf",
        kinds=(Kind.EXTENSION,),
        events=(),
        rights=("BPF", "REPORT"),
    )
    files = (folder / "content.c", _RULES_SOURCE)
    (image,) = plugin_images(PluginSources(plugin, files), root)
    return replace(
        image,
        units=tuple(
            replace(it, includes=(*it.includes, folder, LIBC))
            if it.source in files
            else it
            for it in image.units
        ),
        headers=(*image.headers, LIBC, folder),
        scripts=tuple(it for it in image.scripts if (root / it).exists()),
    )


def place(variant: Variant, name: str) -> str:
    """Where an image of a shipped variant is, below the guest folder."""
    return (_FOLDER / variant.name / name).as_posix()
