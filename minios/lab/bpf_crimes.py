"""The same mistakes as eBPF programs: refused, harmless, or an oops all the same.

A module may do what it wants, and the CPU decides how it ends. A program is verified
before it runs, so most mistakes never happen. But the verifier, the helpers and what
calls programs are code of the kernel, too. The boot option `bpf_defect` plants a defect
in one of them, and then a program that was verified faults in ring 0.

The rows are in `bpf_crimes.toml`. Each is tried on a machine for each defect: it is
loaded for the opening of pipes, and then somebody opens one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from minios.abi import bpf, disk_layout
from minios.bpf import assembly, image
from minios.disk import make_image
from minios.lab import content_files, events
from minios.lab.booted import BootedLabs
from minios.lab.conditions import Happened, milliseconds
from minios.lab.lab import Lab
from minios.lab.system_disk import FOLDERS, system_files

_HOOK: Final = "notify/pipe_open"
_MAPS: Final = (
    image.Map("data", "DATA", value_size=64),
    image.Map("fixed", "DATA", value_size=8, flags=bpf.BPF_MAP_READ_ONLY),
    image.Map("ring", "RING", entries=4096),
    image.Map("room", "DATA", value_size=8192),
)
_FIRST: Final = "first"  # an object before that of the crime, as on a real machine
_OPTIONS: Final = {"recovery": "no", "first_event_ms": "2000", "event_ms": "50"}
_SERVICES: Final = (
    "shell program /BIN/SHELL boot normal spawn,disk_write,power,bpf,load_driver\n"
    "workload program /BIN/WORKLOAD auto normal -\n"
)
_OPENED: Final = milliseconds(2500)
"""Until then the workload has opened pipes."""

DEFECTS: Final = tuple(it.name for it in bpf.DEFECTS)
"""The columns: `none`, and what can be planted."""
REFUSED: Final = "refused"
HARMLESS: Final = "harmless"
OOPS: Final = "oops"


@dataclass(frozen=True, slots=True)
class BpfCrime:
    """One mistake as a program, and how it must end: one word for each of `DEFECTS`."""

    name: str
    words: str
    why: str
    text: str
    ends: tuple[str, ...]

    @property
    def image(self) -> bytes:
        """The object that commits it."""
        names = [it.name for it in _MAPS]
        code = assembly.assemble(self.text, maps=names)
        return image.pack([image.Program("crime", _HOOK, code)], _MAPS)

    def expected(self, defect: str) -> str:
        """How it must end on a kernel with this defect."""
        return self.ends[DEFECTS.index(defect)]


def _crimes() -> Iterator[BpfCrime]:
    rows: dict[str, Any] = tomllib.loads(
        Path(__file__).with_suffix(".toml").read_text("utf-8")
    )
    for name, row in rows.items():
        yield BpfCrime(
            name, row["words"], row["why"], row["text"].strip("\n"), tuple(row["ends"])
        )


BPF_CRIMES: Final = tuple(_crimes())
BY_NAME: Final = {it.name: it for it in BPF_CRIMES}


@dataclass(frozen=True, slots=True)
class BpfTrial:
    """What came of one of them on a kernel with a defect.

    `said` is why it was refused, or where the kernel faulted; "" if it was harmless.
    """

    crime: BpfCrime
    defect: str
    measured: str
    said: str

    @property
    def ok(self) -> bool:
        """Whether it is what the table says."""
        return self.measured == self.crime.expected(self.defect)


class BpfGallery(BootedLabs):
    """A machine for each defect, each booted once."""

    def measure(self, crime: BpfCrime, defect: str) -> BpfTrial:
        """Load it, let somebody open a pipe, and look."""
        lab = self._machine(defect)
        said = lab.console(f"bpf load {_path(crime)}")
        if refused := lab.all(events.BpfRefused):
            return BpfTrial(crime, defect, REFUSED, refused[-1].reason)
        if _CRIME not in {it.name for it in lab.all(events.BpfLoaded)}:
            return BpfTrial(crime, defect, f"not loaded: {said.strip()}", "")
        end = lab.run_while_waiting(
            Happened(events.Oops, events.BugcheckEvent, events.ResetEvent),
            within=_OPENED,
        )
        if end is None:
            return BpfTrial(crime, defect, HARMLESS, "")
        if isinstance(end, events.Oops):
            report = lab.last(events.OopsReport)
            where = f"{report.symbol}, called for {end.module}"
            return BpfTrial(crime, defect, OOPS, where)
        return BpfTrial(crime, defect, "the machine stops", "")

    def measure_all(self, crime: BpfCrime) -> Iterator[BpfTrial]:
        """The same with each defect."""
        return (self.measure(crime, defect) for defect in DEFECTS)

    def _machine(self, defect: str) -> Lab:
        def boot() -> Lab:
            options = {**_OPTIONS, "bpf_defect": defect}
            lab = Lab("linux", disk=_disk(BPF_CRIMES), options=options)
            lab.boot()
            lab.console(f"bpf load /{_FIRST.upper()}.BPF")
            return lab

        return self.at_start(defect, boot)


_CRIME: Final = "crime"


def _path(crime: BpfCrime) -> str:
    return f"/{crime.name.upper()}/CRIME.BPF"


def _disk(crimes: Sequence[BpfCrime]) -> bytes:
    system = system_files()
    files = {path: data for path, data in system.items() if path.startswith("/BIN/")}
    kept = disk_layout.KERNEL_MAP_PATH  # for the names of functions in a report
    files[kept] = system[kept]
    files[disk_layout.SERVICES_PATH] = _SERVICES.encode()
    files[disk_layout.CONTENT_PATH] = content_files.find(content_files.FACTORY).data
    nothing = assembly.assemble("r0 = 0\nexit")
    first = image.pack([image.Program(_FIRST, _HOOK, nothing)])
    files[f"/{_FIRST.upper()}.BPF"] = first
    files |= {_path(it): it.image for it in crimes}
    return make_image(files, directories=FOLDERS)
