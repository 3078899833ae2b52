"""One content file after the other on a booted machine of each world.

The machine stands at a snapshot, with its sensor running and its updater waiting. The
file is pushed. Some files are put on the disk instead, before the kernel reads it: the
sensor finds them when it starts. What comes of it is one of these ends:

    refused     the sensor refuses it, and goes on with the old content
    harmless    the sensor has loaded it, and has compared events with it; "by luck" if
                it has read memory that a detection id happens to name
    bugcheck    the kernel stopped, wrote a dump, and reset the machine
    loop        the same, and the next start ended in the same way
    restarted   the sensor's process died, and the supervisor started it again
    recovered   the same again and again, until the last good content was put back
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from minios.abi.content import IPC
from minios.abi.disk_layout import CONTENT_PATH
from minios.abi.memory_map import USER_TOP
from minios.content import check, decode
from minios.dev.fuzz import forecast, judge
from minios.dev.fuzz.content_cases import ContentCase
from minios.dev.fuzz.trials import Trial, from_power_on
from minios.lab import (
    Bugcheck,
    ContentFile,
    Event,
    Happened,
    Lab,
    events,
    milliseconds,
    seconds,
)
from minios.lab.setup import Setup
from minios.machine import paging

_MODELS: Final = ("windows", "macos")
_OPTIONS: Final = {"first_event_ms": "5", "event_ms": "40"}
_WATCHED: Final = milliseconds(65)  # most often at least one opening of a pipe
_WAITS: Final = 4  # of that length: the rhythm of the workload varies
_VERSION: Final = IPC.fields.index("content_version")
_PER_BYTE: Final = 120_000  # virtual ns: the link takes 87,000, the guest the rest
_ON_DISK: Final = 10  # of so many cases, one is on the disk at the start
_FOLLOWED: Final = 100  # of so many cases, one is followed beyond its first crash
_LAST_BYTE: Final = 3  # of the length, which the sensor reads first
_ANSWERS: Final = Happened(
    events.Faulted, events.UpdateRefused, events.UpdateStored, events.UpdateFailed
)


class ContentWorld:
    """A booted machine for many cases."""

    def __init__(self, model: str) -> None:
        self.lab: Final = Lab(model=model, options=_OPTIONS)
        self.lab.run_until(Happened(events.Booted), within=seconds(1))
        self._before_disk: Final = self.lab.snapshot()
        self.lab.boot()
        up = self.lab.all(events.SensorUp)[-1]
        self._ring: Final = up.ring
        self._sensor: Final = f"{up.plugin}.{'ext' if up.ring else 'sys'}"
        self.lab.run_until(Happened(events.UpdateAsked), within=seconds(1))
        self._start: Final = self.lab.snapshot()
        self._inputs: Final = self._find_inputs()

    def _find_inputs(self) -> tuple[int, ...]:
        """The physical addresses of the inputs, which are always in the same place."""
        self.lab.run_to(f"{self._sensor}!interpreter_matches", within=seconds(1))
        machine = self.lab.machine
        array = machine.read_virtual(machine.registers()["rdi"], 20 * 8)
        assert array is not None
        places = [
            machine.walk(it, ring=0).physical for it in memoryview(array).cast("Q")
        ]
        return tuple(it for it in places if it is not None)

    def run(self, case: ContentCase) -> Trial:
        """Push one file. The lab stands where the case has ended."""
        problems: list[str] = []
        if is_on_disk(case):
            self.lab.restore(self._before_disk)
            self.lab.files().write(CONTENT_PATH, case.data)
            first = len(self.lab.events)
            end = self._found(case, problems)
        else:
            self.lab.restore(self._start)
            first = len(self.lab.events)
            end = self._push(case, problems)
        problems += judge.problems(self.lab, first)
        return Trial(end, tuple(problems))

    def recorded(self, case: ContentCase) -> Lab:
        """The machine as it is; from power on, if its disk was changed."""
        if not is_on_disk(case):
            return self.lab
        end, inputs = self.lab.machine.now, self.lab.inputs
        self.lab.restore(self._before_disk)
        self.lab.files().write(CONTENT_PATH, case.data)
        setup = Setup(self.lab.model, options=_OPTIONS, disk=self.lab.disk_image())
        return from_power_on(setup, inputs, end)

    def _push(self, case: ContentCase, problems: list[str]) -> str:
        self.lab.push(ContentFile(f"fuzz-{case.number}", case.data))
        wait = seconds(1) + _PER_BYTE * len(case.data)
        answer = self.lab.run_while_waiting(_ANSWERS, within=wait)
        if isinstance(answer, events.UpdateRefused):
            return self._refused(case, answer, problems)
        if isinstance(answer, events.UpdateStored):
            return self._stored(case, answer, problems)
        problems.append(f"the updater has not taken the file: {answer}")
        return "no answer"

    def _refused(
        self,
        case: ContentCase,
        answer: events.UpdateRefused | events.ContentRefused,
        problems: list[str],
    ) -> str:
        verdict = check(case.data)
        if answer.reason != verdict.status.lower():
            problems.append(f"refused as {answer.reason}, but it is {verdict}")
        fault = self._fault_within(_WATCHED)
        if fault is not None:
            problems.append(f"a fault although the file was refused: {fault}")
        return f"refused: {answer.reason}"

    def _stored(
        self, case: ContentCase, answer: events.UpdateStored, problems: list[str]
    ) -> str:
        verdict = check(case.data)
        if not verdict.accepted:
            problems.append(f"stored, but it is {verdict}")
            return "stored"
        if answer.size != len(case.data):
            problems.append(f"{answer.size} of {len(case.data)} bytes are stored")
        if self.lab.files().read(CONTENT_PATH) != case.data:
            problems.append("other bytes are on the disk")
        return self._found(case, problems)

    def _found(self, case: ContentCase, problems: list[str]) -> str:
        """The sensor reads the file on the disk, and compares events with it."""
        taken = Happened(events.Faulted, events.ContentLoaded, events.ContentRefused)
        loaded = self.lab.run_while_waiting(taken, within=seconds(1))
        if isinstance(loaded, events.ContentRefused):
            return self._refused(case, loaded, problems)
        if (
            not isinstance(loaded, events.ContentLoaded)
            or not check(case.data).accepted
        ):
            problems.append(
                f"this should not have come of {check(case.data)}: {loaded}"
            )
            return "not loaded"
        fault = self._until_compared(case)
        expected = self._compare(case, fault, problems)
        if fault is not None:
            return self._after(case, fault, problems)
        return "harmless" if expected is False else "harmless by luck"

    def _until_compared(self, case: ContentCase) -> events.Faulted | None:
        """Run until an event has been compared with this file, or to a fault."""
        version = str(decode(case.data).version)
        for _ in range(_WAITS):
            fault = self._fault_within(_WATCHED)
            if fault is not None or self._texts()[_VERSION] == version:
                return fault
        return None

    def _texts(self) -> tuple[str, ...]:
        """The texts of the event that was compared last."""
        ram = self.lab.machine.ram
        return forecast.texts_of(
            bytes(ram[it : it + forecast.INPUT_BYTES]) for it in self._inputs
        )

    def _fault_within(self, time: int) -> events.Faulted | None:
        return self.lab.run_while_waiting(Happened(events.Faulted), within=time)

    def _compare(
        self, case: ContentCase, fault: Event | None, problems: list[str]
    ) -> bool | None:
        """Compare the end with what the file and the latest event must lead to.

        Returns whether there must be a fault; None if nobody can say.
        """
        inputs = self._texts()

        def can_read(address: int) -> bool:
            if fault is None and self._ring == 3 and address < USER_TOP:
                return True  # another process may be running now: nobody can say
            return all(map(self._can_read, (address, address + _LAST_BYTE)))

        expected = forecast.reads_forbidden(decode(case.data), inputs, can_read)
        if expected is not None and expected != (fault is not None):
            verb = "must" if expected else "cannot"
            problems.append(f"comparing {inputs} with this file {verb} fault")
        return expected

    def _can_read(self, address: int) -> bool:
        if not paging.is_canonical(address):
            return False
        return self.lab.machine.walk(address, ring=self._ring).refusal is None

    def _after(
        self, case: ContentCase, fault: events.Faulted, problems: list[str]
    ) -> str:
        """What the fault of the sensor costs: the machine, or one process."""
        if fault.ring != self._ring or fault.module != self._sensor:
            problems.append(f"somebody else faulted: {fault.place}, ring {fault.ring}")
        is_followed = case.number % _FOLLOWED == 0
        return "".join(self._cost(is_followed, problems))

    def _cost(self, is_followed: bool, problems: list[str]) -> Iterator[str]:
        lab = self.lab
        if self._ring == 0:
            reset = lab.run_while_waiting(
                Happened(events.ResetEvent), within=seconds(1)
            )
            if reset is None or not lab.all(events.BugcheckEvent):
                problems.append("no bugcheck and reset followed")
            yield "bugcheck"
            if is_followed and lab.run_while_waiting(Bugcheck(), within=seconds(3)):
                yield " loop"
                lab.run_while_waiting(
                    Happened(events.RecoveryEntered), within=seconds(1)
                )
            return
        restart = lab.run_while_waiting(
            Happened(events.RestartEvent), within=seconds(1)
        )
        if restart is None:
            problems.append("the supervisor did not start the sensor again")
        yield "death, restart"
        restored = Happened(events.Restored)
        if is_followed and lab.run_while_waiting(restored, within=seconds(60)):
            yield ", recovery"


def is_on_disk(case: ContentCase) -> bool:
    """Whether the file is on the disk when the machine starts."""
    return case.number % _ON_DISK == _ON_DISK - 1


def steps(case: ContentCase, file: str) -> str:
    """The same, as a scenario: machines with the same options, which get the file."""
    options = ", ".join(f"{name} = {value}" for name, value in _OPTIONS.items())
    lines = [f"options = {{ {options} }}"]
    lines += [f'content = "{file}"', "cold = true"] if is_on_disk(case) else []
    parts = [f"[machines.{model}]\n" + "\n".join(lines) for model in _MODELS]
    parts += [] if is_on_disk(case) else [f'[[steps]]\npush = "{file}"']
    return "\n\n".join((*parts, '[[steps]]\nadvance = "1s"\n'))
