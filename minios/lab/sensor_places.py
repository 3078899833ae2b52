"""What a sensor can see and survive, by where it runs, and by who helps it.

Outside of the kernel a sensor loses two things that ring 0 gave it for nothing: it sees
the memory of everybody, and no program can end it. A system that asks sensors to leave
the kernel has to give both back. Here it is the right DEBUG, and the protection of
security clients (`minios/kernel/processes/protection.c`).

Each cell of the table is measured on a machine. The attackers are real: the programs
`spy` and `killer` (`minios/user/programs/`), and the driver `villain`.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from minios.abi import disk_layout
from minios.abi.memory_map import PAGE_SIZE, USER_TOP
from minios.abi.plugins import Kind
from minios.disk import make_image
from minios.lab import content_files, events, own_plugins, page_tables
from minios.lab.booted import BootedLabs
from minios.lab.conditions import Bugcheck, Death, Restart, milliseconds, seconds
from minios.lab.lab import Lab
from minios.lab.system_disk import system_files

_PATIENCE: Final = seconds(5)
_DRIVERS_TOO: Final = {"plugins": "driver,extension"}


class Place(enum.Enum):
    """Where the sensor runs, and what the system does for it."""

    RING_0 = "in ring 0"
    ALONE = "in ring 3, alone"
    HELPED = "in ring 3, helped"


@dataclass(frozen=True, slots=True)
class Row:
    """One question, and what must come of it in each place.

    Args:
        name: a short name.
        words: what is tried.
        ends: what comes of it, place by place.
        why: why the ends differ, or why they do not.
    """

    name: str
    words: str
    ends: tuple[str, str, str]
    why: str

    def expected(self, place: Place) -> str:
        """What must come of it in this place."""
        return self.ends[list(Place).index(place)]


ROWS: Final = (
    Row(
        "read",
        "it reads the memory of another process",
        ("reads it", "refused", "reads it"),
        "All memory is mapped in ring 0. A process sees its own alone, and must ask "
        "the kernel for more. With the right DEBUG it gets it.",
    ),
    Row(
        "stop",
        "a program stops it (it looks alive, and sees nothing)",
        ("no process", "stopped", "refused"),
        "A driver is no process: no system call can name it. A process can be stopped "
        "by whoever may end processes, unless the kernel protects it.",
    ),
    Row(
        "end",
        "a program ends it",
        ("no process", "ended", "refused"),
        "The same. Without protection the supervisor starts it again, and the attacker "
        "ends it again.",
    ),
    Row(
        "debug",
        "a program with the right DEBUG ends it",
        ("no process", "ended", "ended"),
        "The protection is as strong as the list of those who have this right.",
    ),
    Row(
        "mistake",
        "it makes a mistake of its own (channel-291-bad)",
        ("machine stops", "starts again", "starts again"),
        "In ring 0 its mistake is the kernel's. In ring 3 one process ends, and the "
        "supervisor starts it again.",
    ),
    Row(
        "driver",
        "another driver makes a mistake in ring 0",
        ("machine stops", "machine stops", "machine stops"),
        "To leave ring 0 helps the others against this sensor. It does not help this "
        "sensor against drivers that have stayed.",
    ),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one question in one place."""

    row: Row
    place: Place
    measured: str

    @property
    def ok(self) -> bool:
        """Whether that is what the table says."""
        return self.measured == self.row.expected(self.place)


class Trials(BootedLabs):
    """The machines on which all this is tried, each booted once."""

    def measure(self, row: Row, place: Place) -> Finding:
        """Try it."""
        return Finding(row, place, self._measure(row.name, place))

    def _measure(self, name: str, place: Place) -> str:
        lab = self._machine(place, debugs=name == "debug")
        match name:
            case "read" if place is Place.RING_0:  # it reads what the other world hides
                return _read_by_driver(self._machine(Place.HELPED, debugs=False))
            case "read":
                return _read_by_program(lab)
            case "stop":
                return _signal(lab, "STOP", "stopped")
            case "end" | "debug":
                return _ended(lab)
            case "mistake":
                return _after_mistake(lab)
            case _:
                return _after_mistake_of_driver(lab)

    def _machine(self, place: Place, *, debugs: bool) -> Lab:
        """One on which the attackers have been at work, before anything else."""

        def boot() -> Lab:
            lab = Lab(
                model="windows" if place is Place.RING_0 else "macos",
                options=_options(place),
                disk=_disk(place, debugs=debugs),
            )
            lab.boot()
            lab.run_for(milliseconds(100))
            return lab

        return self.at_start((place, debugs), boot)


