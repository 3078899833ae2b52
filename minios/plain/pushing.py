"""Content files: choose one, inspect it, push it to all machines or to one."""

from __future__ import annotations

from typing import Final

from minios.content import Validator
from minios.errors import MiniosError
from minios.lab import ContentFile, content_files
from minios.lab.inputs import Push
from minios.plain.asking import DeclinedError, number_of, numbered, picked, span
from minios.plain.talk import Talk
from minios.plain.words import files
from minios.session import desk
from minios.session.spoken import sentence

HEAR: Final = "hear its fields and bytes"
PUSH: Final = "push it to all machines"
PUSH_TO_ONE: Final = "push it to one machine"


class Pushing(Talk):
    """Push content files."""

    def push(self) -> None:
        """Choose a file, hear what the validators say of it, and push it."""
        file = self._choose_file()
        self.tell(files.verdict(file.data, it) for it in Validator)
        question = f"What to do with {file.name}?"
        offers = [PUSH, HEAR, *self.deliveries[1:]]
        at = self.choose(question, offers)
        while offers[at] == HEAR:
            self.hear(file.data)
            at = self.choose(question, offers, again=True)
        self.deliver(file, offers[at])

    def _choose_file(self) -> ContentFile:
        found = desk.shipped(self.card.suggested)
        self.tell(numbered(f"{name}: {words}" for name, words in found))
        while True:
            answer = self.text("Which file? (its number, or a path; 0 to cancel)")
            name, _ = picked(answer, found) or (answer, "")
            try:
                return content_files.find(name)
            except MiniosError as error:
                self.say(sentence(str(error)))

    @property
    def deliveries(self) -> list[str]:
        """The ways to push a file; "to all machines" comes first."""
        return [PUSH, PUSH_TO_ONE] if len(self.names) > 1 else [PUSH]

    def deliver(self, file: ContentFile, how: str) -> None:
        """Push a file. What happens then is told when time goes on."""
        world = self.ask_world() if how == PUSH_TO_ONE else None
        self.conductor.send(Push(file), world)
        if not self.tell_new():  # the filter may leave the event out
            where = "all machines" if world is None else self.names[world]
            self.say(f"Pushed {file.name} to {where}.")

    def hear(self, data: bytes) -> None:
        """Print a summary of a file, then any part of it field by field."""
        passages = files.passages(data)
        words = numbered(it.words for it in passages)
        self.tell([*files.summary(data), *words])
        question = (
            "Which part? (its number, or an offset such as 0x38; "
            "? lists the parts, 0 to stop)"
        )
        while True:
            try:
                answer = self.text(question)
            except DeclinedError:
                return
            found, is_offset = number_of(answer), not answer.isdecimal()
            number = -1 if found is None else found
            if answer == "?":
                self.tell(words)
            elif not is_offset and 0 < number <= len(passages):
                self.page(files.fields(data, passages[number - 1]))
            elif is_offset and 0 <= number < len(data):
                self.say(files.field_at(data, number))
            else:
                self.say(
                    f"Please type a number, {span(1, len(passages))}, or an offset up "
                    f"to {len(data) - 1:#x}."
                )
