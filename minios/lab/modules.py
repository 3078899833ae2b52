"""The module, function and source line for an address, in this boot.

The kernel is always at the address for which it was linked. The kernel reports where it
loads a driver. The program of a process is known by its page table (CR3).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from minios import paths
from minios.abi import memory_map
from minios.abi.plugins import Form, kind_of, plugin_of
from minios.image import symbols
from minios.image.plugins import BuiltPlugin
from minios.image.symbols import Location, Symbols
from minios.lab.source_text import source_text

_MOST_LOADED: Final = 256  # drivers, and programs: far more than the disk has


@dataclass(frozen=True, slots=True)
class Module:
    """Code at some address.

    `module+offset` counts from `base`. `relocated` code was loaded at another address
    than it was linked for. The symbols are in `file`, those of a plugin of one's own in
    `plugin`.
    """

    name: str
    base: int
    size: int
    file: Path
    relocated: bool
    plugin: BuiltPlugin | None = None

    @property
    def symbols(self) -> Symbols | None:
        """The symbols, if there are any."""
        if self.plugin is not None:
            return _symbols_of(self.plugin, self.name)
        return symbols.load(self.file) if self.file.exists() else None

    def contains(self, address: int) -> bool:
        """Whether an address belongs to it."""
        return self.base <= address < self.base + self.size

    def locate(self, address: int) -> Location | None:
        """The function and source line of an address, if the symbols exist."""
        table, base = self.symbols, self.base if self.relocated else 0
        return None if table is None else table.locate(address, base=base)

    def source_text(self, file: str) -> tuple[str, ...]:
        """The lines of one of its source files. Empty if the file is not known.

        What a stranger's plugin says of its files is looked for in that plugin alone:
        it could name any file of the host.
        """
        if self.plugin is not None:
            return tuple(self.plugin.sources.get(file, "").splitlines())
        return source_text(file)

    @property
    def is_program(self) -> bool:
        """Whether it is a program, which runs in its own process."""
        return self.base == memory_map.USER_IMAGE

    def address_of(self, name: str) -> int | None:
        """The address of a symbol. In relocated code only functions are known."""
        table = self.symbols
        if table is None:
            return None
        if not self.relocated:
            return table.find(name)
        starts = {it.name: it.address for it in table.functions}
        return self.base + starts[name] if name in starts else None

    def functions(self) -> tuple[str, ...]:
        """The names of its functions."""
        table = self.symbols
        return tuple(it.name for it in table.functions) if table else ()

    def function_start(self, address: int) -> int | None:
        """The address of the first instruction of a function."""
        location = self.locate(address)
        return None if location is None else address - location.offset


def _symbols_of(plugin: BuiltPlugin, name: str) -> Symbols | None:
    """The symbols of a stranger's image, whose debug information may be anything."""
    image = next((it for it in plugin.images if it.name == name), None)
    if image is None:
        return None
    try:
        found = symbols.of(name, image.whole)
        found.files()  # reads the line table, too
    except Exception:  # noqa: BLE001 - pyelftools raises what comes
        return None
    return found


def _program(name: str, plugin: BuiltPlugin | None) -> Module:
    folder = "bin"
    if (kind := kind_of(name)) and kind.row.form is Form.PROGRAM:
        folder = kind.row.made_in
    return Module(
        name,
        memory_map.USER_IMAGE,
        memory_map.USER_HEAP - memory_map.USER_IMAGE,
        paths.GUEST / folder / name,
        relocated=False,
        plugin=plugin,
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
    """The modules that are loaded in one boot, and the plugins of one's own."""

    drivers: list[Module] = field(default_factory=list)
    programs: dict[int, Module] = field(default_factory=dict)  # by CR3
    page_tables: dict[int, int] = field(default_factory=dict)  # CR3 by process id
    plugins: tuple[BuiltPlugin, ...] = ()

    def forget(self) -> None:
        """A new boot has begun: only the kernel is loaded."""
        self.drivers.clear()
        self.programs.clear()
        self.page_tables.clear()

    def copy(self) -> Modules:
        """A copy, for a snapshot."""
        return replace(
            self,
            drivers=list(self.drivers),
            programs=dict(self.programs),
            page_tables=dict(self.page_tables),
        )

    def _own(self, name: str) -> BuiltPlugin | None:
        return next((it for it in self.plugins if it.name == plugin_of(name)), None)

    def add_driver(self, name: str, base: int, size: int) -> None:
        """The kernel has loaded a ring-0 plugin."""
        kind, plugin = kind_of(name), self._own(name)
        file = paths.GUEST / (kind.row.made_in if kind else "") / name
        self.drivers.append(Module(name, base, size, file, True, plugin))
        del self.drivers[:-_MOST_LOADED]

    def add_program(self, name: str, cr3: int, process_id: int) -> None:
        """A process runs this program."""
        self.programs[cr3] = _program(name, self._own(name))
        self.page_tables[process_id] = cr3
        for known in (self.programs, self.page_tables):
            if len(known) > _MOST_LOADED:
                del known[next(iter(known))]

    def loaded(self) -> tuple[Module, ...]:
        """The kernel, the drivers in the order of loading, and the programs."""
        programs = {it.name: it for it in self.programs.values()}
        return (KERNEL, *self.drivers, *programs.values())

    def named(self, name: str) -> Module | None:
        """The loaded module with this name, or the program that could be loaded."""
        for module in reversed(self.loaded()):
            if module.name == name:
                return module
        program = _program(name, self._own(name))
        return program if program.plugin or program.file.is_file() else None

    def find(self, address: int, cr3: int) -> Module | None:
        """The module to which an address belongs. None if no module is known there."""
        candidates = [*self.drivers, KERNEL]
        if cr3 in self.programs:
            candidates.append(self.programs[cr3])
        for module in candidates:
            if module.contains(address):
                return module
        return None
