"""The bytes of a content file, and below them what the marked bytes mean."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Blur, Click, Focus, Resize
from textual.message import Message
from textual.strip import Strip

from minios.content import FieldRef, FieldSpan, Verdict, inspect
from minios.tui.drawing.hex_view import (
    HexRows,
    byte_in_words,
    legend,
    place_in_words,
    runs,
)
from minios.tui.drawing.lines import Line, line
from minios.tui.widgets.pane import Pane

_PAGE = 8  # rows


class HexView(Pane):
    """Bytes, coloured by their fields. One field or one byte is marked."""

    TITLE: ClassVar[str] = "bytes"
    HELP: ClassVar[str] = (
        "This is the file as the machine gets it. Each colour is a kind of field, "
        "named below. Brackets mark the bytes of the chosen input. In this pane the "
        "arrows move from byte to byte, and the line below says what the byte is. ✖ "
        "marks the row that the validator refuses."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Byte before", show=False),
        Binding("right", "move(1)", "Byte after", show=False),
        Binding("up", "move_rows(-1)", "Row above", show=False),
        Binding("down", "move_rows(1)", "Row below", show=False),
        Binding("pageup", f"move_rows(-{_PAGE})", "Page up", show=False),
        Binding("pagedown", f"move_rows({_PAGE})", "Page down", show=False),
        Binding("home", "go(0)", "First byte", show=False),
        Binding("end", "go(-1)", "Last byte", show=False),
    ]

    class Moved(Message):
        """Other bytes are marked."""

    def __init__(self) -> None:
        super().__init__()
        self.data = b""
        self.spans: tuple[FieldSpan, ...] = ()
        self.field: FieldRef | None = None
        self._of_place: list[FieldSpan] = []  # each row that is drawn asks for it
        self.cursor = 0
        self._refused = -1
        self._rows = HexRows(b"", (), 0)
        self._rows_for: tuple[bytes, int] = b"", 0

    def show(self, data: bytes, verdict: Verdict | None = None) -> None:
        """Show these bytes, and this verdict of a validator."""
        self.data = data
        self.spans = inspect(data).spans
        self._refused = verdict.offset if verdict and not verdict.accepted else -1
        self.cursor = max(0, min(self.cursor, len(data) - 1))
        self._find_place()
        self.redraw()

    def mark(self, field: FieldRef | None) -> None:
        """Mark the bytes of an input."""
        self.field = field
        self._find_place()
        found = self.marked
        if found and not self.has_focus:
            self.cursor = found[0].start
        self.redraw()

    @property
    def refused(self) -> FieldSpan | None:
        """The field that the validator refuses."""
        at = self._refused
        return next((it for it in self.spans if it.start <= at < it.end), None)

    @property
    def marked(self) -> list[range]:
        """The byte under the cursor, or the bytes of the field."""
        if not self.data:
            return []
        if self.has_focus:
            return [range(self.cursor, self.cursor + 1)]
        return runs(self._of_place)

    def _find_place(self) -> None:
        """Find the bytes of the input, after a change of the bytes or of the input."""
        field = self.field
        self._of_place = [
            it for it in self.spans if field is not None and field.owns(it.field)
        ]

    # ---- Drawing.

    def on_resize(self, _event: Resize) -> None:
        """Fold for the new width, with the marked bytes in the middle."""
        self._lay_out(is_resized=True)

    def redraw(self) -> None:
        """Draw again, after a change of the bytes or of the field."""
        self._lay_out()

    def _lay_out(self, *, is_resized: bool = False) -> None:
        width = self.scrollable_content_region.width
        if width <= 0 or not self.region:
            return
        if self._rows_for != (self.data, width):
            self._rows_for = self.data, width
            self._rows = HexRows(self.data, self.spans, width)
            self.set_rows(len(self._rows))
        if self.marked:
            self._show_marked(is_resized=is_resized)
        self.refresh()

    def _show_marked(self, *, is_resized: bool) -> None:
        """Scroll to the marked bytes: to all of them, or to their beginning."""
        first = self._rows.line_of(self.marked[0].start)
        last = self._rows.line_of(self.marked[-1].stop - 1)
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if is_resized or not top <= first <= last < top + height:
            y = max(first - height // 2, min(first, last - height + 1))
            self.scroll_to(y=max(0, y), animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        """One row of what is in view; only that is drawn."""
        number = self.scroll_offset.y + y
        if number >= len(self._rows):
            return self.strip(())
        return self.strip(self._rows.line(number, self.marked, self._refused))

    def told(self, width: int) -> list[Line]:
        """What the marked bytes mean, in full."""
        if not self.data:
            return []
        if self.has_focus:
            return byte_in_words(self.data, self.spans, self.cursor, width)
        found = self._of_place
        if self.field is None or not found:
            return []
        return place_in_words(self.field.path, found, width)

    # ---- Moving.

    def action_move(self, by: int) -> None:
        """Go to another byte."""
        self._go(self.cursor + by)

    def action_move_rows(self, by: int) -> None:
        """Go to another row."""
        at = self.cursor + by * self._rows.per_row
        if 0 <= at < len(self.data):
            self._go(at)

    def action_go(self, at: int) -> None:
        """Go to the first byte, or to the last."""
        self._go(at % max(1, len(self.data)))

    def _go(self, at: int) -> None:
        self.cursor = max(0, min(at, len(self.data) - 1))
        self.redraw()
        self.post_message(self.Moved())

    def on_click(self, event: Click) -> None:
        """Go to the byte that was clicked."""
        left, top = self.gutter.left, self.gutter.top
        number = self.scroll_offset.y + event.y - top
        at = self._rows.byte_at(number, event.x - left)
        if at is not None:
            self._go(at)

    def on_focus(self, _event: Focus) -> None:
        """Mark the byte under the cursor."""
        self._go(self.cursor)

    def on_blur(self, _event: Blur) -> None:
        """Mark the field of the chosen input."""
        self.redraw()
        self.post_message(self.Moved())


class HexWords(Pane, can_focus=False):
    """What the marked bytes mean. The pane is as high as its text."""

    HELP: ClassVar[str] = (
        "Here you see the name, offset, length and value of what is marked, and what "
        "each colour means."
    )

    def __init__(self, view: HexView) -> None:
        super().__init__()
        self._view = view

    def redraw(self) -> None:
        """Draw again, after a change in the view."""
        width = self.scrollable_content_region.width
        if width > 0:
            self.styles.height = max(1, len(self.draw(width, 0)))
        super().redraw()

    def draw(self, width: int, _height: int) -> list[Line]:
        """The lines."""
        if not self._view.data:
            return [line(("the file does not compile yet", "dim"))]
        told = self._view.told(width)
        is_short = self.screen.has_class("-tiny")
        return told if is_short else [*told, *legend(self._view.spans, width)]


class OpenedFile(Vertical):
    """The bytes, and what they mean."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = HexView()
        self.words = HexWords(self.bytes)

    def compose(self) -> ComposeResult:
        """The bytes, with the words below."""
        yield self.bytes
        yield self.words

    def show(self, data: bytes, verdict: Verdict | None) -> None:
        """Show these bytes, and this verdict of a validator."""
        self.bytes.show(data, verdict)
        self.words.redraw()

    def mark(self, place: FieldRef | None) -> None:
        """Mark the bytes of an input."""
        self.bytes.mark(place)
        self.words.redraw()

    def on_hex_view_moved(self) -> None:
        """Say what the byte means."""
        self.words.redraw()
