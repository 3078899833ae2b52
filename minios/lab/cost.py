"""What isolation costs: the same work, without a sensor and with one in either ring.

    for cost in measure():
        print(cost.operation, cost.arrangement.words, cost.instructions)

The program `errand` opens files, opens named pipes and starts programs. The plugin
`toll` hears of each, and allows everything: as a driver in ring 0, or as an extension
in ring 3, told afterwards or asked before. So what differs is the price of the way. On
Linux `toll` is a module, or programs of eBPF are there instead that allow everything.

Everything is counted on running machines: instructions, changes of the ring, switches
from one thread to another, and the virtual time for which the program was busy.

Left out: caches, TLBs and the mitigations of a real CPU. In virtual time an instruction
takes 10 ns, whatever it does. So a change of the ring costs more on a real CPU than
here, and the counts say more than the times.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeAlias

from minios.abi import disk_layout
from minios.bpf import assembly, image
from minios.disk import make_image
from minios.lab import content_files
from minios.lab.conditions import seconds
from minios.lab.kernel_memory import KernelMemory, process_of
from minios.lab.lab import Lab
from minios.lab.system_disk import system_files
from minios.machine.events import RingCrossing

_SOON: Final = seconds(5)
_KEPT: Final = (["supervisor"], ["shell"])  # of the usual services
_SERVICES: Final = (
    "toll.sys driver /SYSTEM/DRIVERS/TOLL.SYS system normal -",
    "toll.ext extension /SYSTEM/EXTENS/TOLL.EXT auto normal events",
    "errand program /BIN/ERRAND auto normal spawn",
)


LEGEND: Final = (
    ("rings", "how often the ring changes, from 3 to 0 and back"),
    ("switches", "how often the CPU goes from one thread to another"),
    ("busy", "virtual time until the program can go on; 10 ns for each instruction"),
)
"""What each count means, for a table."""
CAUTION: Final = (
    "On a real CPU a change of the ring takes longer than here, so the counts say "
    "more than the times."
)


class Operation(enum.Enum):
    """What is done again and again. The value is what `errand` is told.

    Attributes:
        words: for a table.
        count: how often it is done. Less than an inbox of events holds.
    """

    FILES = "files"
    PIPES = "pipes"
    PROGRAMS = "programs"

    @property
    def words(self) -> str:
        """What is done, for a table."""
        return _WORDS[self]

    @property
    def count(self) -> int:
        """How often it is done. An inbox has room for as many messages."""
        return 10 if self is Operation.PROGRAMS else 20


_WORDS: Final = {
    Operation.FILES: "open and close a file",
    Operation.PIPES: "open and close a named pipe",
    Operation.PROGRAMS: "start a program, and wait for its end",
}


class Arrangement(enum.Enum):
    """Who hears of it: the model of the machine, the word for `toll`, and the words."""

    NOBODY = ("macos", "", "no sensor")
    DRIVER_TOLD = ("windows", "told", "driver in ring 0, told")
    DRIVER_ASKED = ("windows", "asked", "driver in ring 0, asked")
    EXTENSION_TOLD = ("macos", "told", "extension in ring 3, told")
    EXTENSION_ASKED = ("macos", "asked", "extension in ring 3, asked")

    @property
    def model(self) -> str:
        """The model of the machine."""
        return self.value[0]

    @property
    def told(self) -> str:
        """The word for `toll`. "" for none: it subscribes to nothing."""
        return self.value[1]

    @property
    def words(self) -> str:
        """For a table."""
        return self.value[2]


class LinuxArrangement(enum.Enum):
    """The same in the model linux: a module, or eBPF programs at the hooks there."""

    NOBODY = ("", "no sensor, linux")
    MODULE_TOLD = ("told", "module, told")
    MODULE_ASKED = ("asked", "module, asked")
    PROGRAM_TOLD = ("notify", "eBPF program, notifies")
    PROGRAM_ASKED = ("decide", "eBPF program, decides")

    @property
    def model(self) -> str:
        """The model of the machine."""
        return "linux"

    @property
    def told(self) -> str:
        """The word for `toll`, or the name of the object with the programs."""
        return self.value[0]

    @property
    def words(self) -> str:
        """For a table."""
        return self.value[1]

    @property
    def is_program(self) -> bool:
        """Whether eBPF programs hear of it."""
        return self in (LinuxArrangement.PROGRAM_TOLD, LinuxArrangement.PROGRAM_ASKED)

    def hears_of(self, operation: Operation) -> bool:
        """Whether there is a hook for it. None is for the opening of a file."""
        return not (self.is_program and operation is Operation.FILES)


AnyArrangement: TypeAlias = Arrangement | LinuxArrangement
EVERYWHERE: Final[tuple[AnyArrangement, ...]] = (*Arrangement, *LinuxArrangement)
"""All arrangements, of all models."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted in some span of time, in the whole machine.

    Attributes:
        instructions: that the CPU has executed.
        crossings: how often the ring has changed.
        own_crossings: of these, those of the program itself.
        switches: how often the CPU went from one thread to another.
        time: virtual nanoseconds for which the program was busy, or had to wait.
    """

    instructions: int
    crossings: int
    own_crossings: int
    switches: int
    time: int

    def without(self, other: Counts) -> Counts:
        """What is left if that is taken away."""
        return Counts(
            self.instructions - other.instructions,
            self.crossings - other.crossings,
            self.own_crossings - other.own_crossings,
            self.switches - other.switches,
            self.time - other.time,
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """What an operation has cost in an arrangement: counts of `count` times."""

    operation: Operation
    arrangement: AnyArrangement
    count: int
    counts: Counts

    def each(self, name: str) -> float:
        """One of the counts, for each time."""
        return float(getattr(self.counts, name)) / self.count


def measure(
    seed: int = 1,
    operations: tuple[Operation, ...] = tuple(Operation),
    arrangements: tuple[AnyArrangement, ...] = tuple(Arrangement),
) -> Iterator[Cost]:
    """Measure each operation in these arrangements, on a machine for each model.

    The costs come one after the other, by arrangement. An operation of which nobody
    hears there is left out. Raises ImageError if the guest has not been built.
    """
    in_order = sorted(arrangements, key=lambda it: it.model)
    for model, its in groupby(in_order, key=lambda it: it.model):
        with machine(model, seed) as lab:
            lab.boot()
            lab.console("echo")  # the prompt is there
            start = lab.snapshot()
            for arrangement in its:
                lab.restore(start)
                arrange(lab, arrangement)
                yield from _measure_all(lab, arrangement, operations)


def machine(model: str, seed: int) -> Lab:
    """A machine with `toll` and `errand`, and without the usual sensor."""
    files = system_files()
    lines = files[disk_layout.SERVICES_PATH].decode().splitlines()
    kept = [line for line in lines if line.split()[:1] in _KEPT]
    added = [it for it in _SERVICES if model != "linux" or ".ext" not in it]
    listed = "\n".join([*kept, *added]) + "\n"
    files[disk_layout.SERVICES_PATH] = listed.encode()
    content = content_files.find(content_files.FACTORY).data
    files[disk_layout.CONTENT_PATH] = content
    if model == "linux":
        files |= {_object(kind): _programs(kind) for kind in ("notify", "decide")}
    disk = make_image(files, directories=("/SYSTEM/DUMPS",))
    return Lab(model=model, seed=seed, disk=disk)


def _object(kind: str) -> str:
    """The path of the object with the programs of `notify` or `decide`."""
    return f"/{kind.upper()}.BPF"


def _programs(kind: str) -> bytes:
    """Programs that allow everything: for named pipes, and for programs that start."""
    allows = assembly.assemble("r0 = 0\nexit")
    hooks = (f"{kind}/pipe_open", f"{kind}/process_start")
    return image.pack(
        [image.Program(f"toll{at}", hook, allows) for at, hook in enumerate(hooks)]
    )


def arrange(lab: Lab, arrangement: AnyArrangement) -> None:
    """Let `toll` hear of what this arrangement wants it to hear of."""
    if isinstance(arrangement, LinuxArrangement) and arrangement.is_program:
        lab.console(f"bpf load {_object(arrangement.told)}")
    elif arrangement.told:
        ending = "ext" if arrangement.model == "macos" else "sys"
        lab.console(f"tell toll.{ending} {arrangement.told}")


def _measure_all(
    lab: Lab, arrangement: AnyArrangement, operations: tuple[Operation, ...]
) -> Iterator[Cost]:
    start = lab.snapshot()
    for operation in operations:
        if isinstance(arrangement, LinuxArrangement) and not arrangement.hears_of(
            operation
        ):
            continue
        found = []
        for count in (operation.count, 0):  # 0: what measuring itself costs
            lab.restore(start)
            found.append(count_work(lab, operation, count))
        spent, nothing = found
        yield Cost(operation, arrangement, operation.count, spent.without(nothing))


def count_work(lab: Lab, operation: Operation, count: int) -> Counts:
    """Let `errand` do it so often, and count until everybody is idle again."""
    lab.type(f"tell errand {operation.value} {count}\r")
    lab.run_to("errand!errand_begins", within=_SOON)
    counter = _Counter(lab)
    busy = counter.run_to("errand!errand_has_done")
    counter.run_to("errand!errand_is_over")
    return counter.counts(busy)


class _Counter:
    """Counts from now on, while it lets the machine run."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        memory = KernelMemory(lab)
        process = memory.current().follow()
        assert process is not None  # it is the program that was waited for
        owner = process_of(process)
        assert owner is not None
        self._page_table = owner["page_table"].number
        self._instructions = lab.machine.instructions
        self._time = lab.machine.now
        self._crossings = self._own = self._switches = 0

    def run_to(self, place: str) -> int:
        """Run to this place of the program. Returns the time since the start."""
        machine = self._lab.machine
        with machine.observe(RingCrossing, self._cross):
            while True:
                self._lab.run_to((place, "switch_stacks"), within=_SOON)
                if machine.ring:
                    break
                self._switches += 1
        return machine.now - self._time

    def _cross(self, _: RingCrossing) -> None:
        self._crossings += 1
        self._own += self._lab.machine.registers()["cr3"] == self._page_table

    def counts(self, busy: int) -> Counts:
        """What was counted until now."""
        return Counts(
            instructions=self._lab.machine.instructions - self._instructions,
            crossings=self._crossings,
            own_crossings=self._own,
            switches=self._switches,
            time=busy,
        )
