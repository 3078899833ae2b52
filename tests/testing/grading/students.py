"""A class of students, made from a seed: what each of them hands in for one assignment.

The assignment is the counter of pipe events (`scenarios/` beside this file). The kinds
of submissions are those that graders meet: good ones, wrong ones, some that do not
compile, that hang or crash the guest, and hostile ones. Every plugin has sources of its
own, so that nothing is built once for two students.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.host.fifo import make_fifo

SCENARIOS: Final = Path(__file__).parent / "scenarios"
BEST: Final = 10.0  # points

_MANIFEST: Final = """\
name = "counter"
version = "1.0"
license = "MIT"
description = "counts how often named pipes are created and opened"
kinds = ["driver", "extension"]
events = ["PIPE_CREATE", "PIPE_OPEN"]
rights = ["EVENTS", "REPORT"]
"""
_SOURCE: Final = """\
// Handed in by student {number}.
#include <minios/plugin.h>

static uint64_t {creates}, {opens};

static int counter_start(void)
{{
    {at_start}
    static const uint32_t types[] = {{EVENT_PIPE_CREATE, EVENT_PIPE_OPEN}};
    return plugin_subscribe(types, sizeof(types) / sizeof(types[0]));
}}

static void counter_event(const struct event *event)
{{
    {at_event}
    if (event->type == EVENT_PIPE_CREATE) {{
        plugin_report_value("creates", {creates} += {step});
    }} else {{
        plugin_report_value("opens", ++{opens});
    }}
}}

const struct plugin plugin = {{
    .name = "counter",
    .start = counter_start,
    .event = counter_event,
}};
"""
_ANSWERS: Final = "driver_ring = 0\nextension_ring = 3\n"
_NAMES: Final = ("creates", "made", "new_pipes", "number_of_creates")

WRONG: Final[tuple[Mapping[str, str], ...]] = (
    {"step": "2"},
    {"at_event": "if (event->type == EVENT_PIPE_OPEN) return;"},
    {"at_event": "if (plugin_ring() == 3) return;"},
)
NOT_COMPILING: Final[tuple[Mapping[str, str], ...]] = (
    {"at_event": "int missing = 1"},
    {"at_event": "plugin_report_valu(1);"},
    {"at_start": "#include <stdio.h>"},
)
HANGING: Final[tuple[Mapping[str, str], ...]] = (
    {"at_event": "for (volatile int i = 0;; i++) {}"},
    {"at_start": "for (volatile int i = 0;; i++) {}"},
    {"at_event": 'for (;;) plugin_log("%s", "again");'},
)
CRASHING: Final[tuple[Mapping[str, str], ...]] = (
    {"at_event": "*(volatile int *)8 = 1;"},
    {"at_start": '__asm__ volatile("ud2");'},
    {"at_event": "plugin_fail_fast(5);"},
)


@dataclass(frozen=True, slots=True)
class Student:
    """What kind of submission it is; `best` and `least` bound its points."""

    name: str
    kind: str
    least: float = 0.0
    best: float = 0.0


def make(root: Path, count: int, seed: int) -> list[Student]:
    """Hand in this many submissions, in folders of this one. In the order of names."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    made = []
    for number in range(count):
        name = f"student-{number:03}"
        folder = root / name
        folder.mkdir(parents=True)
        kind = _KINDS[number % len(_KINDS)]
        least, best = _hand_in(folder, kind, number, chance)
        made.append(Student(name, kind, least, best))
    return made


# The first six are one of each kind.
_KINDS: Final = (
    *("good", "wrong", "not compiling", "hanging", "crashing"),
    *("hostile", "good", "good", "wrong", "good"),
)


