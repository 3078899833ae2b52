"""Every kind of record is explained to whoever reads it for the first time."""

from __future__ import annotations

from typing import get_args

from minios.lab.events import Event
from minios.lab.meanings import MEANINGS


def test_every_kind_of_record_has_a_meaning() -> None:
    """A whole sentence, and none for what is no record."""
    assert set(MEANINGS) == set(get_args(Event))
    assert all(
        words.endswith(".") and words[0].isupper() for words in MEANINGS.values()
    )
