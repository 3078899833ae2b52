"""A content file while a person makes it, as a form or as source text."""

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
    """The source that was made last in this lab. It is kept until the lab is left."""

    source: str = field(default_factory=content_words.of_that_day)


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
        return Judged(data, said, content_words.verdict(self.validator, said))

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
