"""The sensors of the pipeline as plugins, and the question that its build asks.

`minios/image/variants.py` says which sensors there are. Those that are shipped need no
compiler. One for other definitions is compiled when it is needed.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from minios import paths
from minios.abi.plugins import Kind
from minios.errors import ImageError
from minios.image import elf, layouts, plugins, toolchain
from minios.image.plugins import BuiltPlugin, PluginImage
from minios.image.variants import SHIPPED, USUAL, Variant, place, source

_REFUSAL: Final = "static assertion failed"


@lru_cache
def _folder() -> Path:
    """Its sources. Raises ImageError if they are not there."""
    found = source(paths.DRIVERS)
    if found is None:
        raise ImageError("the sources of the sensor are missing", where="drivers")
    return found


@lru_cache(maxsize=16)
def plugin_of(variant: Variant) -> BuiltPlugin:
    """A sensor as a plugin for a lab.

    Raises ImageError if the guest has not been built, or if the sensor has to be
    compiled and there is no compiler.
    """
    folder = _folder()
    usual = plugins.built(folder, paths.GUEST)
    if variant == USUAL:
        return usual
    if variant not in SHIPPED:
        return plugins.build(folder, variant.flags)
    images = tuple(_image(variant, it) for it in usual.images)
    return BuiltPlugin(usual.manifest, images, usual.sources)


def _image(variant: Variant, usual: PluginImage) -> PluginImage:
    """The same image of another variant. It has no debug information."""
    data = elf.read_bytes(paths.guest_file(place(variant, usual.name)))
    return PluginImage(usual.kind, usual.name, usual.on_disk, bare=data, whole=data)


def inputs_of_the_build() -> int:
    """How many inputs the built sensor supplies, as its debug information says.

    Raises ImageError if it has not been built.
    """
    driver = Kind.DRIVER.file_name(_folder().name)
    path = paths.guest_file(f"{Kind.DRIVER.row.made_in}/{driver}")
    return layouts.load(path).variable("integration.c", "inputs").type.count


_compared: Final[dict[int, str]] = {}  # the answers of `compile_check`


def compile_check(fields: int) -> str:
    """Compare the fields that are declared with the inputs that the code supplies.

    Returns why the build is refused, "" if the numbers are equal. The compiler itself
    says it. Without a compiler the array in the built sensor is counted. Either is done
    once, because the compiler takes a moment.
    """
    if fields not in _compared:
        _compared[fields] = _compare(fields)
    return _compared[fields]


def is_compared(fields: int) -> bool:
    """Whether `compile_check` would answer at once."""
    return fields in _compared


def _compare(fields: int) -> str:
    try:
        toolchain.ziglang()
    except ImageError:
        inputs = inputs_of_the_build()
        if inputs == fields:
            return ""
        return (
            f"the definitions declare {fields} fields, but the code in the built "
            f"sensor supplies {inputs}"
        )
    flags = (*Variant(fields).flags, "-DSENSOR_COMPILE_CHECK")
    try:
        plugins.build(_folder(), flags)
    except ImageError as error:
        line = next((it for it in error.what.splitlines() if _REFUSAL in it), None)
        if line is None:
            raise
        return line.strip()
    return ""
