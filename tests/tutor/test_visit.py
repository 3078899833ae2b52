"""A learner in a lesson: machines show that tasks are done; mistakes are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from minios.lab import content_files, seconds
from minios.lab.inputs import Push, Type
from minios.session.conductor import Conductor
from minios.session.goals.aims import Goal, GoalList, Shown
from minios.session.goals.keeper import GoalKeeper
from minios.session.worker import InlinePlayer
from minios.tutor import packs
from minios.tutor.model import Lesson
from minios.tutor.progress import Progress
from minios.tutor.visit import NO_HINT, NOT_PASSED, Said, Tone, Visit
from tests.tutor import two_lessons


@pytest.fixture
def lessons(tmp_path: Path) -> tuple[Lesson, ...]:
    """A lesson with machines, and one with files."""
    return packs.read(two_lessons.write(tmp_path / "pack"), "en").lessons


@pytest.fixture
def visit(tmp_path: Path, lessons: tuple[Lesson, ...]) -> Visit:
    """A visit of the lesson with machines."""
    return Visit(lessons[0], Progress(tmp_path), tmp_path)


Begin = Callable[[Lesson], Conductor]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Switches the machines of a lesson on."""
    begun: list[Conductor] = []

    def switched_on(lesson: Lesson) -> Conductor:
        begun.append(Conductor([InlinePlayer(it) for it in lesson.card.machines]))
        begun[-1].run_to(seconds(0.02))
        return begun[-1]

    yield switched_on
    for conductor in begun:
        conductor.close()


def pushed(conductor: Conductor, name: str) -> Conductor:
    """After a file was pushed, and what came of it."""
    conductor.send(Push(content_files.find(name)))
    conductor.run_to(conductor.now + seconds(0.25))
    return conductor


def test_a_task_is_done_when_the_machine_shows_it(visit: Visit, begin: Begin) -> None:
    """It is told once, and the next task is at hand."""
    conductor = begin(visit.lesson)
    assert visit.look(conductor) == ()

    pushed(conductor, "channel-291-bad")
    words = "Push the bad file, and wait for the blue screen"
    assert visit.look(conductor) == (Said(Tone.DONE, words, "crash"),)
    assert visit.look(conductor) == ()
    assert visit.task is visit.lesson.tasks[1]


def test_a_mistake_at_the_machines_is_named(visit: Visit, begin: Begin) -> None:
    """Until a task is done."""
    conductor = pushed(begin(visit.lesson), "channel-291-truncated")
    said = Said(
        Tone.MISTAKE,
        "The sensor refused this file. Use {push} with another one.",
        "crash",
    )

    assert visit.look(conductor) == (said,)
    assert visit.last == said
    visit.look(pushed(conductor, "channel-291-bad"))
    assert visit.last is None


def test_a_mistake_of_a_task_that_is_done_is_not_told(
    visit: Visit, begin: Begin
) -> None:
    """Somebody only tries something."""
    conductor = pushed(begin(visit.lesson), "channel-291-bad")
    assert len(visit.look(conductor)) == 1

    conductor.go_back(0)
    conductor.run_to(seconds(0.02))
    assert visit.look(pushed(conductor, "channel-291-truncated")) == ()


@pytest.mark.parametrize(
    ("typed", "is_right", "words"),
    [
        ("21", False, "It is counted from 0."),  # the mistake is written as 0x15
        ("0x15", False, "It is counted from 0."),
        ("19", False, "No, 19 is not right. Count from 0."),
        ("x", False, "Please type a number; hexadecimal ones begin with 0x."),
        ("0x14", True, "That is right."),
        (" 20 ", True, "That is right."),
    ],
)
def test_an_answer_is_judged(
    typed: str, is_right: bool, words: str, visit: Visit, begin: Begin
) -> None:
    """A known mistake in words of its own, in any form of the number."""
    element = visit.lesson.tasks[1]
    verdict = visit.answer(element, typed, begin(visit.lesson))

    assert (verdict.is_right, verdict.words) == (is_right, words)
    assert [it.tone for it in verdict.said] == [Tone.DONE] * is_right
    assert visit.has(element) is is_right


@pytest.mark.parametrize("typed", ["a", "A)", "the kernel", "The kernel."])
def test_a_mistake_in_a_choice_is_named_by_letter_or_text(
    typed: str, visit: Visit, begin: Begin
) -> None:
    """The lesson has the text only."""
    who = visit.lesson.tasks[2]
    verdict = visit.answer(who, typed, begin(visit.lesson))

    assert verdict.words == "The kernel only sets up the tables."


def test_hints_follow_one_another_and_begin_again(visit: Visit) -> None:
    """Those of a task that is named, or of the first that is left."""
    hints = [visit.hint() for _ in range(4)]

    assert hints[0] == hints[3] == "Hint 1 of 3: Use {push}."
    assert hints[2] == "Hint 3 of 3: The bad file comes first."
    assert visit.hint(visit.lesson.tasks[2]) == "Hint 1 of 2: It is hardware."


def test_the_solution_is_shown_after_the_last_task_and_from_then_on(
    tmp_path: Path, visit: Visit, begin: Begin
) -> None:
    """Also after the lesson has begun anew, and in another visit."""
    conductor = pushed(begin(visit.lesson), "channel-291-bad")
    visit.look(conductor)
    visit.answer(visit.lesson.tasks[1], "20", conductor)
    assert visit.solution() == (NOT_PASSED,)

    visit.answer(visit.lesson.tasks[2], "b", conductor)
    assert visit.is_passed
    assert visit.hint() == NO_HINT
    assert visit.solution() == ("# The solution", "", "Use {push}.")
    visit.reset()
    assert visit.task is visit.lesson.tasks[0]
    again = Visit(visit.lesson, Progress(tmp_path), tmp_path)
    assert not again.is_passed
    assert again.solution()[0] == "# The solution"


