"""An editor for the files of a lesson."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from minios import host_files
from minios.errors import MiniosError
from minios.lab.content_files import SOURCE
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import SourceArea
from minios.tui.widgets.key_bar import told
from minios.tutor.errors import LessonError
from minios.tutor.texts import LARGEST
from minios.tutor.work import Work


class FilesScreen(Modal[None]):
    """The files that the learner changes, one at a time."""

    TITLE: ClassVar[str] = "edit the files of the lesson"
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("ctrl+s", "save", "Save", priority=True): (
                "Save this file; then all files of the lesson are checked"
            ),
            Binding("f2", "next_file", "Next file", priority=True): (
                "Go to the next file of the lesson"
            ),
            Binding("escape", "leave", "Close", priority=True): (
                "Back to the lesson; if this file was changed, esc has to come twice"
            ),
        }
    )
    HELP: ClassVar[str] = (
        "These are your copies of the lesson's files. Change them as the lesson asks, "
        "and press ctrl+s. The files are then checked, and below the text you read "
        "what is wrong with them. f2 goes to the next file. You can also use an editor "
        "of your own: the folder of the files stands at the foot of the frame."
    )
    heading = "files of the lesson"

    def __init__(self, work: Work, saved: Callable[[], None]) -> None:
        """`saved` is called whenever a file was saved."""
        super().__init__()
        self._tell_saved = saved
        self._files: Final = [it for it in work.files if _text_of(it) is not None]
        self._folder = work.folder
        self._at = 0
        self._saved = ""
        self._is_leaving = False
        self._overwrites = False

    def inside(self) -> ComposeResult:
        """The names of the files if there are several, the text, the verdict."""
        names = (it.relative_to(self._folder).as_posix() for it in self._files)
        listed = OptionList(*names, markup=False)
        listed.display = len(self._files) > 1
        yield listed
        yield SourceArea("", show_line_numbers=True, tab_behavior="indent")
        yield Static("", id="verdict", classes="words", markup=False)

    def on_mount(self) -> None:
        """Open the first file."""
        frame = self.query_one(".dialog")
        frame.border_subtitle = Content(str(self._folder))
        self._area.cursor_blink = False
        self._open(0)

    @property
    def _area(self) -> SourceArea:
        return self.query_one(SourceArea)

    @property
    def _is_changed(self) -> bool:
        return self._area.text != self._saved

    def _open(self, number: int) -> None:
        if not self._files:
            self.say("The lesson has no file here that is a text.", is_bad=True)
            self._area.read_only = True
            return
        self._at = number
        path = self._files[number]
        self._saved = _text_of(path) or ""
        self._area.text = self._saved
        self.query_one(OptionList).highlighted = number
        name = path.relative_to(self._folder).as_posix()
        self.query_one(".dialog").border_title = Content(f"{self.heading}: {name}")
        self._area.focus()

    def say(self, words: str, *, is_bad: bool = False) -> None:
        """Say this below the text: what a check has found."""
        verdict = self.query_one("#verdict", Static)
        verdict.set_class(is_bad, "error")
        verdict.update(f"✖ {words}" if is_bad else words)

    def on_text_area_changed(self) -> None:
        """Who goes on typing does not leave."""
        self._is_leaving = False

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the file that was clicked."""
        self._go_to(event.option_index)

    # ---- Keys.

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Another file only if there are several."""
        return action != "next_file" or len(self._files) > 1

    def action_next_file(self) -> None:
        """Go to the next file; after the last one comes the first."""
        self._go_to((self._at + 1) % len(self._files))

    def _go_to(self, number: int) -> None:
        if self._is_changed:
            self.say("First save this file (ctrl+s).", is_bad=True)
            self._area.focus()
        else:
            self._open(number)

    def action_save(self) -> None:
        """Save the file, and let it be checked."""
        if not self._files:
            return
        path, text = self._files[self._at], self._area.text
        there = _text_of(path)
        if there not in (None, self._saved, text) and not self._overwrites:
            self._overwrites = True
            words = (
                "Another program has changed this file. ctrl+s again writes over its "
                "changes; to see them, leave (esc, esc) and open the files again."
            )
            self.say(words, is_bad=True)
            return
        self._overwrites = False
        try:
            host_files.write(path, text.encode(), lambda it: _refused(path, it))
        except MiniosError as error:
            self.say(str(error), is_bad=True)
            return
        self._saved = text
        self.say("Saved. Your files are being checked ...")
        self._tell_saved()

    def action_leave(self) -> None:
        """Back to the lesson. What was not saved is not lost at the first key."""
        if self._is_changed and not self._is_leaving:
            self._is_leaving = True
            self.say("Not saved: ctrl+s saves, esc again leaves it.", is_bad=True)
        else:
            self.dismiss(None)


def _text_of(path: Path) -> str | None:
    """The text of a file, None if it is no text."""
    try:
        data = host_files.read(path, LARGEST, lambda it: _refused(path, it))
        return data.decode()
    except (MiniosError, UnicodeDecodeError):
        return None


def is_content(path: Path) -> bool:
    """Whether a file is the source of a content file, with mistakes or without."""
    text = _text_of(path) if path.suffix == SOURCE else None
    return text is not None and "[[instance]]" in text


def _refused(path: Path, what: str) -> LessonError:
    return LessonError(f"the file {what}", where=str(path))
