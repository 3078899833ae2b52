"""`minios learn`: what it prints, its exit codes, and checking on every save."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from minios import paths
from minios.commands import watching
from minios.tutor import examining
from tests.commands.running import minios
from tests.tutor import two_lessons
from tests.worker_processes import Here

FIRST = "A file that crashes, 5 minutes"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a user with two lessons."""
    monkeypatch.setattr(paths, "LESSONS", two_lessons.write(tmp_path / "pack"))
    monkeypatch.setattr(paths, "user_data", lambda: tmp_path)
    monkeypatch.setattr(examining, "Processes", Here)
    for name in ("LANG", "LC_ALL", "LC_MESSAGES", "ACCESSIBLE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets somebody type these answers."""

    def answers(*lines: str) -> None:
        left = iter(lines)

        def answer(_prompt: str) -> str:
            line = next(left, None)
            if line is None:
                raise EOFError
            return line

        monkeypatch.setattr("builtins.input", answer)

    return answers


def test_the_list_has_numbers_titles_minutes_and_how_far_one_is() -> None:
    """And the names that can be typed."""
    done = minios("learn", "--list")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "Two lessons (two)",
        f"  1. {FIRST}, this comes next. 01_crash",
        "  2. A plugin of your own, 5 minutes. 02_plugin",
    ]


def test_a_pack_that_cannot_be_read_is_told_beside_the_list(folder: Path) -> None:
    """On standard error: the list itself is for programs, too."""
    bad = {
        "pack.toml": two_lessons.PACK.replace('"two"', '"bad"'),
        "01_crash/lesson.toml": "title = 1\n",
    }
    two_lessons.write(folder / "packs/bad", bad)
    done = minios("learn", "--list")

    assert done.returncode == 0
    assert FIRST in done.stdout
    assert "lesson.toml:1:1: title must be" in done.stderr


def test_the_next_lesson_is_opened_in_lines(typed: Callable[..., None]) -> None:
    """Without a name; what is done is kept, and the one behind it comes next."""
    typed("0", *("a", "1", "20", "a", "b"), "0")
    done = minios("learn", "--plain")
    assert done.stdout.startswith("Lesson 1: A file that crashes.\n")
    assert minios("learn", "--list").stdout.count("2 of 3 tasks, this comes next") == 1