def test_what_was_done_is_done_in_the_next_visit(
    tmp_path: Path, visit: Visit, begin: Begin
) -> None:
    """The learner goes on where he has left."""
    visit.answer(visit.lesson.tasks[1], "20", begin(visit.lesson))
    again = Visit(visit.lesson, Progress(tmp_path), tmp_path)

    assert [again.has(it) for it in visit.lesson.tasks] == [False, True, False]


def test_the_end_of_a_lesson_with_files_says_what_was_learned(
    tmp_path: Path, lessons: tuple[Lesson, ...], begin: Begin
) -> None:
    """Each time that its last task is done, also after it began anew."""
    visit = Visit(lessons[1], Progress(tmp_path), tmp_path)
    visit.answer(lessons[1].tasks[1], "0", begin(lessons[1]))
    (visit.work.folder / "mine/mine.c").write_text(two_lessons.RIGHT)
    learned = Said(Tone.PASSED, "A driver is code in ring 0.")
    done = Said(Tone.DONE, "Report the number 5", "five")

    assert visit.check() == (done, learned)
    visit.reset()
    visit.answer(lessons[1].tasks[1], "0", begin(lessons[1]))
    (visit.work.folder / "mine/mine.c").write_text(two_lessons.RIGHT)
    assert visit.check() == (done, learned)


@pytest.mark.parametrize(
    ("language", "first"), [("de", "# Die Lösung"), ("en", "# The")]
)
def test_the_solution_is_in_the_language_of_the_lesson(
    language: str, first: str, tmp_path: Path
) -> None:
    """In English where it is not translated."""
    german = {"01_crash/solution/README.de.md": "# Die Lösung\n"}
    pack = packs.read(two_lessons.write(tmp_path / "pack", german), language)
    progress = Progress(tmp_path)
    progress.note(pack.lessons[0], ("crash", "element", "who"))
    solution = Visit(pack.lessons[0], progress, tmp_path).solution

    assert solution()[0].startswith(first)
    (pack.folder / "01_crash/solution/README.de.md").unlink()
    assert solution()[0] == "# The solution"


SLIPS = """
[[tasks.mistakes]]
typed = "ps"
say = "That only lists processes."

[[tasks]]
name = "element\""""


@pytest.fixture
def slipping(tmp_path: Path) -> Visit:
    """A visit of a lesson whose first task has two mistakes: a line, and a record."""
    text = two_lessons.MACHINES.replace('\n[[tasks]]\nname = "element"', SLIPS, 1)
    two_lessons.write(tmp_path / "pack", {"01_crash/lesson.toml": text})
    for path in tmp_path.glob("pack/*/*.de.*"):
        path.unlink()
    lesson = packs.read(tmp_path / "pack", "en").lessons[0]
    return Visit(lesson, Progress(None), tmp_path)


def test_a_mistake_that_is_made_again_is_told_again(
    slipping: Visit, begin: Begin
) -> None:
    """Once each time: a record, or a line that was typed."""
    conductor, visit = begin(slipping.lesson), slipping
    for name, act in (
        ("typed", Type("ps\r")),
        ("seen", Push(content_files.find("channel-291-truncated"))),
    ):
        for _ in range(2):
            conductor.send(act)
            conductor.run_to(conductor.now + seconds(0.25))
            assert len(visit.look(conductor)) == 1, name
            conductor.run_to(conductor.now + seconds(0.25))
            assert visit.look(conductor) == (), name


def test_a_mistake_before_a_moment_is_not_told_when_one_goes_back_to_it(
    slipping: Visit, begin: Begin
) -> None:
    """But the same mistake after that moment is."""
    conductor, visit = begin(slipping.lesson), slipping
    push = Push(content_files.find("channel-291-truncated"))
    conductor.send(push)
    conductor.run_to(conductor.now + seconds(0.25))
    told = visit.look(conductor)
    moment = conductor.now
    conductor.run_to(conductor.now + seconds(0.25))
    conductor.go_back(moment)
    assert visit.look(conductor) == ()

    conductor.send(push)
    conductor.run_to(conductor.now + seconds(0.25))
    assert visit.look(conductor) == told
    conductor.go_back(seconds(0.02))
    assert visit.look(conductor) == ()
    conductor.send(push)
    conductor.run_to(conductor.now + seconds(0.25))
    assert visit.look(conductor) == told


def test_a_state_that_is_a_mistake_is_told_when_it_begins(
    lessons: tuple[Lesson, ...], begin: Begin
) -> None:
    """Not while it lasts; but again after it has ended, or if it holds more often."""
    times = [1, 1, 0, 1, 2]
    conductor, at = begin(lessons[0]), iter(times)
    slip = Goal("slip", "No.", "", Shown(lambda _: next(at)))
    keeper = GoalKeeper(GoalList((slip,)), ["windows"], again=True)
    told = []
    for _ in times:
        conductor.run_to(conductor.now + seconds(0.1))
        told.append(bool(keeper.look(conductor)))

    assert told == [True, False, False, True, True]


def test_a_mistake_of_another_task_says_which_task(
    slipping: Visit, begin: Begin
) -> None:
    """An interface shows only the words; the task at hand needs no number."""
    conductor, tasks = begin(slipping.lesson), slipping.lesson.tasks
    conductor.send(Type("ps\r"))
    conductor.run_to(conductor.now + seconds(0.25))
    assert slipping.look(conductor)[0].words == "That only lists processes."

    verdict = slipping.answer(tasks[1], "21", conductor)
    assert verdict.words == "It is counted from 0."
    assert slipping.last is not None
    assert slipping.last.words == "About task 2: It is counted from 0."
