"""A content file that is being made: the lines of its source, and its bytes. Pure."""

from __future__ import annotations

import json
import re
from typing import Final

from minios.abi import content
from minios.content import ContentError, Validator, compile_source
from minios.plain.words.files import verdict
from minios.plain.words.text import one_blank, sentence
from minios.session.content_words import of_that_day

FIELDS: Final = content.IPC.fields
_INSTANCE: Final = """\

[[instance]]
template = "ipc"
detection = 0x1001
[instance.match]"""


class SourceDraft:
    """Begins with the file of that day, as the editor on the screen does."""

    def __init__(self) -> None:
        self.lines = of_that_day().splitlines()
        self.validator = Validator.HISTORICAL

    @property
    def data(self) -> bytes:
        """The file; nothing if the source cannot be compiled."""
        try:
            return compile_source("\n".join(self.lines))
        except ContentError:
            return b""

    def judged(self) -> str:
        """What the chosen validator says of it; or why there is no file."""
        try:
            data = compile_source("\n".join(self.lines))
        except ContentError as error:
            return sentence(f"It cannot be compiled: {error}")
        return verdict(data, self.validator)

    def rows(self) -> list[str]:
        """The source, with the numbers of its lines; blank ones are left out."""
        return [
            f"line {number}: {one_blank(it)}"
            for number, it in enumerate(self.lines, 1)
            if it.strip()
        ]

    def match(self, field: str, pattern: str) -> None:
        """What a field of the last instance must be."""
        made = f"{field} = {json.dumps(pattern)}"
        for at in range(len(self.lines) - 1, -1, -1):
            if re.match(rf"\s*#?\s*{field}\s*=", self.lines[at]):
                self.lines[at] = made
                return
            if self.lines[at].strip() == "[instance.match]":
                self.lines.insert(at + 1, made)
                return
        self.lines.append(made)

    def add_instance(self) -> None:
        """Another one, which matches everything so far."""
        self.lines += _INSTANCE.splitlines()

    def put(self, number: int, text: str) -> None:
        """In place of a line, or behind the last; nothing takes the line out."""
        self.lines[number - 1 : number] = [text] * bool(text)

    def other_validator(self) -> None:
        """Ask the other one from now on."""
        fixed, historical = Validator.FIXED, Validator.HISTORICAL
        self.validator = historical if self.validator is fixed else fixed
