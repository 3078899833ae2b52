"""Plain mode from the list of labs to what is kept of a visit.

Deep: the input ends at each question once. The usual tests have four of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from minios import plain
from minios.errors import ScenarioError
from minios.plain.menu import CHOICES
from minios.session import catalogue, recording
from minios.session.files import Files, Progress
from tests.plain.talking import BAD, MAC, TWO, WINDOWS, Talker, talk


def files_in(folder: Path, record: Path | None = None) -> Files:
    """A user whose folder this is."""
    return Files(record=record, progress=Progress(folder), visits=folder)


def visit(card: catalogue.LabCard | None, files: Files, *answers: str) -> Talker:
    """Everything from the list of labs to the end."""
    talker = Talker(*answers)
    plain.run(card, files, talker.say, talker.ask)
    return talker


def test_a_lab_is_chosen_by_its_number_and_left_for_the_list() -> None:
    """And 0 leaves the list."""
    talker = visit(None, Files(), "1", "0", "0")

    assert talker.lines.count("Labs:") == 2
    assert any(line.startswith(catalogue.LABS[0].title) for line in talker.lines)


def test_a_lab_that_was_named_is_left_at_once() -> None:
    """Whoever named it is not asked for another."""
    talker = visit(MAC, Files(), "0")

    assert "Labs:" not in talker.lines


def test_a_wrong_lab_is_asked_for_again() -> None:
    """A number that is none, a word that occurs nowhere; one that does lists fewer."""
    talker = visit(None, Files(), "99", "zzz", "ring 3 alone", "2", "1", "0", "0")

    assert (
        f"Please type a number from 1 to {len(catalogue.LABS) + 2}, or a word."
        in talker.lines
    )
    assert "No lesson, no lab and no recording matches zzz." in talker.lines
    assert "Please type a number from 1 to 1, or a word." in talker.lines
    assert "macos: third-party code stays in ring 3." in talker.lines


def test_how_far_one_came_is_told_in_the_list(tmp_path: Path) -> None:
    """Opened, and how many goals were reached."""
    files = files_in(tmp_path)
    number = str(catalogue.LABS.index(WINDOWS) + 1)
    talker = visit(
        *(None, files, number, "0", number, *BAD, ">go on for", "600", "0", "", "0"),
    )
    told = [line for line in talker.lines if line.startswith(f"{number}. Ring 0")]

    assert told[0] == f"{number}. {WINDOWS.title}, 5 minutes: {WINDOWS.will_see}"
    assert ", opened before: " in told[1]
    assert ", 1 of 6 goals reached: " in told[2]
    assert Progress(tmp_path).goals("windows") == {"recovery"}


def test_the_last_visit_is_offered_and_played_again(tmp_path: Path) -> None:
    """Also when it ended for lack of answers."""
    files = files_in(tmp_path)
    visit(MAC, files, ">go on for", "10", *BAD)
    talker = visit(None, files, "last visit", "1", ">go on for", "100", "0", "0")

    assert "1. Ring 3 alone: your last visit, played again" in talker.lines
    assert "This plays a recording with 1 input. Go on to see what happens." in (
        talker.lines
    )
    assert any("sentinel.ext (process 4) dies" in it for it in talker.lines)


def test_a_visit_in_which_nothing_was_done_is_not_kept(tmp_path: Path) -> None:
    """Looking is not doing."""
    visit(MAC, files_in(tmp_path), ">go on for", "10", "0")

    assert list(tmp_path.glob("*.jsonl")) == []


def test_what_was_done_is_saved_on_the_shelf(tmp_path: Path) -> None:
    """As often as somebody likes."""
    files = files_in(tmp_path)
    talker = visit(MAC, files, *BAD, ">save", ">save", "0")

    assert "Saved as macos-2. You find it in the list of labs." in talker.lines
    assert [it.words for it in files.shelf.recordings()] == [
        "your last visit",
        "recording 1",
        "recording 2",
    ]


def test_without_a_folder_nothing_is_saved() -> None:
    """That is said."""
    talker = talk(MAC, ">save", "0")

    assert "There is no folder to keep recordings in." in talker.lines


def test_a_recording_that_is_none_says_so_and_the_list_asks_again(
    tmp_path: Path,
) -> None:
    """Somebody has put something there."""
    (tmp_path / "macos.jsonl").write_text("nonsense\n")
    talker = visit(None, files_in(tmp_path), str(len(catalogue.LABS) + 3), "0")

    assert any(
        "macos.jsonl: the file is not a recording" in line for line in talker.lines
    )


@pytest.mark.parametrize(
    "answers",
    [
        (),
        (">push", "1"),
        (">make a content", "1", "3"),
        (">memory", "1"),
        *(
            pytest.param(it, marks=pytest.mark.deep)
            for it in (
                (">go on for",),
                (">push",),
                (">push", "1", "2"),
                (">type a line", "1"),
                (">step one", "1"),
                (">what has",),
                (">go back",),
                (">reset", "1"),
                (">make a content",),
                (">make a content", "4", "1"),
                (">pause at",),
                (">threads", "1"),
                (">press a key", "2", "5"),
            )
        ),
    ],
)
def test_the_end_of_the_input_keeps_what_was_to_be_recorded(
    answers: tuple[str, ...], tmp_path: Path
) -> None:
    """At whatever question it comes."""
    path = tmp_path / "mine.jsonl"
    visit(TWO, Files(record=path), ">go on for", "10", *BAD, *answers)

    found = recording.load(path)
    assert [len(inputs) for inputs in found.inputs] == [1, 1]


def test_each_lab_of_a_talk_is_recorded_by_itself(tmp_path: Path) -> None:
    """The second beside the first, not over it."""
    path = tmp_path / "mine.jsonl"
    visit(None, Files(record=path), "2", "0", "1", "0", "0")

    found = [recording.load(path), recording.load(tmp_path / "mine-2.jsonl")]
    assert [it.lab for it in found] == [it.name for it in catalogue.LABS[1::-1]]


def test_the_end_of_the_input_at_any_choice_ends_the_talk() -> None:
    """Nobody is asked once more."""
    for number in range(1, len(CHOICES) + 1):
        talker = visit(MAC, Files(), str(number))
        assert len(talker.prompts) <= 3


def test_a_recording_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The folder went away while one talked."""
    files = Files(record=tmp_path / "gone" / "mine.jsonl")

    with pytest.raises(ScenarioError, match="cannot be written"):
        visit(MAC, files, "0")
