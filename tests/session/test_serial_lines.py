"""The lines of a serial port as a terminal shows them."""

from __future__ import annotations

import pytest

from minios.session.serial_lines import serial_lines


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("recovery> 1 \b \b\b \b4", "recovery> 4"),
        ("recovery> 1\b \b", "recovery> "),
        ("abc\b\bX", "aXc"),
        ("\b\ba", "a"),
        ("50 %\r100 %", "100 %"),
        ("told\r", "told"),
        ("  two blanks  ", "  two blanks  "),
    ],
)
def test_a_line_is_what_stands_there_in_the_end(written: str, shown: str) -> None:
    r"""\b steps to the left, \r to the first column; neither deletes anything."""
    assert serial_lines(f"before\r\n{written}\nafter") == ["before", shown, "after"]
