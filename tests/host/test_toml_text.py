"""TOML that anybody may have written is read in a bounded time, or refused."""

from __future__ import annotations

import pytest

from minios import toml_text


def test_toml_is_read() -> None:
    """As Python's own reader does."""
    assert toml_text.loads('a.b = 1\n[c]\nd = "x.y"\n') == {
        "a": {"b": 1},
        "c": {"d": "x.y"},
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (".".join("a" * 300) + " = 1", "line 1 has more than 200 dots"),
        ("a = " + "[" * 10_000, "brackets are nested too deeply"),
        ("a = " + "1" * 5000, "digits"),
        ("a = ", "Invalid value"),
    ],
    ids=["dots", "brackets", "digits", "cut"],
)
def test_what_would_take_too_long_is_refused(text: str, said: str) -> None:
    """Always by one kind of error."""
    with pytest.raises(ValueError, match=said):
        toml_text.loads(text)
