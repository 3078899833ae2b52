"""Control the machines on the lab screen: run, step, pause, reset, go back.

The lab screen is made of these files. Each class is derived from the one before:

lab_control.py  the machines, which one is active, and how they run
lab_goals.py    the goals of the lab
lab_look.py     the pages of the inspector, and the explanations
lab_crimes.py   the crimes, in the lab that has them
lab_script.py   the steps of a scenario, and the end of a recording
lab_console.py  typing on a machine, and the recovery environment
lab.py          the layout, and the newest frames
lab_keys.py     the keys, and the first sentences of the help (no class)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from textual.message import Message
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from minios.lab import milliseconds
from minios.lab.inputs import Push
from minios.lab.quantities import seconds
from minios.session import own_plugins
from minios.session.catalogue import LabCard
from minios.session.conductor import Conductor
from minios.session.desk import Desk
from minios.session.files import Files
from minios.session.going_back import Target, targets
from minios.session.orders import MarkHere, Order, StepUnit
from minios.session.script import Script
from minios.tui.screens.breaks import Breaks, BreakScreen
from minios.tui.screens.dialogs import ChoiceScreen, PowerScreen, VendorScreen
from minios.tui.screens.going_back import GoBackScreen
from minios.tui.screens.plugin import BuildScreen
from minios.tui.screens.push import PushChoice, PushScreen
from minios.tui.screens.slow_pass import SlowPassScreen
from minios.tui.widgets.timeline_list import TimelineList


class Control(Screen[None]):
    """One to four machines, one of them active, and what changes how they go on."""

    class BuiltAgain(Message):
        """The plugins or the scenario are other ones: the lab is to be opened anew."""

        def __init__(self, found: LabCard | Script) -> None:
            super().__init__()
            self.found = found

    card: LabCard
    conductor: Conductor
    desk: Desk
    files: Files
    active: int = 0
    page: int = 0

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As in a dialog (`modal.py`)."""

    def refresh_frames(self) -> None:
        """Show the newest frames."""
        raise NotImplementedError

    def show_clock(self) -> None:
        """Show the time, the speed, and where time will pause."""
        raise NotImplementedError

    def show_page(self, page: int) -> None:
        """Show a page of the inspector; 0 is no page."""
        raise NotImplementedError

    # ---- Keys.

    def action_push(self) -> None:
        """Choose a content file, and push it."""

        def chosen(delivery: PushChoice | None) -> None:
            if delivery is not None:
                self.conductor.send(Push(delivery.file), delivery.machine)
                self.conductor.running = True

        self.app.push_screen(PushScreen(self.card, self.desk, self.own_files), chosen)

    @property
    def own_files(self) -> Sequence[Path]:
        """Content files of the learner, to be offered with those of minios."""
        return ()

    def action_run(self) -> None:
        """Run or pause."""
        if self.conductor.running:
            self.conductor.pause()
        else:
            self.conductor.go_on()
        self.show_clock()

    def action_faster(self, by: int) -> None:
        """Change the speed."""
        self.conductor.faster(by)
        self.show_clock()

    def action_step(self, unit: StepUnit) -> None:
        """Step the active machine."""
        if unit in ("instruction", "line"):
            self._show_code()
        self.conductor.step(unit, self.active)
        self.refresh_frames()

    def _show_code(self) -> None:
        """Open the page with the code, unless a page is open: else nothing is seen."""
        if self.page == 0:
            self.show_page(1)

    def action_skip(self) -> None:
        """Skip the waiting: hurry to the next event of any machine."""
        self.conductor.skip()
        self.show_clock()

    def action_step_back(self) -> None:
        """Take all machines back by one instruction of the active one."""
        frames = self.conductor.frames
        if frames:
            self._show_code()
            t = frames[self.active].t
            self._go_back(partial(self.conductor.go_back_before, t, "back by a step"))

    def action_slow_pass(self) -> None:
        """Follow one event step by step; then all machines come to one moment."""

        def left(_: None) -> None:
            frames = self.conductor.frames
            self.conductor.leave_slow_pass()
            self._say_where_a_pass_ended([frame.t for frame in frames])
            self.refresh_frames()

        self.app.push_screen(SlowPassScreen(self.card, self.conductor), left)

    def _say_where_a_pass_ended(self, times: list[int]) -> None:
        """Say to which moment the machines come, and for which of them it is a jump."""
        words = "the slow pass is over"
        self.conductor.because = (f"{words}; space goes on", words, "paused")
        last = max(times, default=0)
        ahead = self.card.called(times.index(last)) if times else ""
        behind = [
            f"{self.card.called(number)} only to {seconds(t)}"
            for number, t in enumerate(times)
            if last - t >= milliseconds(1)
        ]
        said = f"The slow pass is over. All machines come to {seconds(last)}"
        if behind:
            said += f": {ahead} has run that far, {' and '.join(behind)}"
        self.notify(f"{said}.", markup=False)

    def action_power(self) -> None:
        """Reset the active machine, cut its power, or boot it in another mode."""
        card, at = self.card, self.active
        self._ask(PowerScreen(card.called(at), card.worlds[at]), at)

    def action_vendor(self) -> None:
        """Withdraw a content file or offer a fix, for all machines."""
        self._ask(VendorScreen(), None)

    def _ask(self, screen: ChoiceScreen, machine: int | None) -> None:
        """Let the user choose an order, and give it to one machine or to all."""

        def chosen(order: Order | None) -> None:
            if order is not None:
                self.conductor.send(order, machine)
                self.refresh_frames()

        self.app.push_screen(screen, chosen)

    def action_mark(self) -> None:
        """Make a snapshot of all machines."""
        self.conductor.send(MarkHere("marked"))
        self.refresh_frames()
        self.notify(f"snapshot made at {seconds(self.conductor.now)}", markup=False)

    def action_break(self) -> None:
        """Choose where to pause."""

        def chosen(breaks: Breaks | None) -> None:
            if breaks is not None:
                self.conductor.breaks = breaks.kinds
                self.conductor.places = breaks.places
                self.show_clock()

        now = Breaks(self.conductor.breaks, self.conductor.places)
        self.app.push_screen(BreakScreen(now), chosen)

    def action_build(self) -> None:
        """Build the learner's plugins again, or run the scenario's file again."""

        def built(found: LabCard | Script | None) -> None:
            if found is not None:
                self.post_message(self.BuiltAgain(found))

        own, script = self.card.own_plugins, self.files.script
        if script is not None:
            screen = BuildScreen(f"running {self.card.title}", script.again)
        else:
            assert own is not None
            again = partial(own_plugins.built_again, self.card)
            screen = BuildScreen(f"building {', '.join(own.folders)}", again)
        self.app.push_screen(screen, built)

    def action_back(self) -> None:
        """Take all machines back: to a snapshot, or to just before an event."""
        timeline, frames = self.query_one(TimelineList), self.conductor.frames
        names = [self.card.called(number) for number in range(len(frames))]
        found = targets(frames, names, timeline.chosen)

        def chosen(target: Target | None) -> None:
            if target is not None:
                timeline.let_go()
                self._go_back(partial(self.conductor.go_back, *target.way))

        if timeline.chosen is not None and len(found) == 1:
            chosen(found[0])
        elif found:
            self.app.push_screen(GoBackScreen(found), chosen)

    def _go_back(self, go: Callable[[], None]) -> None:
        """Go back in time, and say so if time goes on more slowly from there."""
        before = self.conductor.pace
        go()
        if self.conductor.pace is not before:
            self.notify(
                f"From here the speed is {self.conductor.pace.words}.", markup=False
            )
        self.refresh_frames()
