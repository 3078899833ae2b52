"""A file becomes a source again; a source is changed and keeps its comments."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minios.content import (
    ChannelFile,
    ContentError,
    Criterion,
    CriterionKind,
    FieldRef,
    catalogue,
    decode,
    draft_of,
    read_draft,
    read_source,
    rewrite_source,
    write_source,
)
from tests.content.drafts import blank, files

SOURCES = sorted(catalogue.FOLDER.glob("*.toml"))
BAD = (catalogue.FOLDER / "channel-291-bad.toml").read_text(encoding="utf-8")


@given(files)
def test_what_is_written_is_read_as_it_was(file: ChannelFile) -> None:
    """Of every file that a source can say."""
    assert read_source(write_source(file)) == file


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_shipped_file_can_be_written_as_a_source(path: Path) -> None:
    """From its bytes alone."""
    name = path.stem
    file = decode(catalogue.load(name))

    assert read_source(write_source(file)) == file


@given(files, files, st.sampled_from(SOURCES))
def test_a_source_is_rewritten_to_whatever_is_asked_for(
    first: ChannelFile, second: ChannelFile, path: Path
) -> None:
    """One after the other, from a source that a person wrote."""
    text = path.read_text(encoding="utf-8")
    for file in (first, second):
        text = rewrite_source(text, file)
        assert read_source(text) == file


def test_a_source_that_means_the_file_already_stays() -> None:
    """To the letter."""
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert rewrite_source(text, read_source(text)) == text


def test_comments_stay_when_a_value_changes() -> None:
    """Only the line of the value is another one."""
    draft = draft_of(read_source(BAD)).with_text(FieldRef(2, "correlation"), "c?")
    text = rewrite_source(BAD, read_draft(draft))

    assert text == BAD.replace('correlation = "c2"', 'correlation = "c?"')


def test_the_comments_of_an_instance_go_with_it() -> None:
    """And those of the others stay."""
    draft = draft_of(read_source(BAD))
    without_first = rewrite_source(BAD, read_draft(draft.without(1)))
    without_second = rewrite_source(BAD, read_draft(draft.without(2)))

    assert "What stands behind the sensor's array" in without_first
    assert "What stands behind the sensor's array" not in without_second
    assert without_first.startswith("# The fault of 19 July 2024")


def test_a_wildcard_is_a_comment_that_can_come_to_life() -> None:
    """In its own line, and back."""
    draft = blank()
    text = write_source(read_draft(draft))
    with_pattern = draft.with_text(FieldRef(1, "model"), "mac*")
    changed = rewrite_source(text, read_draft(with_pattern))

    assert changed == text.replace('# model = "*"', 'model = "mac*"')
    assert rewrite_source(changed, read_draft(draft)) == text


@pytest.mark.parametrize(
    "given_text",
    [
        'instance = [{template = "ipc", detection = 7}]\nchannel = 291\nversion = 4\n',
        (
            "channel = 291\nversion = 4\n[[instance]]\n"
            'template="ipc"\ndetection = 7\nmatch.pipe_name = "x"\n'
        ),
        "this is not TOML",
        "",
    ],
)
def test_a_source_of_another_style_is_written_anew(given_text: str) -> None:
    """Rather than wrongly."""
    file = read_draft(blank().with_text(FieldRef(1, "pipe_name"), "mojo.*"))

    assert read_source(rewrite_source(given_text, file)) == file


@pytest.mark.parametrize(
    "criterion",
    [
        Criterion(CriterionKind.PATTERN, "*"),
        Criterion(CriterionKind.PATTERN, "c2"),
        Criterion(CriterionKind.EQUALS, "c*"),
        Criterion(CriterionKind.EQUALS, "\xff"),
    ],
)
def test_what_only_bytes_can_say_is_refused(criterion: Criterion) -> None:
    """With the place."""
    file = read_draft(blank())
    (instance,) = file.instances
    criteria = (criterion, *instance.criteria[1:])
    changed = type(instance)(instance.template, instance.detection, criteria)

    with pytest.raises(ContentError, match="instance 1, field 1"):
        write_source(type(file)(file.channel, file.version, (changed,)))
