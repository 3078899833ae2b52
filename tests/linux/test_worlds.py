"""The same bad file, and the sensor in each of its forms: what comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from minios.abi import policies
from minios.abi.enumerations import TAINT
from minios.errors import MiniosError, ScenarioError
from minios.lab import Happened, Lab, LabSnapshot, events, seconds, sensors
from minios.lab.story import Plan, tell

BAD: Final = "channel-291-bad"
INTERPRETER: Final = "drivers/sentinel/interpreter.c"
SOON: Final = seconds(5)
EACH: Final = {"event_ms": "200"}


def line_of_the_fault() -> str:
    """Where the interpreter reads through the pointer that it should not have."""
    text = (Path(__file__).parents[2] / INTERPRETER).read_text("utf-8")
    before = text[: text.index("uint32_t length = input->length;")]
    return f"{INTERPRETER}:{before.count(chr(10)) + 1}"


@cache
def _booted(sensor: str) -> LabSnapshot:
    with Lab("linux", sensor=sensor, options=EACH) as lab:
        lab.boot()
        return lab.snapshot()


@cache
def _after_the_push(sensor: str) -> LabSnapshot:
    with booted(sensor) as lab:
        lab.push(BAD)
        lab.run_for(seconds(4))
        return lab.snapshot()


def booted(sensor: str) -> Lab:
    """A machine that has come up. The verifier takes its time, so only once a form."""
    lab = Lab("linux", sensor=sensor, options=EACH)
    lab.restore(_booted(sensor))
    return lab


def pushed(sensor: str) -> Lab:
    """A machine with the bad file, four seconds later."""
    lab = Lab("linux", sensor=sensor, options=EACH)
    lab.restore(_after_the_push(sensor))
    return lab


@pytest.fixture
def module() -> Iterator[Lab]:
    """The sensor is a kernel module."""
    with pushed("module") as lab:
        yield lab


@pytest.fixture
def collector() -> Iterator[Lab]:
    """Programs collect events, and a process compares them."""
    with pushed("bpf-collector") as lab:
        yield lab


def harmed(lab: Lab) -> list[events.Event]:
    """The records of faults."""
    kinds = events.Oops | events.DeathEvent | events.BugcheckEvent
    return [it for it in lab.events if isinstance(it, kinds)]


def programs_of(lab: Lab, name: str) -> dict[str, int]:
    """How often the kernel has called each program of an object."""
    rows = re.findall(rf"{name} +(\w+) +\S+ +(\d+)", lab.console("bpf list"))
    return {program: int(runs) for program, runs in rows}


# ---- A module: the machine limps.


def test_each_use_of_a_pipe_is_an_oops_and_ends_who_used_it(module: Lab) -> None:
    """A hook runs on the thread of the caller, so the caller is what can be ended."""
    oopses = module.all(events.Oops)
    reports = module.all(events.OopsReport)

    assert len(oopses) >= 2
    assert [it.number for it in reports] == list(range(1, len(oopses) + 1))
    for oops, report in zip(oopses, reports, strict=True):
        assert oops.module == "sentinel.sys"
        assert oops.ended == f"workload (process {report.process_id})"
    assert len({it.process_id for it in reports}) == len(reports)
    calls = module.console_text.count("syscall_pipe_")
    assert calls >= len(reports)  # each call trace comes from a use of a pipe


def test_the_machine_is_up_and_its_taint_says_that_it_has_died(module: Lab) -> None:
    """`D` stays until the next reset."""
    said = module.console("uname -a")

    assert re.search(r"Tainted: G +D +O", said)
    assert module.boots == 1
    assert all(
        it.taint & TAINT["DIE"] or it.number == 1
        for it in module.all(events.OopsReport)
    )


def test_the_module_cannot_be_unloaded_any_more(module: Lab) -> None:
    """Whoever was ended in its code never leaves it."""
    said = module.console("rmmod sentinel")

    assert "Module sentinel is in use" in said
    assert module.all(events.UnloadRefused)


def test_with_panic_on_oops_the_machine_is_in_a_loop() -> None:
    """The file is on the disk, and each start finds it there."""
    options = {"panic_on_oops": "1", "panic": "1"}
    story = tell("linux", Plan(BAD, reboots=4, options=options))
    panics = [it for it in story.events if isinstance(it, events.KernelPanic)]

    assert (story.end.outcome, story.end.boots) == ("crash loop", 4)
    assert len(panics) == 4
    assert {it.then for it in panics} == {"reset_later"}


# ---- eBPF: refused, harmless, or alone.


@pytest.mark.parametrize("content", ["channel-291-factory", BAD])
def test_the_naive_programs_never_run_whatever_the_content_is(content: str) -> None:
    """The verifier knows the program, and not the file: a good file helps nothing."""
    with Lab("linux", sensor="bpf-naive", content=content) as lab:
        lab.boot()
        lab.run_for(seconds(2))
        (refused,) = lab.all(events.BpfRefused)

        assert refused.name == "naive.bpf"
        assert refused.reason.startswith(f"{line_of_the_fault()}: 4 bytes at 1360")
        assert not programs_of(lab, "naive.bpf")
        assert not lab.is_protected()
        assert not harmed(lab)


def test_the_checked_programs_are_called_and_unharmed() -> None:
    """A criterion without an input does not match, so there is no detection."""
    with pushed("bpf-checked") as lab:
        loaded = lab.all(events.ContentLoaded)
        before = sum(programs_of(lab, "checked.bpf").values())
        lab.run_for(seconds(2))

        assert [it.version for it in loaded] == [1, 3]
        assert sum(programs_of(lab, "checked.bpf").values()) > before > 0
        assert lab.is_protected()
        assert "detection" not in lab.console_text
        assert not harmed(lab)
        assert "Not tainted" in lab.console("uname -a")


FOUND: Final = {
    "channel-291-factory": set[str](),
    "channel-291-good": {"0x1005"},
    "channel-291-latent": {"0x1006"},
}
"""What assets/content/README.md says of the sensor in the other models."""


@pytest.mark.parametrize("sensor", ["module", "bpf-checked", "bpf-collector"])
def test_the_file_decides_and_every_form_that_runs_finds_the_same(sensor: str) -> None:
    """Three files, one after the other, on the same machine."""
    with booted(sensor) as lab:
        for content, expected in FOUND.items():
            lab.push(content)
            lab.run_until(Happened(events.ContentLoaded), within=SOON)
            before, recorded = len(lab.console_text), len(lab.events)
            lab.run_for(seconds(2))
            said = lab.console_text[before:]
            found = [
                it for it in lab.events[recorded:] if isinstance(it, events.Detected)
            ]
            assert set(re.findall(r"detection (0x\w+)", said)) == expected, content
            assert {str(it.detection) for it in found} == expected, content


def test_rules_for_which_there_is_no_hook_are_refused_and_the_old_ones_stay() -> None:
    """The checked programs are told of pipes, and cannot block a program's start."""
    with booted("bpf-checked") as lab:
        lab.push("channel-291-block")
        refused = lab.run_until(Happened(events.UpdateRefused), within=SOON)
        lab.run_for(seconds(1))

        assert refused.reason == "no_events"
        assert [it.version for it in lab.all(events.ContentLoaded)] == [1]


