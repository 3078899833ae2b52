"""Content that is being made: as a form or as its source, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from minios.content import (
    ChannelFile,
    ContentError,
    Draft,
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
from minios.lab import ContentFile
from minios.session import content_words


@dataclass(slots=True)
class Desk:
    """The source of what was made last, until the lab is left."""

    source: str = field(default_factory=content_words.of_that_day)


def source_of(file: ContentFile) -> str:
    """The source of a file: its author's for a shipped one, else made from its bytes.

    Raises `ContentError` if it is not well formed, or says what no source can say.
    """
    if file.name in catalogue.NAMES and catalogue.load(file.name) == file.data:
        path = catalogue.path_of(file.name).with_suffix(catalogue.SOURCE_SUFFIX)
        if path.exists():
            text = path.read_text(encoding="utf-8")
            if compile_source(text) == file.data:
                return text
    return write_source(decode(file.data))


class Judged(NamedTuple):
    """The bytes, if there can be any; a verdict on them, and all that in words."""

    data: bytes
    verdict: Verdict | None
    words: str

    @property
    def is_good(self) -> bool:
        """Whether the validator lets it pass."""
        return self.verdict is not None and self.verdict.accepted


@dataclass(slots=True)
class EditedFile:
    """A file that somebody makes.

    Of form and source one is being edited (`in_source` says which). The other is made
    from it: the source at every change that can be compiled, the form when it is turned
    to.
    """

    source: str
    draft: Draft
    in_source: bool
    validator: Validator = Validator.HISTORICAL

    @classmethod
    def begin(cls, source: str) -> EditedFile:
        """As a form, unless there is a mistake in the source."""
        try:
            return cls(source, draft_of(read_source(source)), in_source=False)
        except ContentError:
            return cls(source, draft_of(ChannelFile(0, 0, ())), in_source=True)

    def _read(self) -> ChannelFile:
        return read_source(self.source) if self.in_source else read_draft(self.draft)

    def compiled(self) -> Judged:
        """What it is now."""
        try:
            file = self._read()
            data = encode(file)
        except ContentError as error:
            return Judged(b"", None, f"✖ cannot be compiled: {error}")
        self.source = rewrite_source(self.source, file)
        said = validate(data, self.validator)
        return Judged(data, said, content_words.verdict(self.validator, said))

    def turn(self) -> None:
        """From the form to the source, or back. Raises `ContentError` for a mistake."""
        file = self._read()
        self.source = rewrite_source(self.source, file)
        self.draft = draft_of(file)
        self.in_source = not self.in_source

    def ask_other(self) -> None:
        """The other validator."""
        fixed, historical = Validator.FIXED, Validator.HISTORICAL
        self.validator = historical if self.validator is fixed else fixed
