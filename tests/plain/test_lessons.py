"""Lessons in plain mode: the text in parts, tasks, answers, feedback, letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios import paths, plain
from minios.plain import lessons
from minios.plain.lessons import PlainLesson
from minios.session.files import Files
from minios.tutor.actions import ACTIONS
from minios.tutor.learner import Learner
from tests.plain.talking import Talker, number_of
from tests.tutor import two_lessons

CRASH = (">go on for", "20", ">push", "1", "1", ">go on for", "300")
"""The bad file is pushed, and the machine stops."""
ANSWERS = ("a", "1", "20", "a", "b")


@pytest.fixture
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learner:
    """Somebody with two lessons."""
    monkeypatch.setattr(paths, "LESSONS", two_lessons.write(tmp_path / "pack"))
    return Learner(tmp_path)


def take(learner: Learner, name: str, *answers: str) -> Talker:
    """A lesson to the end of the answers. Its text is skipped."""
    skips = ("0",) if name == "1" else ()  # the second lesson's text has one part
    talker = Talker(*skips, *answers)
    lesson = learner.find(name)
    plain.run(lesson, Files(), talker.say, talker.ask, learner)
    return talker


def test_the_text_is_told_a_part_at_a_time(learner: Learner) -> None:
    """A heading as such; an act is a choice of this menu."""
    talker = Talker("", "0")
    plain.run(learner.find("1"), Files(), talker.say, talker.ask, learner)
    at = talker.lines.index("Section: The second part")

    assert talker.lines[at - 1] == "1 more part. (Enter for more, 0 to stop) "
    assert f"Use choice {number_of('push')}." in talker.lines[:at]
    console = number_of("type a line")
    assert talker.lines[at + 2] == f"Type `ps` with choice {console}."


def test_a_part_can_be_heard_again_or_chosen(learner: Learner) -> None:
    """What is no part is answered with what can be typed."""
    talker = Talker("repeat", "x", "2", "t", "back", "0", "0")
    plain.run(learner.find("1"), Files(), talker.say, talker.ask, learner)

    assert sum(it.startswith("1 more part. ") for it in talker.lines) == 5
    assert talker.lines.count("Section: The second part") == 1
    assert any("or the number of a part, 1 to 2." in it for it in talker.lines)


def test_whoever_comes_back_need_not_hear_the_text(learner: Learner) -> None:
    """The tasks are told all the same."""
    for _ in range(2):
        talker = Talker("0", "0")
        plain.run(learner.find("1"), Files(), talker.say, talker.ask, learner)

    assert talker.prompts[0].startswith("You have opened this lesson before.")
    assert not any(it.startswith("Section: ") for it in talker.lines)
    assert any(it.startswith("Your task: ") for it in talker.lines)


def test_a_fact_of_the_text_is_told_with_its_source(
    learner: Learner, tmp_path: Path
) -> None:
    """By its number; another word is looked up in the glossary, as in a lab."""
    (tmp_path / "pack/FACTS.md").write_text("| F3 | It rains. | A report | primary |\n")
    (tmp_path / "pack/02_plugin/README.md").write_text("# A plugin\n\nIt rains. [F3]\n")
    talker = take(learner, "2", "? f3", "? IRQL", "0")

    assert "It rains. (F3)" in talker.lines
    assert talker.after("Choice? ? f3")[:3] == [
        "It rains.",
        "Source: A report",
        "How sure: primary",
    ]
    assert any("IRQL" in it for it in talker.after("Choice? ? IRQL"))


def test_every_act_of_a_lesson_has_words(learner: Learner) -> None:
    """Those of the menu, so that they cannot go stale."""
    talker = Talker()
    lesson = PlainLesson(learner.find("2"), learner, talker.say, talker.ask, Files())
    told = lessons.words(lesson.choices)
    lesson.close()

    assert sorted(told) == sorted(ACTIONS)
    assert told["push"] == f"choice {number_of('push')}"
    assert told["pause_at"] == f"choice {number_of('pause at')}"
    assert told["hint"] == "letter h"


def test_a_task_is_told_when_the_machine_shows_it(learner: Learner) -> None:
    """How many are done, and which comes next."""
    talker = take(learner, "1", *CRASH, "0")
    ask = "Push the bad file, and wait for the blue screen."

    assert f"Your task: {ask}" in talker.lines
    assert talker.after(f"Task done: {ask}")[:2] == [
        "1 of 3 tasks done.",
        "Your task: Find out which element was read, a question.",
    ]


def test_a_mistake_at_the_machines_is_named_after_the_step(learner: Learner) -> None:
    """With the choice that helps."""
    file = (">push", "channel-291-random", "1")
    talker = take(learner, "1", ">go on for", "20", *file, ">go on for", "600", "0")

    push = number_of("push")
    said = f"Not yet. The sensor refused this file. Use choice {push} with another one."
    assert talker.lines.count(said) == 1


def test_a_question_has_its_options_by_letter(learner: Learner) -> None:
    """A wrong answer is named; a hint can be had before the right one."""
    talker = take(learner, "1", "a", "2", "a", "?", "b", "0")
    told = talker.after("Which task?")

    assert told[:3] == ["Who checks it?", "a) The kernel.", "b) The CPU."]
    assert told[3] == "Please type the letter of your answer, a to b."
    assert "The kernel only sets up the tables." in told
    assert "Hint 1 of 2: It is hardware." in told
    assert "Task done: Say who checks the ring." in told


def test_the_end_says_what_was_learned_and_what_comes_next(learner: Learner) -> None:
    """Nothing opens by itself; the solution can be read from now on."""
    talker = take(learner, "1", "s", *CRASH, *ANSWERS, "s", "0")
    first, last = (n for n, it in enumerate(talker.lines) if it == "Choice? s")

    assert talker.lines[first + 1].startswith("The solution is shown when all tasks")
    told = talker.after("You have passed this lesson.")
    assert told[:2] == [
        "You have learned: A fault in ring 0 stops the machine.",
        'The next lesson is "A plugin of your own". Letter n opens it.',
    ]
    assert talker.lines[last + 1 : last + 4] == [
        "Section: The solution",
        "",
        f"Use choice {number_of('push')}.",
    ]
    assert not any(it.startswith("Lesson 2") for it in talker.lines)


def test_n_opens_the_next_lesson_and_asks_if_tasks_are_left(learner: Learner) -> None:
    """Behind the last one it says which lesson is left."""
    talker = take(learner, "1", "n", "0", "n", "", "n", "0")
    question = (
        '0 of 3 tasks done. You can come back later. Open "A plugin of your own"? '
        "(Enter for yes, 0 for no) "
    )

    assert [it for it in talker.prompts if "come back" in it] == [question, question]
    assert talker.lines.count("Lesson 2: A plugin of your own.") == 1
    assert talker.lines[-2] == (
        'This is the last lesson. You have not passed this one yet: "A file that '
        'crashes". Letter l opens any lesson.'
    )


def test_l_lists_all_lessons_and_opens_one(learner: Learner) -> None:
    """With how far the user has come."""
    talker = take(learner, "2", "l", "1", "0", "0")

    assert "1. A file that crashes, 5 minutes, this comes next" in talker.lines
    assert "2. A plugin of your own, 5 minutes, opened before" in talker.lines
    assert "Lesson 1: A file that crashes." in talker.lines


def test_r_begins_anew_if_the_user_agrees(learner: Learner) -> None:
    """The machines as well: the same crash is seen again."""
    talker = take(learner, "1", *CRASH, "r", "0", "r", "", "0", *CRASH, "0")

    assert talker.lines.count("Lesson 1: A file that crashes.") == 2
    assert talker.lines.count("1 of 3 tasks done.") == 2


def test_an_answer_can_be_a_number_and_0_declines_it(learner: Learner) -> None:
    """Where the answers have letters; elsewhere 0 may be the answer."""
    talker = take(learner, "1", "a", "2", "h", "0", "a", "1", "0", "", "a", "2", "2")

    assert "Hint 1 of 2: It is hardware." in talker.lines
    assert "Your answer? (h for a hint, 0 or Enter to cancel) 0" in talker.lines
    assert "Your answer? (h for a hint, Enter to cancel) 0" in talker.lines
    assert "Task done: Say who checks the ring." in talker.lines


def test_a_hint_can_be_had_for_any_task(learner: Learner) -> None:
    """By its number; the last one says that they begin again."""
    talker = take(learner, "1", "h 3", "h 3", "h 9", "0")
    last = talker.after("Hint 2 of 2: ")

    assert "Hint 1 of 2: It is hardware." in talker.lines
    assert last[0] == "This was the last hint for this task. Then they begin again."
    assert "After h please type the number of a task, 1 to 3." in last


def test_hints_come_one_by_one(learner: Learner) -> None:
    """With the numbers of this menu; a capital letter is the same letter."""
    talker = take(learner, "1", "h", "H", "0")

    push = number_of("push")
    assert f"Hint 1 of 3: Use choice {push}." in talker.lines
    assert f"Hint 2 of 3: Use choice {push}, then go on." in talker.lines


def test_all_tasks_are_told_where_a_lab_has_its_goals(learner: Learner) -> None:
    """By the number of the goals, and with what kind each is."""
    talker = take(learner, "1", number_of("goals"), "0")
    told = talker.after(f"Choice? {number_of('goals')}")

    assert told[:4] == [
        "0 of 3 tasks done.",
        "1. Push the bad file, and wait for the blue screen.",
        "2. Find out which element was read, a question.",
        "3. Say who checks the ring, a question.",
    ]


STANDING = """\
title = "Where it stands"
about = "A place"
minutes = 5

