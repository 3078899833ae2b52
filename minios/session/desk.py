"""A content file while a person makes it, as a form or as source text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from minios.abi import content
from minios.content import (
    ChannelFile,
    ContentError,
    Draft,
    Instance,
    Validator,
    Verdict,
    catalogue,
    compile_source,
    decode,
    draft_of,
    encode,
    read_draft,
    read_source,
    rewrite_source,
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
    "channel-291-block": "rules for programs and files, too; some block",
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


BEGINNING: Final = "the fault of 19 July 2024: a criterion in the 21st field"


def verdicts(file: ContentFile) -> tuple[str, ...]:
    """What both validators of the vendor would say, a line each."""
    lines = []
    for validator in Validator:
        said = validate(file.data, validator)
        word = "accepts" if said.accepted else "REFUSES"
        lines.append(f"{validator.value:10} {word}: {said.words}")
    return tuple(lines)


@dataclass(slots=True)
class Desk:
    """The source that was made last in this lab. It is kept until the lab is left."""

    source: str = field(default_factory=of_that_day)

    @property
    def beginning(self) -> str:
        """What the file is that the editor opens with."""
        if self.source == of_that_day():
            return BEGINNING
        return "the file that you made here last"


def source_of(file: ContentFile) -> str:
    """The source of a file: from its author if it has one, or made from its bytes.

    Raises `ContentError` if the file is not well formed, or if no source can mean it.
    """
    if file.name in catalogue.NAMES and catalogue.load(file.name) == file.data:
        path = catalogue.path_of(file.name).with_suffix(catalogue.SOURCE_SUFFIX)
        if path.exists():
            text = path.read_text(encoding="utf-8")
            if compile_source(text) == file.data:
                return text
    return write_source(decode(file.data))


class Judged(NamedTuple):
    """The bytes if the source can be compiled, the verdict, and both in words."""

    data: bytes
    verdict: Verdict | None
    words: str

    @property
    def is_good(self) -> bool:
        """Whether the validator accepts the file."""
        return self.verdict is not None and self.verdict.accepted


@dataclass(slots=True)
class EditedFile:
    """A file while somebody makes it.

    A person edits the form or the source (`in_source` says which). The other one
    follows: the source after every change of the form that can be compiled, and the
    form when the person turns to it.
    """

    source: str
    draft: Draft
    in_source: bool
    validator: Validator = Validator.HISTORICAL

    @classmethod
    def begin(cls, source: str) -> EditedFile:
        """Begin with the form, or with the source if that contains a mistake."""
        try:
            return cls(source, draft_of(read_source(source)), in_source=False)
        except ContentError:
            return cls(source, draft_of(ChannelFile(0, 0, ())), in_source=True)

    def _read(self) -> ChannelFile:
        return read_source(self.source) if self.in_source else read_draft(self.draft)

    def compiled(self) -> Judged:
        """The result of compiling the current text."""
        try:
            file = self._read()
            data = encode(file)
        except ContentError as error:
            return Judged(b"", None, f"✖ cannot be compiled: {error}")
        self.source = rewrite_source(self.source, file)
        said = validate(data, self.validator)
        return Judged(data, said, verdict(self.validator, said))

    def turn(self) -> None:
        """Change from the form to the source, or back.

        Raises `ContentError` for a mistake.
        """
        file = self._read()
        self.source = rewrite_source(self.source, file)
        self.draft = draft_of(file)
        self.in_source = not self.in_source

    def ask_other(self) -> None:
        """Ask the other validator from now on."""
        fixed, historical = Validator.FIXED, Validator.HISTORICAL
        self.validator = historical if self.validator is fixed else fixed
