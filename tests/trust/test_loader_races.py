"""Two who load, or unload, one driver at once: one does, the other gets an error."""

from __future__ import annotations

from minios.abi.errors import BY_NAME as ERRORS
from minios.lab import events, milliseconds
from tests.trust import probe

# Twice an extension that races with its twin for a driver. Both are woken by one tick.
# Whoever comes first lets most of its time slice (two ticks of 10 ms) go by. So the
# slice ends while the driver is being loaded, and the other gets the CPU.
RACES = """
static void race(void *argument)
{
    (void)argument;
    if (plugin_clock() < 130000000) {
        unsigned instructions = 1970000;  // of 10 ns
        __asm__ volatile("1: loop 1b" : "+c"(instructions));
    }
    static const char path[] = "/SYSTEM/DRIVERS/VILLAIN.SYS";
    plugin_log("load %ld", call(SYSCALL_DRIVER_LOAD, (uint64_t)path, 0, 0));
    static const char name[] = "villain.sys";
    plugin_log("unload %ld", call(SYSCALL_DRIVER_UNLOAD, (uint64_t)name, 0, 0));
}

static int probe_start(void)
{
    (void)tell("init", "ready");
    return (int)plugin_defer(race, NULL, UINT64_C(100000000) - plugin_clock());
}

const struct plugin plugin = {.name = "", .start = probe_start};
"""


def test_a_race_for_a_driver_is_won_by_one() -> None:
    """One is interrupted in the middle; only one copy is ever in the kernel."""
    files = dict(probe.built(RACES, rights=("LOAD_DRIVER",)))
    files["/BIN/RIVAL"] = files["/SYSTEM/EXTENS/PROBE.EXT"]
    rival = "rival program /BIN/RIVAL auto normal load_driver"
    services = (probe.PROGRAM.format("auto", "load_driver"), rival)
    with probe.machine("windows", probe.disk_with(files, *services)) as lab:
        lab.boot()
        for _ in range(2):
            lab.run_to("driver_load", within=milliseconds(200))
        assert "villain.sys" not in lab.console_text  # the first has not done it yet
        lab.run_for(milliseconds(400))
        lines = lab.console_text.replace("\r", "").splitlines()
        said = [it.partition(": ")[2] for it in lines if ".ext: " in it]
        loaded = [it for it in lab.events if isinstance(it, events.ModuleLoaded)]

        assert sorted(it for it in said if it.startswith("load ")) == [
            f"load {-ERRORS['EXISTS']}",
            "load 0",
        ]
        assert sorted(it for it in said if it.startswith("unload ")) == [
            f"unload {-ERRORS['NOT_FOUND']}",
            "unload 0",
        ]
        assert [it.name for it in loaded].count("villain.sys") == 1


DRIVER = "/SYSTEM/DRIVERS/PROBE.SYS"

# A driver that serves a request for 300 ms, and a program that makes one.
SERVES = """
static long probe_control(uint64_t request, uint64_t pointer)
{
    uint64_t end = plugin_clock() + 300000000;
    while (plugin_clock() < end) {
    }
    return (long)(request + pointer);
}

static void ask(void *argument)
{
    (void)argument;
    static const char name[] = "probe";
    plugin_log("control %ld", call(SYSCALL_DRIVER_CONTROL, (uint64_t)name, 40, 2));
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
    .name = "NAME", .start = probe_start, .control = probe_control};
"""


def test_a_driver_is_not_unloaded_below_a_request() -> None:
    """Its code runs on the thread of the program that asks, too."""
    services = (probe.DRIVER.format("system"), probe.PROGRAM.format("auto", "-"))
    # The program has no name, because only the driver is to be found by it.
    files = {
        **probe.built(SERVES.replace("NAME", "")),
        DRIVER: probe.built(SERVES.replace("NAME", "probe"))[DRIVER],
    }
    disk = probe.disk_with(files, *services)
    with probe.machine("windows", disk) as lab:
        lab.boot()
        lab.run_for(milliseconds(110) - lab.machine.now)
        answer = lab.console("unload probe.sys")

        assert "control 42" in lab.console_text
        assert "probe.sys: unloaded" in answer
        assert not [it for it in lab.events if isinstance(it, events.BugcheckEvent)]
