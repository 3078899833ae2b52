"""`minios learn`: open a lesson, or watch the files that a learner changes for it."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from minios.arguments import at_least_one
from minios.errors import ScenarioError
from minios.lazy_parser import Command
from minios.visible import visible

if TYPE_CHECKING:
    from minios.tutor.examining import Report
    from minios.tutor.learner import Learner
    from minios.tutor.model import Lesson, TaskCard
    from minios.tutor.visit import Said, Visit

COMMAND: Final = Command(
    "learn",
    "Take lessons: read, try it on running machines, and hear what is wrong.",
    place=10,
    interrupted="learn 1 --plain",
)

_DESCRIPTION: Final = """\
Open a lesson: its text stands beside machines that run. You do what it asks, its tasks
are ticked off when the machines show that they are done, and mistakes are named.
Without a NAME this opens your next lesson. A NAME is the number of a lesson, its name,
or a part of its name; write pack/name for a lesson of a pack that you have installed.
Use --watch if you like to change files in your own editor: they are checked again
whenever you save one.
The exit code is 1 if --check finds a problem, and 2 for a mistake in the command."""
_EXAMPLES: Final = """\
examples:
  minios learn                    open your next lesson
  minios learn --list             print all lessons, and how far you have come
  minios learn 3                  open the third lesson
  minios learn 3 --plain          use numbered choices, for screen readers
  minios learn 3 --watch          check your files whenever you save one
  minios learn 3 --hint 2         print the second hint for your next task there
  minios learn 3 --folder         print where your files for this lesson are
  minios learn 3 --reset          begin this lesson anew; your own files are kept
  minios learn --language de      read lessons in German, where they have it
  minios learn --check my-pack    prove the lessons that you have written
  minios learn --install pack.zip
                                  install lessons that somebody else has written
  minios learn --remove pack      remove them again

ACCESSIBLE=1 in the environment means --plain."""
_PAUSE: Final = 0.1  # seconds of the host from one look at the files to the next
_SHOWN: Final = 60  # characters of a name
_NOT_HERE: Final = "Use `minios learn --plain`"


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="the lesson: its number, its name or a part of that (default: your next)",
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help="print numbered choices and one line for each event, for screen readers",
    )
    parser.add_argument(
        "--language",
        metavar="CODE",
        default="",
        help="the language of the lessons, such as de (default: that of the"
        " environment; what is not translated is in English)",
    )
    acts = parser.add_mutually_exclusive_group()
    for option, words in (
        ("--list", "print all lessons, and how far you have come in each"),
        ("--watch", "show no machines; check your files whenever you save one"),
        ("--folder", "print the folder with your files for the lesson"),
        ("--reset", "begin the lesson NAME anew; your own files are kept"),
    ):
        acts.add_argument(option, action="store_true", help=words)
    acts.add_argument(
        "--hint",
        type=at_least_one,
        nargs="?",
        const=1,
        metavar="N",
        help="print the first hint for your next task, or hint N; each tells more",
    )
    acts.add_argument(
        "--check",
        type=Path,
        metavar="FOLDER",
        help="for authors: prove a lesson or a pack. Its start must fail, its solution"
        " must pass, each wrong attempt must be told what is wrong, and the links and"
        " facts of its texts must exist",
    )
    acts.add_argument(
        "--install",
        type=Path,
        metavar="PATH",
        help="install a pack of lessons by somebody else, from a folder or a .zip file",
    )
    acts.add_argument(
        "--remove",
        metavar="PACK",
        help="remove a pack that was installed; what you made in its lessons stays",
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="with --install: take the place of an installed pack of the same name",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open a lesson, or do what an option asks for."""
    from minios.tutor.learner import Learner  # noqa: PLC0415 - brings the emulator

    _refuse_contradictions(arguments)
    if arguments.check is not None:
        return _check(arguments.check)
    learner = Learner.of_this_user(arguments.language)
    if arguments.install is not None:
        return _install(learner, arguments.install, replace=arguments.replace)
    if arguments.remove is not None:
        return _remove(learner, arguments.remove)
    if arguments.list:
        return _list(learner)
    return _with(learner, _chosen(learner, arguments), arguments)


