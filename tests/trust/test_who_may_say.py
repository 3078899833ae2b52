"""Who may say which record: the table binds everybody who has the right REPORT."""

from __future__ import annotations

import pytest

from minios.abi import events as abi_events
from minios.lab import Lab, events, milliseconds
from tests.trust import probe

SAYS_EVERYTHING = """
static int probe_start(void)
{
    for (uint32_t kind = 0; kind < 64; kind++) {
        struct record record = {.kind = kind, .name = "forged", .text = "forged"};
        plugin_report(&record);
    }
    plugin_log("has said it all");
    if (plugin_ring() == 3) {
        (void)tell("init", "ready");
    }
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
RIGHTS = ("REPORT",)


def forged(lab: Lab) -> list[object]:
    """The records that the probe has brought about: those that name nobody else."""
    lab.boot()
    lab.run_for(milliseconds(200))
    assert "has said it all" in probe.said(lab)
    names = {"forged", "probe"}
    said = ("name", "plugin", "file")
    return [it for it in lab.events if names & {getattr(it, name, "") for name in said}]


@pytest.mark.parametrize(
    ("model", "service"),
    [
        ("macos", probe.EXTENSION.format("report")),
        ("windows", probe.DRIVER.format("system")),
    ],
)
def test_a_plugin_may_speak_of_itself_alone(model: str, service: str) -> None:
    """A detection, a number, and that it is up; of 64 kinds nothing else."""
    disk = probe.disk_with(probe.built(SAYS_EVERYTHING, rights=RIGHTS), service)
    with probe.machine(model, disk) as lab:
        heard = [it for it in forged(lab) if not isinstance(it, events.ModuleLoaded)]

        kinds = [events.Detected, events.SensorUp, events.ValueReported]
        assert [type(it) for it in heard] == kinds
        assert {getattr(it, "plugin", "") for it in heard} == {"probe"}


def test_only_init_says_that_the_machine_is_ready() -> None:
    """Else a lab would return too early, and the clock of the good start begin."""
    files = probe.built(SAYS_EVERYTHING, rights=RIGHTS)
    disk = probe.disk_with(files, probe.EXTENSION.format("report"))
    with probe.machine("macos", disk) as lab:
        lab.boot()

        assert "init: ready" in lab.console_text
        assert sum(isinstance(it, events.ReadyEvent) for it in lab.events) == 1


def test_a_program_with_the_right_says_nothing() -> None:
    """It is neither init nor one of those whom the table names."""
    files = probe.built(SAYS_EVERYTHING, rights=RIGHTS)
    disk = probe.disk_with(files, probe.PROGRAM.format("auto", "report"))
    with probe.machine("macos", disk) as lab:
        assert forged(lab) == []


def test_nobody_says_anything_without_the_right() -> None:
    """The list grants it, the manifest does not name it; and the other way round."""
    for rights, granted in (((), "report"), (RIGHTS, "-")):
        files = probe.built(SAYS_EVERYTHING, rights=rights)
        disk = probe.disk_with(files, probe.EXTENSION.format(granted))
        with probe.machine("macos", disk) as lab:
            assert forged(lab) == []


def test_every_kind_has_one_speaker_and_a_number_of_its_own() -> None:
    """The column is never left out, and names only those that there are."""
    numbers = [kind.number for kind in abi_events.RECORDS]
    speakers = {"kernel", "init", "recovery", "supervisor", "updater", "sensor"}

    assert len(set(numbers)) == len(numbers)
    assert {kind.speaker for kind in abi_events.RECORDS} == {*speakers, "plugin"}