def test_without_its_programs_the_process_with_the_rules_is_no_sensor() -> None:
    """It would look like one, and see nothing. So it waits for them."""
    services = {"checked.bpf": "demand", "checked.ext": "auto"}
    with Lab("linux", sensor="bpf-checked", services=services) as lab:
        lab.boot()
        lab.run_for(seconds(1))
        assert lab.services["checked.ext"].runs
        assert not lab.is_protected()


def test_the_parser_dies_alone_and_is_started_again(collector: Lab) -> None:
    """The kernel is unharmed, and so is the collector."""
    deaths = collector.all(events.DeathEvent)

    assert len(deaths) >= 2
    assert {(it.name, it.ring) for it in deaths} == {("sentinel.ext", 3)}
    assert collector.all(events.RestartEvent)
    assert not collector.all(events.Oops)
    assert "Not tainted" in collector.console("uname -a")
    assert collector.boots == 1


def test_events_while_no_parser_is_there_are_kept_or_counted(collector: Lab) -> None:
    """Nothing is lost but verdicts: the new process finds what was not read."""
    last = collector.all(events.RingAttached)[-1]
    runs = sum(programs_of(collector, "collect.bpf").values())

    assert len(collector.all(events.RingAttached)) >= 2
    assert last.waiting > 0
    assert runs >= last.submitted + last.dropped > 0


# ---- One fault.


def test_whatever_faults_faults_at_the_same_line_of_source() -> None:
    """And this is the line for which the verifier has refused it."""
    with pushed("module") as lab:
        module = lab.all(events.Oops)[0]
    with pushed("bpf-collector") as lab:
        process = lab.all(events.DeathEvent)[0]
    with pushed("bpf-naive") as lab:
        refused = lab.all(events.BpfRefused)[0]

    assert module.source == process.source == line_of_the_fault()
    assert module.bytes == process.bytes
    assert refused.reason.startswith(line_of_the_fault())


# ---- How a form is chosen.


def test_each_form_only_says_which_services_start() -> None:
    """So a person can choose it on the guest's disk, too."""
    for form in sensors.SENSORS:
        with Lab("linux", sensor=form.name) as one:
            assert sensors.form_of("linux", one.setup.services) == form.name
            with Lab("linux", services=dict(form.services)) as other:
                assert one.setup == other.setup


def test_the_shell_chooses_another_form_on_the_disk() -> None:
    """`svc NAME START` writes the service list; the next start reads it."""
    with Lab("linux", options={"event_ms": "0"}) as lab:
        lab.boot()
        for name, start in sensors.BY_NAME["bpf-collector"].services.items():
            lab.console(f"svc {name} {start}")
        lab.type("reset\r")
        lab.run_until(Happened(events.Booted), within=SOON)
        lab.boot()
        last = [it for it in lab.events if isinstance(it, events.BpfLoaded)]

        assert [it.name for it in last] == ["collect.bpf"]
        assert lab.is_protected()


def test_a_form_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    """One sentence, and what to write instead."""
    with pytest.raises(MiniosError, match="bpf-check") as refused:
        Lab("linux", sensor="bpf-check")
    assert "bpf-checked" in str(refused.value.advice)
    for model in policies.BY_NAME:
        if model != "linux":
            with pytest.raises(ScenarioError, match="one sensor only"):
                Lab(model, sensor="module")
