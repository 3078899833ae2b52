"""What was handed in comes from a stranger."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.lab.mistakes import NoSuchNameError
from minios.testing.submission import Submission, SubmissionError

_FILES = {
    "counter/plugin.toml": 'name = "counter"',
    "counter/counter.c": "",
    "attack.sys": "bytes",
    "rule.toml": "channel = 291",
    "deep/er/mine.scenario.toml": "",
    "session.jsonl": "",
    "answers.toml": 'stop = "0x50"\nring = 0\n',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A submission that holds one of everything."""
    root = tmp_path / "submission"
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_what_a_submission_holds_is_found(folder: Path) -> None:
    """Wherever in the folder it lies."""
    found = Submission(folder)

    assert found.files == tuple(sorted(_FILES))
    assert found.plugin == folder / "counter"
    assert found.contents == (folder / "attack.sys", folder / "rule.toml")
    assert found.scenarios == (folder / "deep/er/mine.scenario.toml",)
    assert found.recordings == (folder / "session.jsonl",)
    assert found.answers == {"stop": "0x50", "ring": 0}
    assert found.path("deep") == folder / "deep"


def test_what_is_missing_is_named_with_what_is_near(folder: Path) -> None:
    """A student sees the name that was looked for, and that of the own file."""
    with pytest.raises(SubmissionError, match=r"no 'atack.sys'. Is attack.sys meant\?"):
        Submission(folder).path("atack.sys")


@pytest.mark.posix
def test_what_a_submission_is_not_asked_for_has_advice(folder: Path) -> None:
    """In one sentence, as everywhere."""
    with pytest.raises(NoSuchNameError, match=r"'content'\. Did you mean contents\?"):
        _ = Submission(folder).content  # type: ignore[attr-defined]


def test_no_link_leads_out_of_a_submission(folder: Path, tmp_path: Path) -> None:
    """Neither by name nor by search; nor does a path with dots."""
    (tmp_path / "secret.sys").write_text("secret")
    (folder / "link.sys").symlink_to(tmp_path / "secret.sys")
    (folder / "up").symlink_to(tmp_path)
    found = Submission(folder)

    assert found.contents == (folder / "attack.sys", folder / "rule.toml")
    for name in ("link.sys", "up/secret.sys", "../secret.sys", "/etc/passwd", "..\0"):
        with pytest.raises(SubmissionError, match="the submission has no"):
            found.path(name)


def test_two_plugins_are_one_too_many(folder: Path) -> None:
    """It is not guessed which of them counts."""
    (folder / "plugin.toml").write_text("")

    with pytest.raises(SubmissionError, match="more than one plugin: counter/plugin"):
        _ = Submission(folder).plugin


@pytest.mark.parametrize("text", [b"stop = ", b"\xff\xfe", b"a=" + b"[" * 2000])
def test_answers_that_are_no_toml_are_refused(folder: Path, text: bytes) -> None:
    """In one sentence without control characters."""
    (folder / "answers.toml").write_bytes(text)

    with pytest.raises(
        SubmissionError, match=r"answers.toml: the file is not TOML: .*quotes"
    ):
        _ = Submission(folder).answers


def test_an_answer_that_is_left_out_is_named_with_its_file(folder: Path) -> None:
    """A test that asks for it fails in words that its student understands."""
    answers = Submission(folder).answers

    with pytest.raises(SubmissionError) as caught:
        _ = answers["rings"]

    assert str(caught.value) == (
        f"{folder / 'answers.toml'}: there is no answer 'rings'. Did you mean ring?"
    )


def test_there_must_be_a_folder(tmp_path: Path) -> None:
    """The option is named, because that is what is mistyped."""
    with pytest.raises(
        SubmissionError, match=r"--submission .*: there is no such fold"
    ):
        Submission(tmp_path / "nowhere")


def test_the_option_gives_the_fixture(pytester: pytest.Pytester) -> None:
    """Without it the test fails with what to write; it is not skipped."""
    pytester.mkdir("mine").joinpath("answers.toml").write_text("ring = 0")
    pytester.makepyfile(
        "def test_one(submission): assert submission.answers == {'ring': 0}"
    )

    pytester.runpytest_inprocess("--submission=mine").assert_outcomes(passed=1)
    done = pytester.runpytest_inprocess()

    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*this test needs a submission. Run pytest with --sub*"])
