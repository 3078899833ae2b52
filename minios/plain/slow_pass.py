"""The slow pass: follow one event through the rings, and hear each step."""

from __future__ import annotations

from typing import Final

from minios.lab.quantities import listed
from minios.plain.trying import Trying
from minios.session.slow_pass.steps import Pass
from minios.session.slow_pass.words import said
from minios.session.spoken import evidence

_WAYS: Final = (
    "step by step, with a question after each step",
    "all steps without a question",
)


class Passing(Trying):
    """Follow one security event, on all machines at the same time."""

    def slow_pass(self) -> None:
        """Print the steps of each machine, perhaps with a question after each."""
        asks = self.choose("How do you want to follow it?", _WAYS) == 0
        told: list[Pass | None] = [None] * len(self.names)
        try:
            while self._step(told):
                if asks and not self.goes_on("The next step?"):
                    return
        finally:
            self.note_told()  # each step has said what happened on its way
            self.conductor.leave_slow_pass()
            self.tell_new()

    def _step(self, told: list[Pass | None]) -> bool:
        """Whether any machine can go on after this step."""
        self.conductor.slow_step()
        self.notice_goals()
        found = [frame.slow_pass for frame in self.conductor.frames]
        alike: dict[tuple[str, ...], list[str]] = {}
        for name, before, now in zip(self.names, told, found, strict=True):
            if now is not None and now != before:
                steps = (evidence(it) for step in now.steps[-1:] for it in said(step))
                alike.setdefault((*steps, now.over), []).append(name)
        for (first, *rest), names in alike.items():
            self.say(f"{listed(names)}: {first}")
            self.tell(filter(None, rest))
        told[:] = found
        return any(now is not None and not now.is_over for now in found)
