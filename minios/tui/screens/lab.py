"""The lab screen: machines side by side, and their common timeline below.

The screen shows the newest frames and sends commands. The machines run elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeAlias

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Static

from minios.errors import MiniosError
from minios.lab.setup import Setup
from minios.session import recording, stopping, waits
from minios.session.catalogue import LabCard
from minios.session.conductor import Conductor
from minios.session.desk import Desk
from minios.session.files import Files
from minios.session.frames import Frame
from minios.session.paces import TICKS_A_SECOND
from minios.session.protection import compared
from minios.session.timeline import Entry
from minios.session.worker import Player
from minios.tui.capture import coloured
from minios.tui.cast import Cast
from minios.tui.drawing.clock import ClockLine, clock
from minios.tui.drawing.goals import count
from minios.tui.screens.dialogs import ErrorScreen
from minios.tui.screens.lab_console import Typing
from minios.tui.screens.lab_keys import HELP, KEYS, RINGS
from minios.tui.screens.slow_pass import SlowPassScreen
from minios.tui.widgets.fields import FindField
from minios.tui.widgets.goal_line import GoalLine
from minios.tui.widgets.guest_console import GuestConsole
from minios.tui.widgets.key_bar import KeyBar
from minios.tui.widgets.machine_panel import MachinePanel, TitleBar
from minios.tui.widgets.ring_view import level
from minios.tui.widgets.step_list import StepList
from minios.tui.widgets.timeline_list import TimelineList
from minios.tui.widgets.track_bar import TrackBar

PlayerFactory: TypeAlias = Callable[[Setup], Player]
_BROAD_FROM = 150  # cells for a machine: the building beside its screen
_WIDE_FROM = 96  # cells for a machine: registers in a wider column
_SIDE_BY_SIDE_FROM = 50  # cells for a machine
_SLIM_BELOW = 76  # cells for a machine: registers above the code
_TITLE = 120  # cells for a title in one row; one of several titles in a list has one
SHORT_BELOW = 36  # rows
_TINY_BELOW = 16
_PAGE_ALONE_BELOW = 29  # rows of a machine: a page of the inspector takes all of them
_AROUND_A_PAGE = 9  # rows in a tall terminal: clock, goal, timeline, keys
_CLOCK_MARGINS = 2
_READABLE = 10  # seconds for a sentence that matters


class LabScreen(Typing):
    """One to four machines."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = KEYS
    TITLE: ClassVar[str] = "a lab"
    HELP: ClassVar[str] = f"{RINGS}\n{HELP}"

    def __init__(
        self, card: LabCard, *, factory: PlayerFactory, automatic: bool, files: Files
    ) -> None:
        super().__init__()
        self.files = files
        self._automatic = automatic
        self.card = card
        self.conductor = Conductor([factory(setup) for setup in card.machines])
        self.active = 0
        self.alone = False
        self.desk = Desk()
        self._shown: dict[int, Frame] = {}
        self._failed = False
        self._pointed_at: Entry | None = None
        self._marked: Entry | None = None
        self._kept = False
        self._cast: Cast | None = None
        self._ticks = 0
        self._clock = ""
        self._bars = [TitleBar(number) for number in range(len(card.worlds))]
        self.panels = [MachinePanel(number) for number in range(len(card.worlds))]
        self._track = TrackBar()
        self._timeline = TimelineList(id="timeline")
        self.look()
        if files.script is not None:
            self.steps = StepList(files.script)

    def compose(self) -> ComposeResult:
        """The lab, and the keys."""
        yield from self.inside()
        yield KeyBar(rows=2)

    def inside(self) -> ComposeResult:
        """The clock, the titles, the machines, the timeline."""
        yield Static("", id="clock", markup=False)
        yield GoalLine(self.goals)
        with Horizontal(id="titles"):
            yield from self._bars
        with Horizontal(id="worlds"):
            yield from self.panels
        yield self._track
        if self.steps is not None:
            yield self.steps
        yield self._timeline
        yield FindField()

    def on_mount(self) -> None:
        """Switch the machines on."""
        self.set_focus(None)
        self.choose(0)
        self.begin()
        if self._automatic:
            self.set_interval(1 / TICKS_A_SECOND, self.tick)

    def on_unmount(self) -> None:
        """Save the recording, and release the machines."""
        self.conductor.close()
        self._keep()

    def _keep(self) -> None:
        """Write the recording and the visit, once."""
        if self._kept:
            return
        self._kept = True
        frames = self.conductor.frames
        if len(frames) == len(self.card.worlds):  # else it was left before it began
            self.files.keep(self.card, frames)

    def action_save(self) -> None:
        """Save what was done so far in the user's folder of recordings."""
        path = self.files.shelf.fresh(self.card.name)
        if path is None:
            self.notify(
                "There is no folder to keep recordings in",
                severity="warning",
                markup=False,
            )
            return
        try:
            made = recording.of(self.card, self.conductor.frames)
            recording.save(made, path)
        except MiniosError as error:
            self.app.push_screen(ErrorScreen(str(error)))
        else:
            words = f"saved as {path}: the start screen can play it again"
            self.notify(words, markup=False)

    @property
    def room(self) -> Size:
        """The room for the lab."""
        return self.size

    def on_resize(self, event: Resize) -> None:
        """Choose the layout."""
        self._lay_out(event.size)

    def _lay_out(self, size: Size) -> None:
        """Choose the classes by the room for each machine that is shown."""
        width, height = size
        worlds = len(self.card.worlds)
        listed = width // worlds < _SIDE_BY_SIDE_FROM
        tabbed = self.alone or listed
        each = width // (1 if tabbed else worlds)
        broad = each >= _BROAD_FROM
        split = not listed and width // worlds < _TITLE and height >= _TINY_BELOW
        titles = worlds if listed else 2 if split else 1
        # In a lower terminal less stands around a page, and the page is alone.
        left = height - _AROUND_A_PAGE - titles - worlds  # each has a row of the past
        self.update_classes(
            {
                "-tabbed": tabbed and worlds > 1,
                "-listed": listed and worlds > 1,
                "-beside": worlds > 1 and not tabbed,
                "-split": split,
                "-broad": broad,
                "-medium": each < _WIDE_FROM,
                "-slim": each < _SLIM_BELOW,
                "-low": left < _PAGE_ALONE_BELOW,
                "-short": height < SHORT_BELOW,
                "-tiny": height < _TINY_BELOW,
            }
        )
        above = 1 + titles + (height >= SHORT_BELOW and bool(self.card.goal_list.goals))
        for rack in self.query("ToastRack"):
            rack.styles.margin = (above, 0, 0, 0)
        self._show_active()
        self.call_after_refresh(self._level)
        self.refresh_bindings()  # with tabs, only one machine is shown anyway

    def _show_active(self) -> None:
        """Show one machine only if there is no room for more."""
        tabbed = self.has_class("-tabbed")
        for panel in self.panels:
            panel.display = panel.number == self.active or not tabbed

    def _level(self) -> None:
        """The floors of buildings beside each other stand on the same rows."""
        level(panel.rings for panel in self.panels if panel.display)

    def action_zoom(self) -> None:
        """Show the active machine only, or all of them again."""
        self.alone = not self.alone
        self._lay_out(self.size)

    # ---- Showing.

    def tick(self) -> None:
        """Let the machines run, unless a dialog is open, and show what is new."""
        self._film()
        if self.is_on_top:
            self.conductor.tick()
        else:
            self.conductor.halt_at_stop()
        self.refresh_frames()
        if isinstance(self.app.screen, SlowPassScreen):
            self.app.screen.tick()

    def _film(self) -> None:
        """Record what the terminal shows, if the user asked for that."""
        self._ticks += 1
        if self.files.cast is None:
            return
        screen = self.app.screen
        if self._cast is None:
            self._cast = Cast(self.files.cast, *screen.size)
        self._cast.show(self._ticks / TICKS_A_SECOND, coloured(screen), screen.size)

    def refresh_frames(self) -> None:
        """Show the newest frames."""
        self._tell_failure()
        frames = self.conductor.frames
        if len(frames) < len(self.card.worlds):
            return
        new = [n for n, frame in enumerate(frames) if self._shown.get(n) is not frame]
        for number in new:
            frame = self._shown[number] = frames[number]
            self.panels[number].show(frame)
            self._bars[number].show(frame)
            if frame.error:
                self.app.push_screen(ErrorScreen(frame.error))
        if new:
            self._level()
            self._timeline.show(frames)
            self.note_crime()
        for panel in self.panels:
            panel.rings.tell(runs=self.conductor.running)
        self.give_keys_to_recovery(frames)
        self.show_steps()
        self._point_at_stop()
        self._show_past(new=bool(new))
        self.look_for_goals()
        self.show_clock()

    def _show_past(self, *, new: bool = True) -> None:
        """Show the past of all machines, if there is more of it or another event."""
        chosen = self._timeline.chosen
        if new or chosen != self._marked:
            self._marked = chosen
            self._track.show(self.conductor.frames, chosen)

    def action_zoom_past(self, by: int) -> None:
        """Show more or less of the past, around the chosen event or up to now."""
        self._track.zoom(by)

    def _point_at_stop(self) -> None:
        """Select the event at which time is paused, until time goes on."""
        conductor, timeline = self.conductor, self._timeline
        if conductor.running:
            is_ours = timeline.chosen == self._pointed_at and not timeline.has_focus
            if self._pointed_at is not None and is_ours:
                timeline.let_go()
            self._pointed_at = None
        elif conductor.stopped_in is not None and not conductor.busy:
            if conductor.decisive:
                self.notify(conductor.decisive, timeout=_READABLE, markup=False)
                conductor.decisive = ""
            self._bring_to_view(conductor.stopped_in)
            timeline.point_at(conductor.now, conductor.stopped_in)
            self._pointed_at, conductor.stopped_in = timeline.chosen, None

    def _bring_to_view(self, number: int) -> None:
        """With tabs, show the machine that stopped, unless the user types on one."""
        types = isinstance(self.focused, GuestConsole)
        if self.has_class("-tabbed") and not types and number != self.active:
            self.choose(number)

    def _tell_failure(self) -> None:
        """Show why a machine's thread has ended: a mistake of the author, or a bug."""
        failures = (player.failure for player in self.conductor.players)
        failure = next((it for it in failures if it is not None), None)
        if failure is None or self._failed:
            return
        self._failed = True
        self.conductor.running = False
        if not isinstance(failure, MiniosError):
            raise failure
        self.app.push_screen(ErrorScreen(str(failure)), lambda _: self.action_leave())

    def show_clock(self) -> None:
        """Show the time, the speed, and where time will pause."""
        conductor = self.conductor
        typed_on = self.focused if isinstance(self.focused, GuestConsole) else None
        if typed_on is not None:
            typed_on.tell(paused=not conductor.running)
        shown = ClockLine(
            self.card.title,
            conductor.now,
            conductor.running,
            (conductor.pace.words, conductor.pace.short),
            conductor.because,
            (*stopping.words_of(conductor.breaks), *conductor.places),
            in_dialog=not self.is_on_top,
            off=all(frame.status.off for frame in conductor.frames),
            is_typed_on=typed_on is not None,
            is_replay=self.is_replay,
            goals=self.count_of_goals if self.has_class("-short") else "",
            reason=self.files.replay.reason if self.files.replay else "",
            skipped=waits.worth_skipping(conductor, self.card.machines),
            is_k_typed=self._types("k"),
            is_skipping=conductor.is_skipping,
        )
        words = clock(shown, self.room.width - _CLOCK_MARGINS)
        if words != self._clock:
            self._clock = words
            self.query_one("#clock", Static).update(words, layout=False)

    @property
    def count_of_goals(self) -> str:
        """How many goals were reached, as the clock says it."""
        return count(self.goals)

    def _types(self, key: str) -> bool:
        """Whether a key goes into a field or to a machine, and does nothing else."""
        focused = self.focused
        return focused is not None and focused.check_consume_key(key, key)

    # ---- Keys.

    def choose(self, number: int) -> None:
        """Make another machine the active one."""
        self.active = min(number, len(self.card.worlds) - 1)
        self._show_active()
        for bar in self._bars:
            bar.mark(active=bar.number == self.active)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Other machines only where there are any; the end unless it is followed."""
        worlds = len(self.card.worlds)
        if action == "let_go":
            return self._timeline.has_focus or self._timeline.chosen is not None
        if action in ("next_step", "step_before", "all_steps"):
            return self.steps is not None
        if action == "build":
            return bool(self.card.own_plugins or self.steps)
        if action == "machine":
            return worlds > 1 and parameters[0] in range(1, worlds + 1)
        if action in ("zoom", "filter_machine"):
            return worlds > 1 and not (action == "zoom" and self.has_class("-listed"))
        no_row = action == "zoom_past" and self.has_class("-tiny")
        return not no_row and super().check_action(action, parameters)

    def action_machine(self, number: int) -> None:
        """Another machine becomes the active one."""
        self.choose(number - 1)

    def on_track_bar_chosen(self, event: TrackBar.Chosen) -> None:
        """Choose the event at the moment that was clicked in the past."""
        timeline = self._timeline
        timeline.focus()
        timeline.go_to(event.t, event.world)

    def on_title_bar_chosen(self, event: TitleBar.Chosen) -> None:
        """Make the machine that was clicked the active one."""
        self.choose(event.number)

    def action_timeline(self) -> None:
        """Go to the timeline."""
        timeline = self._timeline
        self._make_room_to_choose()
        self.set_focus(timeline)  # at once, so that a key typed right after arrives
        timeline.focus()  # or as soon as there is room for it
        if timeline.cursor is None:
            timeline.action_move(0)

    def _make_room_to_choose(self) -> None:
        """Close a page of the inspector that covers the timeline."""
        if not self._timeline.display:
            self.show_page(0)

    def action_let_go(self) -> None:
        """Clear the selection: the timeline follows its end again."""
        self._timeline.let_go()
        if self._timeline.has_focus:
            self.set_focus(None)

    def action_filter(self) -> None:
        """List other kinds of events on the timeline."""
        self._timeline.next_filter()

    def action_filter_machine(self) -> None:
        """List the events of one machine only, or of all."""
        self._timeline.next_machine()

    def action_find(self) -> None:
        """Search the timeline for words."""
        self._make_room_to_choose()
        self.query_one(FindField).open()

    def on_input_changed(self, event: FindField.Changed) -> None:
        """List only events with these words."""
        self._timeline.find(event.value)

    def on_input_submitted(self, _event: FindField.Submitted) -> None:
        """Go to the events that were found."""
        self.action_timeline()
        self._timeline.say_filter()

    def on_find_field_left(self) -> None:
        """Back to the lab."""
        self.action_end_typing()

    def action_leave(self) -> None:
        """Back to the start screen."""
        try:
            self._keep()
        except MiniosError as error:
            self.app.push_screen(ErrorScreen(str(error)), lambda _: self.dismiss(None))
        else:
            names = [self.card.called(n) for n in range(len(self.card.worlds))]
            told = compared(names, self.conductor.frames) if len(names) > 1 else ""
            self.app.clear_notifications()  # they are of machines that are gone
            if told:
                self.app.notify(told, timeout=_READABLE, markup=False)
            self.dismiss(None)