def _with(learner: Learner, lesson: Lesson, arguments: argparse.Namespace) -> int:
    """Open a lesson, or do with it what an option asks for."""
    if arguments.hint is not None:
        return _hint(learner, lesson, arguments.hint)
    for option, act in _ACTS.items():
        if getattr(arguments, option):
            return act(learner, lesson)
    return _open(learner, lesson, is_plain=arguments.plain)


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    """Raise ScenarioError for options that cannot be used together."""
    if arguments.replace and arguments.install is None:
        raise ScenarioError(
            "only a pack that is installed can replace another one",
            where="--replace",
            advice="Write it with --install PATH",
        )
    for option in ("list", "check", "install", "remove"):
        if getattr(arguments, option) and arguments.name is not None:
            raise ScenarioError(
                f"this concerns no single lesson, so {arguments.name[:_SHOWN]!r} is one"
                " word too many",
                where=f"--{option}",
                advice="Leave it out",
            )


def _chosen(learner: Learner, arguments: argparse.Namespace) -> Lesson:
    """The lesson that was named, else the next one."""
    if arguments.name is not None:
        return learner.find(arguments.name)
    if arguments.reset:
        raise ScenarioError(
            "no lesson is named",
            where="--reset",
            advice="Write its number, such as `minios learn 3 --reset`",
        )
    found = learner.next
    if found is None:
        raise ScenarioError(
            "you have passed all lessons",
            advice="Name the one to open again; `minios learn --list` prints them",
        )
    return found


def _say(text: str = "") -> None:
    """Print one line. What a pack says is made harmless."""
    print(visible(text), flush=True)


def _open(learner: Learner, lesson: Lesson, *, is_plain: bool) -> int:
    from minios.commands import lab, opening  # noqa: PLC0415 - only to open a lesson

    _, files = opening.opened(None, lab.NOTHING)
    if is_plain or lab.is_plain_wanted():
        return lab.talk(lesson, files, learner)
    if not lab.is_possible():
        raise ScenarioError("there is no terminal to draw on", advice=_NOT_HERE)
    from minios.tui.app import MiniosApp  # noqa: PLC0415 - Textual is slow to import

    return lab.shown(MiniosApp(lesson=lesson, learner=learner, files=files))


# ---- What is printed.


def _list(learner: Learner) -> int:
    for shelf in learner.shelves:
        if shelf.lessons:
            _say(f"{visible(shelf.title)} ({shelf.pack})")
        for it in shelf.lessons:
            _say(f"{learner.number(it):3}. {learner.words(it)}. {it.name}")
    for trouble in learner.troubles:
        print("minios:", visible(trouble), file=sys.stderr, flush=True)
    return 0


def _folder(learner: Learner, lesson: Lesson) -> int:
    visit = _with_files(learner, lesson, is_opened=False)
    _say(os.fspath(visit.work.folder))
    return 0


def _hint(learner: Learner, lesson: Lesson, number: int) -> int:
    visit = learner.visit(lesson, is_opened=False)
    task = visit.task
    if task is None:
        _say(visit.hint())
        return 0
    if number > len(task.hints):
        raise ScenarioError(
            f"there is no hint {number}",
            where=f"--hint {number}",
            advice=f"The task {task.goal.words!r} has {len(task.hints)} hints",
        )
    _say(f"{_named(task.goal.words)}:")
    _say(f"  {_named(visit.hint_of(task, number))}")
    return 0


def _reset(learner: Learner, lesson: Lesson) -> int:
    kept = learner.visit(lesson).reset()
    _say(f"{lesson.title}: this lesson begins anew.")
    if kept is not None:
        _say(f"Your files are kept in {kept}")
    return 0


def _named(text: str) -> str:
    """A text of a lesson, where no interface is open: acts in words."""
    from minios.tutor import actions  # noqa: PLC0415 - as above

    words = {name: f'"{what}"' for name, what in actions.ACTIONS.items()}
    return actions.with_keys(text, words)


# ---- Files that are changed in another program.


def _with_files(learner: Learner, lesson: Lesson, *, is_opened: bool = True) -> Visit:
    visit = learner.visit(lesson, is_opened=is_opened)
    if not visit.work.is_wanted:
        raise ScenarioError(
            "this lesson has no files to change",
            where=lesson.name,
            advice=f"Open it with `minios learn {lesson.name}`",
        )
    return visit


