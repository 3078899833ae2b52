"""The talk about one lab, from its first question to its last."""

from __future__ import annotations

from minios.errors import MiniosError
from minios.plain.asking import DeclinedError, number_of
from minios.plain.menu import CHOICES, Everything
from minios.plain.words.text import sentence
from minios.session.frames import Frame


class PlainLab(Everything):
    """A conversation about one lab."""

    def run(self) -> None:
        """Until 0 is chosen, or there is nobody to ask any more."""
        self.note_progress("opened")
        self.say(sentence(f"{self.card.title}: {self.card.will_see}"))
        for frame, name in zip(self.conductor.frames, self.names, strict=True):
            self.say(f"{name}: {frame.words}.")
        self.hear_usual()
        complained: list[Frame] = []
        while (answer := self.answer("Choice?")) != "0":
            self._do(answer)
            complained = self._complain(complained)

    def _do(self, answer: str) -> None:
        number = number_of(answer) or 0
        try:
            if answer.startswith("?"):
                self.hear_more(answer)
            elif 0 < number <= len(CHOICES):
                CHOICES[number - 1].act(self)
            else:
                self.say(f"A number from 0 to {len(CHOICES)}, please, or ? for all.")
        except DeclinedError:
            return
        except MiniosError as error:
            self.say(sentence(str(error)))

    def _complain(self, before: list[Frame]) -> list[Frame]:
        """Say once what a machine could not do."""
        frames = [frame for frame in self.conductor.frames if frame.error]
        for frame, name in zip(self.conductor.frames, self.names, strict=True):
            if frame.error and not any(frame is it for it in before):
                self.say(f"{name}: {sentence(frame.error)}")
        return frames

    def close(self) -> None:
        """Give the machines back."""
        self.conductor.close()
