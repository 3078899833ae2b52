"""Type on a machine's console: when the user asks for it, or when recovery does.

The console then stands in the place of the machine's screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import DescendantBlur

from minios.lab.inputs import Type
from minios.session.frames import Frame
from minios.tui.screens.lab_script import Following
from minios.tui.widgets.guest_console import GuestConsole
from minios.tui.widgets.machine_panel import MachinePanel


class Typing(Following):
    """The consoles of the machines."""

    panels: Sequence[MachinePanel] = ()
    _asked: frozenset[tuple[int, int]] = frozenset()
    """Machine and boot where the recovery environment asks, and was given the keys."""
    _typed_for: tuple[int, int] | None = None

    @property
    def is_on_top(self) -> bool:
        """Whether no dialog covers the machines."""
        return self.app.screen is self

    def choose(self, number: int) -> None:
        """Make another machine the active one."""
        raise NotImplementedError

    def action_console(self) -> None:
        """Type on the console of the active machine."""
        self._type_on("")

    def action_other_console(self) -> None:
        """Type on the console of the next machine."""
        self.choose((self.active + 1) % len(self.panels))
        self._type_on("")

    def action_end_typing(self) -> None:
        """Give the keys back."""
        self.set_focus(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Another console only if there are several machines."""
        if action == "other_console":
            return len(self.panels) > 1
        return super().check_action(action, parameters)

    def _type_on(self, asks: str) -> None:
        panel = self.panels[self.active]
        panel.add_class("-typing")
        self.show_page(0)
        console = panel.query_one(GuestConsole)
        console.asks = asks
        console.whose = self.card.called(self.active) if len(self.panels) > 1 else ""
        self.set_focus(console)  # at once, so that a key typed right after arrives

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Typing has ended: the screen comes back.

        Not if another pane is left: one that hides when a console opens is left just
        before the console has the focus.
        """
        for panel in self.panels:
            console = panel.query_one(GuestConsole)
            if event.widget is console and self.focused is not console:
                panel.remove_class("-typing")

    def on_guest_console_typed(self, event: GuestConsole.Typed) -> None:
        """Send a key to the machine."""
        for panel in self.panels:
            if event.console in panel.query(GuestConsole):
                self.conductor.send(Type(event.text), panel.number)

    def give_keys_to_recovery(self, frames: Sequence[Frame]) -> None:
        """Open the console where the recovery environment asks, and close it again.

        It counts down, and takes the keys only if they are typed on its console. So it
        gets them, once each time that it comes up, unless the user does something else.
        """
        recovering = {
            (n, it.status.boot) for n, it in enumerate(frames) if it.status.recovering
        }
        typed_on = {it.number for it in self.panels if it.has_class("-typing")}
        self._asked &= recovering
        self._asked |= {it for it in recovering if it[0] in typed_on}
        if self._typed_for is not None and self._typed_for not in recovering:
            self._typed_for = None
            if isinstance(self.focused, GuestConsole):
                self.set_focus(None)
        new = {it for it in recovering - self._asked if frames[it[0]].halted}
        if new and self._is_free:
            self._typed_for = min(new)
            self._asked |= {self._typed_for}  # others that ask get the keys next
            self.choose(self._typed_for[0])
            self._type_on(
                f"Recovery asks in {self.card.called(self.active)}: number, enter; "
                "esc leaves"
            )

    @property
    def _is_free(self) -> bool:
        """Whether time runs, and the user neither reads nor types anywhere else."""
        types = any(panel.has_class("-typing") for panel in self.panels)  # or soon does
        is_idle = self.is_on_top and self.focused is None and not self.page
        return is_idle and not types and self.conductor.running and not self.is_followed
