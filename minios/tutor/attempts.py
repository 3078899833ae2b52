"""An attempt at a lesson, written down: what a learner does, step by step.

    says = "It is counted from 0"        # only of a wrong attempt

    [[steps]]
    push = "channel-291-bad"

    [[steps]]
    wait_for = { event = "bugcheck" }
    within = "5s"

    [[steps]]
    answer = "ring"
    say = "0"

`solution/steps.toml` is the right one. The files in `mistakes/` are wrong ones, each
with a part of what must be said to it. Verbs with the names of scenario files do the
same.
"""

from __future__ import annotations

from pathlib import Path as HostPath
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from minios.lab.mistakes import nearest
from minios.session.orders import StepUnit
from minios.testing.scenarios import records, steps
from minios.testing.scenarios.base import Name, Path, Table, Text, Yes
from minios.testing.scenarios.keys import KEYS
from minios.testing.scenarios.model import PlacedStep
from minios.testing.scenarios.positions import Place
from minios.testing.scenarios.steps import Step
from minios.testing.scenarios.tables import Tables
from minios.tutor import texts

STEPS_NAME: Final = "steps.toml"


class GiveAnswer(Step, frozen=True, kw_only=True):
    """Answer the question of a task with what stands in `say`."""

    answer: Name
    say: Text


class AskWhy(Step, frozen=True, kw_only=True):
    """Ask why a machine has crashed, or a process has died."""

    ask_why: Yes


class GoBack(Step, frozen=True, kw_only=True):
    """Go back in time: to just before the latest record of this kind."""

    go_back: Name


class PauseAt(Step, frozen=True, kw_only=True):
    """Let time run until the CPU comes to a place in the code, and pause there."""

    pause_at: Text


class Walk(Step, frozen=True, kw_only=True):
    """Pause, and go on a little, so many times."""

    walk: StepUnit
    times: Annotated[int, Meta(ge=1, le=200)] = 1


class BootInto(Step, frozen=True, kw_only=True):
    """Start a machine again in another mode."""

    boot_into: Literal["safe", "recovery", "last good"]


class SlowPass(Step, frozen=True, kw_only=True):
    """Follow the next event through the rings, to the end."""

    slow_pass: Yes


class Take(Step, frozen=True, kw_only=True):
    """Copy the files of a folder of the lesson over the learner's, and check them."""

    take: Path


VERBS: Final[dict[str, type[Step]]] = {
    **{
        name: steps.VERBS[name]
        for name in (
            "push",
            "publish",
            "withdraw",
            "offer_fix",
            "type",
            "press",
            "wait_for",
            "cut_power",
            "reset",
            "advance",
            "set_option",
        )
    },
    "answer": GiveAnswer,
    "ask_why": AskWhy,
    "go_back": GoBack,
    "pause_at": PauseAt,
    "walk": Walk,
    "boot_into": BootInto,
    "slow_pass": SlowPass,
    "take": Take,
}


class Attempt(Table, frozen=True, kw_only=True):
    """The keys of the file. `says` is a part of what must be said in the end."""

    says: Text = ""
    steps: Annotated[list[Any], Meta(max_length=100)]


def read(path: HostPath) -> tuple[Attempt, tuple[PlacedStep, ...]]:
    """An attempt and its steps. Raises ScenarioFileError, with the line."""
    text, table = texts.read_toml(path)
    reader = Tables(path, text)
    attempt = reader.table(Attempt, table, ())
    placed = []
    for number, value in enumerate(attempt.steps):
        place: Place = ("steps", number)
        verb, step = reader.one_of("verb", VERBS, value, place)
        _require_known(reader, step, place)
        placed.append(PlacedStep(reader.line_and_column(place)[0], verb, step, ""))
    return attempt, tuple(placed)


def _require_known(reader: Tables, step: Step, place: Place) -> None:
    """Refuse keys and records that do not exist."""
    if isinstance(step, steps.Press) and step.press not in KEYS:
        what, advice = f"there is no key {step.press!r}", nearest(step.press, KEYS)
        raise reader.refuse((*place, "press"), what, advice)
    if isinstance(step, GoBack) and step.go_back not in records.KINDS:
        what = f"there is no event {step.go_back!r}"
        advice = nearest(step.go_back, records.KINDS)
        raise reader.refuse((*place, "go_back"), what, advice)
