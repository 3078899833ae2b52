"""Commit the crimes of the table on real machines, and measure how each ends.

For each kind of place and each set of boot options, one machine is booted to its
prompt. Every crime begins from that snapshot. It is started in the guest's shell. Then
the outcome is measured: a stop code with its parameters, the death of a process, a
reset, or nothing.

Addresses that depend on the compiler are replaced by words for what they are
(`words_for`), so that a whole outcome can be compared with one line of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi import (
    disk_layout,
    errors,
    memory_map,
    policies,
    stop_codes,
    structures,
    vectors,
)
from minios.disk import make_image
from minios.lab import content_files, events
from minios.lab.booted import BootedLabs
from minios.lab.conditions import seconds
from minios.lab.crimes import Crime, Scene
from minios.lab.events import Event
from minios.lab.lab import Lab
from minios.lab.system_disk import FOLDERS, system_files

_CONTENT: Final = "channel-291-factory"
_QUIET: Final = {"event_ms": "0", "protection": "off"}
HANGS: Final = "hangs, interrupts off"
ENDLESS: Final = "never ends, is preempted"
LIMIT: Final = seconds(1.3)
"""How long a crime may take until it ends, or does not."""
AFTERWARDS: Final = seconds(structures.INTEGRITY_SECONDS_AT_MOST + 0.5)
"""How long after its end it may still stop the machine."""
_INTERRUPT_FLAG: Final = 1 << 9
_PTE_FLAGS: Final = ((0, "P"), (1, "W"), (2, "U"), (63, "NX"))


@dataclass(frozen=True, slots=True)
class Trial:
    """One crime in one place: the expected outcome, and the measured one."""

    crime: Crime
    scene: Scene
    measured: str

    @property
    def expected(self) -> str:
        """The outcome in the table."""
        return self.crime.expected(self.scene)

    @property
    def ok(self) -> bool:
        """Whether the whole outcome is the expected one."""
        return self.measured == self.expected


PLUGINS: Final = {
    scene: scene.kind.file_name("villain") for scene in Scene if scene.kind is not None
}
"""What commits the crimes there, when the program `commit` tells it to."""


def model_of(scene: Scene) -> str:
    """The model in which there is this scene. Programs have one with ring 0 free."""
    if scene.kind is not None:
        return policies.taking(scene.kind).name
    return min(
        policies.POLICIES, key=lambda it: any(k.row.ring == 0 for k in it.kinds)
    ).name


def disk(scene: Scene, *, service: str = "", commits: bool = False) -> bytes:
    """A system disk whose service list starts the villain of that scene.

    `service` is one more line, such as the line that starts a criminal program. With
    `commits`, the service `commit` is started, too, and reads the boot option `crime`.
    """
    files = system_files()
    listed = files[disk_layout.SERVICES_PATH].decode()
    if scene.kind is not None:
        listed = _start(listed, PLUGINS[scene], scene.kind.row.start)
    if commits:
        listed = _start(listed, "commit", "auto")
    files[disk_layout.SERVICES_PATH] = f"{listed}\n{service}\n".encode()
    content = content_files.find(_CONTENT).data
    files[disk_layout.CONTENT_PATH] = content
    files[disk_layout.CONTENT_GOOD_PATH] = content
    return make_image(files, directories=FOLDERS)


def _start(listed: str, name: str, when: str) -> str:
    lines = listed.splitlines()
    return "\n".join(
        line.replace(" demand ", f" {when} ") if line.startswith(name) else line
        for line in lines
    )


class Gallery(BootedLabs):
    """The machines on which the crimes are committed."""

    def measure(self, crime: Crime, scene: Scene) -> Trial:
        """Commit one crime at one scene."""
        lab = self.at_prompt(crime, scene)
        return Trial(crime, scene, _outcome(lab, crime, scene))

    def measure_all(self, crimes: Sequence[Crime]) -> Iterator[Trial]:
        """Commit these crimes in every place for which the table has a cell."""
        for crime in crimes:
            for scene in crime.scenes:
                yield self.measure(crime, scene)

    def at_prompt(self, crime: Crime, scene: Scene) -> Lab:
        """A machine on which the crime can be committed, before that."""

        def boot() -> Lab:
            lab = Lab(
                model=model_of(scene),
                options={**_QUIET, **dict(crime.options)},
                disk=disk(scene),
            )
            lab.boot()
            lab.console("echo")  # the prompt is there
            return lab

        return self.at_start((scene, crime.options), boot)


def committers(crime: Crime, scene: Scene) -> tuple[str, ...]:
    """The processes whose end is that of the crime."""
    program = crime.name if scene is Scene.PROGRAM else "commit"
    return program, PLUGINS[Scene.EXTENSION]


@dataclass(frozen=True, slots=True)
class EndOf:
    """The crime has ended, with one of these processes or with the machine."""

    programs: tuple[str, ...] = ()

    def __call__(self, event: Event) -> bool:
        """Whether this record is the end."""
        if isinstance(event, events.DeathEvent | events.ProcessExited):
            return event.name in self.programs
        return isinstance(event, events.BugcheckEvent | events.ResetEvent)


_THE_MACHINE: Final = EndOf()


def _outcome(lab: Lab, crime: Crime, scene: Scene) -> str:
    lab.type(crime.command(scene) + "\r")
    end = lab.run_while_waiting(EndOf(committers(crime, scene)), within=LIMIT)
    if end is None:
        return _without_end(lab)
    if isinstance(end, events.ProcessExited):
        # It came back. What it has left behind may show only now.
        lab.type(crime.then + "\r")
        later = lab.run_while_waiting(_THE_MACHINE, within=AFTERWARDS)
        end = later or end
    return line_of(end, scene, lab.events)


def _without_end(lab: Lab) -> str:
    registers = lab.machine.registers()
    off = not registers["rflags"] & _INTERRUPT_FLAG
    return HANGS if off else ENDLESS


def line_of(end: Event, scene: Scene, recorded: Iterable[Event]) -> str:
    """The line of the table for an end.

    Args:
        end: the record with which the crime has ended (`EndOf`).
        scene: where it was committed.
        recorded: the records of that start, for the places of its drivers.
    """
    if isinstance(end, events.ProcessExited):
        return _of_exit(end, scene)
    if isinstance(end, events.ResetEvent):
        return f"reset: {end.reason}"
    if isinstance(end, events.BugcheckEvent):
        meanings = stop_codes.BY_CODE[end.code].parameters
        drivers = [it for it in recorded if isinstance(it, events.ModuleLoaded)]
        values = (
            _parameter(value, it.meaning, end.rip, drivers)
            for value, it in zip(end.params, meanings, strict=True)
        )
        return f"STOP {end.code} {' '.join(values)}"
    assert isinstance(end, events.DeathEvent)
    return _of_death(end)


def _of_exit(end: events.ProcessExited, scene: Scene) -> str:
    if scene is Scene.PROGRAM:
        return "refused" if end.status == 0 else "nothing"
    if end.status == 0:
        return "nothing"
    if end.status == errors.BY_NAME["TIMED_OUT"]:
        return ENDLESS
    return "refused"


def _of_death(end: events.DeathEvent) -> str:
    assert end.vector is not None  # the kernel's record has it, too
    words = vectors.mnemonic(end.vector)
    row = vectors.BY_NUMBER.get(end.vector)
    if row is not None and row.has_error_code:
        words += f" {end.error_code:#x}"
    if end.address is not None and row is not None and row.mnemonic == "PF":
        words += f" at {words_for(end.address)}"
    return words


def _parameter(
    value: int, meaning: str, rip: int | None, drivers: Sequence[events.ModuleLoaded]
) -> str:
    if meaning == "page table entry":
        return "|".join(name for bit, name in _PTE_FLAGS if value >> bit & 1)
    if meaning == "instruction address" and value == rip != 0:
        return "rip"
    if meaning == "what was found" and not _is_of_ring_0(value):
        return "word"
    for driver in drivers:
        if driver.base <= value < driver.base + driver.size:
            return driver.name.partition(".")[0]
    return words_for(value)


def _is_of_ring_0(address: int) -> bool:
    """Whether an address belongs to the kernel or to a driver."""
    return memory_map.KERNEL_BASE <= address < 1 << 64


def words_for(address: int) -> str:
    """A word for an address that the compiler or the heap chose; else the address."""
    for first, end, words in _REGIONS:
        if first <= address < end:
            return words
    return f"{address:#x}"


# Where the kernel's code begins is fixed; the compiler chose what lies where behind it.
_SECOND_KERNEL_PAGE: Final = (
    memory_map.KERNEL_BASE + memory_map.KERNEL_PHYSICAL + 2 * memory_map.PAGE_SIZE
)
_REGIONS: Final = (
    (memory_map.USER_IMAGE, memory_map.USER_HEAP, "image"),
    (memory_map.USER_HEAP, memory_map.USER_HEAP + memory_map.RAM_BYTES, "heap"),
    (
        memory_map.USER_STACK_TOP - 2 * memory_map.RAM_BYTES,
        memory_map.USER_STACK_TOP,
        "stack",
    ),
    (memory_map.KERNEL_HEAP, memory_map.KERNEL_STACKS, "heap"),
    (memory_map.KERNEL_STACKS, memory_map.KERNEL_STACKS + (1 << 32), "stack"),
    (_SECOND_KERNEL_PAGE, memory_map.DRIVER_REGION, "kernel"),
)
