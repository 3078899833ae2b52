"""Which module, function and source line an address belongs to, in this boot.

The kernel is always where it was linked; drivers are where the kernel says it put them;
a process's program is known by the page table (CR3) that was in force.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from minios import paths
from minios.abi import memory_map
from minios.image import symbols
from minios.image.symbols import Location


@dataclass(frozen=True, slots=True)
class Module:
    """Code that lies somewhere.

    `base` is what `module+offset` counts from; `link_base` is 0 for code that was
    linked at its address and `base` for code that was placed there later.
    """

    name: str
    base: int
    size: int
    file: Path
    relocated: bool

    def locate(self, address: int) -> Location | None:
        """Function and source line, if the file with the symbols is there."""
        if not self.file.exists():
            return None
        base = self.base if self.relocated else 0
        return symbols.load(self.file).locate(address, base=base)

    @property
    def is_program(self) -> bool:
        """Whether it lies where every program does, in a process of its own."""
        return self.base == memory_map.USER_IMAGE

    def address_of(self, name: str) -> int | None:
        """Where a symbol is; in relocated code only functions are known."""
        if not self.file.exists():
            return None
        table = symbols.load(self.file)
        if not self.relocated:
            return table.find(name)
        starts = {it.name: it.address for it in table.functions}
        return self.base + starts[name] if name in starts else None

    def functions(self) -> tuple[str, ...]:
        """The names of its functions."""
        if not self.file.exists():
            return ()
        return tuple(it.name for it in symbols.load(self.file).functions)

    def function_start(self, address: int) -> int | None:
        """The address of the first instruction of the function."""
        location = self.locate(address)
        return None if location is None else address - location.offset


def _program(name: str) -> Module:
    suffix = Path(name).suffix
    folder = "extensions" if suffix == ".ext" else "bin"
    return Module(
        name,
        memory_map.USER_IMAGE,
        memory_map.USER_HEAP - memory_map.USER_IMAGE,
        paths.GUEST / folder / name,
        relocated=False,
    )


KERNEL: Final = Module(
    "kernel",
    memory_map.KERNEL_BASE,
    memory_map.DRIVER_REGION - memory_map.KERNEL_BASE,
    paths.KERNEL,
    relocated=False,
)


@dataclass(slots=True)
class Modules:
    """What is loaded in one boot."""

    drivers: list[Module] = field(default_factory=list)
    programs: dict[int, Module] = field(default_factory=dict)  # by CR3

    def forget(self) -> None:
        """A new boot: nothing is loaded but the kernel."""
        self.drivers.clear()
        self.programs.clear()

    def copy(self) -> Modules:
        """For a snapshot."""
        return Modules(list(self.drivers), dict(self.programs))

    def add_driver(self, name: str, base: int, size: int) -> None:
        """The kernel has placed a ring-0 plugin."""
        file = paths.GUEST / "drivers" / name
        self.drivers.append(Module(name, base, size, file, relocated=True))

    def add_program(self, name: str, cr3: int) -> None:
        """A process runs this program."""
        self.programs[cr3] = _program(name)

    def loaded(self) -> tuple[Module, ...]:
        """The kernel, the drivers in the order of loading, and the programs."""
        programs = {it.name: it for it in self.programs.values()}
        return (KERNEL, *self.drivers, *programs.values())

    def named(self, name: str) -> Module | None:
        """What is loaded by this name, or the program that could be."""
        for module in reversed(self.loaded()):
            if module.name == name:
                return module
        program = _program(name)
        return program if program.file.is_file() else None

    def find(self, address: int, cr3: int) -> Module | None:
        """The module that an address belongs to, None if to none that is known."""
        candidates = [*self.drivers, KERNEL]
        if cr3 in self.programs:
            candidates.append(self.programs[cr3])
        for module in candidates:
            if module.base <= address < module.base + module.size:
                return module
        return None