def _watch(learner: Learner, lesson: Lesson) -> int:
    """Check the files again at each save, until all tasks with files are done."""
    visit = _with_files(learner, lesson)
    _say(f"{lesson.title}. Your files are in {visit.work.folder}")
    for task in _left(visit):
        _say(f"  to do: {_named(task.goal.words)}")
    for _ in _saves(visit):
        if visit.work.is_changed:
            for said in visit.check():
                _tell(said)
        else:
            _say("You have not changed your files yet.")
        if not _left(visit):
            return _end(visit)
        _say("Waiting for a file to be saved; Ctrl-C ends.")
    return 0


def _saves(visit: Visit) -> Iterator[None]:
    """At once, and after each save."""
    from minios.commands import watching  # noqa: PLC0415 - as above

    folders, rest = [visit.work.folder], partial(threading.Event().wait, _PAUSE)
    endings = watching.SAVED | {".txt"}  # an eBPF program is a text
    while True:
        before = watching.state(folders, endings)
        yield
        watching.changed(folders, before, rest, endings)


def _left(visit: Visit) -> list[TaskCard]:
    tasks = visit.lesson.tasks
    return [it for it in tasks if it.work is not None and not visit.has(it)]


def _tell(said: Said) -> None:
    from minios.tutor.visit import Tone  # noqa: PLC0415 - as above

    if said.tone is Tone.DONE:
        _say(f"  done: {_named(said.words)}")
    elif said.tone is Tone.MISTAKE:
        _say(f"  not yet: {_named(said.words)}")


def _end(visit: Visit) -> int:
    """All tasks with files are done: say what is left."""
    lesson = visit.lesson
    _say("All tasks with files are done.")
    left = [it for it in lesson.tasks if not visit.has(it)]
    for task in left:
        _say(f"  to do with the machines: {_named(task.goal.words)}")
    if left:
        _say(f"`minios learn {lesson.name}` opens them.")
    else:
        _say(f"You have passed this lesson. {_named(lesson.learned)}")
    return 0


# ---- For authors.


def _check(folder: Path) -> int:
    """Prove a lesson or all lessons of a pack. Returns 1 if something is wrong."""
    from minios.tutor import examining, installing  # noqa: PLC0415 - as above
    from minios.tutor.model import FILE_NAME  # noqa: PLC0415 - as above

    if (folder / FILE_NAME).exists():
        return _reported(examining.report(folder, "checked", folder.parent))
    with installing.unpacked(folder) as pack:
        if not pack.folders:
            raise ScenarioError(
                "the pack has no lessons",
                where=str(folder),
                advice=f"A lesson is a folder with a {FILE_NAME}",
            )
        found = examining.examined(pack)
        return max(
            _reported(installing.retold(it, pack.folder, folder)) for it in found
        )


def _reported(report: Report) -> int:
    """Print what was found in a lesson. Returns 1 if something is wrong."""
    _say(f"{report.lesson}: {'not proved' if report.problems else 'proved'}")
    for problem in report.problems:
        _say(f"  {problem}")
    return int(bool(report.problems))


# ---- Packs of others.


def _install(learner: Learner, path: Path, *, replace: bool) -> int:
    from minios.tutor import installing  # noqa: PLC0415 - as above

    pack = installing.install(path, _data(learner, "--install"), replace=replace)
    _say(f"Installed the pack {pack.head.name}: {pack.head.title}")
    for folder in pack.folders:
        _say(f"  {pack.head.name}/{folder.name}")
    _say(f"`minios learn {pack.head.name}/{pack.folders[0].name}` opens the first one.")
    return 0


def _remove(learner: Learner, name: str) -> int:
    from minios.tutor import installing  # noqa: PLC0415 - as above

    installing.remove(name, _data(learner, "--remove"))
    _say(f"Removed the pack {name}. What you made in its lessons is still there.")
    return 0


def _data(learner: Learner, option: str) -> Path:
    if learner.data is None:
        raise ScenarioError(
            "there is no folder in which packs could be kept",
            where=option,
            advice="Set XDG_DATA_HOME to a folder in which you may write",
        )
    return learner.data


_ACTS: Final[dict[str, Callable[[Learner, Lesson], int]]] = {
    "watch": _watch,
    "folder": _folder,
    "reset": _reset,
}
