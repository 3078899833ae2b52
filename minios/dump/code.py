"""Which module, function and line an address belongs to, for the modules in a dump.

Names and lines come from the files that `minios dev build` has made. If another build
crashed, the names would be wrong. So `is_of_this_build` compares the machine code in
the dump with the code of the file.

Left out: relocations are not undone, so a tenth of the bytes may differ.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from minios.dump.parts import Dump, DumpedMemory
from minios.errors import ImageError
from minios.image import elf
from minios.image.symbols import Location
from minios.lab.modules import Module, Modules

_NO_CR3: Final = -1
_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_-]*(\.[a-z0-9]+)?")
_ALIKE: Final = 0.75
_LONGEST_CALL: Final = 7


class Code:
    """The modules of a crashed kernel."""

    def __init__(self, dump: Dump) -> None:
        """Find the modules of a dump.

        Without its list of modules, only the kernel is known.
        """
        self._modules: Final = Modules()
        for row in dump.modules:
            # The name becomes part of a path on this computer: only a plain one may.
            if row.name != "kernel" and _NAME.fullmatch(row.name):
                self._modules.add_driver(row.name, row.base, row.size)

    def find(self, address: int) -> Module | None:
        """The module in which an address lies."""
        return self._modules.find(address, _NO_CR3)

    def locate(self, address: int) -> Location | None:
        """The function and line of an address, if they are known."""
        module = self.find(address)
        try:
            return module.locate(address) if module else None
        except ImageError:
            return None

    def function_start(self, address: int) -> int | None:
        """The address of the first instruction of a function."""
        location = self.locate(address)
        return None if location is None else address - location.offset

    def follows_call(self, address: int) -> bool:
        """Whether the instruction before an address is a call."""
        before = self._built(address - _LONGEST_CALL, _LONGEST_CALL)
        if len(before) < _LONGEST_CALL:
            return False
        direct = before[-5] == 0xE8
        # FF /2, with a register (2 bytes), or with memory in a few forms (3 to 7).
        return direct or any(
            before[-size] == 0xFF and before[1 - size] >> 3 & 7 == 2
            for size in (2, 3, 4, 6, 7)
        )

    def is_of_this_build(self, kept: DumpedMemory, address: int) -> bool:
        """Whether the dump's code near an address is the code of the built file."""
        start = self.function_start(address)
        if start is None or not kept.address <= start <= address:
            return True  # nothing to compare
        own = kept.data[start - kept.address : address - kept.address]
        built = self._built(start, len(own))
        same = sum(a == b for a, b in zip(own, built, strict=False))
        return same >= _ALIKE * len(own)

    def _built(self, address: int, size: int) -> bytes:
        """Machine code of the built file, as far as the file has code there."""
        module = self.find(address)
        if module is None or not module.file.exists():
            return b""
        own = address - (module.base if module.relocated else 0)
        for start, data in _code_of(module.file, module.file.stat().st_mtime_ns):
            if start <= own < start + len(data):
                return data[own - start : own - start + size]
        return b""


@lru_cache(maxsize=8)
def _code_of(path: Path, _changed: int) -> tuple[tuple[int, bytes], ...]:
    """The (address, bytes) of the sections that contain code."""
    try:
        image = elf.read(path)
    except ImageError:
        return ()
    return tuple((it.address, it.data) for it in image.sections if it.executable)
