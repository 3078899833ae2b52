"""Machines that the tests of a file share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from minios.lab import Lab, gallery
from minios.lab.booted import BootedLabs
from minios.lab.crimes import Scene


@pytest.fixture(scope="module")
def labs() -> Iterator[BootedLabs]:
    """The machines of this file; a test finds each as it was."""
    with BootedLabs() as found:
        yield found


@pytest.fixture
def lab_with(labs: BootedLabs) -> Callable[..., Lab]:
    """Makes a machine with these boot options, the villain in ring 0, at its prompt."""

    def make(**words: str) -> Lab:
        def boot() -> Lab:
            options = {"event_ms": "0", **words}
            lab = Lab("linux", options=options, disk=gallery.disk(Scene.DRIVER))
            lab.boot()
            lab.console("echo")
            return lab

        return labs.at_start(tuple(words.items()), boot)

    return make
