"""What a record does not know is null, and its key is there all the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from minios.lab import Bugcheck, Happened, Lab, events, seconds, to_json
from minios.lab.events import Event
from minios.lab.explain import describe

WITHIN = seconds(5)
KEYS = {
    *("ring", "vector", "error_code", "address", "rip"),
    *("module", "offset", "instruction", "bytes"),
}


def fields(event: Event) -> dict[str, Any]:
    """The keys of a fault in the record's JSON."""
    record = json.loads(to_json(event))
    assert record.keys() >= KEYS
    return {key: record[key] for key in KEYS}


def test_a_bugcheck_without_a_fault_has_ring_and_module_only(windows: Lab) -> None:
    """The operator's `crash`: nothing was refused; the kernel names who asked."""
    windows.type("crash\r")
    stop = windows.run_until(Bugcheck(), within=WITHIN)

    expected = dict.fromkeys(KEYS) | {"ring": 0, "module": "shell"}
    assert fields(stop) == expected
    assert describe(stop).endswith(" in shell")


def test_a_restart_that_no_failure_counts_for_has_no_attempt() -> None:
    """After content was moved away, the sensor begins anew."""

    def restarted(attempt: int) -> str:
        return describe(
            events.RestartEvent(
                world="macos",
                t=0,
                instructions=0,
                name="sentinel.ext",
                attempt=attempt,
                delay=0,
                process_id=9,
            )
        )

    assert restarted(0) == "the supervisor restarts sentinel.ext"
    assert restarted(2) == "the supervisor restarts sentinel.ext, attempt 2"


def test_a_bugcheck_after_a_fault_has_everything(windows: Lab) -> None:
    """Channel file 291."""
    windows.push("channel-291-bad")
    stop = windows.run_until(Bugcheck(), within=WITHIN)

    assert None not in fields(stop).values()
    assert "sentinel.sys+0x" in describe(stop)


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("badop", {"error_code", "address"}),
        ("hlt", {"address"}),
        ("null", set()),
        ("callnull", {"instruction", "bytes"}),
    ],
)
def test_a_fault_has_what_its_exception_has(
    windows: Lab, program: str, absent: set[str]
) -> None:
    """#UD no error code, #GP no address; a fetch that fails has no instruction."""
    windows.type(f"run {program}\r")
    fault = windows.run_until(Happened(events.Faulted), within=WITHIN)

    values = fields(fault)
    assert {key for key, value in values.items() if value is None} == absent
    assert "None" not in describe(fault)
