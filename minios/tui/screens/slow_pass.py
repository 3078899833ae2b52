"""The slow pass: one event followed through the rings, all machines beside each other.

The building and the words belong to a frame of the machine. The frames of all steps are
kept. So a step before the newest can be looked at again; the machine stays at the
newest.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize

from minios.session.catalogue import LabCard
from minios.session.conductor import Conductor
from minios.session.frames import Frame
from minios.session.paces import TICKS_A_SECOND
from minios.tui.drawing.lines import Line
from minios.tui.drawing.slow_pass import begin_words, slow_pass
from minios.tui.screens.modal import Modal
from minios.tui.widgets.key_bar import told
from minios.tui.widgets.pane import Pane
from minios.tui.widgets.ring_view import Floors, level

SECONDS: Final = (15, 10, 6, 4, 2, 1)
"""The paces: how long a step stays, if the pass plays by itself."""
_USUAL: Final = 2
_COLUMN: Final = 56  # cells for a machine


class PassBuilding(Floors, can_focus=False):
    """The rings of one machine at the step that is looked at."""

    TITLE: ClassVar[str] = "rings"
    HELP: ClassVar[str] = "▶ marks who executes at this step."


class PassWords(Pane):
    """What happened in the step, and the steps before it."""

    TITLE: ClassVar[str] = "step"
    HELP: ClassVar[str] = (
        "You see one sentence for the step, then who executes now, the next "
        "instruction, the stack, and what changed since the step before. Below are the "
        "earlier steps."
    )

    def __init__(self) -> None:
        super().__init__()
        self.frame: Frame | None = None
        self.at = 0
        self.begin = ""

    def show(self, frame: Frame, at: int, begin: str) -> None:
        """Show the step with this index; `begin` is said with the first one."""
        self.begin = begin
        if at != self.at:
            self.scroll_home(animate=False)
        self.frame, self.at = frame, at
        self.redraw()

    def draw(self, width: int, _height: int) -> list[Line]:
        """The words for the frame."""
        found = self.frame.slow_pass if self.frame is not None else None
        return slow_pass(found, self.at, width - 1, self.begin)


class PassColumn(Vertical):
    """The building of one machine above the words."""

    def __init__(self) -> None:
        super().__init__()
        self.rings, self.words = PassBuilding(), PassWords()

    def compose(self) -> ComposeResult:
        """The two panes."""
        yield self.rings
        yield self.words

    def show(self, frame: Frame, at: int, begin: str) -> None:
        """Show the step with this index; `begin` is said with the first one."""
        self.rings.show(frame)
        self.words.show(frame, at, begin)


class SlowPassScreen(Modal[None]):
    """A column for each machine; in a narrow terminal one machine at a time."""

    TITLE: ClassVar[str] = "slow pass"
    HELP: ClassVar[str] = (
        "A program asks the kernel for something that the sensor watches. The slow "
        "pass follows this one event: into the kernel, to the sensor, and back. At "
        "each step the machine stands still, and you see what has changed: the ring, "
        "the thread, the stack, or whose code the CPU executes. n steps the real "
        "machines on. N shows a step again that you have seen; the machines stay "
        "where they are. Each machine goes at its own pace, so the clocks differ a "
        "little until you leave. Then all come to the same moment, and time is paused. "
        "In a narrow terminal you see one machine, and tab shows the other one."
    )
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *told(
            {
                Binding("n,right", "next", "Next"): "Step the machines on",
                Binding("N,left", "before", "Back"): (
                    "Look at the step before; the machines stay where they are"
                ),
                Binding("space", "play", "Play"): (
                    "Go on by itself, a step after the other, or pause"
                ),
                Binding("plus,equals_sign", "pace(1)", "Faster", True, "+"): (
                    "Show each step for a shorter time"
                ),
                Binding("minus", "pace(-1)", "Slower"): (
                    "Show each step for a longer time"
                ),
                Binding("tab", "machine(0)", "Other", priority=True): (
                    "The other machine; 1 to 4 choose one"
                ),
                Binding("escape,q", "dismiss", "Leave"): (
                    "Back to the lab: all machines come to the same moment"
                ),
                Binding("down", "scroll_words(1)", "Down", show=False): "Scroll down",
                Binding("up", "scroll_words(-1)", "Up", show=False): "Scroll up",
            }
        ),
        *(Binding(f"{n}", f"machine({n})", show=False) for n in range(1, 5)),
    ]

    heading = "slow pass"

    def __init__(self, card: LabCard, conductor: Conductor) -> None:
        super().__init__()
        self._card = card
        self._conductor = conductor
        self._before = conductor.frames
        self._kept: list[list[Frame]] = [[] for _ in card.worlds]
        self._at = 0
        self._wanted = 0
        self._chosen_at = 0
        self._active = 0
        self._pace = _USUAL
        self._is_playing = False
        self._ticks = 0
        self._shown: tuple[object, ...] = ()
        self._columns = [PassColumn() for _ in card.worlds]

    def inside(self) -> ComposeResult:
        """A building above the words, for each machine."""
        with Horizontal(id="passes"):
            yield from self._columns

    def on_mount(self) -> None:
        """Show where the pass begins."""
        self.show_frames()

    def on_resize(self, event: Resize) -> None:
        """Show one machine at a time if there is no room for all."""
        number = len(self._columns)
        self.set_class(number > 1 and event.size.width < number * _COLUMN, "-single")
        self._show()
        self.call_after_refresh(self._level)

    # ---- Showing.

    def _level(self) -> None:
        level(column.rings for column in self._columns if column.display)

    def tick(self) -> None:
        """A twentieth of a second of the host has gone by."""
        if not self.is_mounted:
            return  # it is opened, and nothing is drawn yet
        self.show_frames()
        if not self._is_playing:
            return
        self._ticks += 1
        if self._ticks >= SECONDS[self._pace] * TICKS_A_SECOND:
            self._go_on()

    def show_frames(self) -> None:
        """Step the machines as far as is wanted, and show the step."""
        self._keep()
        goes_on = self._wanted > self._newest and not self._is_over
        if goes_on and not self._conductor.busy:
            self._conductor.slow_step()
            self._keep()
        if self._is_over:
            self._wanted = min(self._wanted, self._newest)
        self._at = max(0, min(self._wanted, self._newest))
        self._show()

    def _keep(self) -> None:
        for kept, frame in zip(self._kept, self._conductor.frames, strict=False):
            if frame.slow_pass is not None and all(frame is not it for it in kept):
                kept.append(frame)

    @property
    def _newest(self) -> int:
        """The index of the newest step of all machines."""
        return max(map(len, self._kept)) - 1

    @property
    def _is_over(self) -> bool:
        passes = [kept[-1].slow_pass for kept in self._kept if kept]
        all_there = len(passes) == len(self._kept)
        return all_there and all(it is not None and it.is_over for it in passes)

    def _show(self) -> None:
        single = self.has_class("-single")
        if single:
            self._choose_one_that_goes_on()
        state = self._state()
        shown = (self._at, *map(len, self._kept), self._active, single, state)
        if shown == self._shown:
            return  # twenty times a second
        self._shown = shown
        for number, column in enumerate(self._columns):
            name = self._card.called(number)
            sign = "▶ " if number == self._active and len(self._columns) > 1 else ""
            column.rings.border_title = f"{sign}{name}"
            column.display = number == self._active or not single
            if kept := self._kept[number]:
                frame = kept[min(self._at, len(kept) - 1)]
                before = self._before[number : number + 1]
                begin = begin_words(before[0], kept[0]) if before else ""
                column.show(frame, self._at, begin)
        self._level()
        dialog = self.query_one(".dialog")
        dialog.border_title = f"slow pass: step {self._at + 1}"
        dialog.border_subtitle = state

    def _choose_one_that_goes_on(self) -> None:
        """Show another machine, if the pass of the shown one has no step any more."""
        if self._at == self._chosen_at:
            return
        self._chosen_at = self._at
        if self._at >= len(self._kept[self._active]):
            more = (n for n, kept in enumerate(self._kept) if self._at < len(kept))
            self._active = next(more, self._active)

    def _others(self) -> str:
        """Which machines have had their last step while the shown one goes on."""
        over = [
            self._card.called(number)
            for number, kept in enumerate(self._kept)
            if number != self._active and len(kept) <= self._at
        ]
        if not over or not self.has_class("-single"):
            return ""
        are = "is" if len(over) == 1 else "are"
        return f"{' and '.join(over)} {are} finished; "

    def _state(self) -> str:
        pace = f"{SECONDS[self._pace]} s for each step"
        if self._at < self._newest:
            return f"you look back; the machines stand at step {self._newest + 1}"
        if self._wanted > self._newest:
            return "the machines go on"
        if self._is_over:
            return "the pass is over"
        now = f"plays, {pace}" if self._is_playing else f"paused; space plays, {pace}"
        return f"{self._others()}{now}"

    # ---- Keys.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Another machine only where there is one."""
        if action == "machine" and len(self._columns) == 1:
            return False
        return super().check_action(action, parameters)

    def action_next(self) -> None:
        """The next step: one that is known, or one that the machines take now."""
        self._is_playing = False
        self._go_on()

    def _go_on(self) -> None:
        self._ticks = 0
        self._wanted += 1
        self.show_frames()
        self._is_playing &= not (self._is_over and self._at == self._newest)

    def action_before(self) -> None:
        """The step before; the machines stay where they are."""
        self._is_playing = False
        self._wanted = max(0, self._at - 1)  # forgets steps that have not begun
        self.show_frames()

    def action_play(self) -> None:
        """Play or pause."""
        self._is_playing = not self._is_playing and not self._is_over
        self._ticks = 0
        self._show()

    def action_pace(self, by: int) -> None:
        """Show each step for a shorter or longer time."""
        self._pace = max(0, min(len(SECONDS) - 1, self._pace + by))
        self._show()

    def action_machine(self, number: int) -> None:
        """Choose a machine by its number, or with 0 the next one."""
        worlds = len(self._columns)
        if number <= worlds:
            self._active = number - 1 if number else (self._active + 1) % worlds
            self._show()

    def action_scroll_words(self, by: int) -> None:
        """Scroll the words of all machines."""
        for column in self._columns:
            column.words.scroll_relative(y=by, animate=False)