def _hand_in(
    folder: Path, kind: str, number: int, chance: random.Random
) -> tuple[float, float]:
    """Write one submission. Returns the least and the largest score it may have."""
    changes = {
        "wrong": WRONG,
        "not compiling": NOT_COMPILING,
        "hanging": HANGING,
        "crashing": CRASHING,
    }.get(kind, ({},))
    change = changes[number // len(_KINDS) % len(changes)]
    name = chance.choice(_NAMES)
    text = _SOURCE.format_map(
        {
            "number": number,
            "creates": name,
            "opens": f"{name}_{chance.randrange(1000)}",
            "at_start": "",
            "at_event": "",
            "step": "1",
            **change,
        }
    )
    plugin = folder / "counter"
    plugin.mkdir()
    (plugin / "plugin.toml").write_text(_MANIFEST)
    (plugin / "counter.c").write_text(text)
    (folder / "answers.toml").write_text(_ANSWERS)
    if kind == "hostile":
        attack = HOSTILE[number // len(_KINDS) % len(HOSTILE)]
        return attack(folder, plugin)
    return {"good": (BEST, BEST), "not compiling": (0.0, 0.0)}.get(kind, (0.0, 9.0))


# ---- Hostile submissions: each returns the least and the largest score.


def _leave_python(folder: Path, plugin: Path) -> tuple[float, float]:
    """Files that pytest or Python would run, and none of which is seen."""
    boom = "import os, pathlib\npathlib.Path(os.environ['HOME'], 'PWNED').touch()\n"
    for name in ("conftest.py", "test_mine.py", "sitecustomize.py", "msgspec.py"):
        (folder / name).write_text(boom)
        (plugin / name).write_text(boom)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p mine\n")
    return BEST, BEST


def _link_out(_folder: Path, plugin: Path) -> tuple[float, float]:
    (plugin / "secret.c").symlink_to("/etc/passwd")
    return 0.0, 0.0


def _include_the_host(_folder: Path, plugin: Path) -> tuple[float, float]:
    source = plugin / "counter.c"
    source.write_text('#include "/etc/passwd"\n' + source.read_text())
    return 0.0, 0.0


def _embed_the_host(_folder: Path, plugin: Path) -> tuple[float, float]:
    source = plugin / "counter.c"
    own = '__asm__(".incbin \\"/etc/passwd\\"");\n'
    source.write_text(source.read_text() + own)
    return 0.0, 0.0


def _too_large(_folder: Path, plugin: Path) -> tuple[float, float]:
    with (plugin / "large.c").open("wb") as file:
        file.truncate(1 << 30)
    return 0.0, 0.0


def _names_that_move_the_cursor(_folder: Path, plugin: Path) -> tuple[float, float]:
    (plugin / "\x1b[2Ja.c").touch()
    (plugin / os.fsdecode(b"\xff.c")).touch()
    return 0.0, 0.0


def _endless_file(_folder: Path, plugin: Path) -> tuple[float, float]:
    make_fifo(plugin / "more.c")
    return 0.0, 0.0


def _deep_tree(_folder: Path, plugin: Path) -> tuple[float, float]:
    deep = plugin
    for _ in range(100):
        deep /= "d"
    deep.mkdir(parents=True)
    return 0.0, 0.0


def _brackets(_folder: Path, plugin: Path) -> tuple[float, float]:
    (plugin / "plugin.toml").write_text("a = " + "[" * 50_000)
    return 0.0, 0.0


def _endless_key(_folder: Path, plugin: Path) -> tuple[float, float]:
    (plugin / "plugin.toml").write_text("a." * 30_000 + "a = 1")
    return 0.0, 0.0


def _talk_to_the_terminal(_folder: Path, plugin: Path) -> tuple[float, float]:
    source = plugin / "counter.c"
    evil = 'plugin_log("%s", "\\x1b]0;PWNED\\a\\x1b[2J");\n    '
    subscribes = "return plugin_subscribe(types,"
    text = source.read_text().replace(subscribes, f"{evil}{subscribes} 0 *")
    source.write_text(text)
    return 0.0, 9.0


HOSTILE: Final[tuple[Callable[[Path, Path], tuple[float, float]], ...]] = (
    _leave_python,
    _link_out,
    _include_the_host,
    _embed_the_host,
    _too_large,
    _names_that_move_the_cursor,
    _endless_file,
    _deep_tree,
    _brackets,
    _endless_key,
    _talk_to_the_terminal,
)
