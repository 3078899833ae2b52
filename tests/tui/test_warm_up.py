"""What is done at the start, so that no key has to wait for it."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from minios import paths
from minios.image import layouts, symbols
from minios.tui import warm_up


@pytest.fixture(autouse=True)
def garbage_as_it_was() -> Iterator[None]:
    """The other tests have garbage of their own."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_the_kernel_has_been_read_and_set_aside() -> None:
    """Its structures and its lines; a search for garbage passes them over."""
    layouts._load.cache_clear()

    warm_up.begin().join()

    assert layouts._load.cache_info().currsize == 1
    kernel = paths.guest_file("kernel.elf")
    assert "_rows" in vars(symbols.load(kernel))
    assert gc.get_freeze_count() > len(layouts.load(kernel).variables())


def test_a_kernel_that_was_not_built_is_told_to_whoever_looks_at_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """Not by the thread that warms up."""
    monkeypatch.setattr(paths, "GUEST", tmp_path)

    warm_up.begin().join()

    assert gc.get_freeze_count() == 0
