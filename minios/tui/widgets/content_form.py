"""A content file as a form, with a row for each input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import DescendantFocus, Resize
from textual.message import Message
from textual.widgets import Input, Static

from minios.abi import content
from minios.abi.content import TemplateType
from minios.content import Draft, FieldRef, Said, said
from minios.tui.widgets.fields import Field


class FormRow(Horizontal):
    """A row of the form: number and name, the input, what the input means."""

    def __init__(self, group: str, key: str, number: int = 0) -> None:
        super().__init__()
        self.group = group
        self.key = key
        self.number = number
        self.input = Field(placeholder="*" if number else "", compact=True)
        self.input.cursor_blink = False
        self.said = Said("", "")
        self._is_marked = False

    def compose(self) -> ComposeResult:
        """One line."""
        yield Static(classes="name", markup=False)
        yield self.input
        yield Static(classes="said", markup=False)

    def field(self, instance: int) -> FieldRef:
        """The field of the file that this row edits, if this instance is shown."""
        return FieldRef(0 if self.group == "file" else instance, self.key)

    def say(self, found: Said, *, is_refused: bool) -> None:
        """Show what the input means, and whether the validator refuses it."""
        self.said, self._is_marked = found, found.is_wrong or is_refused
        self.set_class(self._is_marked, "wrong")
        sign = "✖ " if found.is_wrong else ""
        refused = "  ✖ refused" if is_refused else ""
        self._write(".said", f"{sign}{found.short}{refused}")
        self.show_name()

    def show_name(self) -> None:
        """Show the name, with signs for the chosen row and for a mistake."""
        chosen = "▸" if self.input.has_focus else " "
        marked = "✖" if self._is_marked else " "
        self._write(".name", f"{chosen}{marked}{self.number or '':>2} {self.key}")

    @property
    def sentence(self) -> str:
        """What the input means, in full."""
        before = "✖" if self.said.is_wrong else f"{self.key}:"
        return f"{before} {self.said.words}"

    def _write(self, part: str, words: str) -> None:
        """Write a part of the row. Its size stays, so the layout is kept."""
        self.query_one(part, Static).update(words, layout=False)


_PAGE: Final = 8  # rows
GROUPS: Final = ("file", "instance", "fields")
_HEAD: Final = ("channel", "version")
_INSTANCE: Final = ("template", "detection", "action")
_FIELDS: Final = max(len(it.fields) for it in content.TEMPLATE_TYPES)


class ContentForm(VerticalScroll, can_focus=False):
    """The head of a file, and one of its instances."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Row above", show=False),
        Binding("down", "move(1)", "Row below", show=False),
        Binding("pageup", f"move(-{_PAGE})", "Page up", show=False),
        Binding("pagedown", f"move({_PAGE})", "Page down", show=False),
    ]

    class Changed(Message):
        """Something was typed."""

    class Entered(Message):
        """Another row is the chosen one."""

    def __init__(self, draft: Draft, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.draft = draft
        self.instance = min(1, draft.instances)
        self.refused = ""
        self._rows = [
            *(FormRow("file", key) for key in _HEAD),
            *(FormRow("instance", key) for key in _INSTANCE),
            *(FormRow("fields", "", n) for n in range(1, _FIELDS + 1)),
        ]
        self._last: dict[str, FormRow] = {}

    def compose(self) -> ComposeResult:
        """All rows; those of an instance below its heading."""
        head, rows = len(_HEAD), self._rows
        yield from rows[:head]
        with Vertical(id="instance"):
            yield Static(id="which", markup=False)
            yield from rows[head:]

    def on_mount(self) -> None:
        """Fill the inputs."""
        self.fill()

    def on_resize(self, _event: Resize) -> None:
        """Keep the row that is being edited in view, in the middle."""
        if self.row is not None:
            self.scroll_to_center(self.row, animate=False)

    # ---- Showing.

    def show(self, draft: Draft, instance: int) -> None:
        """Show another file, or another instance of it."""
        self.draft = draft
        self.instance = max(min(1, draft.instances), min(instance, draft.instances))
        self.fill()

    def fill(self) -> None:
        """Fill the inputs from the draft."""
        self.query_one("#instance").display = self.draft.instances > 0
        self._name_fields()
        for row in self._shown():
            row.input.value = self._text(row)
        self.say()

    def _name_fields(self) -> None:
        """Give the rows of fields the names that the template of the instance has."""
        names = self._template.fields if self.instance else ()
        for row in self._rows:
            if row.group == "fields":
                has_name = row.number <= len(names)
                row.key = names[row.number - 1] if has_name else ""
                row.display = has_name

    @property
    def _template(self) -> TemplateType:
        return self.draft.template(self.instance) if self.instance else content.IPC

    def say(self, refused: str | None = None) -> None:
        """Show beside each input what it means. `refused` is the refused field."""
        self.refused = self.refused if refused is None else refused
        for row in self._shown():
            field = row.field(self.instance)
            found = said(field, self.draft.text(field), self._template)
            row.say(found, is_refused=field.owns(self.refused))
        self.query_one("#which", Static).update(self._heading(), layout=False)

    def _heading(self) -> str:
        """The instance that is shown, and another one that the validator refuses."""
        match self.refused.split("."):
            case ["instance", number, *_] if number != str(self.instance):
                elsewhere = f"   ✖ in instance {number}"
            case _:
                elsewhere = ""
        return f"── instance {self.instance} of {self.draft.instances}{elsewhere}"

    def _text(self, row: FormRow) -> str:
        return self.draft.text(row.field(self.instance))

    def _shown(self) -> Iterator[FormRow]:
        return (
            it for it in self._rows if it.key and (it.group == "file" or self.instance)
        )

    @property
    def row(self) -> FormRow | None:
        """The row that is being edited."""
        return next((it for it in self._rows if it.input.has_focus), None)

    @property
    def field(self) -> FieldRef | None:
        """The field that is being edited, or that was edited last."""
        row = self.row or self._last.get("")
        return row.field(self.instance) if row is not None else None

    # ---- Typing and moving.

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take what was typed. Ignore what `fill` has written."""
        event.stop()
        row = next(it for it in self._rows if it.input is event.input)
        field, text = row.field(self.instance), row.input.value
        if field.instance < len(self.draft.sheets) and self.draft.text(field) != text:
            self.draft = self.draft.with_text(field, text)
            if field.key == "template":
                self.fill()  # another template has other fields
            self.post_message(self.Changed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next row."""
        event.stop()
        self.action_move(1)

    def on_descendant_focus(self, _event: DescendantFocus) -> None:
        """Remember the chosen row."""
        row = self.row
        if row is not None:
            left = self._last.get("")
            self._last[""] = self._last[row.group] = row
            for one in {row, left or row}:
                one.show_name()
            self.post_message(self.Entered())

    def action_move(self, by: int) -> None:
        """Go to another row."""
        rows, row = list(self._shown()), self.row
        if row is not None:
            at = max(0, min(rows.index(row) + by, len(rows) - 1))
            rows[at].input.focus()

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that tab goes through."""
        return GROUPS if self.instance else GROUPS[:1]

    def enter(self, group: str = "") -> None:
        """Go to a group: to its last row, or to the first field that is compared."""
        rows = [it for it in self._shown() if group in {"", it.group}]
        last = self._last.get(group)
        if last not in rows:
            compared = [it for it in rows if it.group == "fields" and self._text(it)]
            last = (compared or rows)[0]
        last.input.focus()
