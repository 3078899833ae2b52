"""The start screen: choose a lesson or a lab. Typing filters the list."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from minios.session import catalogue, own_plugins
from minios.session.files import Progress, Shelf
from minios.session.own_plugins import Folders
from minios.tui.drawing.lessons import listed
from minios.tui.screens.lab_keys import RINGS
from minios.tui.screens.plugin import PluginScreen
from minios.tui.widgets.fields import Field, after_typing, move
from minios.tui.widgets.key_bar import KeyBar, told
from minios.tutor.learner import Learner
from minios.tutor.model import Lesson
from minios.tutor.pipeline import TITLE, WORDS
from minios.tutor.shelves import Shelf as LessonShelf

_SHORT_BELOW = 20
_MARGINS = 10
_OWN = "own plugin"  # the line for it; no lab and no file is called like that
_LESSON = "lesson/"  # before the key of one
_PIPELINE = "six switches"  # and the line for these
_HOW = "↑ ↓ choose a lesson or a lab, enter opens it. p pushes a file, w says why."


class StartScreen(Screen[None]):
    """The list of labs and recordings, and a field to filter it."""

    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter", "open", "Open", priority=True): (
                "Open the chosen lesson or lab"
            ),
            Binding("down", "move(1)", "Down", priority=True): "Choose the next line",
            Binding("up", "move(-1)", "Up", priority=True): "Choose the line before",
            Binding("f1", "app.help", "Help"): (
                "Help: what you can do here, and what words mean (then g)"
            ),
            Binding("f6", "app.jump", "Jump", show=False): (
                "Go to the list or to the field"
            ),
            Binding("ctrl+q", "app.quit", "Quit", priority=True): "End minios",
        }
    )
    TITLE: ClassVar[str] = "choose a lesson or a lab"
    HELP: ClassVar[str] = (
        "minios is a computer that you can look into while it runs, crashes and starts "
        "again. A lesson is a text with tasks beside such computers. Begin with the "
        "first lesson: ✓ marks those that you have passed, and an arrow the one that "
        "comes next. In a lab you try freely: push a content file (p) to one or more "
        "computers, and ask why something went wrong (w).\n"
        f"{RINGS}\n"
        "Every lab has goals: things to try. The list says how many of them you have "
        "reached; ✓ means all. Type to list only the lessons and labs that contain all "
        "your words. The line below the labs builds a plugin of your own, in C, and "
        "opens a lab with it. The next line opens the six switches of the content "
        "pipeline. ▷ is a recording of an earlier visit: it plays by itself."
    )

    class Chosen(Message):
        """The user has chosen a lab or a recording."""

        def __init__(self, card: catalogue.LabCard, replay: Path | None) -> None:
            super().__init__()
            self.card = card
            self.replay = replay

    class LessonChosen(Message):
        """The user has chosen a lesson."""

        def __init__(self, lesson: Lesson) -> None:
            super().__init__()
            self.lesson = lesson

    class SwitchesChosen(Message):
        """The user wants the six switches."""

    def __init__(
        self,
        progress: Progress,
        shelf: Shelf,
        folders: Folders,
        learner: Learner | None = None,
    ) -> None:
        super().__init__()
        self._learner = learner
        self._progress = progress
        self._shelf = shelf
        self._folders = folders
        self._are_found = True
        self._listed = ""

    def compose(self) -> ComposeResult:
        """What minios is and what to press, a field to filter, the labs."""
        yield Static(
            "minios: a computer small enough to understand and real enough to crash",
            id="banner",
            markup=False,
        )
        yield Static(_HOW, id="how", markup=False)
        yield Field(placeholder="type to filter", id="filter")
        yield OptionList(id="labs", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """List all labs and choose the first. Typing goes to the filter."""
        lessons = self._learner.progress.trouble if self._learner is not None else ""
        for trouble in filter(None, (self._progress.trouble, lessons)):
            self.notify(trouble, severity="warning", timeout=20, markup=False)
        self._list("")
        labs, lesson = self.query_one("#labs", OptionList), self._next_lesson
        following = self._progress.next_after()
        if lesson is not None:
            labs.highlighted = labs.get_option_index(f"{_LESSON}{lesson.key}")
        elif following is not None:
            labs.highlighted = labs.get_option_index(following.name)
        self.query_one("#filter").focus()

    @property
    def _next_lesson(self) -> Lesson | None:
        return self._learner.next if self._learner is not None else None

    def on_resize(self, event: Resize) -> None:
        """Leave out blank lines if there are few rows."""
        self.set_class(event.size.height < _SHORT_BELOW, "-short")
        self.on_screen_resume()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter the list."""
        self._list(event.value)

    def _list(self, typed: str) -> None:
        self._listed = typed
        options = self.query_one("#labs", OptionList)
        options.clear_options()
        labs = catalogue.matching(typed)
        if self._learner is not None:
            for shelf in self._learner.shelves:
                options.add_options(self._shelved(self._learner, shelf, typed))
            if labs:
                options.add_option(Option("Labs: try freely", disabled=True))
        options.add_options(Option(self._words(lab), id=lab.name) for lab in labs)
        if catalogue.has_words(typed, own_plugins.TITLE, own_plugins.WORDS):
            words = f"{own_plugins.TITLE}\n{self._indented(own_plugins.WORDS)}"
            options.add_option(Option(words, id=_OWN))
        if catalogue.has_words(typed, TITLE, WORDS):
            words = f"{TITLE}\n{self._indented(WORDS)}"
            options.add_option(Option(words, id=_PIPELINE))
        options.add_options(
            Option(
                f"▷ {kept.card.title}\n{self._indented(f'{kept.words}, played again')}",
                id=kept.path.name,
            )
            for kept in self._shelf.recordings(typed)
        )
        self._are_found = any(not it.disabled for it in options.options)
        if not self._are_found:
            words = f"nothing matches {typed.strip()}"
            options.add_option(Option(words, disabled=True))
        options.highlighted = None
        if self._are_found:
            options.action_first()
        self.refresh_bindings()

    def _shelved(
        self, learner: Learner, shelf: LessonShelf, typed: str
    ) -> list[Option]:
        """The lessons of a pack below its title, and what is wrong with it."""
        found = [
            Option(
                f"{listed(learner, it)}\n{self._indented(it.about)}",
                id=f"{_LESSON}{it.key}",
            )
            for it in shelf.matching(typed)
        ]
        if not typed.strip():
            found += [
                Option(self._indented(f"✖ {it}"), disabled=True)
                for it in shelf.troubles
            ]
        if found:
            found.insert(0, Option(f"Lessons: {shelf.title}", disabled=True))
        return found

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """If nothing is listed, nothing can be opened."""
        return action not in ("open", "move") or self._are_found

    def _words(self, lab: catalogue.LabCard) -> str:
        words = self._progress.words(lab)
        sign = "✓ " if self._progress.is_done(lab) else ""
        done = f"  {sign}{words}" if words else ""
        if lab is self._progress.next_after() and self._next_lesson is None:
            done += "  ← go on here" if self._progress.is_begun else "  ← begin here"
        return f"{lab.title}  ({lab.minutes} min){done}\n{self._indented(lab.will_see)}"

    def _indented(self, text: str) -> str:
        """Fold a text, indented below the title."""
        width = max(20, self.size.width - _MARGINS)
        indent = "    "
        return textwrap.fill(
            text, width, initial_indent=indent, subsequent_indent=indent
        )

    def on_screen_resume(self) -> None:
        """After a lab, show how far the user has come."""
        options = self.query_one("#labs", OptionList)
        chosen = options.highlighted
        self._list(self.query_one("#filter", Input).value)
        options.highlighted = chosen if self._are_found else None

    def action_move(self, by: int) -> None:
        """Move in the list while typing."""
        move(self.query_one("#labs", OptionList), by)

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        """Enter in the filter opens as well."""
        if self._are_found:
            self.action_open()

    @after_typing
    def action_open(self) -> None:
        """Open the chosen lab. Whoever types fast has typed more than is listed."""
        typed = self.query_one("#filter", Input).value
        if typed != self._listed:
            self._list(typed)
        self.query_one("#labs", OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open it."""
        assert event.option_id is not None
        if event.option_id == _OWN:
            self.app.push_screen(PluginScreen(self._folders), self._opened)
            return
        if self._learner is not None and event.option_id.startswith(_LESSON):
            key = event.option_id.removeprefix(_LESSON)
            lesson = next(it for it in self._learner.lessons if it.key == key)
            self.post_message(self.LessonChosen(lesson))
            return
        if event.option_id == _PIPELINE:
            self.post_message(self.SwitchesChosen())
            return
        for kept in self._shelf.recordings():
            if kept.path.name == event.option_id:
                self.post_message(self.Chosen(kept.card, kept.path))
                return
        self.post_message(self.Chosen(catalogue.find(event.option_id), None))

    def _opened(self, card: catalogue.LabCard | None) -> None:
        """Open the lab that a plugin was built for."""
        if card is not None:
            self.post_message(self.Chosen(card, None))
