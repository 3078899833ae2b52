"""Choose a content file, and push it to all machines or to one of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from minios.errors import MiniosError
from minios.lab import ContentFile, content_files
from minios.session.catalogue import LabCard
from minios.session.desk import Desk, shipped, source_of, verdicts
from minios.tui.screens.editor import EditorScreen
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field, after_typing
from minios.tui.widgets.key_bar import KeyBar, told

_SHORT_BELOW: Final = 16  # rows
_YOURS: Final = "your file for this lesson"
_ASKED: Final = "push which content file?"


class PushChoice(NamedTuple):
    """A file, and the machine that gets it, counted from 0; None is all of them."""

    file: ContentFile
    machine: int | None


class PushScreen(Modal[PushChoice | None]):
    """Push a file that comes with minios, a file from disk, or one made here."""

    TITLE: ClassVar[str] = "push a content file"
    HELP: ClassVar[str] = (
        "The sensor's vendor sends content files. They are no code: they say what the "
        "sensor looks for. Enter pushes the chosen file to all machines at once. "
        "ctrl+t chooses one machine instead, so that you can compare it with the "
        "others. Below the list you see what the vendor's validators say of the file. "
        "ctrl+o asks for a file on this computer. ctrl+n opens the editor with what "
        "you made there last; at first that is the fault of 19 July 2024. ctrl+e opens "
        "the chosen file in the editor, or the file of the path. Time is paused while "
        "you choose."
    )
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter", "choose", "Push it", priority=True): (
                "Push it to all machines, or to the one that was chosen"
            ),
            Binding("escape", "dismiss", "Cancel"): "Push nothing",
            Binding("ctrl+o", "from_disk", "A file from disk"): "Name a file to push",
            Binding("ctrl+t", "next_machine", "To which"): (
                "Choose the machine: one only, the next one, then all again"
            ),
            Binding("ctrl+n", "make", "Make one"): (
                "Write a content file yourself; it begins as the fault of 19 July 2024"
            ),
            Binding("ctrl+e", "change", "Change it first", priority=True): (
                "Open the chosen file in the editor, or the one of the path"
            ),
        }
    )

    def __init__(self, card: LabCard, desk: Desk, own: Iterable[Path] = ()) -> None:
        """`own` are files of the learner, which are listed below the others."""
        super().__init__()
        self._card = card
        self._desk = desk
        self._machine: int | None = None
        self._words = dict(shipped(card.suggested)) | {str(it): _YOURS for it in own}
        self._names = list(self._words)

    def compose(self) -> ComposeResult:
        """The list, what the validators say, a field for a path."""
        rows = (
            Option(f"{Path(it).name:27} {words}", id=it)
            for it, words in self._words.items()
        )
        with VerticalScroll(classes="dialog", can_focus=False):
            yield OptionList(*rows, markup=False)
            yield Static("", id="verdicts", classes="words", markup=False)
            yield Field(placeholder="path of a file on this computer", id="path")
            yield Static("", id="trouble", classes="error", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Choose the suggested file."""
        self._entitle()
        self.query_one("#path").display = False
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def on_resize(self, event: Resize) -> None:
        """Show a shorter list if there are few rows."""
        self.set_class(event.size.height < _SHORT_BELOW, "-short")

    def on_option_list_option_highlighted(
        self, event: OptionList.OptionHighlighted
    ) -> None:
        """Show what the validators say of the chosen file."""
        assert event.option_id is not None
        try:
            said = verdicts(content_files.find(event.option_id))
            words = "\n".join(("", "The vendor's validators:", *said))
        except MiniosError as error:  # a learner's file with a mistake
            words = f"\n{error}"
        self.query_one("#verdicts", Static).update(words)
        self.query_one("#trouble", Static).update("")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Push the file of this line."""
        assert event.option_id is not None
        self._find_and_deliver(event.option_id)

    def _deliver(self, file: ContentFile) -> None:
        self.dismiss(PushChoice(file, self._machine))

    @property
    def _whom(self) -> str:
        """Who will get the file; empty if there is only one machine."""
        if len(self._card.worlds) == 1:
            return ""
        if self._machine is None:
            return "all machines"
        return f"{self._card.called(self._machine)} only"

    def _entitle(self) -> None:
        """Say in the title who will get the file: first, as a title may be cut."""
        whom = self._whom
        title = f"push to {whom}: which content file?" if whom else _ASKED
        self.query_one(".dialog").border_title = Content(title)

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """With only one machine there is nothing to choose."""
        return action != "next_machine" or len(self._card.worlds) > 1

    def action_next_machine(self) -> None:
        """The first machine only, the second only, ..., all of them."""
        following = 0 if self._machine is None else self._machine + 1
        self._machine = following if following < len(self._card.worlds) else None
        self._entitle()

    @after_typing
    async def action_choose(self) -> None:
        """Push what is chosen, or the file of the path if one is there."""
        path = self.query_one("#path", Input)
        if path.has_focus:
            await path.action_submit()
        else:
            self.query_one(OptionList).action_select()

    def action_from_disk(self) -> None:
        """Ask for a path."""
        path = self.query_one("#path", Input)
        path.display = True
        self.set_focus(path)
        self._show_below()

    def _show_below(self) -> None:
        """Scroll to the path or to its error, where there is little room."""
        path = self.query_one("#path")
        below = path if path.display else self.query_one("#trouble")
        self.call_after_refresh(below.scroll_visible, animate=False, top=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Push a file from disk."""
        self._find_and_deliver(event.value.strip())

    def _find_and_deliver(self, name: str) -> None:
        """Push it, or show why that is not possible."""
        try:
            self._deliver(content_files.find(name))
        except MiniosError as error:
            self._tell(error)

    def _tell(self, error: MiniosError) -> None:
        self.query_one("#trouble", Static).update(str(error))
        self._show_below()

    def action_make(self) -> None:
        """Open the editor with the file that was made there last."""
        self._edit(EditorScreen(self._desk, whom=self._whom))

    def action_change(self) -> None:
        """Open the editor with the chosen file."""
        path, options = self.query_one("#path", Input), self.query_one(OptionList)
        chosen = self._names[options.highlighted or 0]
        name = path.value.strip() if path.has_focus else chosen
        try:
            source = source_of(content_files.find(name))
        except MiniosError as error:
            self._tell(error)
        else:
            self._edit(EditorScreen(self._desk, source, copied=name, whom=self._whom))

    def _edit(self, editor: EditorScreen) -> None:
        def made(file: ContentFile | None) -> None:
            if file is not None:
                self._deliver(file)

        self.app.push_screen(editor, made)
