"""The slow pass on Linux: the kernel calls a module, or runs an eBPF program.

Both happen on the thread that causes the event, so no other thread takes part.

Deep: a program that takes the verifier long.
"""

from __future__ import annotations

import pytest

from minios.lab import sensors
from minios.lab.setup import Setup
from minios.session.session import Session
from minios.session.slow_pass.steps import Pass, Way
from tests.session.test_slow_pass import passed, push


def found(sensor: str, content: str = "") -> Pass:
    """The pass of a fresh machine with this form of the sensor."""
    starts = sensors.services("linux", sensor, {})
    session = Session(Setup("linux", services=starts))
    try:
        if content:
            push(session, content)
        return passed(session)
    finally:
        session.close()


def test_a_module_is_called_on_the_thread_of_the_caller() -> None:
    """In, to the module, back, and out: one thread, two crossings of the rings."""
    steps = found("module").steps
    ways = [it.way for it in steps]
    call = steps[ways.index(Way.CALL)]

    assert ways[1:] == [Way.CROSSING, Way.CALL, Way.RETURN, Way.CROSSING]
    assert Way.THREAD not in ways
    assert call.spot.module == "sentinel.sys"
    assert call.spot.thread.endswith("of workload")
    assert any("It calls sentinel.sys with it" in it for it in call.changed)


def test_the_bad_file_ends_the_caller_and_the_pass() -> None:
    """The fault is in ring 0, on the workload's thread, and so the kernel ends it."""
    whole = found("module", "channel-291-bad")
    ways = [it.way for it in whole.steps]

    assert ways[-2:] == [Way.FAULT, Way.RECORD]
    assert whole.steps[-1].sentence.startswith("BUG: unable to handle page fault")
    assert "ends workload" in whole.steps[-1].sentence
    assert "What this process held stays held" in whole.over


@pytest.mark.parametrize(
    "sensor", [pytest.param("bpf-checked", marks=pytest.mark.deep), "bpf-collector"]
)
def test_an_ebpf_program_is_executed_by_the_kernel(sensor: str) -> None:
    """Its code is no machine code: the CPU stays in the kernel's own."""
    whole = found(sensor)
    begun = next(it for it in whole.steps if it.way is Way.PROGRAM)
    ended = next(it for it in whole.steps if it.way is Way.PROGRAM_END)
    name = sensors.BY_NAME[sensor].port

    assert f"of {name}.bpf, which it has verified before" in begun.sentence
    assert begun.spot.module == ended.spot.module == "kernel"
    assert begun.spot.thread == ended.spot.thread
    assert begun.spot.thread.endswith("of workload")
    assert begun.number < ended.number
    assert whole.over.startswith("Whoever watches in ring 0 has heard of the event")


def test_nobody_watches_where_the_program_was_refused() -> None:
    """The naive port never runs, so a pipe is a system call and nothing more."""
    whole = found("bpf-naive")
    assert [it.way for it in whole.steps][1:] == [Way.CROSSING, Way.CROSSING]
    assert whole.over.startswith("Nobody has asked for security events")
