"""Control of the machines on the lab screen: run, step, stop, reset, take back."""

from __future__ import annotations

from minios.lab.quantities import seconds
from minios.machine.clock import NS_PER_INSTRUCTION
from minios.session.orders import MarkHere, Order, Push, StepUnit
from minios.tui.screens.breaks import Breaks, BreakScreen
from minios.tui.screens.choices import PowerScreen, VendorScreen
from minios.tui.screens.lab_base import LabBase
from minios.tui.screens.push import PushChoice, PushScreen
from minios.tui.widgets.timeline_list import TimelineList


class Control(LabBase):
    """What changes how the machines go on."""

    def action_push(self) -> None:
        """Open the picker."""

        def chosen(delivery: PushChoice | None) -> None:
            if delivery is not None:
                self.post_message(self.Progressed(self.card, "pushed"))
                self.conductor.send(Push(delivery.file), delivery.machine)
                self.conductor.running = True

        self.app.push_screen(PushScreen(self.card, self.desk), chosen)

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

    def action_step(self, unit: StepUnit) -> None:
        """The active machine goes on a little."""
        self.conductor.step(unit, self.active)
        self.refresh_frames()

    def action_step_back(self) -> None:
        """All machines are as an instruction of the active one ago."""
        frames = self.conductor.frames
        if frames:
            before = frames[self.active].t - NS_PER_INSTRUCTION
            self.conductor.go_back(max(0, before))
            self.refresh_frames()

    def action_power(self) -> None:
        """Reset, cut the power, or boot in another way: the active machine."""

        def chosen(order: Order | None) -> None:
            if order is not None:
                self.conductor.send(order, self.active)
                self.refresh_frames()

        title = f"power: {self.card.called(self.active)}"
        self.app.push_screen(PowerScreen(title), chosen)

    def action_vendor(self) -> None:
        """Withdraw a file, offer a fix: to all machines."""

        def chosen(order: Order | None) -> None:
            if order is not None:
                self.conductor.send(order)
                self.refresh_frames()

        self.app.push_screen(VendorScreen("the vendor"), chosen)

    def action_mark(self) -> None:
        """A snapshot of all machines."""
        self.conductor.send(MarkHere("marked"))
        self.refresh_frames()
        self.notify(f"marked at {seconds(self.conductor.now)}")

    def action_break(self) -> None:
        """Choose where to stop."""

        def chosen(breaks: Breaks | None) -> None:
            if breaks is not None:
                self.conductor.breaks = breaks.kinds
                self.conductor.places = breaks.places
                self.show_clock()

        now = Breaks(self.conductor.breaks, self.conductor.places)
        self.app.push_screen(BreakScreen(now), chosen)

    def action_back(self) -> None:
        """Take all machines back: to a snapshot, or to just before a record."""
        timeline = self.query_one(TimelineList)
        chosen = timeline.chosen
        if chosen is None:
            self.notify("Choose an entry of the timeline first: t, then the arrows")
            return
        timeline.let_go()
        if chosen.is_mark:
            self.conductor.go_back(chosen.t, timeline.mark(chosen))
        else:
            self.conductor.go_back(max(0, chosen.t - NS_PER_INSTRUCTION))
        self.refresh_frames()
