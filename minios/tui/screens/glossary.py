"""The glossary: first the words on the screen, then all words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Resize
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from minios import glossary
from minios.glossary import Term
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field, move
from minios.tui.widgets.key_bar import KeyBar

HERE: Final = "Words on this screen"
ALL: Final = "All words"
_SPELLINGS: Final = 3  # of a term in the list
_AROUND: Final = 5  # rows: two borders, the keys, and two blank ones
_LEAST: Final = 3  # rows for the explanation


def found(typed: str) -> list[Term]:
    """The terms that contain the typed words. Terms with this name come first."""
    wanted = glossary.plain(typed)

    def rank(term: Term) -> int:
        spellings = [glossary.plain(it).removeprefix("#") for it in term.spellings]
        if wanted in spellings:
            return 0
        if any(it.startswith(wanted) for it in spellings):
            return 1
        return 2 if any(wanted in it for it in spellings) else 3

    return sorted(
        (it for it in glossary.terms().values() if it.matches(typed)), key=rank
    )


class GlossaryScreen(Modal[None]):
    """Type to search for a word; enter explains it.

    Args:
        here: the terms on the screen below.
    """

    TITLE: ClassVar[str] = "glossary"
    HELP: ClassVar[str] = (
        "These are the words that minios uses. First come the words on the screen that "
        "you were on, then all words. Type a word or a part of it to search. Enter "
        "explains the chosen word. From there you can go on to related words. The "
        "command `minios glossary` prints the same."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "explain",
            "Explain",
            priority=True,
            tooltip="Explain the chosen word",
        ),
        Binding("escape", "close", "Close", tooltip="Back to where you were"),
        Binding(
            "down", "move(1)", "Down", priority=True, tooltip="Choose the next word"
        ),
        Binding(
            "up", "move(-1)", "Up", priority=True, tooltip="Choose the word before"
        ),
    ]

    def __init__(self, here: Sequence[Term]) -> None:
        super().__init__()
        self._here = tuple(here)

    def compose(self) -> ComposeResult:
        """A field to search, and the list."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = self.TITLE
            yield Field(placeholder="type to search", compact=True)
            yield OptionList(markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """List all words. Typing goes to the search."""
        self._list("")
        self.query_one(Field).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what matches."""
        self._list(event.value)

    def _list(self, typed: str) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        if typed.strip():
            terms = found(typed)
            if not terms:
                words = f"nothing matches {typed.strip()}"
                options.add_option(Option(words, disabled=True))
            self._add(terms)
        else:
            if self._here:
                self._add(self._here, HERE)
            self._add(glossary.terms().values(), ALL)
        options.action_first()
        self.refresh_bindings()

    def _add(self, terms: Iterable[Term], heading: str = "") -> None:
        options = self.query_one(OptionList)
        if heading:
            options.add_option(Option(f"{heading}:", disabled=True))
        options.add_options(
            Option(", ".join(it.spellings[:_SPELLINGS]), id=f"{heading}/{it.name}")
            for it in terms
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """If nothing is listed, nothing can be explained."""
        del parameters
        if action not in {"explain", "move"} or not self.is_mounted:
            return True
        return self.query_one(OptionList).highlighted is not None

    def action_move(self, by: int) -> None:
        """Move in the list while typing."""
        move(self.query_one(OptionList), by)

    def action_explain(self) -> None:
        """Explain the chosen word."""
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Explain it."""
        assert event.option_id is not None
        name = event.option_id.partition("/")[2]
        self.app.push_screen(TermScreen(glossary.terms()[name]))

    def action_close(self) -> None:
        """Back to what was there."""
        self.dismiss(None)


class TermScreen(Modal[None]):
    """One word: what it means, more about it, and related words."""

    TITLE: ClassVar[str] = "a word of the glossary"
    HELP: ClassVar[str] = (
        "You see what a word means, and where in minios you meet it. Below are related "
        "words: choose one with the arrows, and enter explains it. Esc goes back to "
        "where you were."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Back", tooltip="Back to where you were"),
        Binding(
            "enter",
            "follow",
            "Open",
            priority=True,
            tooltip="Explain the chosen word instead",
        ),
        Binding(
            "space,pagedown", "scroll(3)", "More", tooltip="Read more: scroll down"
        ),
        Binding("pageup", "scroll(-3)", "Up", show=False, tooltip="Scroll up"),
    ]

    def __init__(self, term: Term) -> None:
        super().__init__()
        self._term = term

    def compose(self) -> ComposeResult:
        """The explanation, then related words."""
        term = self._term
        with Vertical(classes="dialog") as frame:
            frame.border_title = ", ".join(term.spellings[:_SPELLINGS])
            with VerticalScroll(can_focus=False):
                text = f"{term.sentence}\n\n{term.more}\n\nSee also:"
                yield Static(text, classes="words", markup=False)
            yield OptionList(*term.see_also, markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Choose the first related word."""
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def on_resize(self, event: Resize) -> None:
        """If there are few rows, give most of them to the explanation."""
        rows = event.size.height - _AROUND
        listed = min(len(self._term.see_also), max(1, rows // _LEAST))
        self.query_one(OptionList).styles.max_height = listed
        self.query_one(VerticalScroll).styles.max_height = max(_LEAST, rows - listed)

    def action_scroll(self, by: int) -> None:
        """Scroll the explanation."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_follow(self) -> None:
        """Explain the chosen word instead of this one."""
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Explain it. Esc then always goes back to the list."""
        name = self._term.see_also[event.option_index]
        self.app.switch_screen(TermScreen(glossary.terms()[name]))

    def action_close(self) -> None:
        """Back to the list."""
        self.dismiss(None)
