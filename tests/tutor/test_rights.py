"""Which answers to a question are right, and which are none at all."""

from __future__ import annotations

import pytest

from minios.tutor import rights
from minios.tutor.rights import Choice, Exactly

CHOICE = Choice(("The kernel.", "The CPU (in hardware).", "The sensor"), "The sensor")


@pytest.mark.parametrize("typed", ["20", "0x14", " 0X14 ", "0b10100"])
def test_a_number_may_be_typed_in_any_form(typed: str) -> None:
    """0x14 and 20 are one number."""
    assert Exactly(20, "a number").judge(typed) == ""


@pytest.mark.parametrize("typed", ["", " ", "twenty", "20 or so", "9" * 81])
def test_what_is_no_number_is_no_answer(typed: str) -> None:
    """Neither right nor wrong: it is said what is to be typed."""
    assert Exactly(20, "a number").judge(typed) is None


def test_a_wrong_number_is_named() -> None:
    """So that whoever has mistyped sees it."""
    assert Exactly(20, "a number").judge("0x15") == "No, 0x15 is not right."


@pytest.mark.parametrize("typed", ["c", "C", "c)", "C.", "the sensor", "The sensor."])
def test_an_option_is_chosen_by_its_letter_or_its_text(typed: str) -> None:
    """Capital letters and the signs behind a letter do not count."""
    assert CHOICE.judge(typed) == ""


@pytest.mark.parametrize("typed", ["b", "the cpu (in hardware)", "1", "d", "", "CPU"])
def test_another_option_is_wrong_and_anything_else_no_answer(typed: str) -> None:
    """A number is no letter."""
    is_option = typed in ("b", "the cpu (in hardware)")
    wanted = "No, it is not: The CPU (in hardware)." if is_option else None

    assert CHOICE.judge(typed) == wanted


def test_the_letters_of_the_options_are_told() -> None:
    """In the question and in what is to be typed."""
    assert rights.lettered(("one", "two")) == ("a) one", "b) two")
    assert CHOICE.form == "the letter of your answer, a to c"


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("20", "0x14", True),
        ("0x14", "20", True),
        ("20", "21", False),
        ("Sensor", " sensor", True),
        ("20", "twenty", False),
    ],
)
def test_a_known_mistake_is_recognized_in_any_form(
    one: str, other: str, are_same: bool
) -> None:
    """As a right answer is."""
    assert rights.same(one, other) is are_same


@pytest.mark.parametrize("typed", ["sentinel.ext", "sentinel", "Sentinel "])
def test_the_ending_of_a_plugins_name_may_be_left_out(typed: str) -> None:
    """As in scenario files. Other names are still wrong."""
    assert Exactly("sentinel.ext", "a name").judge(typed) == ""
    assert Exactly("sentinel.ext", "a name").judge("villain") != ""
    assert Exactly("C-000291.SYS", "a name").judge("C-000291") != ""
