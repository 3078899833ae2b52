"""What is wrong with the texts of a lesson is found, and told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.tutor import examining, packs
from tests.tutor import small

README = "01_one/README.md"
GERMAN = "01_one/README.de.md"
GERMAN_TASKS = "01_one/lesson.de.toml"
WORDS = '[tasks.ring]\nask = "Finde den Ring"\n'


def problems(folder: Path, changed: dict[str, str] | None = None) -> list[str]:
    """What is found in the small lesson, with some files changed."""
    small.write(folder, changed)
    return list(examining.text_problems(folder / "01_one", "small", folder))


def test_a_good_lesson_has_no_problem(tmp_path: Path) -> None:
    """Otherwise the tests below would show nothing."""
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "[a](glossary:ring) and [b](<glossary:page fault>)",
        "# A heading\n\n[up](#a-heading)",
        "[the solution](solution/README.md)",
        "[another lesson](lessons/01_one)",
        "<https://example.org/a>",
        "Windows did so [F1].",
        "The windows machine and the Windows-like kernel stop.",
        "# Windows\n\n```\nWindows\n```",
    ],
)
def test_what_a_text_may_hold(text: str, tmp_path: Path) -> None:
    """Links that lead somewhere, and claims with a fact."""
    (tmp_path / "lessons" / "01_one").mkdir(parents=True)

    assert problems(tmp_path, {README: text}) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a](glossary:rinng)", "names no term: Did you mean ring"),
        ("[a](#nowhere)", "leads to no heading"),
        ("[a](nowhere.md)", "leads to no file"),
        ("[a](../../../etc/passwd)", "leads out of the pack"),
        ("[a](/etc/passwd)", "is none that a lesson may have"),
        ("[a](ftp://example.org)", "is none that a lesson may have"),
        ("[a](mailto:a@example.org)", "is none that a lesson may have"),
        ("[a](lessons/../../secret)", "leads out of the pack"),
        ("[your bank](https://example.org)", "hides its address"),
        ("[https://a.org](https://b.org)", "hides its address"),
        ("a <b>c</b>", "there is HTML or a picture"),
        ("![a](a.png)", "there is HTML or a picture"),
        ("It was so [F9].", "there is no fact F9"),
        ("CrowdStrike was quick.", "speaks of CrowdStrike and names no fact"),
        ("- On 19 July it stopped.", "speaks of 19 July and names no fact"),
        ("| a |\n|---|\n| Windows |", "speaks of Windows and names no fact"),
        ("Use {nothing}.", "there is no act {nothing}"),
        ("[a](glossary:page fault)", "Write %20 for a space"),
    ],
)
def test_what_is_wrong_with_a_text_is_told(
    text: str, told: str, tmp_path: Path
) -> None:
    """In one sentence, which begins with the file and the line."""
    [problem] = problems(tmp_path, {README: f"# A\n\n{text}\n"})

    assert told in problem
    assert problem.startswith(f"{tmp_path / README}:")


def test_a_pack_without_a_list_of_facts_may_claim_what_it_wants(tmp_path: Path) -> None:
    """Its readers see that no fact is named."""
    small.write(tmp_path, {README: "CrowdStrike was quick [F9]."})
    (tmp_path / "FACTS.md").unlink()

    assert not list(examining.text_problems(tmp_path / "01_one", "small", tmp_path))


def test_facts_in_the_tasks_exist(tmp_path: Path) -> None:
    """What is said at the end may name facts, too."""
    wrong = small.LESSON.replace('about = "A', 'about = "[F7] A')
    [problem] = problems(tmp_path, {"01_one/lesson.toml": wrong})

    assert problem.endswith("lesson.toml:2: there is no fact F7 in FACTS.md")


def test_the_solution_is_checked_like_the_text(tmp_path: Path) -> None:
    """It is read by the same people."""
    [problem] = problems(tmp_path, {"01_one/solution/README.md": "[a](#b)"})

    assert "leads to no heading" in problem


def test_a_translation_has_the_same_facts_and_quotes(tmp_path: Path) -> None:
    """Whoever changes the English text is told what to change elsewhere."""
    cut = "<!-- cut from a.c: b -->\n```c\nx\n```"
    english = {README: f"One [F1].\n\n{cut}\n", GERMAN_TASKS: WORDS}

    assert problems(tmp_path, english | {GERMAN: f"Eins [F1].\n\n{cut}\n"}) == []
    fact, quote = problems(tmp_path, english | {GERMAN: "Eins [F1], zwei [F2].\n"})
    assert "the fact F2 is named 1 times, and 0 times in English" in fact
    assert "does not quote the same code" in quote


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('title = "Eins"', "does not translate the task 'ring'"),
        ('[tasks.rings]\nask = "a"', "the lesson has no task 'rings'"),
        ('[tasks.ring]\nhints = ["a"]', "has 3 hints in English, and 1 here"),
    ],
)
def test_a_translation_has_the_same_tasks(
    words: str, told: str, tmp_path: Path
) -> None:
    """Each is translated, with all its hints."""
    [problem] = problems(tmp_path, {GERMAN: "Der Ring.", GERMAN_TASKS: words})

    assert told in problem


def test_a_text_without_its_tasks_is_told(tmp_path: Path) -> None:
    """A learner would read two languages."""
    [problem] = problems(tmp_path, {GERMAN: "Der Ring."})

    assert problem.endswith("lesson.de.toml is missing: the tasks are not translated")


def test_a_wrong_attempt_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Before anything is taken."""
    [problem] = problems(tmp_path, {"01_one/mistakes/three.toml": "[[steps]]\nfly = 1"})

    assert "fly" in problem


def test_lessons_are_examined_beside_one_another_and_told_in_order(
    tmp_path: Path,
) -> None:
    """The second has a mistake in its solution, the first has none."""
    small.write(tmp_path)
    for name, text in small.files().items():
        if name.startswith("01_one/"):
            path = tmp_path / "02_two" / name.removeprefix("01_one/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    (tmp_path / "02_two/solution/steps.toml").write_text(small.WRONG, encoding="utf-8")

    first, second = examining.examined(packs.read(tmp_path, "en"))

    assert (first.lesson, first.problems) == ("01_one", ())
    assert second.lesson == "02_two"
    assert "does not do: ring" in second.problems[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("It is a number.", "In Windows it is 0."),
        ("Ring 3 is where", "In Windows ring 3 is where"),
        ("In which ring does", "In which ring of Windows does"),
    ],
)
def test_a_claim_in_a_task_names_its_fact(
    before: str, after: str, tmp_path: Path
) -> None:
    """In a hint, in what is said of a mistake, and in a question."""
    assert before in small.LESSON
    wrong = small.LESSON.replace(before, after)
    [problem] = problems(tmp_path, {"01_one/lesson.toml": wrong})

    assert "speaks of Windows and names no fact" in problem
    assert "tasks.1." in problem


@pytest.mark.parametrize(
    ("block", "is_refused"),
    [
        ("```c\nx\n```", True),
        ("```toml\nx\n```", True),
        ("```asm\nx\n```", True),
        ("```text\nx\n```", False),
        ("```sh\nx\n```", False),
        ("<!-- cut from a.c: b -->\n```c\nx\n```", False),
    ],
)
def test_code_of_our_lessons_is_cut_from_a_file(
    block: str, is_refused: bool, tmp_path: Path
) -> None:
    """Else nobody notices that it is old. Other packs have no such files."""
    assert problems(tmp_path, {README: block}) == []
    found = list(examining.text_problems(tmp_path / "01_one", "minios", tmp_path))

    assert any("is cut from no file" in it for it in found) is is_refused
