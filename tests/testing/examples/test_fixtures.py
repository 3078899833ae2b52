"""Examples of fixtures and marks."""

# [imports]
import pytest

from minios.lab import Bugcheck, Death, Happened, Lab, events, seconds
from minios.testing import ContentMaker, Labs, Pair, PluginBuilder

# [/imports]


# [worlds]
def test_ring_3_costs_one_process(macos: Lab) -> None:
    """The kernel ends the process of the sensor, and goes on."""
    macos.push("channel-291-bad")
    death = macos.run_until(Death("sentinel"), within=seconds(5))
    assert death.ring == 3
    assert "alive" in macos.console("echo alive")


def test_both_worlds_get_the_same_file(pair: Pair) -> None:
    """One instruction, two rings, two ends."""
    pair.push("channel-291-bad")
    crash = pair.run_until(Bugcheck() | Death(), within=seconds(5))
    assert (crash.windows.ring, crash.macos.ring) == (0, 3)
    assert crash.windows.instruction == crash.macos.instruction


# [/worlds]


# [lab]
def test_a_lab_is_made_as_you_want_it(lab: Labs) -> None:
    """Every word has a usual value."""
    macos = lab(
        "macos",
        content="channel-291-latent",  # the content file on the fresh disk
        seed=2,  # the rhythm of the programs that use pipes
        options={"first_event_ms": "50"},  # words for the kernel's command line
        plugins=["counter"],  # a shipped plugin; or "./mine", the folder of yours
        services={"sentinel": "disabled"},  # the shipped sensor does not start
    )
    told = macos.run_until(Happened(events.ValueReported), within=seconds(5))
    assert (told.plugin, told.value, told.ring) == ("counter", 1, 3)


def test_a_start_can_be_watched(lab: Labs) -> None:
    """Otherwise a lab has booted when you get it."""
    windows = lab("windows", cold=True)  # before its first instruction
    assert windows.boot().boot == 1


# [/lab]


# [content]
def test_a_file_made_for_one_test_harms_nobody(
    windows: Lab, content: ContentMaker
) -> None:
    """One rule, for pipes whose names begin with a."""
    rule = {"template": "ipc", "detection": 0x1001, "match": {"pipe_name": "a*"}}
    windows.push(content({"channel": 291, "version": 7, "instance": [rule]}))
    loaded = windows.run_until(
        Happened(events.ContentLoaded, version=7), within=seconds(5)
    )
    assert (loaded.instances, loaded.ring) == (1, 0)


# [/content]


# [plugin]
DIVIDES_BY_ZERO = """
#include <minios/plugin.h>

static volatile uint64_t zero;

static const uint32_t opens = EVENT_PIPE_OPEN;
static int start(void) { return plugin_subscribe(&opens, 1); }

static void on_event(const struct event *event)
{
    plugin_report_value("quotient", event->type / zero);
}

const struct plugin plugin = {.name = "mine", .start = start, .event = on_event};
"""


def test_a_driver_that_divides_by_zero_stops_the_machine(
    lab: Labs, plugin_builder: PluginBuilder
) -> None:
    """Ring 0 has nobody who could end it alone."""
    mine = plugin_builder.from_text(
        DIVIDES_BY_ZERO, events=["PIPE_OPEN"], rights=["EVENTS", "REPORT"]
    )
    stop = lab("windows", plugins=[mine]).run_until(Bugcheck(), within=seconds(5))
    assert (stop.vector, stop.module) == (0, "mine.sys")


# [/plugin]


# [marks]
@pytest.mark.points(2)
@pytest.mark.hidden
@pytest.mark.budget(instructions=20_000_000, virtual=seconds(60))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_seed_ends_in_a_crash(lab: Labs, seed: int) -> None:
    """The fault does not depend on luck."""
    windows = lab("windows", seed=seed)
    windows.push("channel-291-bad")
    windows.run_until(Bugcheck(), within=seconds(5))


# [/marks]
