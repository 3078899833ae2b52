"""The six switches: turn them, and watch what comes of the files on real machines."""

from __future__ import annotations

import asyncio
import threading
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.widgets import Static

from minios.abi import policies
from minios.errors import MiniosError
from minios.tui.drawing.lines import Line
from minios.tui.drawing.pipeline import file_lines, switch_lines
from minios.tui.screens.modal import Modal
from minios.tui.widgets.key_bar import told
from minios.tui.widgets.pane import Pane
from minios.tutor.pipeline import (
    HISTORICAL,
    SWITCHES,
    TITLE,
    Pipeline,
    Switch,
    Switches,
)

_NARROW_BELOW: Final = 100


class SwitchesPane(Pane):
    """The switches, and what the chosen one means."""

    TITLE: ClassVar[str] = "switches"
    HELP: ClassVar[str] = (
        "Each switch is a repair that the vendor made after July 2024. ▶ marks the "
        "chosen one. Below the list you read what was found in 2024, and what was "
        "changed."
    )

    def __init__(self) -> None:
        super().__init__()
        self.switches = HISTORICAL
        self.chosen: Switch = SWITCHES[0]

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines."""
        return switch_lines(self.switches, self.chosen, width - 1, height)


class FilesPane(Pane):
    """What came of each file."""

    TITLE: ClassVar[str] = "content files"
    HELP: ClassVar[str] = (
        "For each content file you see a sign for each machine of the customers, and "
        "what came of it. The last line says what the signs mean."
    )

    def __init__(self, pipeline: Pipeline, switches: Switches) -> None:
        super().__init__()
        self.pipeline = pipeline
        self.switches = switches

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines for what is known now."""
        sight = self.pipeline.look(self.switches)
        return file_lines(sight, self.pipeline.world.machines, width - 1, height)


class PipelineScreen(Modal[None]):
    """The switches on the left, what comes of the files on the right.

    Args:
        pipeline: the files and the machines. The screen ends its processes.
        switches: how the switches stand at first.
    """

    TITLE: ClassVar[str] = TITLE.lower()
    HELP: ClassVar[str] = (
        "Here you are the vendor of the sensor. A content file goes through the stages "
        "of the vendor's pipeline, from the build of the sensor to the machines of the "
        "customers. With all switches off it is the pipeline of July 2024. Turn a "
        "switch on, and every file is sent again. The machines are real ones, so it "
        "takes a moment; what is known already is not run again. Which switch alone "
        "would have been enough? Which one only makes the damage smaller? Switch 2 has "
        "a third position: a check that is wrong, because it aborts."
    )
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *told(
            {
                Binding("space,enter", "turn", "Turn"): (
                    "Turn the chosen switch; the keys 1 to 6 turn one, too"
                ),
                Binding("down,j", "choose(1)", "Down"): "Choose the next switch",
                Binding("up,k", "choose(-1)", "Up"): "Choose the switch before",
                Binding("m", "model", "Other model"): (
                    "Sensor in ring 0 or in ring 3: change the model of the machines"
                ),
                Binding("0", "reset", "All off"): (
                    "Turn all switches off, as in July 2024"
                ),
                Binding("pagedown", "scroll(8)", "More"): "Scroll down in both panes",
                Binding("pageup", "scroll(-8)", show=False): "Scroll up in both panes",
                Binding("escape,q", "dismiss", "Close"): "Back to where you were",
            }
        ),
        *(Binding(f"{it.number}", f"turn({it.number})", show=False) for it in SWITCHES),
    ]
    heading = TITLE

    def __init__(self, pipeline: Pipeline, switches: Switches = HISTORICAL) -> None:
        super().__init__()
        self._pipeline = pipeline
        self._is_running = False
        self._list = SwitchesPane()
        self._list.switches = switches
        self._files = FilesPane(pipeline, switches)

    def inside(self) -> ComposeResult:
        """Two panes, and what went wrong."""
        with Container(id="pipeline"):
            yield self._list
            yield self._files
        yield Static("", id="trouble", classes="error", markup=False)

    def on_mount(self) -> None:
        """Begin with the switches as they stand."""
        self._changed()

    def on_unmount(self) -> None:
        """End the processes, without waiting for the machines that still run."""
        threading.Thread(target=self._pipeline.close, daemon=True).start()

    def on_resize(self, event: Resize) -> None:
        """In a narrow terminal the panes stand one above the other."""
        self.set_class(event.size.width < _NARROW_BELOW, "-narrow")

    @property
    def switches(self) -> Switches:
        """How the switches stand."""
        return self._list.switches

    # ---- Keys.

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """If all switches are off, none can be turned off."""
        return action != "reset" or self.switches != HISTORICAL

    def action_choose(self, by: int) -> None:
        """Choose another switch."""
        at = SWITCHES.index(self._list.chosen) + by
        self._list.chosen = SWITCHES[at % len(SWITCHES)]
        self._list.redraw()

    def action_turn(self, number: int = 0) -> None:
        """Turn a switch; 0 is the chosen one."""
        if number:
            self._list.chosen = SWITCHES[number - 1]
        self._list.switches = self._list.chosen.turned(self.switches)
        self._changed()

    def action_reset(self) -> None:
        """Turn all switches off."""
        self._list.switches = HISTORICAL
        self._changed()

    def action_model(self) -> None:
        """Take machines of the next model."""
        models = list(policies.COMPARED)
        at = models.index(self._pipeline.world.model) + 1
        self._pipeline = self._pipeline.with_model(models[at % len(models)])
        self._changed()

    # ---- The machines.

    def _changed(self) -> None:
        """Show what is known, and run the machines that are missing."""
        self._say("")
        self._show()
        if not self._is_running:
            self._is_running = True
            self.run_worker(self._work())

    def _say(self, trouble: str) -> None:
        said = self.query_one("#trouble", Static)
        said.update(trouble)
        said.display = bool(trouble)

    def _show(self) -> None:
        world = self._pipeline.world
        words = policies.BY_NAME[world.model].words
        self._files.border_title = f"{world.machines} machines, {world.model}: {words}"
        self._files.pipeline, self._files.switches = self._pipeline, self.switches
        self._list.redraw()
        self._files.redraw()
        self.refresh_bindings()

    async def _work(self) -> None:
        """Run machines in another thread until the setting is complete."""
        try:
            while not self._pipeline.look(self.switches).is_complete:
                await self._wave()
        except MiniosError as error:
            self._say(str(error))
        finally:
            self._is_running = False

    async def _wave(self) -> None:
        """The runs of one setting, unless the setting changes meanwhile."""
        wanted = self._pipeline, self.switches
        steps = self._pipeline.prepare([self.switches])
        while await asyncio.to_thread(next, steps, None) is not None:
            self._show()
            if wanted != (self._pipeline, self.switches):
                return
