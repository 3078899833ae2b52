"""Write a content file by answering questions. On the screen this is the editor."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final

from minios.abi import content
from minios.content import ContentError, Validator, compile_source
from minios.lab import ContentFile
from minios.plain.asking import DeclinedError
from minios.plain.pushing import HEAR, Pushing
from minios.plain.words.files import verdict
from minios.session import desk
from minios.session.desk import of_that_day
from minios.session.spoken import one_blank, sentence

FIELDS: Final = content.IPC.fields
_INSTANCE: Final = """\

[[instance]]
template = "ipc"
detection = 0x1001
[instance.match]"""


class SourceDraft:
    """A content file in the making. It begins with the file of 19 July 2024."""

    def __init__(self) -> None:
        self.lines = of_that_day().splitlines()
        self.validator = Validator.HISTORICAL

    @property
    def data(self) -> bytes:
        """The compiled file; empty if the source cannot be compiled."""
        try:
            return compile_source("\n".join(self.lines))
        except ContentError:
            return b""

    def judged(self) -> str:
        """What the chosen validator says of the file, or why it does not compile."""
        try:
            data = compile_source("\n".join(self.lines))
        except ContentError as error:
            return sentence(f"It cannot be compiled: {error}")
        return verdict(data, self.validator)

    def rows(self) -> list[str]:
        """The source with line numbers, without blank lines."""
        return [
            f"line {number}: {one_blank(it)}"
            for number, it in enumerate(self.lines, 1)
            if it.strip()
        ]

    def match(self, field: str, pattern: str) -> None:
        """Set the pattern that a field of the last instance must match."""
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
        """Add an instance, which at first matches everything."""
        self.lines += _INSTANCE.splitlines()

    def put(self, number: int, text: str) -> None:
        """Replace a line, or add one after the last. An empty text deletes the line."""
        self.lines[number - 1 : number] = [text] * bool(text)

    def other_validator(self) -> None:
        """Use the other validator from now on."""
        fixed, historical = Validator.FIXED, Validator.HISTORICAL
        self.validator = historical if self.validator is fixed else fixed


class Making(Pushing):
    """Write content files."""

    _knows_fields: bool = False

    def make(self) -> None:
        """Edit a draft. It is compiled and validated after every change."""
        draft = SourceDraft()
        offers: tuple[tuple[str, Callable[[SourceDraft], None]], ...] = (
            ("set what a field must match", self._match),
            ("add an instance", self._add_instance),
            ("hear the source, line by line", lambda draft: self.page(draft.rows())),
            ("change a line of the source", self._change_line),
            (HEAR, self._hear_bytes),
            ("ask the other validator", self._ask_other),
        )
        words = [*(name for name, _ in offers), *self.deliveries]
        self.say(f"The file begins as {desk.BEGINNING}.")
        self.say(draft.judged())
        question, none = "What to do with the file?", "0 deletes it"
        at = self.choose(question, words, none=none)
        while at < len(offers) or not self._is_delivered(draft, words[at]):
            if at < len(offers):
                self._do_with(draft, offers[at][1])
            at = self.choose(question, words, again=True, none=none)

    def _is_delivered(self, draft: SourceDraft, how: str) -> bool:
        """Push the draft. False if it does not compile, or if the user cancels."""
        if not draft.data:
            self.say(draft.judged())
            return False
        try:
            self.deliver(ContentFile("made-here", draft.data), how)
        except DeclinedError:
            self.say("Nothing was pushed.")
            return False
        return True

    def _do_with(self, draft: SourceDraft, act: Callable[[SourceDraft], None]) -> None:
        try:
            act(draft)
        except DeclinedError:
            self.say("Nothing was changed.")

    def _match(self, draft: SourceDraft) -> None:
        at = self.choose("Which field?", FIELDS, again=self._knows_fields)
        self._knows_fields = True
        question = (
            f"What must {FIELDS[at]} match? (a star stands for any text, a question "
            "mark for any character; for a star alone the field is not read)"
        )
        draft.match(FIELDS[at], self.line(question))
        self.say(draft.judged())

    def _add_instance(self, draft: SourceDraft) -> None:
        draft.add_instance()
        self.say("From now on you set the fields of this instance.")
        self.say(draft.judged())

    def _change_line(self, draft: SourceDraft) -> None:
        most = len(draft.lines) + 1
        number = self.number(f"Which line? {most} adds one at the end.", 1, most)
        if number < most:
            self.say(f"Now it is: {draft.lines[number - 1]}")
        draft.put(number, self.answer("Type the new line (Enter alone deletes it):"))
        self.say(draft.judged())

    def _hear_bytes(self, draft: SourceDraft) -> None:
        if draft.data:
            self.hear(draft.data)
        else:
            self.say(draft.judged())

    def _ask_other(self, draft: SourceDraft) -> None:
        draft.other_validator()
        self.say(draft.judged())
