"""Make a content file: its source on the left, its bytes on the right.

Compiled and validated at every key; what the chosen validator says stands below.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widgets import Footer, Static, TextArea

from minios.abi import content
from minios.content import ContentError, Validator, compile_source, validate
from minios.lab import ContentFile
from minios.tui import content_words
from minios.tui.screens.modal import Modal
from minios.tui.widgets.hex_view import HexView

_STACKED_BELOW: Final = 100


def _start() -> str:
    """The file of that day: a criterion on the last field, and on no other."""
    return content_words.source({content.IPC.fields[-1]: "c2"})


class EditorScreen(Modal[ContentFile | None]):
    """Source, bytes, verdict."""

    TITLE: ClassVar[str] = "make a content file"
    HELP: ClassVar[str] = (
        "Write the source on the left; its bytes stand on the right, made anew at "
        "every key. Below is what the chosen validator says of them: the historical "
        "one let the file of that day through, the fixed one refuses it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", tooltip="Back to the list of files"),
        Binding(
            "ctrl+s",
            "push",
            "Push it",
            priority=True,
            tooltip="Push it to all machines, whatever the validator says",
        ),
        Binding(
            "ctrl+t",
            "other_validator",
            "Other validator",
            priority=True,
            tooltip="Ask the other validator",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.validator = Validator.HISTORICAL
        self.data = b""

    def compose(self) -> ComposeResult:
        """Source and bytes beside each other, the verdict below."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = "make a content file"
            with Horizontal(id="parts"):
                yield TextArea(_start(), show_line_numbers=True, tab_behavior="focus")
                yield HexView()
            yield Static("", id="verdict", classes="words", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(TextArea).focus()
        self._compile()

    def on_resize(self, event: Resize) -> None:
        """Narrow terminals stack."""
        self.set_class(event.size.width < _STACKED_BELOW, "-stacked")

    def on_text_area_changed(self, _event: TextArea.Changed) -> None:
        """Every key compiles."""
        self._compile()

    def _compile(self) -> None:
        try:
            self.data = compile_source(self.query_one(TextArea).text)
        except ContentError as error:
            self.data = b""
            words = f"✖ cannot be compiled: {error}"
        else:
            verdict = validate(self.data, self.validator)
            sign = "✓ accepts" if verdict.accepted else "✖ refuses"
            words = f"the {self.validator.value} validator {sign}: {verdict.words}"
        self.query_one("#verdict", Static).update(words)
        self.query_one(HexView).show(self.data)

    def action_other_validator(self) -> None:
        """Ask the other one."""
        fixed, historical = Validator.FIXED, Validator.HISTORICAL
        self.validator = historical if self.validator is fixed else fixed
        self._compile()

    def action_push(self) -> None:
        """Push it, whatever the validator says: that is what was done that day."""
        if self.data:
            self.dismiss(ContentFile("made-here", self.data))

    def action_cancel(self) -> None:
        """Push nothing."""
        self.dismiss(None)
