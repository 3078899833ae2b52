"""The content files of the fuzzer, and what is expected of each of them."""

from __future__ import annotations

from collections import Counter

import pytest

from minios.abi import content
from minios.content import ChannelFile, Criterion, CriterionKind, Instance, check
from minios.dev.fuzz import content_cases, forecast

INPUTS = ("open", "lsass", *["7"] * 18)
WILD = Criterion()
LAST = Criterion(CriterionKind.PATTERN, "*")


def file_with(*criteria: Criterion, detection: int = 0x1000) -> ChannelFile:
    """A file with one instance, whose other fields are wildcards."""
    rest = [WILD] * (len(content.IPC.fields) - len(criteria) - 1)
    instance = Instance(content.IPC.name, detection, (*criteria, *rest, LAST))
    return ChannelFile(content.CHANNEL_NUMBER, 1, (instance,))


PROGRAMS = Instance(
    content.PROCESS.name, 1, (*[WILD] * (len(content.PROCESS.fields) - 1), LAST)
)


def test_a_case_is_the_same_whenever_it_is_made() -> None:
    """It depends on the seed and its number, not on the cases before it."""
    assert content_cases.case(7, 3) == content_cases.case(7, 3)
    assert content_cases.case(7, 3) != content_cases.case(8, 3)


def test_the_cases_get_past_every_check() -> None:
    """Each verdict of the sensor comes, and many files are accepted."""
    verdicts = Counter(check(content_cases.case(1, n).data).status for n in range(1000))

    never = {"BAD_VERSION", "TOO_SHORT", "FIELD_COUNT"}  # seldom, so not asked for
    wanted = {"ACCEPTED", "BAD_MAGIC", "SIZE_MISMATCH", "BAD_CHECKSUM", "TOO_LARGE"}
    wanted |= {"UNKNOWN_TEMPLATE", "BAD_INSTANCE", "BAD_CRITERION", "BAD_ACTION"}
    assert verdicts.keys() >= wanted
    assert verdicts.keys() <= wanted | never
    assert verdicts["ACCEPTED"] > 300


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (file_with(), True),
        (file_with(detection=0), False),
        (file_with(detection=0x2000), None),
        (file_with(Criterion(CriterionKind.EQUALS, "open")), True),
        (file_with(Criterion(CriterionKind.EQUALS, "close")), False),
        (file_with(WILD, Criterion(CriterionKind.PATTERN, "l*a?s")), True),
        (file_with(WILD, Criterion(CriterionKind.PATTERN, "l*a?")), False),
        (ChannelFile(content.CHANNEL_NUMBER, 1, ()), False),
        (ChannelFile(content.CHANNEL_NUMBER, 1, (PROGRAMS,)), False),
    ],
)
def test_what_a_file_must_lead_to(file: ChannelFile, expected: bool | None) -> None:
    """A fault only behind twenty fields that match, at an address that is refused."""
    found = forecast.reads_forbidden(file, INPUTS, lambda address: address == 0x2000)

    assert found is expected


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("?", "", False),
        ("a*b*c", "aXbYc", True),
        ("a*b*c", "aXbY", False),
        ("*" * 200 + "x", "a" * 60, False),
    ],
)
def test_stars_and_question_marks(pattern: str, text: str, fits: bool) -> None:
    """As the manual of the content files has it."""
    criterion = Criterion(CriterionKind.PATTERN, pattern)
    file = file_with(criterion)

    assert forecast.reads_forbidden(file, (text, *INPUTS[1:]), lambda _: False) is fits
