"""A lock that a dead task held: whoever wants it waits for ever, and is told of."""

from __future__ import annotations

from typing import Final

import pytest

from minios.lab import Lab, events, seconds
from minios.lab.booted import BootedLabs
from tests.trust import probe

READS_INTO_NOWHERE: Final = """
static long probe_control(uint64_t request, uint64_t pointer)
{
    (void)request;
    return plugin_read_file("/SYSTEM/SERVICES.INI", (void *)pointer, 64);
}

static void ask(void *argument)
{
    (void)argument;
    (void)call(SYSCALL_DRIVER_CONTROL, (uint64_t)"probe", 40, 0xffffdead00000000UL);
}

static int probe_start(void)
{
    if (plugin_ring() == 0) {
        return 0;
    }
    (void)tell("init", "ready");
    return (int)plugin_defer(ask, NULL, UINT64_C(500000000) - plugin_clock());
}

const struct plugin plugin = {
    .name = "probe", .start = probe_start, .control = probe_control};
"""


def limping(menu: bytes = b"", **options: str) -> Lab:
    """A machine on which a task has died with the lock of the file system.

    `menu`: the entries of its boot menu.
    """
    services = (probe.DRIVER.format("system"), probe.PROGRAM.format("auto", "-"))
    files = {**probe.built(READS_INTO_NOWHERE), "/SYSTEM/BOOT.CFG": menu}
    disk = probe.disk_with(files, *services)
    lab = probe.machine("linux", disk, options)
    lab.boot()
    lab.run_for(seconds(1))
    return lab


@pytest.fixture(name="lab")
def a_limping_machine(labs: BootedLabs) -> Lab:
    """With the usual watch."""
    return labs.at_start("usual", limping)


def test_the_lock_of_a_dead_task_stays_locked_and_the_shell_answers(lab: Lab) -> None:
    """Nothing unwinds the stack of the kernel, so nobody gives the lock back."""
    assert lab.last(events.OopsReport).locks == 1
    assert len(lab.all(events.Oops)) == 1

    lab.push("channel-291-good")
    lab.run_for(seconds(10))

    assert not lab.all(events.UpdateStored)
    assert "hello" in lab.console("echo hello")


def test_the_watch_tells_of_whoever_waits_after_two_minutes(lab: Lab) -> None:
    """Not before, and of each of them once, with the place where it waits."""
    lab.push("channel-291-good")
    lab.run_for(seconds(100))
    assert not lab.all(events.HungTask)

    lab.run_for(seconds(100))

    hung = lab.all(events.HungTask)
    names = [it.name for it in hung]
    assert "updater" in names
    assert len(set(names)) == len(names)
    assert {it.seconds for it in hung} == {120}
    said = lab.console_text.replace("\r", "")
    (updater,) = (it for it in hung if it.name == "updater")
    line = f"INFO: task updater:{updater.process_id} blocked for more than 120 seconds."
    assert said.count(line) == 1
    trace = said.split(line)[1].split("</TASK>")[0]
    assert "\n mutex_lock+0x" in trace
    assert "\n files_" in trace
    assert "hello" in lab.console("echo hello")


def test_the_watch_can_be_made_impatient_or_switched_off() -> None:
    """By the boot option that has the name of Linux' setting."""
    with limping(hung_task_s="10") as lab:
        lab.push("channel-291-good")
        lab.run_for(seconds(13))
        assert "updater" in [it.name for it in lab.all(events.HungTask)]
    with limping(hung_task_s="0") as lab:
        lab.push("channel-291-good")
        lab.run_for(seconds(130))  # longer than the usual patience
        assert not lab.all(events.HungTask)


def test_the_boot_menu_can_set_the_patience() -> None:
    """An entry is chosen before the watch begins."""
    with limping(b"current hung_task_s=10\n") as lab:
        lab.push("channel-291-good")
        lab.run_for(seconds(13))
        assert "updater" in [it.name for it in lab.all(events.HungTask)]
        assert {it.seconds for it in lab.all(events.HungTask)} == {10}
