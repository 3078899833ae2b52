"""Two who load, or unload, one driver at once: one does, the other gets an error."""

from __future__ import annotations

from minios.abi.errors import BY_NAME as ERRORS
from minios.lab import events, milliseconds
from tests.trust import probe

# A driver, and twice an extension that races with its twin for it.
RACES = """
static void race(void *argument)
{
    (void)argument;
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
    """Both programs ask in the same tick; only one copy is ever in the kernel."""
    files = dict(probe.built(RACES, rights=("LOAD_DRIVER",)))
    files["/BIN/RIVAL"] = files["/SYSTEM/EXTENS/PROBE.EXT"]
    rival = "rival program /BIN/RIVAL auto normal load_driver"
    services = (probe.PROGRAM.format("auto", "load_driver"), rival)
    with probe.machine("windows", probe.disk_with(files, *services)) as lab:
        lab.boot()
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
