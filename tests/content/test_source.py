"""The TOML that a person writes becomes what they meant, or a sentence that helps."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minios.abi.content import IPC
from minios.content import (
    ContentError,
    Criterion,
    CriterionKind,
    SourceError,
    check,
    compile_source,
    read_source,
)

HEAD = "channel = 291\nversion = 2\n"
BLOCKING = '[[instance]]\ntemplate = "file"\ndetection = 1\naction = "block"\n'
INSTANCE = '[[instance]]\ntemplate = "ipc"\ndetection = 7\n'
MATCH = HEAD + INSTANCE + "[instance.match]\n"


def test_a_source_is_read_as_it_is_meant() -> None:
    """Numbers above 2**63 too: a detection id has 64 bits."""
    text = HEAD + INSTANCE.replace("7", "0xffff840500000074")
    file = read_source(text + '[instance.match]\ncorrelation = "c2"\n')

    assert (file.channel, file.version) == (291, 2)
    (instance,) = file.instances
    assert instance.detection == 0xFFFF_8405_0000_0074
    assert instance.criteria[:20] == (Criterion(),) * 20
    assert instance.criteria[20] == Criterion(CriterionKind.EQUALS, "c2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", Criterion()),
        ("", Criterion(CriterionKind.EQUALS, "")),
        ("spoolss", Criterion(CriterionKind.EQUALS, "spoolss")),
        ("mojo.*", Criterion(CriterionKind.PATTERN, "mojo.*")),
        ("status_?", Criterion(CriterionKind.PATTERN, "status_?")),
        ("**", Criterion(CriterionKind.PATTERN, "**")),
    ],
)
def test_the_text_says_which_kind_of_criterion_it_is(
    text: str, expected: Criterion
) -> None:
    """Only a lone star is the wildcard, which reads nothing."""
    (instance,) = read_source(f'{MATCH}pipe_name = "{text}"\n').instances

    assert instance.criteria[1] == expected


def test_a_file_without_instances_is_a_file() -> None:
    """It watches for nothing, which is a way to withdraw everything."""
    assert read_source(HEAD).instances == ()


MISTAKES = {
    "not TOML": ("channel 291", "this is not TOML: .*line 1"),
    "empty": ("", "the file: the channel is missing. Write channel = NUMBER"),
    "other channel": (
        "channel = 292\nversion = 1",
        "does not read channel 292. Write channel = 291",
    ),
    "no version": ("channel = 291", "the version is missing"),
    "version in quotes": ('channel = 291\nversion = "2"', "without quotes"),
    "version true": ("channel = 291\nversion = true", "not a whole number"),
    "version below zero": (
        "channel = 291\nversion = -1",
        "out of range. Write a number from 0 to",
    ),
    "version too large": ("channel = 291\nversion = 0x100000000", "out of range"),
    "unknown key": (
        HEAD + "instances = 3",
        "no key 'instances'. Did you mean 'instance'",
    ),
    "one bracket": (HEAD + "[instance]", "with two brackets"),
    "list of numbers": (HEAD + "instance = [1]", "instance 1: this is not a table"),
    "no template": (HEAD + "[[instance]]\ndetection = 1", 'Write template = "ipc"'),
    "other template": (
        HEAD + '[[instance]]\ntemplate = "ipcc"\ndetection = 1',
        "instance 1: there is no template 'ipcc'. Did you mean 'ipc'?",
    ),
    "no detection": (
        HEAD + '[[instance]]\ntemplate = "ipc"',
        "the detection is missing",
    ),
    "detection too large": (
        HEAD + '[[instance]]\ntemplate = "ipc"\ndetection = 0x10000000000000000',
        "instance 1: detection = .* out of range",
    ),
    "pipes cannot be blocked": (
        HEAD + INSTANCE + 'action = "block"',
        "instance 1: template ipc has no action 'block'. Choose from report",
    ),
    "no such action": (
        HEAD + BLOCKING.replace("block", "blck"),
        "instance 1: template file has no action 'blck'. Did you mean 'block'?",
    ),
    "action is a number": (
        HEAD + BLOCKING.replace('"block"', "2"),
        "instance 1: template file has no action 2",
    ),
    "match is no table": (HEAD + INSTANCE + "match = 1", r"Write \[instance.match\]"),
    "unknown field": (
        MATCH + 'pipename = "x"',
        "instance 1: template ipc has no field 'pipename'. Did you mean 'pipe_name'?",
    ),
    "number as text": (
        MATCH + "process_id = 4",
        r"instance 1, field 4 \(process_id\): 4 is not a text. Put it in quotes",
    ),
    "not ASCII": (MATCH + 'pipe_name = "ü"', "'ü' cannot be matched"),
    "control character": (MATCH + 'pipe_name = "a\\u0000"', "cannot be matched"),
    "long text": (MATCH + f'pipe_name = "{"x" * 256}"', "has 256 characters. Shorten"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_with_place_and_advice(name: str) -> None:
    """What, where, and what to do next."""
    text, words = MISTAKES[name]

    with pytest.raises(SourceError, match=words):
        read_source(text)


@pytest.mark.parametrize(
    "text",
    [
        "channel = " + "[" * 100_000,
        "channel = " + "9" * 5000,
        "channel = 291\nversion = 0x" + "f" * 5000,
        f"{'x' * 100_000} = 1",
    ],
    ids=["brackets", "digits", "hexadecimal digits", "name"],
)
def test_an_absurd_source_gets_a_short_answer(text: str) -> None:
    """Neither a traceback nor a page of digits."""
    with pytest.raises(SourceError) as caught:
        read_source(text)

    assert len(str(caught.value)) < 250


WORDS = st.sampled_from(
    [
        "channel",
        "version",
        "instance",
        "match",
        "pipe_name",
        "template",
        "detection",
        "=",
        "[",
        "]",
        "{",
        "}",
        ".",
        ",",
        "[[instance]]",
        "[instance.match]",
        '"ipc"',
        "291",
        "-1",
        "NEWLINE",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=25))
def test_any_text_is_a_channel_file_or_a_source_error(words: list[str]) -> None:
    """No source raises anything else."""
    text = " ".join(words).replace("NEWLINE", "\n")

    with contextlib.suppress(SourceError):
        assert check(compile_source(text)).accepted
    with contextlib.suppress(SourceError):
        assert check(compile_source(HEAD + text)).accepted


def test_the_names_to_choose_from_are_all_there() -> None:
    """A wrong field name is answered with the list of the right ones."""
    with pytest.raises(SourceError) as caught:
        read_source(MATCH + 'nonsense = "x"')

    assert ", ".join(IPC.fields) in str(caught.value)
    assert "Did you mean" not in str(caught.value)


def test_the_second_instance_is_called_the_second() -> None:
    """Instances count from 1."""
    with pytest.raises(SourceError, match=r"^instance 2: "):
        read_source(HEAD + INSTANCE + "[[instance]]")


@pytest.mark.parametrize(
    ("instances", "length", "words"),
    [(65, 1, "65 instances are more"), (64, 255 - 8, "sensor takes at most 32768")],
)
def test_a_file_that_the_sensor_has_no_room_for_is_not_made(
    instances: int, length: int, words: str
) -> None:
    """Too many instances, or too many bytes."""
    match = "".join(f'{name} = "{"x" * length}"\n' for name in IPC.fields)
    text = HEAD + f"{INSTANCE}[instance.match]\n{match}" * instances

    with pytest.raises(ContentError, match=words):
        compile_source(text)
