"""How plain mode is tested: somebody holds the conversation.

An answer that begins with `>` is a choice of the lab by its first words, so that the
tests do not depend on its number.
"""

from __future__ import annotations

from collections.abc import Iterator

from minios.plain import PlainLab
from minios.plain.menu import CHOICES, NUMBERED, OF_COST, OF_PANES
from minios.session import catalogue
from minios.session.files import Files
from minios.session.worker import InlinePlayer

TWO = catalogue.find("two-worlds")
MAC = catalogue.find("macos")
WINDOWS = catalogue.find("windows")
MOST = max(n for n, it in NUMBERED.items() if it in {*CHOICES, *OF_PANES, *OF_COST})
"""The highest number in a lab that has no choices of its own."""
BAD = (">push", "1", "1")  # the suggested file, and push it


def number_of(words: str) -> str:
    """The number of the choice that begins with these words."""
    for number, it in NUMBERED.items():
        if it.words.startswith(words):
            return str(number)
    raise AssertionError(words)


class Talker:
    """Gives its answers one by one, then is gone; remembers all that was said.

    `lines` is what was said, a prompt with its answer on a line; `prompts` are those
    alone.
    """

    def __init__(self, *answers: str) -> None:
        self.lines: list[str] = []
        self.prompts: list[str] = []
        self._answers: Iterator[str] = iter(answers)

    def say(self, text: str) -> None:
        """Listen."""
        self.lines.append(text)

    def ask(self, prompt: str) -> str:
        """Answer."""
        self.prompts.append(prompt)
        answer = next(self._answers, None)
        if answer is None:
            raise EOFError
        if answer.startswith(">"):
            answer = number_of(answer[1:])
        self.lines.append(prompt + answer)
        return answer

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)

    def choice(self, words: str) -> str:
        """The number of a choice, as it was typed."""
        return number_of(words)

    def after(self, words: str) -> list[str]:
        """What was said after the last line that has these words."""
        at = max(n for n, line in enumerate(self.lines) if words in line)
        return self.lines[at + 1 :]


def lab_of(
    card: catalogue.LabCard, talker: Talker, files: Files | None = None
) -> PlainLab:
    """A lab that talks with somebody."""
    players = [InlinePlayer(it) for it in card.machines]
    return PlainLab(card, players, talker.say, talker.ask, files or Files())


def talk(card: catalogue.LabCard, *answers: str, files: Files | None = None) -> Talker:
    """A whole conversation, until 0 or until there are no answers any more."""
    talker = Talker(*answers)
    lab = lab_of(card, talker, files)
    try:
        lab.run()
    except EOFError:
        pass
    finally:
        lab.close()
    return talker
