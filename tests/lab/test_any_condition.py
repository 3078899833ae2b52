"""Any combination of conditions is met where its meaning says, by any story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import example, given
from hypothesis import strategies as st

from minios.lab import Bugcheck, Condition, Death, Event, Happened, Not, Reset, events
from minios.lab.combining import BrokenError, Moment

LEAVES: Final = (
    Reset(),
    Happened(events.GaveUp),
    Happened(events.PoweredOff, events.GaveUp),
    Bugcheck(),
    Death(),
)
AT: Final[dict[str, Any]] = {"world": "macos", "t": 0, "instructions": 0}
RESET: Final = events.ResetEvent(**AT, reason="power cut", boot=1)
STORIES: Final = st.lists(
    st.sampled_from(
        (
            RESET,
            events.GaveUp(**AT, name="sentinel.ext", failures=5),
            events.PoweredOff(**AT),
        )
    ),
    max_size=12,
)


@dataclass(frozen=True)
class Of:
    """A combination, as a tree: "leaf" with its number, "or", "not", "count"."""

    kind: str
    number: int = 0
    parts: tuple[Of, ...] = ()


TREES: Final = st.recursive(
    st.builds(Of, st.just("leaf"), st.integers(0, len(LEAVES) - 1)),
    lambda parts: st.one_of(
        st.builds(Of, st.just("or"), st.just(0), st.tuples(parts, parts)),
        st.builds(Of, st.just("not"), st.just(0), st.tuples(parts)),
    ),
    max_leaves=5,
)
COUNTED: Final = st.builds(
    lambda number, leaf: Of("count", number, (leaf,)),
    st.integers(1, 4),
    st.builds(Of, st.just("leaf"), st.integers(0, len(LEAVES) - 1)),
)


def condition(tree: Of) -> Condition[Any]:
    """The condition of a tree."""
    parts = [condition(part) for part in tree.parts]
    if tree.kind == "leaf":
        return LEAVES[tree.number]
    if tree.kind == "or":
        return parts[0] | parts[1]
    return Not(parts[0]) if tree.kind == "not" else parts[0].count(tree.number)


def met(tree: Of, story: Sequence[Event]) -> int | None:
    """Which record of the story meets the tree, by its meaning; its length is the end.

    None if it is never met.
    """
    if tree.kind in ("leaf", "count"):
        leaf = tree if tree.kind == "leaf" else tree.parts[0]
        number = max(tree.number, 1) if tree.kind == "count" else 1
        hits = [n for n, it in enumerate(story) if LEAVES[leaf.number](it)]
        return hits[number - 1] if len(hits) >= number else None
    moments = [met(part, story) for part in tree.parts]
    if tree.kind == "not":
        return len(story) if moments[0] is None else None
    return min((it for it in moments if it is not None), default=None)


class _Nowhere:
    """A lab in which nothing can be looked at but the time."""

    class machine:  # noqa: N801 - as the lab calls it
        now = instructions = 0


def told(what: Condition[Any], story: Sequence[Event]) -> int | None:
    """Which record ends a wait; the length of the story for its last moment."""
    watch = what.watch(_Nowhere())  # type: ignore[arg-type]
    news = [None, *story, Moment(is_last=True)]
    for number, it in enumerate(news):
        try:
            watch.send(it)  # type: ignore[arg-type]
        except StopIteration:
            return number - 1
        except BrokenError:
            return None
    return None


@example(Of("not", parts=(Of("not", parts=(Of("leaf"),)),)), [RESET])
@given(st.one_of(TREES, COUNTED), STORIES)
def test_a_wait_ends_where_the_meaning_says(tree: Of, story: list[Event]) -> None:
    """Whatever is combined with whatever, and whatever happens."""
    assert told(condition(tree), story) == met(tree, story)
