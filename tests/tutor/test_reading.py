"""A lesson is read, or refused with the line of the mistake and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.errors import MiniosError
from minios.tutor import packs, reading
from tests.tutor import two_lessons
from tests.tutor.two_lessons import FILES, MACHINES

MISTAKES = {
    "a key that is none": (
        MACHINES.replace("minutes", "minute"),
        ":3:1: there is no key 'minute' here. Did you mean minutes?",
    ),
    "no TOML": (MACHINES.replace("minutes = 5", "minutes = "), ":3:11: "),
    "a machine that is none": (
        MACHINES.replace("[machines.windows]", "[machines.windoze]"),
        ":6:1: ",
    ),
    "a task without an aim": (
        MACHINES.replace('see = [{ event = "bugcheck", ring = 0 }]\n', ""),
        ":9:1: the aim is missing",
    ),
    "an event that is none": (
        MACHINES.replace('"update_refused"', '"update_refuse"'),
        ":16:10: there is no event 'update_refuse'. Did you mean update_refused?",
    ),
    "a question without an answer": (
        MACHINES.replace("answer = { equals = 20 }\n", ""),
        ":19:1: the aim is missing",
    ),
    "an answer without a question": (
        MACHINES.replace('question = "Who checks it?"\n', ""),
        ":30:1: a task has a question if it has an answer, and only then",
    ),
    "a right answer that is no option": (
        MACHINES.replace('equals = "The CPU."', 'equals = "The cpu"'),
        ":34:1: equals is none of the options. Copy one of them",
    ),
    "two right answers": (
        MACHINES.replace("equals = 20", 'equals = 20, read = "address of the fault"'),
        ":23:1: what is right is said by exactly one of: ",
    ),
    "two tasks of one name": (
        MACHINES.replace('"who"', '"crash"'),
        ":31:1: there are two tasks 'crash'. Give each task a name of its own",
    ),
    "an act that nobody knows": (
        MACHINES.replace("{push}.", "{shove}.", 1),
        ":13: there is no act {shove}. There are: push, why, ",
    ),
    "a scenario that is not there": (
        FILES.replace("checks/five", "checks/six"),
        ":11:1: checks/six.scenario.toml: there is no such file",
    ),
    "a scenario outside of the lesson": (
        FILES.replace("checks/five", "../../five"),
        ":11:1: ../../five.scenario.toml: the path leaves the folder",
    ),
    "no hints": (
        FILES.replace('hints = ["Look at mine.c.", "Write 5."]\n', ""),
        ":8:1: the key 'hints' is missing",
    ),
}


@pytest.mark.parametrize(("text", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_to_write(
    text: str, words: str, tmp_path: Path
) -> None:
    """An author finds it without knowing the code of minios."""
    name = "02_plugin" if text.startswith(FILES[:20]) else "01_crash"
    two_lessons.write(tmp_path, {f"{name}/lesson.toml": text})

    with pytest.raises(MiniosError) as refused:
        reading.read(tmp_path / name)
    assert f"{name}/lesson.toml{words}" in str(refused.value)


def test_a_text_with_a_terminal_code_is_refused(tmp_path: Path) -> None:
    """With its line: a terminal would obey it."""
    two_lessons.write(tmp_path, {"01_crash/README.md": "# One\n\nTwo \x1b[2J\n"})

    with pytest.raises(MiniosError, match=r"README.md:3: the character U\+001B"):
        reading.read(tmp_path / "01_crash")


def test_the_lessons_of_a_pack_follow_in_the_order_of_their_names(
    tmp_path: Path,
) -> None:
    """Their tasks in the order of the file."""
    first, second = packs.read(two_lessons.write(tmp_path), "en").lessons

    assert (first.key, second.key) == ("two/01_crash", "two/02_plugin")
    assert [it.name for it in first.tasks] == ["crash", "element", "who"]
    assert first.tasks[2].options == ("The kernel.", "The CPU.")
    assert second.tasks[0].work == tmp_path / "02_plugin/checks/five.scenario.toml"


@pytest.mark.parametrize("name", ["pack.toml", "01_crash/lesson.toml"])
def test_what_is_no_toml_is_told_in_the_words_of_its_file(
    name: str, tmp_path: Path
) -> None:
    """Neither file has the steps of a scenario."""
    folder = two_lessons.write(tmp_path, {name: "title = Unquoted\n"})
    with pytest.raises(MiniosError) as refused:
        _ = packs.read(folder, "en").lessons

    assert "this is not TOML" in refused.value.what
    assert "brackets" in refused.value.advice
