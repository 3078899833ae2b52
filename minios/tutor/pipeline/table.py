"""All settings of the switches, and which of them come to the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from math import prod

import msgspec

from minios.tutor.pipeline.outcome import Outcome
from minios.tutor.pipeline.pipeline import Outcomes, Pipeline
from minios.tutor.pipeline.switches import ALL, SWITCHES, Switch, Switches


class Group(msgspec.Struct, frozen=True):
    """Settings with equal outcomes for every file.

    `conditions` describe the settings, in words: a setting is one of the group if it
    meets one of them.
    """

    settings: tuple[Switches, ...]
    conditions: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


class Table(msgspec.Struct, frozen=True):
    """What every setting makes of every file."""

    rows: tuple[Outcomes, ...]

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """One outcome for each setting and file."""
        return tuple(chain.from_iterable(it.outcomes for it in self.rows))

    @property
    def unaffected(self) -> tuple[str, ...]:
        """The files that no switch matters for: the customers see the same."""
        seen: dict[str, set[tuple[object, ...]]] = {}
        for it in self.outcomes:
            seen.setdefault(it.file, set()).add(it.key[1:])
        return tuple(file for file, keys in seen.items() if len(keys) == 1)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The settings, in groups with equal outcomes."""
        every = tuple(it.switches for it in self.rows)
        same: dict[tuple[object, ...], list[Outcomes]] = {}
        for row in self.rows:
            same.setdefault(tuple(it.key for it in row.outcomes), []).append(row)
        groups = []
        for rows in same.values():
            settings = tuple(it.switches for it in rows)
            groups.append(
                Group(settings, tuple(_words(settings, every)), rows[0].outcomes)
            )
        return tuple(groups)


def table(pipeline: Pipeline, settings: Iterable[Switches] = ALL) -> Table:
    """The table of all settings, or of some. Raises MiniosError."""
    wanted = tuple(settings)
    for _ in pipeline.prepare(wanted):
        pass
    return Table(tuple(map(pipeline.run, wanted)))


# ---- Words for many settings.


def _words(settings: Sequence[Switches], every: Sequence[Switches]) -> Iterable[str]:
    """Conditions that exactly these settings meet."""
    states = {it: _states(it, settings) for it in SWITCHES}
    if prod(map(len, states.values())) == len(settings):
        told = (
            f"{switch.number} {' or '.join(found)}"
            for switch, found in states.items()
            if found != _states(switch, every)
        )
        yield ", ".join(told) or "any setting"
        return
    by = next(it for it in SWITCHES if len(states[it]) > 1)
    for state in states[by]:
        yield from _words([it for it in settings if by.state(it) == state], every)


def _states(switch: Switch, settings: Iterable[Switches]) -> tuple[str, ...]:
    """The positions of a switch in these settings."""
    return tuple(dict.fromkeys(switch.state(it) for it in settings))
