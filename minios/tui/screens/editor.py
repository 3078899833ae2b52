"""The editor of content files: a form or the source, the bytes, the verdict.

Form and source show the same file. It is compiled and validated after every key. When
the form changes the source, comments in the source stay.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.events import DescendantFocus, Resize
from textual.widgets import ContentSwitcher, Static, TextArea

from minios.content import ContentError, Draft
from minios.lab import ContentFile
from minios.session.desk import Desk, EditedFile
from minios.tui.screens.modal import Modal
from minios.tui.widgets.content_form import ContentForm
from minios.tui.widgets.fields import SourceArea
from minios.tui.widgets.hex_view import OpenedFile
from minios.tui.widgets.key_bar import told

_BESIDE_FROM: Final = 118  # cells
_WORDS_FROM: Final = 64  # cells
_BOTH_FROM: Final = 22  # rows
_TINY_BELOW: Final = 16  # rows
_BYTES: Final = "bytes"
_SOURCE: Final = "source"
_FORM: Final = "form"


class EditorScreen(Modal[ContentFile | None]):
    """Edit a content file, as a form or as source."""

    TITLE: ClassVar[str] = "make a content file"
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("ctrl+s", "push", "Push it"): (
                "Push it, whatever the validator says, to the chosen machines"
            ),
            Binding("ctrl+t", "other_validator", "Validator"): (
                "Ask the other validator"
            ),
            Binding("f2", "turn", "Source/form"): (
                "Change between form and source of the same file"
            ),
            Binding("tab", "group(1)", "Next group", key_display="tab"): (
                "Go to the next group: file, instance, fields, bytes"
            ),
            Binding("escape", "dismiss", "Cancel", key_display="esc"): (
                "Back to the list of files; your work is kept"
            ),
            Binding("ctrl+n", "add", "Add inst."): "Add an instance",
            Binding("ctrl+g", "next", "Next inst."): "Go to the next instance",
            Binding("ctrl+r", "remove", "Remove inst."): "Remove this instance",
            Binding("shift+tab", "group(-1)", "Group before", show=False): (
                "Go to the group before"
            ),
        }
    )
    HELP: ClassVar[str] = (
        "A content file has a head and instances. An instance has a criterion for each "
        "field of its template: it says what the field must match. Up and down go from "
        "row to row, and typing replaces the input. Tab goes to the next group: file, "
        "instance, fields, bytes. An empty input or * is a wildcard, which matches "
        'everything. * and ? in a text make it a pattern. "" is the empty text. Beside '
        "each input you see what it means now; the line below the form says more.\n"
        "ctrl+t asks the other validator. The historical one counts the fields that "
        "the definitions declare, the fixed one the inputs that the sensor supplies. "
        "✖ marks the row that it refuses, in the form and in the bytes. ctrl+s pushes "
        "the file whatever the validator says, to the machines that you chose before.\n"
        "f2 changes between the form and the source: the same file as text. ctrl+n "
        "adds an instance, ctrl+g goes to the next one, ctrl+r removes it. Your work "
        "is kept until you leave the lab."
    )

    def __init__(
        self, desk: Desk, source: str | None = None, *, copied: str = "", whom: str = ""
    ) -> None:
        """Begin with this source, or with what was made last.

        Args:
            desk: where what is made is kept.
            source: a source to begin with.
            copied: the name of the file that it is a copy of.
            whom: who gets the file.
        """
        super().__init__()
        self._beginning = f"a copy of {copied}" if copied else desk.beginning
        self.heading = f"make a content file{f', for {whom}' if whom else ''}"
        self._desk = desk
        self._making = EditedFile.begin(desk.source if source is None else source)
        self.data = b""
        self._form = ContentForm(self._making.draft, id=_FORM)
        self._opened = OpenedFile()

    def inside(self) -> ComposeResult:
        """The form and the bytes, and the verdict at the bottom."""
        begin = _SOURCE if self._making.in_source else _FORM
        with Horizontal(id="parts"):
            with ContentSwitcher(initial=begin, id="written"):
                yield self._form
                yield SourceArea(
                    self._making.source,
                    id=_SOURCE,
                    show_line_numbers=True,
                    tab_behavior="focus",
                    compact=True,
                )
            yield self._opened
        yield Static("", id="row", markup=False)
        yield Static("", id="verdict", classes="words", markup=False)

    def on_mount(self) -> None:
        """Say what the file is now; ready to type."""
        self.query_one(".dialog").border_subtitle = Content(
            f"it begins as {self._beginning}"
        )
        self._area.cursor_blink = False
        self._enter(_SOURCE if self._making.in_source else "")
        self._compile()

    @property
    def _area(self) -> TextArea:
        return self.query_one(TextArea)

    # ---- Layout.

    def on_resize(self, event: Resize) -> None:
        """Show form and bytes side by side, one below the other, or one at a time."""
        width, height = event.size
        self.update_classes(
            {
                "-stacked": width < _BESIDE_FROM,
                "-narrow": width < _WORDS_FROM,
                "-single": width < _BESIDE_FROM and height < _BOTH_FROM,
                "-tiny": height < _TINY_BELOW,
            }
        )

    def _enter(self, group: str) -> None:
        """Show a group of inputs, the source or the bytes, and go there."""
        self.set_class(group == _BYTES, "-bytes")
        if group == _BYTES:
            self._opened.bytes.focus()
        elif group == _SOURCE:
            self._area.focus()
        else:
            self._form.enter(group)

    def on_descendant_focus(self, _event: DescendantFocus) -> None:
        """Follow the focus, which a click or a jump can move, too."""
        self.set_class(self._opened.bytes.has_focus, "-bytes")
        self._tell_row()

    # ---- The verdict.

    def on_content_form_changed(self) -> None:
        """Compile after every key in the form."""
        self._making.draft = self._form.draft
        self._compile()
        self._desk.source = self._making.source

    def on_text_area_changed(self) -> None:
        """Compile after every key in the source."""
        making, text = self._making, self._area.text
        if making.in_source and text != making.source:
            making.source = self._desk.source = text
            self._compile()

    def on_content_form_entered(self) -> None:
        """Mark the bytes of the row."""
        self._opened.mark(self._form.field)
        self._tell_row()

    def _compile(self) -> None:
        found = self._making.compiled()
        self.data = found.data
        self._opened.show(found.data, found.verdict)
        refused = self._opened.bytes.refused
        self._form.say(refused.field if refused else "")
        self._tell_row()
        self._say(found.words, is_bad=not found.is_good)

    def _say(self, words: str, *, is_bad: bool) -> None:
        below = self.query_one("#verdict", Static)
        below.update(words)
        below.set_class(is_bad, "error")

    def _tell_row(self) -> None:
        """Say what the row that is being edited means."""
        row, below = self._form.row, self.query_one("#row", Static)
        below.display = row is not None
        below.update(row.sentence if row else "")

    # ---- Keys.

    def action_group(self, by: int) -> None:
        """Go to the next group of inputs, or to the bytes."""
        groups = (_SOURCE,) if self._making.in_source else self._form.groups
        around = (*groups, _BYTES)
        row = self._form.row
        at = row.group if row else _BYTES if self._opened.bytes.has_focus else around[0]
        self._enter(around[(around.index(at) + by) % len(around)])

    def action_turn(self) -> None:
        """Change between form and source, unless there is a mistake in the file."""
        making = self._making
        try:
            making.turn()
        except ContentError as error:
            kind = "a source" if making.in_source else "a form"
            self._say(f"✖ has to stay {kind}: {error}", is_bad=True)
            return
        self.query_one(ContentSwitcher).current = _SOURCE if making.in_source else _FORM
        if making.in_source:
            self._area.text = making.source
        else:
            self._form.show(making.draft, self._form.instance)
        self._enter(_SOURCE if making.in_source else "")
        self.refresh_bindings()
        self._compile()

    def action_other_validator(self) -> None:
        """Ask the other validator."""
        self._making.ask_other()
        self._compile()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Instances can be added, chosen and removed only in the form."""
        least = {"add": 0, "next": 2, "remove": 1}.get(action)
        if least is None:
            return True
        return not self._making.in_source and self._form.draft.instances >= least

    def action_add(self) -> None:
        """Add an instance at the end."""
        draft = self._form.draft.with_instance()
        self._show_instance(draft, draft.instances)

    def action_next(self) -> None:
        """Go to the next instance; after the last one comes the first."""
        draft = self._form.draft
        self._show_instance(draft, self._form.instance % draft.instances + 1)

    def action_remove(self) -> None:
        """Remove this instance."""
        number = self._form.instance
        self._show_instance(self._form.draft.without(number), number)

    def _show_instance(self, draft: Draft, number: int) -> None:
        self._form.show(draft, number)
        if self._form.row is None or not self._form.instance:
            self._enter("" if self._form.instance else "file")
        self._opened.mark(self._form.field)
        self.refresh_bindings()
        if draft is self._making.draft:
            self._compile()
        else:
            self.on_content_form_changed()

    def action_push(self) -> None:
        """Push the file, whatever the validator says, as on 19 July 2024."""
        if self.data:
            self.dismiss(ContentFile("made-here", self.data))
        else:
            self.notify(
                "The file has a mistake: see below", severity="warning", markup=False
            )
