"""Why something was denied, somebody had to wait, or a message was missed."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from minios.lab import Happened, Lab, cost, events, explain, seconds
from minios.lab.explain import describe
from minios.lab.explanation import Explanation
from minios.testing.loans import Labs

SOON = seconds(2)
DENIED = Happened(events.Denied)
MISSED = Happened(events.DeadlineMissed)
REAL = ["In a real system"]


def gate(lab: Labs, *words: str, event_ms: int = 50) -> Lab:
    """A machine with a client that was told these words."""
    machine = lab("macos", plugins=["gate"], options={"event_ms": str(event_ms)})
    for word in words:
        machine.console(f"tell gate.ext {word}")
    return machine


def titles(explanation: Explanation) -> list[str]:
    """The titles of its evidence."""
    return [it.title for it in explanation.evidence]


def test_a_denial_names_who_wanted_what_and_who_said_no(lab: Labs) -> None:
    """By a verdict; the process by its name, which the record does not have."""
    machine = gate(lab)
    event = machine.run_until(DENIED, within=SOON)
    found = explain(machine, event)

    assert found.answer == (
        (
            f"gate.ext has denied what workload (process {event.process_id}) wanted to "
            "do with lsass."
        ),
        "The system call returned an error, and nothing has changed.",
    )
    assert found.reasons[0] == (
        "The kernel asked: auth_pipe_open, a client wants to open a named pipe."
    )
    assert "gate.ext has given its verdict: deny." in found.reasons


@pytest.mark.parametrize(
    ("mode", "follows"),
    [
        ("kill", "the kernel has ended gate.ext, and has allowed what workload wanted"),
        ("open", "the kernel has allowed what workload wanted"),
        ("closed", "the kernel has denied what workload wanted"),
    ],
)
def test_a_missed_deadline_says_who_waited_and_what_followed(
    lab: Labs, mode: str, follows: str
) -> None:
    """Each mode in its own words."""
    machine = gate(lab, mode, "hang")
    found = explain(machine, machine.run_until(MISSED, within=SOON))

    assert found.headline == f"gate.ext gave no verdict in time, so {follows}."
    (waited,) = re.findall(r"workload has waited ([\d.]+) ms", found.answer[1])
    assert 100 <= float(waited) <= 110
    assert titles(found) == ["Why only a client in ring 3 can be late", *REAL]


def test_the_end_of_a_client_that_was_late_says_why(lab: Labs) -> None:
    """It has no status: it has not ended by itself. One that was killed says that."""
    machine = gate(lab, "kill", "hang")
    end = machine.run_until(
        Happened(events.ProcessExited, name="gate.ext"), within=SOON
    )
    assert (end.cause, end.status) == ("deadline", 0)
    assert describe(end) == (
        f"gate.ext (process {end.process_id}) is ended, because it gave no verdict in "
        "time"
    )

    words = {
        it: describe(replace(end, cause=it)).partition(") ")[2]
        for it in ("exit", "killed", "kernel_fault")
    }
    assert words == {
        "exit": "ends with status 0",
        "killed": "is killed",
        "kernel_fault": "ends, because the kernel has faulted while it served it",
    }


def test_a_denial_without_a_verdict_is_told_from_one_with_a_verdict(lab: Labs) -> None:
    """The client has said nothing: the mode has decided."""
    machine = gate(lab, "closed", "hang")
    machine.run_until(MISSED, within=SOON)
    found = explain(machine, machine.run_until(DENIED, within=SOON))

    assert "because gate.ext gave no verdict in time" in found.headline
    assert any("Its miss mode is fail_closed" in it for it in found.reasons)


def test_a_dropped_message_says_why_there_was_no_room() -> None:
    """More comes at once than the inbox of a client holds."""
    with cost.machine("macos", 1) as lab:
        lab.boot()
        cost.arrange(lab, cost.Arrangement.EXTENSION_TOLD)
        lab.type("tell errand pipes 60\r")
        event = lab.run_until(Happened(events.EventDropped), within=SOON)
        found = explain(lab, event)

    assert found.headline == (
        "toll.ext has missed a message, because its inbox was full."
    )
    assert any("The kernel keeps 32 messages" in it for it in found.reasons)
    assert any("Nobody waits" in it for it in found.reasons)
    assert titles(found) == ["How often", *REAL]
