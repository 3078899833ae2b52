"""What follows a fault of ring 0 is the policy's: stop, end the task, end the plugin.

The fault is the same each time. What goes on afterwards is asked of the machine itself:
its shell, its service list, the driver's port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from minios.abi import policies
from minios.lab import (
    Bugcheck,
    Death,
    Happened,
    Lab,
    events,
    explain,
    gallery,
    milliseconds,
    seconds,
)
from minios.lab.crimes import Scene
from minios.lab.mistakes import WrongValueError
from minios.testing import PluginBuilder
from tests.trust import probe

GONE = "the other end is gone"
LATE = "nothing happened within the time given"
NOWHERE = "no such file, pipe, port, process or service"
COPY = 32  # offset of the pointer to the copy of a table (traps/integrity.c)
VILLAIN = "/SYSTEM/DRIVERS/VILLAIN.SYS"


@pytest.fixture(name="lab_with")
def labs_with_a_policy() -> Iterator[Callable[[str], Lab]]:
    """Makes a machine with this consequence, the villain in ring 0, at its prompt."""
    labs = []

    def make(after_fault: str) -> Lab:
        words = {"event_ms": "0", "after_fault": after_fault}
        labs.append(Lab(options=words, disk=gallery.disk(Scene.DRIVER)))
        labs[-1].boot()
        labs[-1].console("echo")
        return labs[-1]

    yield make
    for lab in labs:
        lab.close()


def state_of(lab: Lab, service: str) -> str:
    """The state in the service list."""
    (row,) = (it for it in lab.console("svc").splitlines() if it.startswith(service))
    return row.split()[3]


def test_only_linux_goes_on_after_a_fault() -> None:
    """In the others, whoever wants to see another consequence has to say so."""
    found = {it.name: it.after_fault for it in policies.POLICIES}
    assert found == {
        "windows": "stop_machine",
        "macos": "stop_machine",
        "linux": "oops",
    }


def test_the_option_can_ask_for_a_stop_too(lab_with: Callable[[str], Lab]) -> None:
    """As if nothing had been said."""
    lab = lab_with("stop_machine")
    lab.type("run commit null\r")

    stop = lab.run_until(Bugcheck(), within=seconds(1))

    assert (stop.code, stop.place) == (0x7E, f"villain.sys+{stop.offset}")


def test_only_the_thread_of_a_driver_ends(lab_with: Callable[[str], Lab]) -> None:
    """Nobody reads from its port any more, so whoever calls it waits in vain."""
    lab = lab_with("end_task")

    said = lab.console("run commit null", within=seconds(2))

    oops = lab.last(events.Oops)
    assert (oops.code, oops.name) == (0x7E, "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED")
    assert (oops.module, oops.vector, oops.ring) == ("villain.sys", 14, 0)
    assert oops.ended == "the thread of villain.sys"
    assert said.splitlines()[1:] == [
        "*** FAULT 0x0000007e SYSTEM_THREAD_EXCEPTION_NOT_HANDLED",
        "*** parameters " + " ".join(f"0x{it:016x}" for it in oops.params),
        f"*** in {oops.place}",
        "*** the kernel goes on without the thread of villain.sys",
        "*** what was broken in ring 0 stays broken, what was held stays held",
        f"commit: null: {LATE}",
        "commit (process 6) ended: exit status 10",
    ]
    assert LATE in lab.console("run commit nothing", within=seconds(2))
    assert state_of(lab, "villain.sys") == "failed"


def test_a_whole_plugin_ends(lab_with: Callable[[str], Lab]) -> None:
    """Whoever waits for its answer hears so; the others find nobody of this name."""
    lab = lab_with("end_plugin")

    said = lab.console("run commit null", within=seconds(2))

    assert lab.last(events.Oops).ended == "villain.sys"
    assert f"commit: null: {GONE}" in said
    assert f"nothing: {NOWHERE}" in lab.console("run commit nothing")
    assert f"sysdiv: {NOWHERE}" in lab.console("run commit sysdiv")
    assert state_of(lab, "villain.sys") == "failed"
    assert not lab.all(events.BugcheckEvent)


@pytest.mark.parametrize("after_fault", ["end_task", "end_plugin"])
def test_a_plugin_that_has_ended_can_be_loaded_again(
    lab_with: Callable[[str], Lab], after_fault: str
) -> None:
    """As new code at another address: the old code stays where it is."""
    lab = lab_with(after_fault)
    lab.console("run commit null", within=seconds(2))
    assert "no such driver" in lab.console("unload villain.sys")

    lab.console(f"load {VILLAIN}")

    assert "nothing stopped it" in lab.console("run commit nothing")
    assert state_of(lab, "villain.sys") == "running"
    first, second = [it for it in lab.all(events.ModuleLoaded) if "vill" in it.name]
    assert first.base < second.base
    assert lab.machine.read_virtual(first.base, 8) is not None


@pytest.mark.parametrize("after_fault", ["end_task", "end_plugin"])
def test_in_a_system_call_its_process_ends(
    lab_with: Callable[[str], Lab], after_fault: str
) -> None:
    """The driver's own thread has done nothing wrong, so the driver goes on."""
    lab = lab_with(after_fault)

    said = lab.console("run commit sysdiv")

    oops, exited = lab.last(events.Oops), lab.last(events.ProcessExited)
    assert (oops.code, oops.module) == (0x3B, "villain.sys")
    assert oops.ended == "commit (process 6)"
    assert (exited.name, exited.process_id) == ("commit", 6)
    assert "commit (process 6) ended: a fault of the kernel" in said  # to its parent
    assert not lab.all(events.DeathEvent)
    assert "nothing stopped it" in lab.console("run commit nothing")


