"""The inputs of a form are a file, or a sentence that says what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given

from minios.abi.content import IPC
from minios.content import (
    ChannelFile,
    Criterion,
    CriterionKind,
    FieldRef,
    SourceError,
    draft_of,
    encode,
    inspect,
    read_draft,
    said,
)
from tests.content.drafts import blank, files

LAST = FieldRef(1, IPC.fields[-1])


@given(files)
def test_a_form_filled_in_with_a_file_is_that_file(file: ChannelFile) -> None:
    """Also texts that are empty, begin with a blank, or stand in quotes."""
    assert read_draft(draft_of(file)) == file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Criterion()),
        ("*", Criterion()),
        ("c2", Criterion(CriterionKind.EQUALS, "c2")),
        ('""', Criterion(CriterionKind.EQUALS, "")),
        ('" c2"', Criterion(CriterionKind.EQUALS, " c2")),
        ('"', Criterion(CriterionKind.EQUALS, '"')),
        ("c?", Criterion(CriterionKind.PATTERN, "c?")),
        ("**", Criterion(CriterionKind.PATTERN, "**")),
    ],
)
def test_an_input_says_which_kind_of_criterion_it_is(
    text: str, expected: Criterion
) -> None:
    """Nothing and a lone star are the wildcard; quotes allow the empty text."""
    (instance,) = read_draft(blank().with_text(LAST, text)).instances

    assert instance.criteria[-1] == expected


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        (LAST, "", "wildcard: it always matches"),
        (LAST, "c2", "equals"),
        (LAST, "c*", "pattern"),
        (FieldRef(1, "detection"), "0xffff840500000074", "kernel's half"),
        (FieldRef(1, "detection"), "0x9c", "user's half"),
        (FieldRef(1, "detection"), "0", "null"),
        (FieldRef(1, "detection"), "0x900000000000", "not canonical"),
        (
            FieldRef(1, "template"),
            "ipc",
            "21 fields, for which the sensor supplies 20 inputs",
        ),
    ],
)
def test_an_input_is_told_in_words(field: FieldRef, text: str, words: str) -> None:
    """What it is as it stands there."""
    found = said(field, text)

    assert words in found.words
    assert not found.is_wrong


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        (LAST, "ü", "cannot be matched"),
        (LAST, "x" * 256, "has 256 characters"),
        (FieldRef(0, "channel"), "292", "does not read channel 292"),
        (FieldRef(0, "version"), "", "not a whole number"),
        (FieldRef(0, "version"), "-1", "out of range"),
        (FieldRef(1, "detection"), "0x", "not a whole number"),
        (FieldRef(1, "detection"), str(1 << 64), "out of range"),
        (FieldRef(1, "template"), "ipx", "Did you mean 'ipc'?"),
    ],
)
def test_a_mistake_is_told_where_it_is(field: FieldRef, text: str, words: str) -> None:
    """In the words beside the input, and by the file that cannot be."""
    found = said(field, text)
    assert words in found.words
    assert found.is_wrong

    with pytest.raises(SourceError):
        read_draft(blank().with_text(field, text))


def test_a_place_knows_the_bytes_that_it_becomes() -> None:
    """All of an instance's header and criteria belong to one place, or to none."""
    draft = blank().with_text(LAST, "c2")
    spans = inspect(encode(read_draft(draft))).spans

    owned = [span.field for span in spans if LAST.owns(span.field)]
    assert owned == [
        f"instance.1.correlation.{part}"
        for part in ("kind", "reserved", "length", "offset", "text")
    ]
    for field in (*draft.all_fields(0), *draft.all_fields(1)):
        assert any(field.owns(span.field) for span in spans), field


def test_instances_come_and_go() -> None:
    """A new one has an id of its own; the others stay as they are."""
    draft = blank().with_instance().with_instance()
    ids = [draft.text(FieldRef(n, "detection")) for n in (1, 2, 3)]
    assert len(set(ids)) == 3

    left = draft.without(2)
    assert [left.text(FieldRef(n, "detection")) for n in (1, 2)] == [ids[0], ids[2]]
    again = left.with_instance()
    assert again.text(FieldRef(3, "detection")) == ids[1]
    assert blank().without(1).instances == 0
