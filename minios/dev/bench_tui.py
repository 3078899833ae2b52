"""`minios dev bench --tui`: the interface on a terminal of its own, 200 x 50.

    p95_frame_ms    what the interface's thread spends on a frame, 95 % are below
    key_to_screen_ms  from writing a key to the terminal to reading what it changed
    fps             frames a second that reach the terminal
    machine_ratio   speed of the machines, against the same ones without a screen, over
                    the first minute
    memory_growth   of the process, from the end of the warm-up to the end

Both worlds run flat out on the bad file, one of them in a crash loop without an end.
The application is a process of its own; here is the other end of its terminal. A key
is "1" or "2": it moves the mark in the titles, which nothing else does.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from minios.dev.bench_app import CARD

_now: Final = time.perf_counter
_SIZE: Final = (50, 200)
_WARM_UP: Final = 20.0  # until everything that has a limit has reached it
_FRAME_ENDS: Final = b"\x1b[?2026l"
_ASKS_FOR_SYNC: Final = b"\x1b[?2026$p"
_HAS_SYNC: Final = b"\x1b[?2026;2$y"
_EVERY: Final = 0.4  # seconds between two keys
_START: Final = 60.0  # seconds that a start may take


@dataclass(slots=True)
class Terminal:
    """The near end of a terminal, and what was seen on it."""

    master: int
    frames: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    _asked: tuple[float, bytes] | None = None
    _next_key: float = 0.0
    _number: int = 1
    _tail: bytes = b""

    def serve(self, *, typing: bool) -> None:
        """Read what has come, type if it is time to."""
        ready, _, _ = select.select([self.master], [], [], 0.002)
        data = os.read(self.master, 1 << 16) if ready else b""
        moment = _now()
        if data:
            self._see(data, moment)
        if typing and self._asked is None and moment >= self._next_key:
            self._number = 3 - self._number
            wanted = f"▶{self._number} {CARD.worlds[self._number - 1]}".encode()
            os.write(self.master, str(self._number).encode())
            self._asked = (_now(), wanted)

    def _see(self, data: bytes, moment: float) -> None:
        seen = self._tail + data
        if _ASKS_FOR_SYNC in data:
            os.write(self.master, _HAS_SYNC)
        ends = seen.count(_FRAME_ENDS) - self._tail.count(_FRAME_ENDS)
        self.frames += [moment] * ends
        if self._asked is not None and self._asked[1] in seen:
            self.waits.append(moment - self._asked[0])
            self._asked = None
            self._next_key = moment + _EVERY
        self._tail = seen[-64:]


def _application(plan: dict[str, Any]) -> tuple[Terminal, dict[str, Any]]:
    """Let it run to its end; the terminal, and what it told of itself."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("COLUMNS", "LINES", "NO_COLOR")
    } | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    command = [sys.executable, "-m", "minios.dev.bench_app", "shown", json.dumps(plan)]
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    terminal, begin = Terminal(master), _now()
    quiet = begin + plan["warm_up"] + 2
    limit = begin + _START + plan["warm_up"] + plan["seconds"]
    try:
        while process.poll() is None and _now() < limit:
            with contextlib.suppress(OSError):  # it has closed its end
                terminal.serve(typing=_now() > quiet)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(master)
    told: dict[str, Any] = json.loads(Path(plan["out"]).read_text(encoding="utf-8"))
    return terminal, told


def _alone(told: dict[str, Any]) -> float:
    """Seconds that the machines alone need for the same virtual time."""
    plan = {
        "pushed": told["pushed"],
        "begin": told["begin"]["t"],
        "end": told["middle"]["t"],
    }
    command = [sys.executable, "-m", "minios.dev.bench_app", "alone", json.dumps(plan)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] if ordered else 0.0


def measure(seconds: float) -> dict[str, float | None]:
    """All figures of one session of so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        plan = {"warm_up": _WARM_UP, "seconds": seconds, "out": f"{folder}/told.json"}
        terminal, told = _application(plan)
    begin, end = told["begin"], told["end"]
    took = end["clock"] - begin["clock"]
    seen = [it for it in terminal.frames if begin["clock"] <= it <= end["clock"]]
    costs = [spent for spent, _ in told["costs"]]
    grown = None
    if begin["memory"] and end["memory"]:
        grown = end["memory"] / begin["memory"] - 1
    return {
        "p95_frame_ms": _p95(costs) * 1e3,
        "median_frame_ms": statistics.median(costs) * 1e3,
        "p95_frame_cpu_ms": _p95([used for _, used in told["costs"]]) * 1e3,
        "key_to_screen_ms": _p95(terminal.waits) * 1e3,
        "fps": len(seen) / took,
        "machine_ratio": _alone(told) / (told["middle"]["clock"] - begin["clock"]),
        "memory_growth": grown,
        "seconds": took,
        "virtual_seconds": (end["t"] - begin["t"]) / 1e9,
        "crashes": end["crashes"] - begin["crashes"],
        "keys": len(terminal.waits),
        "load": os.getloadavg()[0],
    }