def test_accessible_in_the_environment_means_plain(
    typed: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for `minios lab`."""
    monkeypatch.setenv("ACCESSIBLE", "1")
    typed("0")

    assert minios("learn", "2").stdout.startswith("Lesson 2: A plugin of your own.\n")


@pytest.mark.parametrize(
    ("language", "title"), [("de", "Eine Datei, die abstürzen"), ("fr", "A file that")]
)
def test_the_language_can_be_chosen(language: str, title: str) -> None:
    """What is not translated is English."""
    assert title in minios("learn", "--list", "--language", language).stdout


def test_the_environment_chooses_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no option does."""
    monkeypatch.setenv("LANG", "de_DE.UTF-8")

    assert "Eine Datei" in minios("learn", "--list").stdout


MISTAKES = {
    ("learn",): "there is no terminal to draw on. Use `minios learn --plain`",
    ("learn", "3"): "there is no lesson '3'. `minios learn --list` prints the numbers",
    ("learn", "crahs"): "there is no lesson 'crahs'. ",
    ("learn", "--reset"): "--reset: no lesson is named. Write its number, such as",
    ("learn", "1", "--watch"): "01_crash: this lesson has no files to change. Open it",
    ("learn", "1", "--folder"): "01_crash: this lesson has no files to change. Open it",
    ("learn", "2", "--hint", "3"): "--hint 3: there is no hint 3. The task 'Report the",
    ("learn", "7", "--list"): "--list: this concerns no single lesson, so '7' is one",
    ("learn", "--replace"): "--replace: only a pack that is installed can replace",
    ("learn", "--language", "../de"): "'../de' is no language. Write its code",
    ("learn", "--check", "nowhere"): "nowhere: the file cannot be read",
}


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_a_mistake_is_one_sentence_and_exit_code_2(words: tuple[str, ...]) -> None:
    """It says what to do."""
    done = minios(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"minios: {MISTAKES[words]}")
    assert done.stderr.count("\n") == 1


def test_whoever_has_passed_all_lessons_is_asked_for_a_name(folder: Path) -> None:
    """There is no next one."""
    tasks = '{"tasks": [], "passed": true}'
    text = f'{{"two/01_crash": {tasks}, "two/02_plugin": {tasks}}}'
    (folder / "lessons.json").write_text(text)

    assert "you have passed all lessons. Name the one" in minios("learn").stderr


def test_the_folder_of_the_files_is_printed_and_has_them(folder: Path) -> None:
    """So that `cd "$(minios learn 2 --folder)"` works."""
    printed = Path(minios("learn", "2", "--folder").stdout.removesuffix("\n"))

    assert printed == folder / "lessons/two/02_plugin"
    assert (printed / "mine/mine.c").read_text() == two_lessons.SOURCE


def test_hints_are_printed_for_those_who_watch() -> None:
    """One at a time. No interface is open, so an act is called by what it does."""
    first = ["Report the number 5:", "  Hint 1 of 2: Look at mine.c."]
    assert minios("learn", "2", "--hint").stdout.splitlines() == first
    second = minios("learn", "2", "--hint", "2").stdout
    assert second.splitlines()[-1] == "  Hint 2 of 2: Write 5."
    assert '"push a content file"' in minios("learn", "1", "--hint").stdout


@pytest.mark.parametrize("option", ["--hint", "--folder"])
def test_who_asks_for_a_hint_or_a_folder_has_not_opened_the_lesson(option: str) -> None:
    """The list goes on to say that it is new."""
    assert minios("learn", "2", option).returncode == 0
    assert "opened before" not in minios("learn", "--list").stdout


def test_to_begin_anew_says_where_the_files_are_kept(folder: Path) -> None:
    """And gives those of the start."""
    source = Path(minios("learn", "2", "--folder").stdout.strip()) / "mine/mine.c"
    source.write_text("mine")
    done = minios("learn", "2", "--reset")

    kept = folder / "lessons/two/02_plugin-1"
    assert done.stdout.splitlines()[-1] == f"Your files are kept in {kept}"
    assert (kept / "mine/mine.c").read_text() == "mine"
    assert source.read_text() == two_lessons.SOURCE


def test_watching_checks_at_each_save_and_ends_when_all_is_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each mistake with its place; at the end, what is left to do at the machines."""
    source = folder / "lessons/two/02_plugin/mine/mine.c"
    wrong = two_lessons.SOURCE.replace("4)", "6)")
    saves = iter((wrong, two_lessons.MISSPELT, two_lessons.RIGHT))

    def save(*_: object) -> None:
        source.write_text(next(saves))

    monkeypatch.setattr(watching, "changed", save)
    done = minios("learn", "2", "--watch")
    told = [it for it in done.stdout.splitlines() if not it.startswith("    ")]

    assert done.returncode == 0
    assert told == [
        f"A plugin of your own. Your files are in {folder}/lessons/two/02_plugin",
        "  to do: Report the number 5",
        "You have not changed your files yet.",
        "Waiting for a file to be saved; Ctrl-C ends.",
        "  not yet: The plugin reports another number than 5.",
        "Waiting for a file to be saved; Ctrl-C ends.",
        (
            "  not yet: mine.c:5:5: error: call to undeclared function "
            "'plugin_report_valu'; ISO C99 and later do not support implicit function "
            "declarations. Did you mean plugin_report_value?"
        ),
        "Waiting for a file to be saved; Ctrl-C ends.",
        "  done: Report the number 5",
        "All tasks with files are done.",
        "  to do with the machines: Say in which ring it runs",
        "`minios learn 02_plugin` opens them.",
    ]


def test_watching_sees_that_a_program_in_a_text_file_was_saved(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere a text is a log, but a learner writes eBPF programs in one."""
    asked: list[object] = []

    def save(_folders: object, _before: object, _rest: object, endings: object) -> None:
        asked.append(endings)
        raise KeyboardInterrupt

    monkeypatch.setattr(watching, "changed", save)
    minios("learn", "2", "--watch")
    text = folder / "lessons/two/02_plugin/mine.txt"
    text.write_text("exit")
    (endings,) = asked
    assert isinstance(endings, frozenset)

    assert text in watching.state([folder], endings)
    assert text not in watching.state([folder])


def test_ctrl_c_ends_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the exit code of an interrupt."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(watching, "changed", interrupt)

    assert minios("learn", "2", "--watch").returncode == 130


def test_an_author_hears_what_is_wrong_with_each_lesson(folder: Path) -> None:
    """Exit code 1; a lesson that cannot be read does not hide the others."""
    (folder / "pack/01_crash/lesson.toml").write_text("title = 1\n")
    done = minios("learn", "--check", str(folder / "pack"))
    told = done.stdout.splitlines()

    assert done.returncode == 1
    assert told[0] == "01_crash: not proved"
    assert "01_crash/lesson.toml:1:1: title must be" in told[1]
    assert told[2] == "02_plugin: not proved"
    assert "  there are fewer than 2 wrong attempts in mistakes/" in told


def test_a_lesson_that_is_proved_gives_exit_code_0(folder: Path) -> None:
    """One lesson alone can be checked, too."""
    lesson = folder / "pack/02_plugin"
    wrong = 'says = "{}"\n[[steps]]\n{}\n'
    attempts = {
        "solution/README.md": "Write 5.\n",
        "solution/files/mine/mine.c": two_lessons.RIGHT,
        "solution/steps.toml": (
            '[[steps]]\ntake = "solution/files"\n\n'
            '[[steps]]\nanswer = "ring"\nsay = "0"\n'
        ),
        "mistakes/four.toml": wrong.format("another number than 5", 'take = "start"'),
        "mistakes/ring.toml": wrong.format(
            "No, 3 is not right", 'answer = "ring"\nsay = "3"'
        ),
    }
    for name, text in attempts.items():
        (lesson / name).parent.mkdir(parents=True, exist_ok=True)
        (lesson / name).write_text(text)
    done = minios("learn", "--check", str(lesson))

    assert (done.returncode, done.stdout) == (0, "02_plugin: proved\n")


def test_a_pack_is_installed_opened_and_removed(
    folder: Path, tmp_path: Path, typed: Callable[..., None]
) -> None:
    """Its lessons are named with their pack."""
    other = {"pack.toml": two_lessons.PACK.replace('"two"', '"other"')}
    made = two_lessons.write(tmp_path / "made", other)
    for path in made.glob("*/*.de.*"):  # one of the tasks is not translated
        path.unlink()
    done = minios("learn", "--install", str(made))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "Installed the pack other: Two lessons",
        "  other/01_crash",
        "  other/02_plugin",
        "`minios learn other/01_crash` opens the first one.",
    ]
    typed("0")
    opened = minios("learn", "other/2", "--plain")
    assert opened.stdout.startswith("Lesson 2: A plugin of your own.\n")
    assert (folder / "lessons/other/02_plugin/mine/mine.c").exists()

    again = minios("learn", "--install", str(made))
    assert (again.returncode, again.stdout) == (2, "")
    assert minios("learn", "--install", str(made), "--replace").returncode == 0
    assert minios("learn", "--remove", "other").returncode == 0
    assert "other" not in minios("learn", "--list").stdout
    assert (folder / "lessons/other/02_plugin/mine/mine.c").exists()


def test_a_pack_that_is_none_installs_nothing(folder: Path, tmp_path: Path) -> None:
    """With one sentence; so does a name that is not installed."""
    (tmp_path / "empty").mkdir()
    done = minios("learn", "--install", str(tmp_path / "empty"))

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (folder / "packs").exists()
    assert "no pack '../x' is installed" in minios("learn", "--remove", "../x").stderr