def _options(place: Place) -> dict[str, str]:
    options = {"event_ms": "50", "recovery": "no"}
    if place is not Place.RING_0:
        options |= _DRIVERS_TOO  # the villain is a driver everywhere
    if place is Place.ALONE:
        options["protection"] = "off"
    return options


def _sensor(kind: Kind) -> str:
    """The file name of the sensor that comes with minios, as this kind of plugin."""
    (name,) = own_plugins.sensors()
    return kind.file_name(name)


def _disk(place: Place, *, debugs: bool) -> bytes:
    files = system_files()
    listed = files[disk_layout.SERVICES_PATH].decode()
    listed = re.sub(r"(?m)^(villain\.sys .*) demand ", r"\1 system ", listed)
    if place is not Place.RING_0:
        driver = re.escape(_sensor(Kind.DRIVER))
        listed = re.sub(rf"(?m)^({driver} .*) system ", r"\1 disabled ", listed)
    spy = "debug" if place is Place.HELPED else "-"
    killer = "spawn,debug" if debugs else "spawn"
    listed += f"\nspy program /BIN/SPY auto normal {spy}"
    listed += f"\nkiller program /BIN/KILLER auto normal {killer}\n"
    files[disk_layout.SERVICES_PATH] = listed.encode()
    content = content_files.find(content_files.FACTORY).data
    files[disk_layout.CONTENT_PATH] = content
    files[disk_layout.CONTENT_GOOD_PATH] = content
    return make_image(files, directories=("/SYSTEM/DUMPS",))


# ---- What came of it.


def _first_line(lab: Lab, speaker: str) -> str:
    """What a program has said first, without its name."""
    lines = lab.console_text.replace("\r", "").splitlines()
    found = (it.partition(speaker)[2] for it in lines if speaker in it)
    return next(found, "said nothing")


def _read_by_driver(lab: Lab) -> str:
    """Whether a driver finds what lies in the memory of a process.

    The driver says at which physical addresses it has found something. The page tables
    of the process say whether one of them is its own.
    """
    said = lab.console("run commit rummage")
    found = {int(it, 16) for it in re.findall(r"finds content at (0x\w+)", said)}
    own = {
        physical
        for table in lab.page_tables_of(_sensor(Kind.EXTENSION))
        for address, _, _, physical in page_tables.pages(lab.machine.ram, table)
        if address < USER_TOP
    }
    is_found = any(at // PAGE_SIZE * PAGE_SIZE in own for at in found)
    return "reads it" if is_found else "finds nothing"


def _read_by_program(lab: Lab) -> str:
    line = _first_line(lab, "spy: ")
    if line.startswith("reads the content"):
        return "reads it"
    return "refused" if line.startswith("cannot open") else line


def _signal(lab: Lab, name: str, done: str) -> str:
    """What came of the killer's signal."""
    if "no process" in _first_line(lab, "killer: "):
        return "no process"
    if _first_line(lab, f"killer: {name}: ") != "done":
        return "refused"
    return done


def _ended(lab: Lab) -> str:
    found = _signal(lab, "KILL", "ended")
    is_gone = any(
        it.name == _sensor(Kind.EXTENSION) for it in lab.all(events.ProcessExited)
    )
    return found if is_gone == (found == "ended") else "the records say otherwise"


def _after_mistake(lab: Lab) -> str:
    _wait_until_protected(lab)
    lab.push("channel-291-bad")
    end = lab.run_until(Bugcheck() | Death(_sensor(Kind.EXTENSION)), within=_PATIENCE)
    if isinstance(end, events.BugcheckEvent):
        return "machine stops"
    again = lab.run_while_waiting(Restart(), within=_PATIENCE)
    return "stays away" if again is None else "starts again"


def _after_mistake_of_driver(lab: Lab) -> str:
    _wait_until_protected(lab)
    lab.type("run commit null\r")
    end = lab.run_while_waiting(Bugcheck(), within=_PATIENCE)
    return "goes on" if end is None else "machine stops"


def _wait_until_protected(lab: Lab) -> None:
    """The killer may have ended it: then the supervisor has to start it again."""
    until = lab.now + _PATIENCE
    while not lab.is_protected() and lab.now < until:
        lab.run_for(milliseconds(100))
