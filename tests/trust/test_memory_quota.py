"""One process cannot take all memory; and where there is none, that is what is said."""

from __future__ import annotations

from minios.abi import memory_map
from minios.abi.enumerations import CONTENT_STATUS
from minios.lab import Console, Happened, events, seconds
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
# Maps and unmaps again and again; then keeps one page of every 2 MiB, and each of these
# needs a page table of its own. What is mapped at once leaves little of the quota, so a
# table that stays is soon one too many.
TABLE = 512  # pages that one page table maps: 2 MiB
MOST = 448
ROUNDS = 100
SPREAD = f"""
static long map(uint64_t pages)
{{
    return call(SYSCALL_MMAP, pages * PAGE_SIZE, MEMORY_READ | MEMORY_WRITE, 0);
}}

static long unmap(long at, uint64_t pages)
{{
    return call(SYSCALL_MUNMAP, (uint64_t)at, pages * PAGE_SIZE, 0);
}}

static int probe_start(void)
{{
    (void)tell("init", "ready");
    int rounds = 0;
    long at = 0, kept = 0;
    while (rounds < {ROUNDS} && (at = map({MOST})) > 0 && unmap(at, {MOST}) == 0) {{
        rounds++;
    }}
    while ((at = map({MOST})) > 0) {{
        (void)unmap(at, {MOST} - 1);
        kept++;
        at = map({TABLE - MOST});
        (void)(at > 0 && unmap(at, {TABLE - MOST}));
    }}
    plugin_log("kept %ld after %d rounds", kept, rounds);
    return 0;
}}

const struct plugin plugin = {{.name = "probe", .start = probe_start}};
"""


def test_a_process_that_takes_all_it_gets_leaves_the_rest() -> None:
    """It has a quota; another's update still finds memory."""
    disk = probe.disk_with(probe.upstairs(GREEDY), probe.PROGRAM.format("auto", "-"))
    with probe.machine("macos", disk) as lab:
        lab.boot()
        lab.push("channel-291-good")
        lab.run_until(Happened(events.ContentLoaded), within=seconds(2))
        (said,) = probe.said(lab)
        pages, _, status = said.partition(" pages, then ")

        assert int(status) == -6
        limit = memory_map.PROCESS_PAGES_LIMIT
        assert limit * 3 // 4 < int(pages) < limit


def test_page_tables_come_back_and_count_for_the_quota() -> None:
    """A process that maps nothing has no tables; what it maps needs some."""
    disk = probe.disk_with(probe.upstairs(SPREAD), probe.PROGRAM.format("auto", "-"))
    with probe.machine("macos", disk) as lab:
        lab.boot()
        lab.run_until(Console(" rounds"), within=seconds(10))
        (said,) = probe.said(lab)
        kept, rounds = (int(it) for it in said.split() if it.isdigit())

        room = memory_map.PROCESS_PAGES_LIMIT - MOST
        assert rounds == ROUNDS
        assert rounds * MOST // TABLE > room  # tables, were none of them given back
        assert room // 4 < kept <= room // 2  # a page, and the table for it


def test_no_memory_is_said_as_no_memory() -> None:
    """Not that the file is too large: it is as large as any other."""
    disk = probe.disk_with(
        probe.upstairs(GREEDY_CROWD, rights=("SPAWN",)),
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
