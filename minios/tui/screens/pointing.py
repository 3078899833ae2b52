"""Point at a word on the screen, with keys or the mouse, and have it explained.

The screen below stands still meanwhile: this one shows a picture of it, in which the
words of the glossary are underlined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from minios import glossary
from minios.glossary import Term
from minios.tui.screens.glossary import TermScreen
from minios.tui.screens.modal import Modal
from minios.tui.widgets.key_bar import KeyBar, told

_WORD: Final = Style(underline=True)
_CHOSEN: Final = Style(reverse=True, bold=True)


class Word(NamedTuple):
    """A word of the glossary: its row, its first cell, its end, and its term."""

    y: int
    x: int
    end: int
    term: Term


def words_in(strips: Sequence[Strip]) -> list[Word]:
    """The words of the glossary in rows of a screen, from its top to its bottom."""
    found = []
    for y, strip in enumerate(strips):
        text = "".join(segment.text for segment in strip)
        for first, end, term in glossary.places_in(text):
            x = cell_len(text[:first])
            found.append(Word(y, x, x + cell_len(text[first:end]), term))
    return found


class Picture(Widget, can_focus=False):
    """A picture of a screen, with its words underlined and one of them chosen."""

    class Clicked(Message):
        """The user has clicked at a word."""

        def __init__(self, word: Word) -> None:
            super().__init__()
            self.word = word

    def __init__(self, strips: Sequence[Strip], words: Sequence[Word]) -> None:
        super().__init__()
        self._strips = tuple(strips)
        self._words = tuple(words)
        self.chosen: Word | None = None

    def render_line(self, y: int) -> Strip:
        """A row of the picture."""
        if y >= len(self._strips):
            return Strip.blank(self.size.width)
        strip, parts, at = self._strips[y], [], 0
        for word in self._words:
            if word.y == y:
                style = _CHOSEN if word == self.chosen else _WORD
                parts.append(strip.crop(at, word.x))
                drawn = Segment.apply_style(
                    strip.crop(word.x, word.end), post_style=style
                )
                parts.append(Strip(drawn))
                at = word.end
        return Strip.join([*parts, strip.crop(at)])

    def on_click(self, event: Click) -> None:
        """Choose the word that was clicked."""
        for word in self._words:
            if word.y == event.y and word.x <= event.x < word.end:
                self.post_message(self.Clicked(word))


class PointScreen(Modal[None]):
    """Choose a word of the screen below.

    Args:
        strips: the rows of that screen.
        begin: the row at which to begin.
    """

    TITLE: ClassVar[str] = "ask about a word"
    HELP: ClassVar[str] = (
        "The words that are underlined stand in the glossary. The arrows go from word "
        "to word, and enter explains the chosen one; or click at a word. Time is "
        "paused meanwhile. g lists all words of the glossary."
    )
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter", "explain", "Explain"): "Explain the chosen word",
            Binding("right,tab", "move(1)", "Next word"): "Go to the next word",
            Binding("left,shift+tab", "move(-1)", "Word before"): (
                "Go to the word before"
            ),
            Binding("down", "row(1)", "Down", show=False): "Go to a word further down",
            Binding("up", "row(-1)", "Up", show=False): "Go to a word further up",
            Binding("g", "app.glossary", "All words"): (
                "Glossary: first the words on the screen, then all others"
            ),
            Binding("escape,q,question_mark", "dismiss", "Close"): (
                "Back to where you were"
            ),
        }
    )

    def __init__(self, strips: Sequence[Strip], begin: int = 0) -> None:
        super().__init__()
        self.words = words_in(strips)
        self._picture = Picture(strips, self.words)
        self._at = next((n for n, it in enumerate(self.words) if it.y >= begin), 0)
        width = max((strip.cell_length for strip in strips), default=0)
        self._size = Size(width, len(strips))

    @property
    def chosen(self) -> Word | None:
        """The word at which the user points."""
        return self.words[self._at] if self.words else None

    def compose(self) -> ComposeResult:
        """The picture, and the keys over its last row."""
        yield self._picture
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the first word."""
        self._show()

    def on_resize(self, event: Resize) -> None:
        """The picture is void when the terminal has another size."""
        if event.size != self._size:
            self.dismiss(None)

    def _show(self) -> None:
        self._picture.chosen = self.chosen
        self._picture.refresh()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Without any word there is nothing to choose."""
        return bool(self.words) or action not in {"explain", "move", "row"}

    def action_move(self, by: int) -> None:
        """Go to the next word; after the last one comes the first."""
        self._at = (self._at + by) % len(self.words)
        self._show()

    def action_row(self, by: int) -> None:
        """Go to the nearest word of the next row that has one."""
        now = self.words[self._at]
        others = [it for it in self.words if (it.y - now.y) * by > 0]
        if others:
            y = min(abs(it.y - now.y) for it in others)
            row = [it for it in others if abs(it.y - now.y) == y]
            self._at = self.words.index(min(row, key=lambda it: abs(it.x - now.x)))
            self._show()

    def on_picture_clicked(self, event: Picture.Clicked) -> None:
        """Explain the word that was clicked."""
        self._at = self.words.index(event.word)
        self._show()
        self.action_explain()

    def action_explain(self) -> None:
        """Explain the chosen word."""
        if self.chosen is not None:
            self.app.push_screen(TermScreen(self.chosen.term))
