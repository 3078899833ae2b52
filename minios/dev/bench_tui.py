"""`minios dev bench --tui`: measure the interface on its own terminal of 200 x 50.

    p95_frame_ms    time of the interface's thread for a frame; 95 % are below
    key_to_screen_ms  from writing a key to the terminal to reading the change;
                    95 % are below
    page_to_screen_ms the same for keys that change the whole screen
    fps             frames per second that reach the terminal
    machine_ratio   speed of the machines, divided by the speed of the same machines
                    without a screen, in the first minute
    memory_growth   growth of the process, from the end of the warm-up to the end

Both worlds run as fast as possible with the bad file, one of them in an endless crash
loop. The application is a separate process, and this module is the other end of its
terminal. While the machines are measured, it types keys that change little (another
machine, another filter). For some seconds afterwards it types keys that change much:
the inspector's pages, dialogs, and back. A key changes a text that nothing else writes.
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
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from minios.dev.bench_app import CARD, DIALOGS, footer_word
from minios.host_files import temporary_folder
from minios.session.timeline import FILTERS

assert sys.platform != "win32", "a pseudo terminal is a thing of POSIX"

_now: Final = time.perf_counter
_SIZE: Final = (50, 200)
_WARM_UP: Final = 20.0  # until everything that has a limit has reached it
_FRAME_ENDS: Final = b"\x1b[?2026l"
_ASKS_FOR_SYNC: Final = b"\x1b[?2026$p"
_HAS_SYNC: Final = b"\x1b[?2026;2$y"
_EVERY: Final = 0.4  # seconds between two keys
_SETTLED: Final = 3.0  # seconds until the end of the measurement is behind it
_START: Final = 60.0  # seconds that a start may take
_FILTERS: Final = [words for words, _ in FILTERS]
_FOOTER: Final = footer_word()
# A key, and what can be read when it has done its work. Nothing for one that is not
# timed: a lone escape waits a tenth of a second, in case it is the beginning of a key.
_LITTLE: Final = (
    ("2", f"▶2 {CARD.worlds[1]}"),
    ("1", f"▶1 {CARD.worlds[0]}"),
    *(("f", f"timeline: {words}") for words in (*_FILTERS[1:], _FILTERS[0])),
)
_MUCH: Final = (
    ("i", " registers "),
    ("i", " page tables "),
    ("i", " threads and stacks "),
    ("i", " doors between the rings "),
    ("i", " console "),
    ("w", f"In {CARD.worlds[0]}"),
    ("w", _FOOTER),
    ("?", " help "),
    ("?", _FOOTER),
    ("p", "push which content file?"),
    ("\x1b", ""),
)


@dataclass(slots=True)
class Terminal:
    """Our end of a terminal, and what was seen on it."""

    master: int
    frames: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    _asked: tuple[float, bytes] | None = None
    _next_key: float = 0.0
    _number: int = 0
    _tail: bytes = b""

    def serve(self, keys: Sequence[tuple[str, str]]) -> None:
        """Read what has come, and type the next key if it is time."""
        ready, _, _ = select.select([self.master], [], [], 0.002)
        data = os.read(self.master, 1 << 16) if ready else b""
        moment = _now()
        if data:
            self._see(data, moment)
        if keys and self._asked is None and moment >= self._next_key:
            key, wanted = keys[self._number % len(keys)]
            self._number += 1
            os.write(self.master, key.encode())
            if wanted:
                self._asked = (_now(), wanted.encode())
            else:
                self._next_key = moment + _EVERY

    def begin_anew(self) -> list[float]:
        """Start with the first key again. Returns how long the keys so far took."""
        waits, self.waits = self.waits, []
        self._number, self._asked = 0, None
        return waits

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


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds from a key to the screen, for keys that change little, and much."""

    little: list[float]
    much: list[float]


def _application(plan: dict[str, Any]) -> tuple[Terminal, Waits, dict[str, Any]]:
    """Run it to its end. Returns the terminal, the keys, and its own figures."""
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
    measured = begin + plan["warm_up"] + plan["seconds"]
    limit = measured + _START + DIALOGS
    little: list[float] | None = None
    try:
        while process.poll() is None and (now := _now()) < limit:
            if little is None and now > measured + _SETTLED:
                little = terminal.begin_anew()
            keys = () if now < quiet else _LITTLE if now < measured else _MUCH
            if measured <= now <= measured + _SETTLED:
                keys = ()
            with contextlib.suppress(OSError):  # it has closed its end
                terminal.serve(keys)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(master)
    told: dict[str, Any] = json.loads(Path(plan["out"]).read_text(encoding="utf-8"))
    return terminal, Waits(little or [], terminal.waits), told


def _alone(told: dict[str, Any]) -> float:
    """How many seconds the machines alone need for the same virtual time."""
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
    """All figures of one session with this many seconds."""
    with temporary_folder("bench") as folder:
        plan = {"warm_up": _WARM_UP, "seconds": seconds, "out": f"{folder}/told.json"}
        terminal, waits, told = _application(plan)
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
        "key_to_screen_ms": _p95(waits.little) * 1e3,
        "page_to_screen_ms": _p95(waits.much) * 1e3,
        "fps": len(seen) / took,
        "machine_ratio": _alone(told) / (told["middle"]["clock"] - begin["clock"]),
        "memory_growth": grown,
        "seconds": took,
        "virtual_seconds": (end["t"] - begin["t"]) / 1e9,
        "crashes": end["crashes"] - begin["crashes"],
        "keys": len(waits.little),
        "pages": len(waits.much),
        "load": os.getloadavg()[0],
    }
