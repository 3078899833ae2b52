"""The glossary: words that can be seen at this moment first, then all others."""

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
from minios.tui.widgets.fields import Field
from minios.tui.widgets.key_bar import KeyBar

HERE: Final = "Words on this screen"
ALL: Final = "All words"
_SPELLINGS: Final = 3  # of a term in the list
_AROUND: Final = 5  # rows: two frames, the keys, and two blank ones
_LEAST: Final = 3  # rows for the explanation


def found(typed: str) -> list[Term]:
    """The terms in which the typed words occur: those that are called so first."""
    wanted = glossary.plain(typed)

    def rank(term: Term) -> int:
        spellings = [glossary.plain(it) for it in term.spellings]
        if wanted in spellings:
            return 0
        if any(it.startswith(wanted) for it in spellings):
            return 1
        return 2 if any(wanted in it for it in spellings) else 3

    return sorted(
        (it for it in glossary.terms().values() if it.matches(typed)), key=rank
    )


class GlossaryScreen(Modal[None]):
    """Type to search, enter to have a word explained.

    Args:
        here: the terms that can be seen on the screen below.
    """

    TITLE: ClassVar[str] = "glossary"
    HELP: ClassVar[str] = (
        "The words that minios uses. First come those that stand on the screen from "
        "which you have come, then all of them. Type a word or a part of it to search. "
        "Enter explains the chosen word, and from there you can go on to words that "
        "belong to it. The command `minios glossary` prints the same."
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
        Binding("down", "move(1)", "Down", priority=True, tooltip="Choose the next"),
        Binding("up", "move(-1)", "Up", priority=True, tooltip="Choose the one before"),
    ]

    def __init__(self, here: Sequence[Term]) -> None:
        super().__init__()
        self._here = tuple(here)

    def compose(self) -> ComposeResult:
        """A line to type in, and the list."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = self.TITLE
            yield Field(placeholder="type to search", compact=True)
            yield OptionList(markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """All words; typing goes to the search."""
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
        """Where nothing is listed there is nothing to explain."""
        del parameters
        if action not in {"explain", "move"} or not self.is_mounted:
            return True
        return self.query_one(OptionList).highlighted is not None

    def action_move(self, by: int) -> None:
        """Move in the list while typing."""
        options = self.query_one(OptionList)
        if by > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_explain(self) -> None:
        """Explain what is chosen."""
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
    """One word: what it is, more of it, and the words that belong to it."""

    TITLE: ClassVar[str] = "a word of the glossary"
    HELP: ClassVar[str] = (
        "What a word means, and where in minios you meet it. Below stand words that "
        "belong to it: choose one with the arrows, and enter explains it. Esc leads "
        "back to the list of all words."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Back", tooltip="Back to the list of words"),
        Binding(
            "enter",
            "follow",
            "Open",
            priority=True,
            tooltip="Open the chosen word: explain it instead",
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
        """The explanation, then the words that belong to it."""
        term = self._term
        with Vertical(classes="dialog") as frame:
            frame.border_title = ", ".join(term.spellings[:_SPELLINGS])
            with VerticalScroll(can_focus=False):
                text = f"{term.sentence}\n\n{term.more}\n\nSee also:"
                yield Static(text, classes="words", markup=False)
            yield OptionList(*term.see_also, markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """The first of them is chosen already."""
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def on_resize(self, event: Resize) -> None:
        """Where there are few rows, most of them are for the explanation."""
        rows = event.size.height - _AROUND
        listed = min(len(self._term.see_also), max(1, rows // _LEAST))
        self.query_one(OptionList).styles.max_height = listed
        self.query_one(VerticalScroll).styles.max_height = max(_LEAST, rows - listed)

    def action_scroll(self, by: int) -> None:
        """Read on."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_follow(self) -> None:
        """The chosen word instead of this one."""
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Explain it; esc then leads back to the list, however far one went."""
        name = self._term.see_also[event.option_index]
        self.app.switch_screen(TermScreen(glossary.terms()[name]))

    def action_close(self) -> None:
        """Back to the list."""
        self.dismiss(None)
