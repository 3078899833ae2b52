"""The names of the vectors are those of Intel's manual."""

from __future__ import annotations

import pytest

from minios.abi import vectors


@pytest.mark.parametrize(
    ("vector", "name"),
    [
        (2, "NMI"),  # the manual's table of exceptions gives it no mnemonic
        (6, "#UD"),
        (14, "#PF"),
        (vectors.IRQ_BASE + vectors.IRQ_CONSOLE, "IRQ 4"),
        (0x80, "INT 0x80"),
    ],
)
def test_only_an_exception_with_a_mnemonic_begins_with_a_hash(
    vector: int, name: str
) -> None:
    """An NMI is an interrupt."""
    assert vectors.mnemonic(vector) == name