def test_a_driver_in_whose_code_a_process_ended_is_never_taken_away(
    lab_with: Callable[[str], Lab],
) -> None:
    """It can be stopped, and nobody waits for ever for the request that never ends."""
    lab = lab_with("end_task")
    lab.console("run commit sysdiv")

    assert GONE in lab.console("unload villain.sys")
    assert lab.machine.read_virtual(lab.last(events.Oops).rip or 0, 8) is not None


SERVES_FOR_LONG = """
static long probe_control(uint64_t request, uint64_t pointer)
{
    uint64_t end = plugin_clock() + 60000000;
    while (plugin_clock() < end) {
    }
    __asm__ volatile("ud2");
    return (long)(request + pointer);
}

static void ask(void *argument)
{
    (void)argument;
    (void)call(SYSCALL_DRIVER_CONTROL, (uint64_t)"probe", 40, 2);
}

static int probe_start(void)
{
    if (plugin_ring() == 0) {
        return 0;
    }
    (void)tell("init", "ready");
    return (int)plugin_defer(ask, NULL, UINT64_C(100000000) - plugin_clock());
}

const struct plugin plugin = {
    .name = "probe", .start = probe_start, .control = probe_control};
"""


@pytest.mark.parametrize("after_fault", ["end_task", "end_plugin"])
def test_who_unloads_a_driver_does_not_wait_for_a_process_that_has_ended(
    after_fault: str,
) -> None:
    """It waits already when the process ends in the driver's code."""
    services = (probe.DRIVER.format("system"), probe.PROGRAM.format("auto", "-"))
    disk = probe.disk_with(probe.built(SERVES_FOR_LONG), *services)
    with probe.machine("windows", disk, {"after_fault": after_fault}) as lab:
        lab.boot()
        lab.run_for(milliseconds(110) - lab.machine.now)  # the request runs
        assert not lab.all(events.Oops)

        lab.type("unload probe.sys\r")
        lab.run_for(seconds(1))

        assert lab.last(events.Oops).module == "probe.sys"
        assert f"probe.sys: {GONE}" in lab.console_text


@pytest.mark.parametrize("after_fault", ["end_task", "end_plugin"])
@pytest.mark.parametrize(
    ("crime", "code"),
    [("dpcnull", 0xD1), ("isrnull", 0xD1), ("overflow", 0x7F), ("dblfree", 0xC2)],
    ids=["deferred call", "interrupt", "stack used up", "a check of the kernel"],
)
def test_where_nothing_can_be_ended_the_machine_stops(
    lab_with: Callable[[str], Lab], after_fault: str, crime: str, code: int
) -> None:
    """The thread was there by chance, or the CPU or the kernel knows no way on."""
    lab = lab_with(after_fault)
    lab.type(f"run commit {crime}\r")

    stop = lab.run_until(Bugcheck(), within=seconds(1))

    assert stop.code == code
    assert not lab.all(events.Oops)
    assert "That is a choice" not in str(explain(lab, stop))


def test_a_process_that_the_system_needs_takes_the_machine_along() -> None:
    """In a system call of a process with the right CRITICAL."""
    disk = gallery.disk(
        Scene.DRIVER,
        service="guilty program /BIN/COMMIT auto normal load_driver,critical",
    )
    words = {"event_ms": "0", "after_fault": "end_task", "crime": "sysdiv"}
    with Lab(options=words, disk=disk) as lab:
        stop = lab.run_until(Bugcheck(), within=seconds(2))

        assert (stop.code, stop.module) == (0x3B, "villain.sys")


