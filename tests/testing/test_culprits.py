"""A report names the line of C at which a machine has stopped, or computes for ever."""

from __future__ import annotations

import pytest

from minios.testing.culprits import CRASH, LOOP
from tests.testing.projects import run

PLUGIN = '''
SOURCE = """
#include <minios/plugin.h>
static volatile uint64_t zero;
static uint64_t divide(uint64_t value, uint64_t by)
{
    %s
    return value / by;
}
static const uint32_t opens = EVENT_PIPE_OPEN;
static int start(void) { return plugin_subscribe(&opens, 1); }
static void on_event(const struct event *event)
{
    plugin_report_value("quotient", divide(event->type, zero));
}
const struct plugin plugin = {.name = "mine", .start = start, .event = on_event};
"""

@pytest.mark.budget(instructions=5_000_000)
def test_one(lab, plugin_builder):
    mine = plugin_builder.from_text(
        SOURCE, events=["PIPE_OPEN"], rights=["EVENTS", "REPORT"]
    )
    windows = lab("windows", plugins=[mine], options={"first_event_ms": "0"})
    windows.run_until(Death(), within=seconds(1))
'''


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", f"windows: {CRASH}*mine.sys, in on_event, plugin.c:7: return value / by;"),
        ("for (;;) zero = 0;", f"windows: {LOOP}*in on_event, plugin.c:6: for (;;)"),
    ],
)
def test_a_report_names_the_line_of_a_plugin(
    pytester: pytest.Pytester, line: str, words: str
) -> None:
    """Its author would otherwise have to find it in the interface."""
    done = run(pytester, PLUGIN % line)

    done.assert_outcomes(failed=1)
    title, _, place = words.partition("*")
    assert title in done.stdout.str()
    done.stdout.fnmatch_lines([f"*{place}*"])
