"""What the shipped content files are, in a few words for the picker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minios.abi import content
from minios.content import (
    ChannelFile,
    Instance,
    Validator,
    Verdict,
    validate,
    write_source,
)
from minios.content.source import WILDCARD, criterion
from minios.lab import ContentFile, content_files

_VERSION: Final = 4
_DETECTION: Final = 0xFFFF_8405_0000_0074
_WORDS: Final = {
    "channel-291-bad": "a criterion in the 21st field: the fault of 19 July 2024",
    "channel-291-bad-user-half": "the same, with a pointer into the user's half",
    "channel-291-factory": "what a fresh disk carries",
    "channel-291-good": "five instances; one matches and is reported",
    "channel-291-latent": "21 fields, the last a wildcard: the fault sleeps",
    "channel-291-random": "4 KiB of noise",
    "channel-291-truncated": "a good file, cut short",
}


def shipped(suggested: str) -> tuple[tuple[str, str], ...]:
    """Name and words of every shipped file, the suggested one first."""
    names = sorted(content_files.shipped(), key=lambda name: name != suggested)
    return tuple((name, _WORDS.get(name, "")) for name in names)


def source(patterns: Mapping[str, str]) -> str:
    """The source of a file with one instance: a pattern for each field that is named.

    What the others would be stands in it as a comment.
    """
    instance = Instance(
        content.IPC.name,
        _DETECTION,
        tuple(
            criterion(patterns.get(name, WILDCARD), name) for name in content.IPC.fields
        ),
    )
    return write_source(ChannelFile(content.CHANNEL_NUMBER, _VERSION, (instance,)))


def verdict(validator: Validator, said: Verdict) -> str:
    """What a validator has said, in a sentence."""
    sign = "✓ accepts" if said.accepted else "✖ refuses"
    return f"the {validator.value} validator {sign}: {said.words}"


def of_that_day() -> str:
    """A source to begin with: a criterion on the last field, and on no other."""
    return source({content.IPC.fields[-1]: "c2"})


def verdicts(file: ContentFile) -> tuple[str, ...]:
    """What both validators of the vendor would say, a line each."""
    lines = []
    for validator in Validator:
        said = validate(file.data, validator)
        word = "accepts" if said.accepted else "REFUSES"
        lines.append(f"{validator.value:10} {word}: {said.words}")
    return tuple(lines)
