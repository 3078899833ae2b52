"""The layout of a guest image's data, by the names in its source.

To look into a kernel's memory from outside, one needs more than addresses: that the
list of threads begins at `ready_first`, and that `next` is 16 bytes into a thread. The
compiler has written this down, and this module looks it up.

    layouts = load(paths.KERNEL)
    first = layouts.variable("tasks/thread.c", "ready_first")
    first.address, first.type.target.fields["next"].offset

The end of its path names a source file, because two files may each have a static
`next_id`.

`debug_info.py` reads an image slowly, and the index that the build keeps beside the
kernel is read fast (`layout_index.py`). An index that does not belong to the image is
passed over. Nothing is changed after it was read, so any thread may ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from minios.errors import ImageError
from minios.image import debug_info, elf, layout_index
from minios.image.c_types import Type, Unit, Variable

_CACHED_FILES: Final = 4


@dataclass(frozen=True, slots=True)
class Layouts:
    """The variables and types of one image, by its source files."""

    path: Path
    units: dict[str, Unit]

    def variables(self) -> tuple[Variable, ...]:
        """Every variable that has an address, of all source files."""
        return tuple(
            variable
            for _, unit in sorted(self.units.items())
            for variable in unit.variables.values()
        )

    def variable(self, unit: str, name: str) -> Variable:
        """One variable.

        Raises ImageError if the source file has none with this name.
        """
        for path, found in self.units.items():
            if path.endswith(unit) and name in found.variables:
                return found.variables[name]
        raise ImageError(
            f"there is no variable {name!r} in {unit}", where=str(self.path)
        )

    def structure(self, unit: str, name: str) -> Type:
        """A structure as a source file sees it. Raises ImageError if there is none."""
        for path, found in self.units.items():
            if path.endswith(unit) and name in found.structures:
                return found.structures[name]
        raise ImageError(
            f"there is no structure {name!r} in {unit}", where=str(self.path)
        )


def load(path: Path) -> Layouts:
    """The layouts of an image, kept until the file changes. Raises ImageError."""
    return _load(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=_CACHED_FILES)
def _load(path: Path, _changed: int) -> Layouts:
    image = elf.read_bytes(path)
    units = layout_index.read(path, image)
    return Layouts(path, debug_info.read(image, path) if units is None else units)