def test_the_kernels_own_thread_cannot_be_ended(
    lab_with: Callable[[str], Lab],
) -> None:
    """Nobody would do its work."""
    lab = lab_with("end_task")
    copy = lab.machine.walk(lab.address_of("segment_table") + COPY).physical
    assert copy is not None
    lab.machine.write_physical(copy, bytes(8))  # a null pointer

    stop = lab.run_until(Bugcheck(), within=seconds(6))

    assert (stop.code, stop.module) == (0x7E, "kernel")
    assert not lab.all(events.Oops)


READS_INTO_NOWHERE = """
#include <minios/plugin.h>

static int start(void)
{
    (void)!plugin_read_file("/SYSTEM/SERVICES.INI", (void *)0xffffdead00000000UL, 64);
    return 0;
}

const struct plugin plugin = {.name = "mine", .start = start};
"""

FAULTS_AT_ONCE = """
#include <minios/plugin.h>

static int start(void)
{
    __asm__("ud2");
    return 0;
}

const struct plugin plugin = {.name = "mine", .start = start};
"""


@pytest.mark.parametrize("after_fault", ["end_task", "end_plugin"])
def test_a_thread_with_a_lock_is_not_ended(
    plugin_builder: PluginBuilder, after_fault: str
) -> None:
    """The file system's: everybody who needs the disk would wait for ever."""
    plugin = plugin_builder.from_text(READS_INTO_NOWHERE, kinds=["driver"])
    with Lab(plugins=[plugin], options={"after_fault": after_fault}) as lab:
        stop = lab.run_until(Bugcheck(), within=seconds(2))

        assert (stop.code, stop.module) == (0x50, "mine.sys")


@pytest.mark.parametrize("after_fault", ["end_task", "end_plugin"])
def test_a_driver_that_faults_in_its_start_has_not_started(
    plugin_builder: PluginBuilder, after_fault: str
) -> None:
    """Its error control decides what follows, as for any other failure to start."""
    plugin = plugin_builder.from_text(FAULTS_AT_ONCE, kinds=["driver"])
    with Lab(plugins=[plugin], options={"after_fault": after_fault}) as lab:
        lab.boot()
        failed = lab.last(events.ServiceFailed)

        assert (failed.name, failed.error) == ("mine.sys", GONE)
        assert lab.last(events.Oops).module == "mine.sys"
        assert state_of(lab, "mine.sys") == "failed"


@pytest.mark.parametrize("after_fault", ["end_task", "end_plugin"])
def test_without_its_sensor_the_machine_runs_on_unprotected(after_fault: str) -> None:
    """The sensor gets no event any more, so it cannot fault again."""
    words = {"first_event_ms": "0", "event_ms": "50", "after_fault": after_fault}
    with Lab(content="channel-291-bad", options=words) as lab:
        lab.boot()
        oops = lab.run_until(Happened(events.Oops), within=seconds(5))
        lab.run_for(seconds(2))

        assert oops.module == "sentinel.sys"
        assert len(lab.all(events.Faulted)) == len(lab.all(events.Oops)) == 1
        assert not lab.is_protected()
        assert "hello" in lab.console("echo hello")


def test_an_oops_is_explained_from_its_own_fault(
    lab_with: Callable[[str], Lab],
) -> None:
    """Who ended, which instruction it was, and that this is a choice."""
    lab = lab_with("end_plugin")
    lab.console("run commit null", within=seconds(2))

    why = explain(lab, lab.last(events.Oops))

    assert why.answer[0] == (
        "The fault was in ring 0, and the kernel goes on without villain.sys."
    )
    assert "The instruction" in [it.title for it in why.evidence]
    assert "Windows stops the machine" in str(why.evidence[-1])


@pytest.mark.parametrize("after_fault", ["end_task", "end_plugin"])
def test_nothing_says_that_the_machine_stops_where_it_goes_on(
    lab_with: Callable[[str], Lab], after_fault: str
) -> None:
    """Neither the explanations of the faults, nor the advice what to wait for."""
    lab = lab_with(after_fault)
    follows = lab.setup.after_fault
    lab.console("run commit null", within=seconds(2))

    why = explain(lab, lab.last(events.Faulted))
    assert why.answer[1].endswith(f"where this kernel {follows.does}.")
    with pytest.raises(WrongValueError, match="wait for an oops or a bugcheck"):
        lab.run_until(Death("sentinel.sys"), within=seconds(1))
