"""Short descriptions of the content files that come with minios, for the picker."""

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
    "channel-291-bad-user-half": "the same, but the pointer is in the user half",
    "channel-291-factory": "the content of a new disk",
    "channel-291-good": "five instances, of which one matches",
    "channel-291-latent": "the 21st field is a wildcard: the fault sleeps",
    "channel-291-random": "4 KiB of random bytes",
    "channel-291-truncated": "a good file that has been cut short",
}


def shipped(suggested: str) -> tuple[tuple[str, str], ...]:
    """The name and description of each content file, with the suggested one first."""
    names = sorted(content_files.shipped(), key=lambda name: name != suggested)
    return tuple((name, _WORDS.get(name, "")) for name in names)


def source(patterns: Mapping[str, str]) -> str:
    """The source of a file with one instance, with a pattern for each named field.

    The other fields are wildcards, and stand in the source as comments.
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
    """The verdict of a validator as a sentence."""
    sign = "✓ accepts" if said.accepted else "✖ refuses"
    return f"the {validator.value} validator {sign}: {said.words}"


def of_that_day() -> str:
    """A source to start from: it has a criterion in the last field, and in no other."""
    return source({content.IPC.fields[-1]: "c2"})


def verdicts(file: ContentFile) -> tuple[str, ...]:
    """The verdicts of both validators, one on each line."""
    lines = []
    for validator in Validator:
        said = validate(file.data, validator)
        word = "accepts" if said.accepted else "REFUSES"
        lines.append(f"{validator.value:10} {word}: {said.words}")
    return tuple(lines)
