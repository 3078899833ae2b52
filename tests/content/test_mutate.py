"""The same seed makes the same bytes, and each kind does what it is called."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minios.content import (
    ContentError,
    Criterion,
    CriterionKind,
    MutationKind,
    Validator,
    catalogue,
    check,
    decode,
    mutate,
    validate,
)

GOOD = catalogue.load("channel-291-good")
SEEDS = st.integers(0, 1 << 64)


@settings(max_examples=50, deadline=None)
@given(SEEDS, st.sampled_from([None, *MutationKind]))
def test_a_mutation_can_be_repeated_and_changes_something(
    seed: int, kind: MutationKind | None
) -> None:
    """Equal inputs, equal results; and never the file that was given."""
    done = mutate(GOOD, seed=seed, kind=kind)

    assert done == mutate(GOOD, seed=seed, kind=kind)
    assert done.data != GOOD
    assert done.words


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        (MutationKind.TRUNCATE, {"TOO_SHORT", "SIZE_MISMATCH"}),
        (MutationKind.EXTEND, {"SIZE_MISMATCH"}),
        (MutationKind.ZERO, {"BAD_MAGIC"}),
        (MutationKind.PATTERN, {"ACCEPTED"}),
    ],
)
def test_a_kind_ends_in_these_verdicts(kind: MutationKind, statuses: set[str]) -> None:
    """Whatever the seed."""
    seen = {check(mutate(GOOD, seed=seed, kind=kind).data).status for seed in range(50)}

    assert seen <= statuses


def test_set_gets_past_the_checksum() -> None:
    """So that the checks behind it can be reached."""
    verdicts = [
        check(mutate(GOOD, seed=seed, kind=MutationKind.SET).data).status
        for seed in range(300)
    ]

    assert {"ACCEPTED", "BAD_INSTANCE", "FIELD_COUNT", "BAD_CRITERION"} <= set(verdicts)


def test_set_changes_the_field_that_is_asked_for() -> None:
    """And the checksum, so that the file stays good."""
    changed = mutate(GOOD, seed=1, kind=MutationKind.SET, field="header.version").data

    assert decode(changed).version != decode(GOOD).version
    assert decode(changed).instances == decode(GOOD).instances


def test_a_pattern_in_field_21_is_the_fault_of_channel_file_291() -> None:
    """One wildcard that became a pattern is all that it takes."""
    done = mutate(GOOD, seed=1, kind=MutationKind.PATTERN, field="correlation")
    awake = Criterion(CriterionKind.PATTERN, "*")

    assert [one.criteria[20] for one in decode(done.data).instances].count(awake) == 1
    assert validate(done.data, Validator.HISTORICAL).accepted
    assert not validate(done.data, Validator.FIXED).accepted


def test_the_field_tells_the_kind() -> None:
    """A path with a dot can only be set, a name can only become a pattern."""
    by_path = mutate(GOOD, seed=1, field="header.version")
    by_name = mutate(GOOD, seed=1, field="correlation")

    assert (by_path.kind, by_name.kind) == (MutationKind.SET, MutationKind.PATTERN)


@pytest.mark.parametrize(
    ("data", "kind", "field", "words"),
    [
        (b"", MutationKind.FLIP, None, "an empty file"),
        (b"short", MutationKind.SET, None, "Choose another kind"),
        (GOOD, MutationKind.SET, "header.versoin", "Did you mean 'header.version'"),
        (GOOD, MutationKind.PATTERN, "corelation", "Did you mean 'correlation'"),
        (GOOD, MutationKind.FLIP, "correlation", "Leave the field out"),
        (GOOD[:-1], MutationKind.PATTERN, None, "SIZE_MISMATCH"),
    ],
    ids=["empty", "short", "path", "field", "needless field", "broken"],
)
def test_what_cannot_be_done_is_said(
    data: bytes, kind: MutationKind, field: str | None, words: str
) -> None:
    """With what to do instead."""
    with pytest.raises(ContentError, match=words):
        mutate(data, seed=1, kind=kind, field=field)
