"""A channel file laid open: its bytes, and below them what is marked."""

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
    """Bytes, coloured by field; one field, or one byte, is marked."""

    TITLE: ClassVar[str] = "bytes"
    HELP: ClassVar[str] = (
        "The file as the machine will get it. Each colour is a kind of field, named "
        "below. What the chosen input became stands in brackets; in here the arrows "
        "move from byte to byte, and below stands what each of them is. ✖ is the row "
        "that the validator complains of."
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
        """Something else is marked."""

    def __init__(self) -> None:
        super().__init__()
        self.data = b""
        self.spans: tuple[FieldSpan, ...] = ()
        self.field: FieldRef | None = None
        self.cursor = 0
        self._refused = -1
        self._rows = HexRows(b"", (), 0)
        self._rows_for: tuple[bytes, int] = b"", 0

    def show(self, data: bytes, verdict: Verdict | None = None) -> None:
        """Show these bytes, of which a validator has said this."""
        self.data = data
        self.spans = inspect(data).spans
        self._refused = verdict.offset if verdict and not verdict.accepted else -1
        self.cursor = max(0, min(self.cursor, len(data) - 1))
        self.redraw()

    def mark(self, field: FieldRef | None) -> None:
        """Mark what an input became."""
        self.field = field
        found = self.marked
        if found and not self.has_focus:
            self.cursor = found[0].start
        self.redraw()

    @property
    def refused(self) -> FieldSpan | None:
        """The field that the validator complains of."""
        at = self._refused
        return next((it for it in self.spans if it.start <= at < it.end), None)

    @property
    def marked(self) -> list[range]:
        """The byte that the cursor is on, or the bytes of the field."""
        if not self.data:
            return []
        if self.has_focus:
            return [range(self.cursor, self.cursor + 1)]
        return runs(self._of_place)

    @property
    def _of_place(self) -> list[FieldSpan]:
        field = self.field
        return [it for it in self.spans if field is not None and field.owns(it.field)]

    # ---- Drawing.

    def on_resize(self, _event: Resize) -> None:
        """Another width folds otherwise; what is marked comes to the middle."""
        self._lay_out(is_resized=True)

    def redraw(self) -> None:
        """After other bytes, or another field."""
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
        """Scroll to what is marked: to all of it, or to its beginning."""
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
        """What is marked, in full."""
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
        """To another byte."""
        self._go(self.cursor + by)

    def action_move_rows(self, by: int) -> None:
        """To another row."""
        at = self.cursor + by * self._rows.per_row
        if 0 <= at < len(self.data):
            self._go(at)

    def action_go(self, at: int) -> None:
        """To the first byte, or the last."""
        self._go(at % max(1, len(self.data)))

    def _go(self, at: int) -> None:
        self.cursor = max(0, min(at, len(self.data) - 1))
        self.redraw()
        self.post_message(self.Moved())

    def on_click(self, event: Click) -> None:
        """To the byte that was clicked at."""
        left, top = self.gutter.left, self.gutter.top
        number = self.scroll_offset.y + event.y - top
        at = self._rows.byte_at(number, event.x - left)
        if at is not None:
            self._go(at)

    def on_focus(self, _event: Focus) -> None:
        """Now a byte is marked."""
        self._go(self.cursor)

    def on_blur(self, _event: Blur) -> None:
        """Now a field is."""
        self.redraw()
        self.post_message(self.Moved())


class HexWords(Pane, can_focus=False):
    """As high as what is to be said."""

    HELP: ClassVar[str] = (
        "Name, offset, length and value of what is marked, and a word in each colour."
    )

    def __init__(self, view: HexView) -> None:
        super().__init__()
        self._view = view

    def redraw(self) -> None:
        """After whatever has changed in the view."""
        width = self.scrollable_content_region.width
        if width > 0:
            self.styles.height = max(1, len(self.draw(width, 0)))
        super().redraw()

    def draw(self, width: int, _height: int) -> list[Line]:
        """The lines."""
        if not self._view.data:
            return [line(("nothing that could be compiled yet", "dim"))]
        told = self._view.told(width)
        is_short = self.screen.has_class("-tiny")
        return told if is_short else [*told, *legend(self._view.spans, width)]


class OpenedFile(Vertical):
    """Bytes and words."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = HexView()
        self.words = HexWords(self.bytes)

    def compose(self) -> ComposeResult:
        """The words below."""
        yield self.bytes
        yield self.words

    def show(self, data: bytes, verdict: Verdict | None) -> None:
        """Show these bytes, of which a validator has said this."""
        self.bytes.show(data, verdict)
        self.words.redraw()

    def mark(self, place: FieldRef | None) -> None:
        """Mark what an input became."""
        self.bytes.mark(place)
        self.words.redraw()

    def on_hex_view_moved(self) -> None:
        """Say what the byte is."""
        self.words.redraw()
