"""What the shipped content files are, in a few words for the picker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from minios.abi import content
from minios.content import Validator, validate
from minios.lab import ContentFile, content_files

_HEAD: Final = """\
# A line that begins with # is not read; a field that is "*" or not named is a wildcard.
# * stands for any text, ? for one character.
channel = 291
version = 4

[[instance]]
template = "ipc"
detection = 0xffff840500000074
[instance.match]
"""
_WORDS: Final = {
    "channel-291-bad": "a criterion in the 21st field: the file of 19 July 2024",
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
    fields = "\n".join(
        f"{name} = {json.dumps(patterns[name])}"
        if name in patterns
        else f'# {name} = "*"'
        for name in content.IPC.fields
    )
    return f"{_HEAD}{fields}\n"


def of_that_day() -> str:
    """A source to begin with: a criterion on the last field, and on no other."""
    return source({content.IPC.fields[-1]: "c2"})


def verdicts(file: ContentFile) -> tuple[str, ...]:
    """What both validators of the vendor would say, a line each."""
    lines = []
    for validator in Validator:
        verdict = validate(file.data, validator)
        word = "accepts" if verdict.accepted else "REFUSES"
        lines.append(f"{validator.value:10} {word}: {verdict.words}")
    return tuple(lines)
