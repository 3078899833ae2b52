"""A lesson in plain mode: its text, its tasks and its feedback, with the lab's choices.

What a lesson adds is chosen by a letter, such as `h` for a hint, so that the numbers
are the same in every lesson. The letters are the keys of the lesson screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from minios.plain.asking import Ask, Say, number_of, numbered, picked, span
from minios.plain.looking import Hear
from minios.plain.menu import Act, Choice, PlainLab
from minios.session.files import Files
from minios.session.goals.aims import Asked, Deed
from minios.session.panes import cpu, doors, kernel
from minios.session.recording import OTHER
from minios.session.spoken import counted, sentence
from minios.session.worker import InlinePlayer
from minios.tutor import actions, prose
from minios.tutor.facts import facts_of
from minios.tutor.learner import Learner
from minios.tutor.model import Lesson, TaskCard
from minios.tutor.visit import Said, Tone


class PlainLesson(PlainLab):
    """One lesson in plain mode.

    Attributes:
        lesson: what is taken.
        visit: the tasks that are done, and what is to be said.
        opens: the lesson that the user has chosen to open after this one.
    """

    opens: Lesson | None = None

    def __init__(
        self, lesson: Lesson, learner: Learner, say: Say, ask: Ask, files: Files
    ) -> None:
        """Start its machines.

        Raises LessonError if the files of the lesson cannot be copied.
        """
        self.lesson: Final = lesson
        self.learner: Final = learner
        self._is_known = bool(learner.progress.words(lesson))  # before the visit
        self.visit: Final = learner.visit(lesson)
        players = [InlinePlayer(it) for it in lesson.card.machines]
        # A recording of a lesson is offered as one of no lab.
        super().__init__(replace(lesson.card, name=OTHER), players, say, ask, files)
        self._said: list[Said] = []
        self._was_passed = self.visit.is_passed
        self.visit.take_save()  # what is there now is not new

    # ---- Choices.

    @property
    def choices(self) -> Mapping[int, Choice]:
        """Those of a lab, with the tasks in place of the goals."""
        return {
            number: _TASKS if it.act is PlainLab.hear_goals else it
            for number, it in super().choices.items()
        }

    @property
    def letters(self) -> Mapping[str, Choice]:
        """What only a lesson has. Without files there is nothing to check."""
        has_files = self.visit.work.is_wanted
        return {
            letter: it
            for letter, it in LETTERED.items()
            if has_files or it.act is not PlainLesson.check
        }

    @property
    def is_left(self) -> bool:
        """Whether another lesson or another lab is to be opened."""
        return self.opens is not None or super().is_left

    # ---- Telling.

    def introduce(self) -> None:
        """Print the text, the machines and the first task; then how to go on."""
        lesson = self.lesson
        self.say(f"Lesson {self.learner.number(lesson)}: {sentence(lesson.title)}")
        self.say(f"It takes about {counted(lesson.minutes, 'minute')}.")
        if not self._is_known or self._wants_text():
            self.read()
        self.tell_machines()
        self._tell_files()
        if self.visit.work.is_changed:  # perhaps while no lesson was open
            self._said += (it for it in self.visit.check() if it.tone is Tone.DONE)
            self._tell_said()
        if self.visit.is_passed:
            self.say("You have passed this lesson before. Letter r begins it anew.")
        self._tell_task()
        self.say("You can choose by number, or by letter. The letters are:")
        self.tell(f"{letter}. {it.words}" for letter, it in self.letters.items())
        self.say("? lists all choices with their numbers. 0 leaves the lesson.")
        named = facts_of(lesson)
        if named:
            self.say(
                f"Where a fact comes from: type ? and it, such as ? {named[0].name}."
            )

    def _wants_text(self) -> bool:
        return self._agrees(
            "You have opened this lesson before.", "Enter to hear the text again, 0 not"
        )

    def worded(self, text: str) -> str:
        """A text of the lesson, with the choices of this menu for its acts."""
        return actions.with_keys(text, words(self.choices))

    def read(self) -> None:
        """Print the text of the lesson, a part at a time."""
        self._tell_prose(self.lesson.text)

    def _tell_prose(self, text: str) -> None:
        parts = _parts(self.worded(text))
        at = 0
        while at < len(parts):
            self.tell(prose.lines(parts[at]))
            at += 1
            if at == len(parts):
                return
            at = self._turned(at, len(parts))

    def _turned(self, at: int, most: int) -> int:
        """The index of the part to read next.."""
        told = f"{counted(most - at, 'more part')}. (Enter for more, 0 to stop)"
        while answer := self.answer(told).casefold():
            number = number_of(answer)
            if answer == "repeat":
                return at - 1
            if answer == "back":
                return max(0, at - 2)
            if number == 0:
                return most
            if number is not None and 0 < number <= most:
                return number - 1
            self.say(
                "Please type Enter for more, 0 to stop, repeat, back, or the number "
                f"of a part, 1 to {most}."
            )
        return at

    def hear_more(self, answer: str) -> None:
        """Say a fact of the text, such as F12; else as in a lab."""
        asked = answer.lstrip("? ").upper()
        found = [it for it in facts_of(self.lesson) if it.name == asked]
        if found:
            self.tell(found[0].paragraphs)
        else:
            super().hear_more(answer)

    def hear_tasks(self) -> None:
        """Print all tasks, and which of them are done."""
        self.say(self._count)
        self.tell(numbered(self._task_row(it) for it in self.lesson.tasks))
        self._tell_files()

    @property
    def _count(self) -> str:
        done = sum(map(self.visit.has, self.lesson.tasks))
        return f"{done} of {counted(len(self.lesson.tasks), 'task')} done."

    def _task_row(self, task: TaskCard) -> str:
        done = "done: " if self.visit.has(task) else ""
        kind = ", a question" if isinstance(task.goal.aim, Asked) else ""
        kind = ", with your files" if task.work is not None else kind
        return sentence(f"{done}{self.worded(task.goal.words)}{kind}")

    def _tell_task(self) -> None:
        task = self.visit.task
        if task is not None:
            self.say(f"Your task: {self._task_row(task)}")

    # ---- Finding out.

    def notice_goals(self) -> None:
        """Find out what the machines show; it is told later."""
        self._said += self.visit.look(self.conductor)

    def did(self, deed: Deed, models: Iterable[str] = ()) -> None:
        """The user has done something that leaves no trace in the machines."""
        self._said += self.visit.did(deed, models)

    def look_for_goals(self) -> None:
        """Print what is new: tasks that are done, mistakes, what files were saved."""
        if self.is_left:
            return
        with self.inside():  # some ask for the function in which a machine stands
            self.notice_goals()
        if self.visit.take_save():
            self.say("A file was saved, so your files are checked.")
            self._said += self.visit.check()
        self._tell_said()

    def _tell_said(self) -> None:
        said, self._said = self._said, []
        for it in said:
            if it.tone is Tone.DONE:
                self.say(f"Task done: {sentence(self.worded(it.words))}")
            elif it.tone is Tone.MISTAKE:
                self._tell_mistake(it)
        if any(it.tone is Tone.DONE for it in said):
            self._tell_progress()

    def _tell_mistake(self, said: Said) -> None:
        self.say(f"Not yet. {sentence(self.worded(said.words))}")
        if said.more:
            self.say("Letter m says all that is known of it.")

    def _tell_progress(self) -> None:
        """Print how many tasks are done; at the end, what was learned."""
        self.say(self._count)
        if not self.visit.is_passed:
            self._tell_task()
        elif not self._was_passed:
            self._was_passed = True
            self.say("You have passed this lesson.")
            self.say(f"You have learned: {self.worded(self.lesson.learned)}")
            self._tell_next()

    def _tell_next(self) -> None:
        following = self.learner.after(self.lesson)
        if following is None:
            self._tell_last()
            return
        self.say(f'The next lesson is "{following.title}". Letter n opens it.')

    def _tell_last(self) -> None:
        """There is no next lesson: say which one is left."""
        left = self.learner.next
        if left is None:
            self.say("This was the last lesson, and you have passed all of them.")
        else:
            self.say(
                "This is the last lesson. You have not passed this one yet: "
                f'"{left.title}". Letter l opens any lesson.'
            )

    # ---- The letters.

    def answer_question(self) -> None:
        """Answer the question of a task."""
        asking = [it for it in self.lesson.tasks if isinstance(it.goal.aim, Asked)]
        left = [it for it in asking if not self.visit.has(it)]
        if not left:
            self.say("There is no question left.")
            return
        at = 0
        if len(left) > 1:
            at = self.choose("Which task?", [self._task_row(it) for it in left])
        with self.inside():
            self._put_question(left[at])

    def _put_question(self, task: TaskCard) -> None:
        """Put a question until its answer is right."""
        self.tell(map(self.worded, self.visit.question(task, self.conductor)))
        cancels = "0 or Enter" if task.options else "Enter"  # 0 may be right
        has_h = len(task.options) > 7  # then h is an answer
        hint = "?" if has_h else "h"
        question = f"Your answer? ({hint} for a hint, {cancels} to cancel)"
        while True:
            typed = self.line(question)
            if typed == "0" and task.options and typed not in task.options:
                return
            if typed == "?" or (typed.casefold() == "h" and not has_h):
                self._tell_hint(task)
                continue
            if typed not in task.options:
                typed = picked(typed, task.options) or typed
            judged = self.visit.answer(task, typed, self.conductor)
            self.say(self.worded(judged.words))
            if judged.is_right:
                self._said += judged.said
                return

    def hint(self) -> None:
        """Print the next hint for the task at hand."""
        self._tell_hint(None)

    def _tell_hint(self, task: TaskCard | None) -> None:
        self.say(self.worded(self.visit.hint(task)))
        task = task or self.visit.task
        if task is not None and self.visit.is_last_hint(task):
            self.say("This was the last hint for this task. Then they begin again.")

    def do(self, answer: str) -> None:
        """Make a choice. Letter h can have the number of a task, such as `h 4`."""
        letter, _, number = answer.partition(" ")
        if letter.casefold() != "h" or not number:
            super().do(answer)
            return
        tasks = self.lesson.tasks
        task = picked(number.strip(), tasks)
        if task is None:
            self.say(
                f"After h please type the number of a task, {span(1, len(tasks))}."
            )
        else:
            self._tell_hint(task)

    def check(self) -> None:
        """Check the files of the user, and say where they are."""
        self._tell_files()
        self.visit.take_save()
        said = self.visit.check()
        if not said:
            self.say("All tasks with files are done.")
        self._said += said

    def _tell_files(self) -> None:
        work = self.visit.work
        if work.is_wanted:
            named = ", ".join(str(it.relative_to(work.folder)) for it in work.files)
            self.say(f"Your files for this lesson are in {work.folder}: {named}.")
            self.say("Change them with any editor. They are checked after each save.")

    def hear_more_of_mistake(self) -> None:
        """Print all that is known of the latest mistake."""
        last = self.visit.last
        if last is None or not last.more:
            self.say("There is nothing more to say.")
            return
        self.page([it for it in map(str.strip, last.more) if it])

    def next_lesson(self) -> None:
        """Open the lesson behind this one."""
        following = self.learner.after(self.lesson)
        if following is None:
            self._tell_last()
        elif self.visit.is_passed or self.agrees(
            f'{self._count} You can come back later. Open "{following.title}"?'
        ):
            self.opens = following

    def list_lessons(self) -> None:
        """Print all lessons, and open one of them."""
        lessons = self.learner.lessons
        rows = [self.learner.words(it) for it in lessons]
        self.opens = lessons[self.choose("Which lesson?", rows)]

    def reset(self) -> None:
        """Begin the lesson anew."""
        if not self.agrees("Begin this lesson anew? The files that you have are kept."):
            return
        kept = self.visit.reset()
        if kept is not None:
            self.say(f"Your files are kept in {kept}.")
        self.opens = self.lesson

    def solution(self) -> None:
        """Print the solution, once the lesson was passed."""
        self._tell_prose("\n".join(self.visit.solution()))


def _parts(markdown: str) -> list[str]:
    """The text, cut before each heading that is not in a block of code."""
    parts, is_code = [""], False
    for line in markdown.splitlines(keepends=True):
        is_code ^= line.startswith("```")
        if line.startswith("#") and not is_code and parts[-1].strip():
            parts.append("")
        parts[-1] += line
    return parts


_TASKS: Final = Choice(
    "tasks: what to do, and what is done",
    PlainLesson.hear_tasks,
    "You hear all tasks of the lesson. A task that was done stays so, also if you go "
    "back in time or leave the lesson.",
)
LETTERED: Final[Mapping[str, Choice]] = {
    "t": Choice(
        "read the text of the lesson",
        PlainLesson.read,
        "You hear the text from its beginning, a part at a time. Between two parts you "
        "can type repeat, back, or the number of a part.",
    ),
    "a": Choice(
        "answer the question of a task",
        PlainLesson.answer_question,
        "You hear the question, and the answers to choose from if there are any. A "
        "number can be typed in decimal, or in hexadecimal as 0x14.",
    ),
    "h": Choice(
        "get a hint",
        PlainLesson.hint,
        "It is for the first task that is not done. For another task, type its number "
        "as well, such as h 4. Each hint says more than the one before. After the last "
        "one they begin again.",
    ),
    "c": Choice(
        "check your files, and say where they are",
        PlainLesson.check,
        "Your files are built and run as the task asks. That also happens by itself "
        "after each choice, if you have saved a file.",
    ),
    "m": Choice(
        "hear more of the latest mistake",
        PlainLesson.hear_more_of_mistake,
        "You hear what was expected, what was found, and where.",
    ),
    "n": Choice(
        "open the next lesson",
        PlainLesson.next_lesson,
        "It is the one behind this lesson. If tasks are left, you are asked first.",
    ),
    "l": Choice(
        "list all lessons, and open one",
        PlainLesson.list_lessons,
        "You hear how far you have come in each.",
    ),
    "r": Choice(
        "begin this lesson anew",
        PlainLesson.reset,
        "The machines are started again, and no task is done. You get the files of the "
        "start. Your own files are kept beside them. A lesson that you have passed "
        "stays passed.",
    ),
    "s": Choice(
        "read the solution",
        PlainLesson.solution,
        "You can read it when you have passed the lesson.",
    ),
}
_ACTS: Final[Mapping[str, Act]] = {
    "push": PlainLab.push,
    "why": PlainLab.why,
    "explain": PlainLab.entries,
    "console": PlainLab.type_text,
    "screen": PlainLab.screen,
    "pause": PlainLab.go_on,
    "skip": PlainLab.skip,
    "faster": PlainLab.choose_stride,
    "step": PlainLab.step,
    "back": PlainLab.back,
    "before_fault": PlainLab.back,
    "pause_at": PlainLab.stop_at,
    "slow_pass": PlainLab.slow_pass,
    "registers": Hear(cpu.REGISTERS),
    "walk": Hear(cpu.WALK),
    "memory": PlainLab.memory,
    "threads": Hear(kernel.THREADS),
    "doors": Hear(doors.DOORS),
    "reset": PlainLab.power,
    "vendor": PlainLab.vendor,
    "states": PlainLab.states,
    "answer": PlainLesson.answer_question,
    "hint": PlainLesson.hint,
}
"""The choice for each act of a lesson, if it is one choice."""


def words(choices: Mapping[int, Choice]) -> Mapping[str, str]:
    """What a text says for each act: "choice 4", "letter a"."""
    numbers = {it.act: number for number, it in choices.items()}
    named = {it.act: f"choice {number}" for number, it in choices.items()}
    named |= {it.act: f"letter {letter}" for letter, it in LETTERED.items()}
    first, last = numbers[Hear(cpu.REGISTERS)], numbers[Hear(kernel.PORTS)]
    return {
        **{name: named[act] for name, act in _ACTS.items()},
        "inspect": f"choices {first} to {last} (the registers are choice {first})",
        "edit": "any editor, outside of this program,",
    }
