"""One process cannot take all memory; and where there is none, that is what is said."""

from __future__ import annotations

from minios.abi import memory_map
from minios.abi.enumerations import CONTENT_STATUS
from minios.lab import Happened, events, seconds
from tests.trust import probe

GREEDY = """
static int probe_start(void)
{
    (void)tell("init", "ready");
    long pages = 0, status;
    while ((status = call(SYSCALL_MEMORY_MAP, PAGE_SIZE, 0, 0)) > 0) {
        pages++;
    }
    plugin_log("%ld pages, then %ld", pages, status);
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
# Nine processes that each take what they may, again and again: more than there is.
GREEDY_CROWD = """
static void take(void *argument)
{
    while (call(SYSCALL_MEMORY_MAP, PAGE_SIZE, 0, 0) > 0) {
    }
    (void)!plugin_defer(take, argument, 50000000);
}

static int probe_start(void)
{
    static const struct spawn request = {.path = "/SYSTEM/EXTENS/PROBE.EXT"};
    (void)tell("init", "ready");
    for (int i = 0; i < 8; i++) {
        (void)call(SYSCALL_SPAWN, (uint64_t)&request, 0, 0);
    }
    take(NULL);
    return 0;
}

const struct plugin plugin = {.name = "", .start = probe_start};
"""


def test_a_process_that_takes_all_it_gets_leaves_the_rest() -> None:
    """It has a quota; another's update still finds memory."""
    disk = probe.disk_with(probe.built(GREEDY), probe.PROGRAM.format("auto", "-"))
    with probe.machine("macos", disk) as lab:
        lab.boot()
        lab.push("channel-291-good")
        lab.run_until(Happened(events.ContentLoaded), within=seconds(2))
        (said,) = probe.said(lab)
        pages, _, status = said.partition(" pages, then ")

        assert int(status) == -6
        limit = memory_map.PROCESS_PAGES_LIMIT
        assert limit * 3 // 4 < int(pages) < limit


def test_no_memory_is_said_as_no_memory() -> None:
    """Not that the file is too large: it is as large as any other."""
    disk = probe.disk_with(
        probe.built(GREEDY_CROWD, rights=("SPAWN",)),
        probe.PROGRAM.format("auto", "spawn"),
    )
    with probe.machine("macos", disk) as lab:
        lab.boot()
        lab.run_for(seconds(1))
        lab.push("channel-291-good")
        end = lab.run_until(
            Happened(events.UpdateRefused, events.UpdateFailed, events.UpdateStored),
            within=seconds(10),
        )

        assert isinstance(end, events.UpdateRefused)
        assert end.reason == "no_memory"
        assert "no memory" in lab.console_text


def test_every_verdict_has_a_name() -> None:
    """The new one, too."""
    assert CONTENT_STATUS.name(12) == "no_memory"
