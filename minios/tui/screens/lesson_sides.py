"""The two sides of a lesson: its text and its lab, and which of them has the keys.

In a broad terminal they stand beside each other. In a narrow one the side is shown that
has the keys; over the lab there is a line with the task at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import DescendantFocus
from textual.geometry import Size

from minios.tui.screens.keys import SEE
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.lab_keys import KEYS
from minios.tui.widgets.key_bar import told
from minios.tui.widgets.lesson_column import LessonColumn, TaskPane

_BESIDE_FROM: Final = 120  # cells: text and lab beside each other
_NARROWEST: Final = 60  # cells of the text beside a lab
_WIDEST: Final = 84
_LINE: Final = 2  # rows above a lab that has all the room: the task at hand


class Sides(LabScreen):
    """A lab that shares its room with a text, which `_column` shows."""

    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("tab,f6", "other_side", "Text/lab", group=SEE): (
                "Change between the text of the lesson and the lab"
            ),
        }
    )
    _column: LessonColumn

    def __init__(self, *arguments: Any, **more: Any) -> None:  # noqa: ANN401 - as a lab takes them
        super().__init__(*arguments, **more)
        self._line = TaskPane(_LINE)
        self._lab = Vertical(id="lab")
        self._column_width = 0
        self._is_from_text = False

    @property
    def room(self) -> Size:
        """The room for the lab."""
        width, height = self.size
        if self.is_narrow:
            return Size(width, max(1, height - _LINE))
        return Size(width - self._column_width, height)

    @property
    def is_narrow(self) -> bool:
        """Whether text and lab are shown one at a time."""
        return self.size.width < _BESIDE_FROM

    def _lay_out(self, size: Size) -> None:
        is_narrow = size.width < _BESIDE_FROM
        width = min(_WIDEST, max(_NARROWEST, size.width * 3 // 10))
        self._column_width = 0 if is_narrow else width
        self._column.styles.width = "100%" if is_narrow else width
        self._line.display = is_narrow
        self._show_side()
        super()._lay_out(self.room)

    @property
    def reads(self) -> bool:
        """Whether the text has the keys."""
        focused = self.focused
        return focused is not None and self._column in focused.ancestors_with_self

    def action_other_side(self) -> None:
        """Give the keys to the lab, or to the text."""
        if self.reads:
            self._go_to_lab()
        else:
            self._go_to_text()

    def _go_to_lab(self) -> None:
        self.set_focus(None)
        self.add_class("-in-lab")
        self._show_side()
        self.show_clock()

    def _go_to_text(self) -> None:
        self.remove_class("-in-lab")
        self._show_side()
        self._column.text.focus()

    def _show_side(self) -> None:
        """In a narrow terminal show the side that has the keys."""
        in_lab = self.has_class("-in-lab")
        self._column.display = not (self.is_narrow and in_lab)
        self._lab.display = in_lab or not self.is_narrow
        to = "back to the text" if in_lab else "to the lab"
        self._column.border_subtitle = f"F6: {to}"

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Follow the focus, which a click, a jump or a key can move, too."""
        in_lab = self._lab in event.widget.ancestors_with_self
        if in_lab != self.has_class("-in-lab"):
            self.set_class(in_lab, "-in-lab")
            self._show_side()

    def make_lab_seen(self) -> None:
        """In a narrow terminal show the lab: what a key of it does is seen there."""
        if self.is_narrow:
            self._go_to_lab()

    def action_console(self) -> None:
        """Type on the console of the active machine, which can be seen."""
        self._is_from_text = self.reads
        self.make_lab_seen()
        super().action_console()

    def action_find(self) -> None:
        """Search the timeline, which can be seen."""
        self._is_from_text = self.reads
        self.make_lab_seen()
        super().action_find()

    def action_end_typing(self) -> None:
        """Give the keys back: to the text, if typing has begun there."""
        super().action_end_typing()
        if self._is_from_text:
            self._go_to_text()

    def show_page(self, page: int) -> None:
        """Show a page of the inspector, where it can be seen."""
        if page:
            self.make_lab_seen()
        super().show_page(page)


def _seen(act: Callable[..., object]) -> Callable[..., object]:
    """The act of a key of the lab, after which the lab is in view."""

    @wraps(act)
    def acted(screen: Sides, *arguments: object) -> object:
        screen.make_lab_seen()
        return act(screen, *arguments)

    return acted


# Any key of the lab brings the lab into view: what it does would be hidden else.
for _binding in Binding.make_bindings(KEYS):
    _name, _, _ = f"action_{_binding.action}".partition("(")
    _is_own = _name in vars(Sides) or _binding.action in ("leave", "save")
    if hasattr(LabScreen, _name) and not _is_own:
        setattr(Sides, _name, _seen(getattr(LabScreen, _name)))