[machines.windows]

[[tasks]]
name = "idle"
ask = "Pause while nothing is to do"
paused_at = "kernel!thread_idle"
hints = ["Wait.", "Really."]

[[tasks]]
name = "list"
ask = "List the processes"
typed = "ps"
hints = ["Type ps.", "ps."]

[[tasks]]
name = "paused"
ask = "Pause where the kernel begins"
paused_at = "kernel!syscall_entry"
hints = ["syscall_entry", "Really."]

[[tasks]]
name = "step"
ask = "Step until the kernel has its own stack"
question = "What is in CS?"
answer = { register = "cs", at = "syscall_entry", before = "Pause there." }
hints = ["It is 8.", "Really."]
"""


def test_what_is_typed_and_where_a_machine_stands_does_a_task(
    learner: Learner, tmp_path: Path
) -> None:
    """Also if only time has ended there, and after a step that nobody looks at."""
    (tmp_path / "pack/01_crash/lesson.toml").write_text(STANDING)
    for path in (tmp_path / "pack/01_crash").glob("*.de.*"):
        path.unlink()
    pause = (">pause at", "syscall_entry", ">go on for", "1000")
    talker = take(
        *(learner, "1", ">go on for", "20", ">type a line", "ls", ">type a line", "ps"),
        *("a", "8", "", *pause, ">step one", "1", "a", "0x8", "0"),
    )

    assert "This cannot be answered yet. Pause there." in talker.lines
    done = [it for it in talker.lines if it.startswith("Task done: ")]
    assert done == [
        "Task done: Pause while nothing is to do.",
        "Task done: List the processes.",
        "Task done: Pause where the kernel begins.",
        "Task done: Step until the kernel has its own stack.",
    ]


class Editor(Talker):
    """Saves a file when it is asked to: an answer that begins with `=`."""

    path: Path

    def ask(self, prompt: str) -> str:
        """Save, and then look how the machines are."""
        answer = super().ask(prompt)
        if answer.startswith("="):
            self.path.write_text(answer[1:])
            return number_of("how the machines")
        return answer


def test_a_saved_file_is_checked_before_the_next_question(learner: Learner) -> None:
    """The mistake is named with its line; m tells all of it; the right one is done."""
    talker = Editor(
        "0", "m", f"={two_lessons.MISSPELT}", "m", f"={two_lessons.RIGHT}", "m"
    )
    lesson = learner.find("2")
    talker.path = learner.visit(lesson).work.folder / "mine/mine.c"
    plain.run(lesson, Files(), talker.say, talker.ask, learner)
    text = talker.text

    assert f"Your files for this lesson are in {talker.path.parents[1]}: " in text
    assert text.count("There is nothing more to say.") == 2
    assert "Not yet. mine.c:5:5: error: call to undeclared function" in text
    assert '5 |     plugin_report_valu("number", 4);' in text
    assert text.count("A file was saved, so your files are checked.") == 2
    assert "Task done: Report the number 5." in text


def test_files_can_be_checked_when_the_user_wants_it(learner: Learner) -> None:
    """Also if nothing was saved; only a lesson with files has this letter."""
    talker = take(learner, "2", "c", "0")
    other = take(learner, "1", "c", "0")

    assert "Not yet. The plugin reports another number than 5." in talker.lines
    assert any(it.startswith("Please type a number from 0") for it in other.lines)


def test_what_a_pack_says_cannot_reach_the_terminal(
    learner: Learner, tmp_path: Path
) -> None:
    """A text with a control code is refused; the name of a file is made visible."""
    folder = tmp_path / "lessons/two/02_plugin/mine"
    folder.mkdir(parents=True)
    (folder / "a\x1b[2Jb.c").write_text("")
    talker = take(learner, "2", "c", "0")

    assert "\x1b" not in talker.text
    assert "a\\x1b[2Jb.c" in talker.text


def test_the_list_offers_lessons_first_with_what_comes_next(learner: Learner) -> None:
    """Then the labs; a word searches both."""
    talker = Talker("crashes", "1", "0", "0", "0")
    plain.run(None, Files(), talker.say, talker.ask, learner)

    assert talker.lines[:3] == [
        "Lessons, Two lessons:",
        "1. A file that crashes, 5 minutes, this comes next: A bad file is pushed",
        "2. A plugin of your own, 5 minutes: C code, and a question",
    ]
    assert talker.lines[3] == "Labs:"
    assert "this comes next" not in "".join(talker.lines[4:15])
    assert "Lesson 1: A file that crashes." in talker.lines


def test_a_lesson_that_cannot_be_read_is_told_and_the_others_are_offered(
    learner: Learner, tmp_path: Path
) -> None:
    """Nobody is kept from the rest."""
    (tmp_path / "pack/01_crash/lesson.toml").write_text("title = 1\n")
    talker = Talker("0")
    plain.run(None, Files(), talker.say, talker.ask, learner)

    assert "01_crash/lesson.toml:1:1: title must be" in talker.lines[0]
    assert talker.lines[1] == "Lessons, Two lessons:"
    assert talker.lines[2].startswith("1. A plugin of your own, 5 minutes")
    assert talker.lines[3] == "Labs:"


def test_the_end_of_the_input_at_any_letter_ends_the_lesson(learner: Learner) -> None:
    """Nobody is asked once more."""
    for letter in "tahcmnlrs":
        talker = take(learner, "2", letter)
        assert len(talker.prompts) <= 3


def test_files_that_were_changed_while_no_lesson_was_open_are_checked(
    learner: Learner,
) -> None:
    """What passes is done at once; what does not is no mistake yet."""
    visit = learner.visit(learner.find("2"))
    (visit.work.folder / "mine/mine.c").write_text(two_lessons.RIGHT)
    talker = take(learner, "2", "0")
    assert any(it.startswith("Task done: ") for it in talker.lines)

    (visit.work.folder / "mine/mine.c").write_text("wrong")
    learner.progress.reset(learner.find("2"))
    talker = take(learner, "2", "0")
    assert not any("wrong" in it or it.startswith("Not yet") for it in talker.lines)
