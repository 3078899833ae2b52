"""The goals of a lab in plain mode: told when reached, asked for, answered."""

from __future__ import annotations

from pathlib import Path

from minios.session import catalogue
from minios.session.files import Files, Progress
from tests.plain.talking import BAD, TWO, talk

FAULTS = (">go on for", "300", *BAD, ">go on for", "300")


def test_a_goal_is_told_when_the_machines_show_it() -> None:
    """The first one before anything else; after the faults how many are reached."""
    talker = talk(TWO, *FAULTS, ">why", "0")
    lines = talker.lines

    first, why = TWO.goal_list.goals[:2]
    assert f"A goal to try: {first.words}." in lines
    assert lines.index(f"Goal reached: {first.words}.") < lines.index(
        "1 of 6 goals are reached."
    )
    assert talker.after(f"Goal reached: {why.words}.")[0] == (
        "2 of 6 goals are reached."
    )


def test_a_question_is_answered(tmp_path: Path) -> None:
    """Too early, with a hint, in another form, wrong, right; it is kept."""
    files = Files(progress=Progress(tmp_path))
    answers = ("?", "ring 0", "3 3", "0, 3")
    talker = talk(
        *(TWO, ">goals", "3", "0 3", "", *FAULTS, ">goals", "3", *answers, "0"),
        files=files,
    )

    early = "This cannot be answered yet. First push the suggested file, and wait for"
    assert f"{early} the fault." in talker.lines
    assert f"Hint: {TWO.goal_list.goals[2].hint}" in talker.lines
    assert (
        "Please type a whole number for each machine: windows, then macos."
        in talker.lines
    )
    assert any(it.startswith("In windows, it is not 3.") for it in talker.lines)
    assert talker.after("That is right.")[0] == "2 of 6 goals are reached."
    assert Progress(tmp_path).goals("two-worlds") == {"fault", "rings"}


def test_the_last_goal_tells_what_was_learned_and_what_comes_next() -> None:
    """All other goals were reached in an earlier visit."""
    progress = Progress(None)
    names = [goal.name for goal in TWO.goal_list.goals if goal.name != "fault"]
    progress.note(TWO.name, names)
    talker = talk(TWO, *FAULTS, ">goals", "6", "0", files=Files(progress=progress))

    assert f"You have reached all goals. {TWO.goal_list.learned}" in talker.lines
    assert f"The next lab is: {catalogue.LABS[1].title}." in talker.lines
    assert f"Hint: {TWO.goal_list.goals[5].hint}" in talker.lines


def test_a_slow_pass_to_its_end_is_a_goal() -> None:
    """The steps are told without a break, the goal after them."""
    talker = talk(TWO, ">go on for", "10", ">slow pass", "2", "0")

    assert f"Goal reached: {TWO.goal_list.goals[3].words}." in talker.lines
