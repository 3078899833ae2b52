"""How macOS took drivers away in steps: what each lets the user do about a driver."""

from __future__ import annotations

from typing import Final

import pytest

from minios.abi import enumerations, policies
from minios.lab import Lab, events, milliseconds
from tests.trust import probe

DRIVER: Final = "counter.sys"
FILE: Final = "/system/drivers/counter.sys"
LINE: Final = "counter.sys driver /SYSTEM/DRIVERS/COUNTER.SYS {} normal -"
WAITING: Final = enumerations.APPROVAL.descriptions[enumerations.APPROVAL["WAITING"]]
ENABLED: Final = enumerations.APPROVAL.descriptions[enumerations.APPROVAL["ENABLED"]]
NOT_APPROVED: Final = "nobody has approved it"
REFUSED: Final = "the policy of this model forbids it"
STEPS: Final = {it.name: it for it in policies.KEXT_STAGES}
WITH_APPROVAL: Final = [it for it in STEPS.values() if it.operator == "approve"]


def machine(step: str, start: str = "demand") -> Lab:
    """A machine of the model macos in that step, with a driver in its list."""
    disk = probe.disk_with({}, LINE.format(start), without=("sentinel.sys",))
    return probe.machine("macos", disk, {"kexts": step})


def loaded(lab: Lab) -> list[str]:
    """The drivers that have become a part of the kernel, in order."""
    return [it.name for it in lab.all(events.ModuleLoaded)]


def load(lab: Lab) -> str:
    """Let the shell load the driver. Returns what it says."""
    said = lab.console(f"load {FILE}")
    lab.run_for(milliseconds(100))
    return said


def states(lab: Lab) -> list[str]:
    """The states of the driver, as the kernel has reported them."""
    return [it.state for it in lab.all(events.ApprovalChanged) if it.name == DRIVER]


@pytest.mark.parametrize("step", WITH_APPROVAL, ids=lambda it: it.name)
def test_a_driver_loads_only_after_the_user_has_approved_it(
    step: policies.KextStage,
) -> None:
    """At once, or from the next start on; in one step with a warning."""
    with machine(step.name, "system") as lab:
        lab.boot()
        assert loaded(lab) == []
        assert states(lab) == [WAITING]  # the attempt itself asks the user
        assert NOT_APPROVED in load(lab)

        lab.console(f"sysext approve {DRIVER}")
        assert states(lab) == [WAITING, ENABLED]
        said = load(lab)
        assert loaded(lab) == ([] if step.waits else [DRIVER])
        assert (NOT_APPROVED in said) == step.waits

        lab.reset()
        lab.boot()
        assert loaded(lab)[-1:] == [DRIVER]
        assert [it.name for it in lab.all(events.KextWarned)] == (
            loaded(lab) if step.warns else []
        )


def test_no_driver_loads_where_the_operator_may_do_nothing() -> None:
    """That is how a Mac starts today, and how this model starts without the option."""
    assert STEPS[policies.KEXTS_BY_DEFAULT].operator == "nothing"
    with machine(policies.KEXTS_BY_DEFAULT, "system") as lab:
        lab.boot()
        assert [it.name for it in lab.all(events.PluginRefused)] == [DRIVER]
        assert REFUSED in load(lab)
        assert REFUSED in lab.console(f"sysext activate {FILE}")
        assert "nothing to decide" in lab.console(f"sysext approve {DRIVER}")
        assert (loaded(lab), states(lab)) == ([], [])


def test_a_driver_with_other_bytes_needs_a_new_approval() -> None:
    """Somebody writes another driver over the approved one."""
    with machine("approve") as lab:
        lab.boot()
        lab.console(f"sysext activate {FILE}")
        lab.console(f"sysext approve {DRIVER}")
        lab.console(f"cp /system/drivers/keylog.sys {FILE}")
        assert NOT_APPROVED in load(lab)
        assert loaded(lab) == []


def test_the_steps_change_nothing_where_drivers_are_taken() -> None:
    """The model windows asks nobody."""
    disk = probe.disk_with({}, LINE.format("system"))
    with probe.machine("windows", disk, {"kexts": "refuse"}) as lab:
        lab.boot()
        assert DRIVER in loaded(lab)
        assert lab.all(events.ApprovalChanged) == ()
