"""Each part of a submission makes sense, or its author reads what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minios.lab import Lab, seconds
from minios.session import recording
from minios.testing.grading import parts
from minios.testing.grading.assignment import Assignment, Kind, Part
from minios.testing.grading.submission import Submission
from tests.testing.grading.grading import BAD

MANIFEST = """\
name = "mine"
version = "1"
license = "MIT"
description = ""
kinds = ["driver"]
"""
SOURCE = '#include <minios/plugin.h>\nconst struct plugin plugin = {.name = "mine"};\n'


def checked(
    folder: Path, kind: Kind, file: str, *, required: bool = True, limit: float = 60
) -> parts.Checked:
    """What is found out about one part."""
    part = Part(kind, file, required)
    return parts.check(
        folder,
        Submission("ann", {}),
        Assignment(part=(part,), virtual_seconds=limit),
    )


@pytest.mark.parametrize(
    ("kind", "file", "text", "words"),
    [
        (Kind.CONTENT, "mine.toml", "channel = 1", "does not read channel 1"),
        (Kind.CONTENT, "mine.toml", "a = " + "[" * 5000, "this is not TOML"),
        (Kind.CONTENT, "mine.toml", "\ud800", "the file is not UTF-8"),
        (Kind.CONTENT, "mine.sys", "", "the file is empty"),
        (Kind.SCENARIO, "mine.scenario.toml", "titel = 1", "titel"),
        (Kind.RECORDING, "talk.jsonl", "{}", "is not a recording"),
        (Kind.RECORDING, "talk.jsonl", '{"is":"recording","version":1}', "build"),
        (Kind.ANSWERS, "answers.toml", "ring is 3", "is not TOML"),
        (Kind.ANSWERS, "answers.toml", f"n = 0x{'f' * 60000}", "more than 1024 bits"),
        (Kind.PLUGIN, "mine/plugin.toml", MANIFEST, "C source"),
        (Kind.PLUGIN, "mine/plugin.toml", "name = 3", "must be a text"),
    ],
)
def test_a_part_with_a_mistake_is_told_to_its_author(
    tmp_path: Path, kind: Kind, file: str, text: str, words: str
) -> None:
    """In words that do not name folders of the grader."""
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    found = checked(tmp_path, kind, Path(file).parts[0])
    (problem,) = found.problems

    assert words in problem
    assert str(tmp_path) not in problem
    assert not found.is_usable


def test_a_part_that_is_not_required_may_have_a_mistake(tmp_path: Path) -> None:
    """The other tests are run; it is told all the same."""
    (tmp_path / "answers.toml").write_text("ring is 3")
    found = checked(tmp_path, Kind.ANSWERS, "answers.toml", required=False)

    assert (len(found.problems), found.is_usable) == (1, True)


def test_parts_without_a_mistake_are_not_spoken_of(tmp_path: Path) -> None:
    """One of each kind, and one that was not handed in."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/plugin.toml").write_text(MANIFEST)
    (tmp_path / "mine/mine.c").write_text(SOURCE)
    (tmp_path / "bad.toml").write_text(BAD.read_text())
    (tmp_path / "bad.sys").write_bytes(BAD.with_suffix(".sys").read_bytes())
    (tmp_path / "answers.toml").write_text("ring = 3")
    found = [
        checked(tmp_path, kind, file)
        for kind, file in (
            (Kind.PLUGIN, "mine"),
            (Kind.CONTENT, "bad.toml"),
            (Kind.CONTENT, "bad.sys"),
            (Kind.ANSWERS, "answers.toml"),
            (Kind.RECORDING, "not-here.jsonl"),
        )
    ]

    assert found == [parts.Checked([], True)] * 5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        [
            (Kind.CONTENT, "mine.toml"),
            (Kind.CONTENT, "mine.sys"),
            (Kind.SCENARIO, "mine.scenario.toml"),
            (Kind.RECORDING, "talk.jsonl"),
            (Kind.ANSWERS, "answers.toml"),
        ]
    ),
    st.binary(max_size=300)
    | st.text(max_size=300).map(str.encode)
    | st.sampled_from(['{"is":"recording"', "[", "a.", "=", '"', "\n"])
    .flatmap(lambda it: st.lists(st.just(it), max_size=2000))
    .map(lambda it: "".join(it).encode()),
)
def test_whatever_is_in_a_file_its_author_gets_words(
    tmp_path: Path, part: tuple[Kind, str], data: bytes
) -> None:
    """Never an exception: that would cost a person's time for each such file."""
    kind, file = part
    (tmp_path / file).write_bytes(data)
    found = checked(tmp_path, kind, file)

    assert found.is_usable == (found.problems == [])


@pytest.mark.parametrize(("limit", "words"), [(60, ""), (1, "allowance of ")])
def test_a_recording_is_played_within_the_budget(
    tmp_path: Path, limit: float, words: str
) -> None:
    """Two virtual seconds are too long where one is allowed."""
    with Lab() as lab:
        lab.run_for(seconds(2))
        recording.save(recording.of_labs([lab]), tmp_path / "talk.jsonl")
    found = checked(tmp_path, Kind.RECORDING, "talk.jsonl", limit=limit)

    assert found.is_usable == (not words)
    assert words in "".join(found.problems)
