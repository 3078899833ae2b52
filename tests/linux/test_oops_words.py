"""What a person is told of an oops and of a panic, in the words of Linux."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from minios.abi.disk_layout import DUMP_SECTOR, SECTOR_SIZE
from minios.abi.enumerations import TAINT, taint_letters
from minios.commands.comparison import table
from minios.commands.narration import Style
from minios.dump import parts
from minios.dump.post_mortem import examine
from minios.dump.records import record, to_json
from minios.dump.report import explanation, headline
from minios.lab import Happened, Lab, events, explain, gallery, seconds
from minios.lab.crimes import Scene
from minios.lab.explain import describe
from minios.lab.linux_words import taint_lines, why_panic
from minios.lab.story import Plan, tell


@pytest.fixture(name="lab", scope="module")
def a_machine_after_an_oops_and_a_panic() -> Iterator[Lab]:
    """A system call has oopsed, then a deferred call has stopped the machine."""
    disk = gallery.disk(Scene.DRIVER)
    with Lab("linux", options={"event_ms": "0"}, disk=disk) as lab:
        lab.boot()
        lab.console("run commit sysdiv")
        lab.type("run commit dpcnull\r")
        lab.run_until(Happened(events.DumpWritten), within=seconds(2))
        lab.run_for(seconds(1))
        yield lab


def test_an_oops_is_explained_with_its_number_its_task_and_what_stays_held(
    lab: Lab,
) -> None:
    """That is what the next reader of the machine has to know."""
    why = str(explain(lab, lab.last(events.Oops)))

    assert "It was oops #1 of this start, in crime_divide+" in why
    assert "while the task commit was running" in why
    assert "it cannot be unloaded any more" in why
    assert "D: the kernel has died before: an oops" in why


def test_a_panic_is_explained_by_why_no_task_could_be_ended(lab: Lab) -> None:
    """The answer is not that of Windows, and there was no blue screen."""
    why = explain(lab, lab.last(events.BugcheckEvent))

    assert why.answer[1].startswith("An interrupt belongs to no task")
    said = str(why)
    assert "kernel panic, Fatal exception in interrupt" in said
    assert "The machine stands still now (panic=0)" in said
    assert "blue screen" not in said
    assert "Windows would have stopped with 0xd1" in said


def test_a_panic_has_the_words_of_linux_in_every_list(lab: Lab) -> None:
    """One line of a list, without a stop code."""
    line = describe(lab.last(events.BugcheckEvent))

    assert line == (
        f"kernel panic in {lab.last(events.BugcheckEvent).place}: "
        "Fatal exception in interrupt"
    )


def test_a_dump_says_why_it_was_a_panic_and_what_the_kernel_had_been_through(
    lab: Lab,
) -> None:
    """Whoever has only the disk can read it, too."""
    disk = lab.disk_image()
    finding = examine(parts.parse(disk[DUMP_SECTOR * SECTOR_SIZE :]))

    assert headline(finding).startswith("Kernel panic: Fatal exception in interrupt")
    said = str(explanation(finding))
    assert "It was oops #2 of this start." in said
    assert "D: the kernel has died before: an oops" in said
    assert "G: all modules are free software" in said  # each letter is explained
    assert "STOP" not in said


def test_a_program_can_read_of_a_dump_what_a_person_reads(lab: Lab) -> None:
    """`minios inspect --json` has the reason, the number of the oops and the taint."""
    disk = lab.disk_image()
    finding = examine(parts.parse(disk[DUMP_SECTOR * SECTOR_SIZE :]))
    stop = json.loads(to_json(record("disk", finding)))["stop"]

    assert stop["panic"] == "Fatal exception in interrupt"
    assert (stop["oops"], stop["taint_letters"]) == (2, "G D O")
    assert int(stop["taint"], 16) == TAINT["DIE"] | TAINT["OUT_OF_TREE"]


def test_the_demo_tells_a_loop_of_panics_as_one() -> None:
    """With panic_on_oops=1 panic=1; without the latter it stands still."""
    usual = {"panic_on_oops": "1", "first_event_ms": "100"}
    loop = tell("linux", Plan("channel-291-bad", options={**usual, "panic": "1"}))
    still = tell("linux", Plan("channel-291-bad", options=usual))

    told = " ".join(table([loop], Style(colour=False, plain=True)).split())
    assert "stopped the machine: kernel panic, Fatal exception" in told
    assert "3 panics in" in told
    told = " ".join(table([still], Style(colour=False, plain=True)).split())
    assert "the machine stands still until somebody resets it" in told


def test_a_taint_word_is_shown_by_the_letters_of_linux() -> None:
    """G stands where no module is proprietary, and nothing for an untainted kernel."""
    assert taint_letters(0) == ""
    assert taint_letters(TAINT["DIE"] | TAINT["OUT_OF_TREE"]) == "G D O"
    assert taint_letters(TAINT["PROPRIETARY_MODULE"]) == "P"
    assert taint_lines(0) == ()
    assert len(taint_lines(TAINT["DIE"] | TAINT["OUT_OF_TREE"])) == 4


def test_words_that_no_kernel_of_ours_says_are_not_explained() -> None:
    """A hostile driver may say anything."""
    assert why_panic("all is well", 0) == ""
    assert why_panic("", 0x7F) == ""
