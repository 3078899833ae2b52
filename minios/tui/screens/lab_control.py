"""Control of the machines on the lab screen: run, step, stop, reset, take back."""

from __future__ import annotations

from minios.lab import ContentFile
from minios.tui.drawing.times import seconds
from minios.tui.orders import MarkHere, Push
from minios.tui.screens.breaks import BreakScreen
from minios.tui.screens.lab_base import LabBase
from minios.tui.screens.push import PushScreen
from minios.tui.widgets.timeline_list import TimelineList


class Control(LabBase):
    """What changes how the machines go on."""

    def action_push(self) -> None:
        """Open the picker."""

        def chosen(file: ContentFile | None) -> None:
            if file is not None:
                self.post_message(self.Progressed(self.card, "pushed"))
                self.conductor.send(Push(file))
                self.conductor.running = True

        self.app.push_screen(PushScreen(self.card.suggested), chosen)

    def action_run(self) -> None:
        """Run or pause."""
        self.conductor.running = not self.conductor.running
        self.conductor.stopped_by = ""
        if self.conductor.running:
            self.conductor.catch_up()
        self.show_clock()

    def action_faster(self, by: int) -> None:
        """Another pace."""
        self.conductor.faster(by)
        self.show_clock()

    def action_step(self, unit: str) -> None:
        """The active machine goes on a little."""
        self.conductor.step(unit, self.active)
        self.refresh_frames()

    def action_reset(self) -> None:
        """The reset button of the active machine."""
        self.conductor.reset(self.active)
        self.refresh_frames()

    def action_mark(self) -> None:
        """A snapshot of all machines."""
        self.conductor.send(MarkHere("marked"))
        self.refresh_frames()
        self.notify(f"marked at {seconds(self.conductor.now)}")

    def action_break(self) -> None:
        """Choose where to stop."""

        def chosen(kinds: frozenset[type] | None) -> None:
            if kinds is not None:
                self.conductor.breaks = kinds
                self.show_clock()

        self.app.push_screen(BreakScreen(self.conductor.breaks), chosen)

    def action_back(self) -> None:
        """Take all machines back: to a snapshot, or to just before a record."""
        timeline = self.query_one(TimelineList)
        chosen = timeline.chosen
        if chosen is None:
            self.notify("Choose an entry of the timeline first: t, then the arrows")
            return
        timeline.cursor = None
        if chosen.is_mark:
            self.conductor.go_back(chosen.t, timeline.mark(chosen))
        else:
            self.conductor.go_back(max(0, chosen.t - 1))
        self.refresh_frames()
