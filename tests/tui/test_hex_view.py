"""Bytes in rows: all of them, folded to any width, marked where they should be."""

from __future__ import annotations

import re

import pytest

from minios.content import catalogue, inspect
from minios.tui.drawing.hex_view import (
    HexRows,
    byte_in_words,
    legend,
    place_in_words,
    runs,
)
from minios.tui.drawing.lines import length, plain

BAD = catalogue.load("channel-291-bad")
_ROW = re.compile(r"^[✖ ][0-9a-f]{4}((?:[ \[\]][0-9a-f]{2})+)(\]?)", re.MULTILINE)


def rows_of(data: bytes, width: int) -> HexRows:
    """As the view makes them."""
    return HexRows(data, inspect(data).spans, width)


@pytest.mark.parametrize("name", catalogue.NAMES)
@pytest.mark.parametrize("width", [1, 18, 30, 47, 48, 60, 120])
def test_every_byte_is_shown_once_at_every_width(name: str, width: int) -> None:
    """Also of files that are broken."""
    data = catalogue.load(name)
    rows = rows_of(data, width)
    shown = ""
    for number in range(len(rows)):
        drawn = rows.line(number, ())
        found = _ROW.match(plain([drawn]))
        shown += found[1] if found else ""
        assert length(drawn) <= max(width, 19)

    assert bytes.fromhex(shown) == data


@pytest.mark.parametrize("width", range(48, 110, 3))
def test_no_word_of_a_row_is_lost_by_folding(width: int) -> None:
    """What begins in a row stands there in full."""
    rows = rows_of(BAD, width)
    text = "".join(
        plain([rows.line(number, ())])[31:] for number in range(len(rows))
    ).replace(" ", "")

    assert "detection0xffff840500000074" in text
    assert "correlation:equals,length2,offset192" in text


@pytest.mark.parametrize("width", [19, 60])
def test_what_is_marked_stands_between_brackets(width: int) -> None:
    """One pair, also where it goes on in the next row."""
    rows = rows_of(BAD, width)
    for start in range(40):
        for size in (1, 3, 8, 17):
            marked = [range(start, start + size)]
            text = plain(rows.line(n, marked) for n in range(len(rows)))
            shown = "".join(found[1] + found[2] for found in _ROW.finditer(text))
            inside = shown[shown.index("[") + 1 : shown.index("]")]
            assert bytes.fromhex(inside) == BAD[start : start + size]
            assert (shown.count("["), shown.count("]")) == (1, 1)


def test_the_row_of_a_verdict_has_a_sign() -> None:
    """That row and no other."""
    rows = rows_of(BAD, 60)
    signs = [plain([rows.line(n, (), 0x29)])[:5] for n in range(len(rows))]

    assert [it for it in signs if it.startswith("✖")] == ["✖0028"]


def test_a_cell_is_the_byte_that_stands_there() -> None:
    """For clicks: between offsets and words."""
    rows = rows_of(BAD, 120)

    assert rows.byte_at(1, 6) == 8
    assert rows.byte_at(1, 5 + 3 * 7 + 1) == 15
    assert rows.byte_at(1, 3) is None
    assert rows.byte_at(1, 50) is None
    assert rows.byte_at(9999, 6) is None


def test_places_and_bytes_are_told_in_full() -> None:
    """Name, offset, length, value; folded, never cut."""
    spans = inspect(BAD).spans
    own = [it for it in spans if it.field.startswith("instance.2.correlation.")]
    told = " ".join(plain(place_in_words("x", own, 30)).split())
    at = own[0].start

    assert f"[ ] x: at {at:#06x}, 8 bytes: equals, length 2, offset 192" in told
    assert '3 bytes: text "c2"' in told
    assert [len(run) for run in runs(own)] == [11]
    byte = " ".join(plain(byte_in_words(BAD, spans, at + 2, 30)).split())
    assert byte == (
        f"[02] byte {at + 2:#06x} of instance.2.correlation.length: "
        f"at {at + 2:#06x}, 2 bytes: 2"
    )


def test_the_legend_has_a_word_for_every_kind_that_occurs() -> None:
    """And what belongs to no field is called so."""
    assert plain(legend(inspect(BAD).spans, 99)).split() == [
        "header",
        "instance",
        "criterion",
        "text",
        "padding:",
        "zeros",
    ]
    longer = inspect(BAD + b"more").spans
    assert "belongs to no field" in plain(legend(longer, 99))
