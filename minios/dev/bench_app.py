"""What `minios dev bench --tui` measures: the interface, or its machines alone.

    python -m minios.dev.bench_app shown '{"warm_up": 5, "seconds": 20, "out": "FILE"}'
    python -m minios.dev.bench_app alone '{"pushed": 5000, "begin": ..., "end": ...}'

`shown` is the real application on the terminal that it finds, with a lab screen that
looks at the clock. It pushes the bad file, goes flat out, and leaves by itself. `alone`
lets the same machines run through the same virtual time in two threads, without a
screen, and prints how many seconds that took.
"""

from __future__ import annotations

import asyncio
import json
import selectors
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

from minios.lab import Lab, content_files
from minios.lab.inputs import Push
from minios.lab.setup import Setup
from minios.session import catalogue
from minios.session.files import Files
from minios.session.paces import PACES
from minios.tui.app import MiniosApp
from minios.tui.screens.lab import LabScreen, PlayerFactory

BAD: Final = "channel-291-bad"
CARD: Final = replace(
    catalogue.find("two-worlds"),
    machines=tuple(
        Setup(it, options={"recovery": "no"}) for it in ("windows", "macos")
    ),
    waits=False,
)
_COMPARED: Final = 60  # seconds in which the speed of the machines is compared
DIALOGS: Final = 20  # seconds after the end in which pages and dialogs are opened
_PUSH_AT: Final = 0.5  # seconds after the start
_now: Final = time.perf_counter
_used: Final = time.thread_time


def resident_bytes() -> int | None:
    """How much memory of this process is in RAM. None if the host does not say."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return None
    return int(statm.read_text(encoding="ascii").split()[1]) * 4096


class WatchedSelector(selectors.DefaultSelector):
    """The selector in which the event loop waits.

    `idle` is how many seconds it waited.
    """

    idle: float = 0.0

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait, and add the time to `idle`."""
        begin = _now()
        try:
            return super().select(timeout)
        finally:
            self.idle += _now() - begin


class MeasuringLab(LabScreen):
    """A lab screen that measures time.

    The cost of a frame is all the time between two ticks in which the interface's
    thread does not wait for work: keys, messages, fetching the newest frames, drawing
    them, sending them to the terminal, and waiting for other threads meanwhile. Ticks
    after which nothing was drawn do not count.
    """

    plan: ClassVar[dict[str, Any]] = {}
    selector: ClassVar[WatchedSelector]

    def __init__(
        self,
        card: catalogue.LabCard,
        *,
        factory: PlayerFactory,
        automatic: bool,
        files: Files,
    ) -> None:
        super().__init__(card, factory=factory, automatic=automatic, files=files)
        self._began = _now()
        self._last = (0.0, 0.0, 0.0)
        self._is_drawn = False
        self._costs: list[tuple[float, float]] = []
        self._step = 0
        self._at_begin: dict[str, Any] = {}
        self._at_middle: dict[str, Any] = {}
        self._at_end: dict[str, Any] = {}
        self._counted = 0

    def tick(self) -> None:
        """The last frame is complete, so note its cost."""
        (clock, idle, used), now = self._last, (_now(), self.selector.idle, _used())
        if self._is_drawn:
            self._costs.append((now[0] - clock - (now[1] - idle), now[2] - used))
        self._last, self._is_drawn = now, False
        self._follow_plan()
        super().tick()

    def _compositor_refresh(self) -> None:
        """Textual draws here."""
        self._is_drawn = True
        super()._compositor_refresh()

    def _follow_plan(self) -> None:
        past = _now() - self._began
        begin = _PUSH_AT + self.plan["warm_up"]
        if self._step == 0 and past > _PUSH_AT:
            self._step = 1
            self.conductor.send(Push(content_files.find(BAD)))
            self.conductor.pace_number = len(PACES) - 1
        elif self._step == 1 and past > begin:
            self._step = 2
            self._at_begin = self._look()
            self._costs.clear()
        elif self._step == 2 and not self._at_middle and past > begin + _COMPARED:
            self._at_middle = self._look()
        elif self._step == 2 and past > begin + self.plan["seconds"]:
            self._step = 3
            self._at_end, self._counted = self._look(), len(self._costs)
        elif self._step == 3 and past > begin + self.plan["seconds"] + DIALOGS:
            self._step = 4
            self._tell()
            self.app.exit()

    def _look(self) -> dict[str, Any]:
        frames = self.conductor.frames
        return {
            "clock": _now(),
            "t": min(frame.t for frame in frames),
            "crashes": sum(frame.status.crashes for frame in frames),
            "memory": resident_bytes(),
        }

    def _tell(self) -> None:
        (pushed, _), *_ = self.conductor.frames[0].inputs
        end = self._at_end
        told = {
            "costs": self._costs[: self._counted],
            "begin": self._at_begin,
            "middle": self._at_middle or end,
            "end": end,
            "pushed": pushed,
        }
        Path(self.plan["out"]).write_text(json.dumps(told), encoding="utf-8")


def footer_word() -> str:
    """The word in the lab's footer for its first key. After a dialog it returns."""
    words = (getattr(it, "description", "") for it in LabScreen.BINDINGS)
    return next(word for word in words if word)


def shown(plan: dict[str, Any]) -> None:
    """Run the application on this terminal."""
    MeasuringLab.plan = plan
    MeasuringLab.selector = WatchedSelector()
    app = MiniosApp(CARD)
    app.lab_screen = MeasuringLab
    loop = partial(asyncio.SelectorEventLoop, MeasuringLab.selector)
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(app.run_async())


def alone(plan: dict[str, Any]) -> None:
    """Run the same machines without it. Prints the seconds from `begin` to `end`."""
    labs = [Lab.of(setup) for setup in CARD.machines]
    for lab in labs:
        lab.run_for(plan["pushed"] - lab.machine.now)
        lab.push(BAD)
        lab.run_for(plan["begin"] - lab.machine.now)
        lab.forget(events=100, console=1000, pictures=1)
    threads = [
        threading.Thread(target=lab.run_for, args=(plan["end"] - lab.machine.now,))
        for lab in labs
    ]
    begin = _now()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(_now() - begin)


def main() -> None:
    """Do what the arguments say."""
    what, plan = sys.argv[1], json.loads(sys.argv[2])
    {"shown": shown, "alone": alone}[what](plan)


if __name__ == "__main__":
    main()
