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
        ("a = ", "Invalid value"),
    ],
    ids=["dots", "brackets", "cut"],
)
def test_what_would_take_too_long_is_refused(text: str, said: str) -> None:
    """Always by one kind of error."""
    with pytest.raises(ValueError, match=said):
        toml_text.loads(text)


@pytest.mark.parametrize("around", ["n = {}", "n = [1, [{}]]", "[a]\nb = {{n = {}}}"])
@pytest.mark.parametrize("digits", ["0x" + "f" * 257, "0x" + "f" * 60_000, "1" * 5000])
def test_a_number_that_python_could_not_write_is_refused(
    around: str, digits: str
) -> None:
    """A message that shows it would fail."""
    toml_text.loads(around.format("0x" + "f" * 256))

    with pytest.raises(ValueError, match="a number has more than 1024 bits"):
        toml_text.loads(around.format(digits))
