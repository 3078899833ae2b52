"""A command has its answer, whoever else writes to the console meanwhile."""

from __future__ import annotations

import pytest

from minios.lab import ConditionNotMetError, Lab, milliseconds, seconds
from minios.lab.prompts import Prompts
from tests.trust import probe

TALKS = """
static void talk(void *argument)
{
    (void)argument;
    plugin_log("still here");
    (void)!plugin_defer(talk, NULL, 15000000);
}

static int probe_start(void)
{
    return (int)plugin_defer(talk, NULL, 15000000);
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
OTHERS = "probe.sys: still here\n"


def test_a_driver_that_talks_all_the_time_hides_no_answer() -> None:
    """Twenty times: a line comes every 15 ms, and the lab looks every 20 ms."""
    disk = probe.disk_with(probe.built(TALKS), probe.DRIVER.format("system"))
    with probe.machine("windows", disk) as lab:
        lab.boot()
        for number in range(20):
            lab.run_for(milliseconds(number))
            answer = lab.console("model").replace(OTHERS, "")

            assert answer == "windows\n"
        assert lab.console_text.count("still here") > 20


def test_a_service_that_ends_hides_no_answer() -> None:
    """Init says so behind the prompt."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        workload = next(
            line.split()[0]
            for line in lab.console("ps").splitlines()
            if " workload " in line
        )
        lab.console(f"kill {workload}")

        assert lab.console("model") == "macos\n"


def test_what_is_typed_before_the_first_prompt_is_answered_too() -> None:
    """The prompt that was still to come is not taken for the answer's."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        assert "minios> " not in lab.console_text
        lab.type("echo one\r")

        assert lab.console("echo two") == "two\n"


def test_an_answer_that_looks_like_a_prompt_is_no_prompt() -> None:
    """What comes last counts."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()

        assert lab.console("echo minios> ") == "minios>\n"
        assert lab.console("model") == "macos\n"


def test_a_reset_owes_a_prompt_of_its_own() -> None:
    """Those of the boot before are not waited with."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        lab.reset()
        with pytest.raises(ConditionNotMetError):
            lab.wait_for_prompt(within=1000)
        lab.wait_for_prompt(within=seconds(5))

        assert lab.console("model") == "macos\n"


def test_a_machine_that_is_off_is_not_waited_for() -> None:
    """Its time stands still."""
    with Lab(model="macos", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        with pytest.raises(ConditionNotMetError):
            lab.console("off")


@pytest.mark.parametrize(
    "said",
    [
        "help\r\nlist\r\nminios> ",
        "he" + OTHERS + "lp\r\nlist\r\nminios> ",
        "help" + OTHERS + "\r\nlist\r\nminios> " + OTHERS,
        OTHERS + "h" + OTHERS + "el" + OTHERS + "p\r\nlist\r\nminios> " + OTHERS * 2,
    ],
)
def test_the_echo_is_no_part_of_the_answer(said: str) -> None:
    """Wherever others have spoken through it."""
    console = bytearray(b"init: ready\r\nminios> ")
    prompts = Prompts()
    prompts.expect(console, "help\r")
    console += said.encode()

    assert prompts.have_come(console)
    assert prompts.answer(console, "help") == "list\n"
