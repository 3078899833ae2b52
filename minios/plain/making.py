"""A content file of one's own, made by talking: what the editor is on the screen."""

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
from minios.plain.words.text import one_blank, sentence
from minios.session.desk import of_that_day

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


class Making(Pushing):
    """Makes content files."""

    _knows_fields: bool = False

    def make(self) -> None:
        """Compiled, and judged, after every change."""
        draft = SourceDraft()
        offers: tuple[tuple[str, Callable[[SourceDraft], None]], ...] = (
            ("say what a field must match", self._match),
            ("add an instance", self._add_instance),
            ("hear the source, line by line", lambda draft: self.page(draft.rows())),
            ("change a line of the source", self._change_line),
            (HEAR, self._hear_bytes),
            ("ask the other validator", self._ask_other),
        )
        words = [*(name for name, _ in offers), *self.deliveries]
        self.say(f"To begin with, it is a file with a criterion on {FIELDS[-1]}.")
        self.say(draft.judged())
        question, none = "What to do with it?", "0 forgets it"
        at = self.choose(question, words, none=none)
        while at < len(offers) or not self._is_delivered(draft, words[at]):
            if at < len(offers):
                self._do_with(draft, offers[at][1])
            at = self.choose(question, words, again=True, none=none)

    def _is_delivered(self, draft: SourceDraft, how: str) -> bool:
        """Not if there is a mistake in it, or nobody is to get it after all."""
        if not draft.data:
            self.say(draft.judged())
            return False
        try:
            self.deliver(ContentFile("made-here", draft.data), how)
        except DeclinedError:
            self.say("Nothing is pushed.")
            return False
        return True

    def _do_with(self, draft: SourceDraft, act: Callable[[SourceDraft], None]) -> None:
        try:
            act(draft)
        except DeclinedError:
            self.say("Nothing is changed.")

    def _match(self, draft: SourceDraft) -> None:
        at = self.choose("Which field?", FIELDS, again=self._knows_fields)
        self._knows_fields = True
        question = (
            f"What must {FIELDS[at]} match? (a star is any text, a question mark any "
            "character, a star alone reads nothing)"
        )
        draft.match(FIELDS[at], self.line(question))
        self.say(draft.judged())

    def _add_instance(self, draft: SourceDraft) -> None:
        draft.add_instance()
        self.say("What fields must match is said of this instance from here on.")
        self.say(draft.judged())

    def _change_line(self, draft: SourceDraft) -> None:
        most = len(draft.lines) + 1
        number = self.number(f"Which line? {most} adds one at the end.", 1, most)
        if number < most:
            self.say(f"Now it is: {draft.lines[number - 1]}")
        draft.put(number, self.answer("What is it to be? (nothing takes the line out)"))
        self.say(draft.judged())

    def _hear_bytes(self, draft: SourceDraft) -> None:
        if draft.data:
            self.hear(draft.data)
        else:
            self.say(draft.judged())

    def _ask_other(self, draft: SourceDraft) -> None:
        draft.other_validator()
        self.say(draft.judged())
