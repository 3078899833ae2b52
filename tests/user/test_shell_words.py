"""What the guest's shell says to what cannot be done, and that it takes either case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.lab import Lab


@pytest.fixture(name="lab", scope="module")
def lab_at_its_prompt() -> Iterator[Lab]:
    """One machine for all questions: none of them changes it for the others."""
    with Lab(model="windows", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        yield lab


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("cat /SYSTEM", "/SYSTEM: that is a folder, not a file"),
        ("rm /system", "/SYSTEM: that is a folder, not a file"),
        ("ls /BIN/INIT", "/BIN/INIT: that is a file, not a folder"),
        ("cat /NOTHING", "/NOTHING: no such file or folder"),
        ("svc NOBODY.SYS auto", "nobody.sys: no such service; `svc` lists them"),
        ("svc SENTINEL.SYS system", "sentinel.sys: start type system from the next"),
    ],
)
def test_the_shell_says_what_is_the_matter(lab: Lab, typed: str, said: str) -> None:
    """In words, about the path or the name as it is."""
    assert said in lab.console(typed)


def test_a_driver_can_be_loaded_more_often_than_there_are_entries(lab: Lab) -> None:
    """Those that were unloaded make room, the oldest first."""
    for _ in range(12):
        loaded = lab.console("load /SYSTEM/DRIVERS/VILLAIN.SYS")
        assert "runs in ring 0" in loaded
        assert "villain.sys: unloaded" in lab.console("unload villain.sys")


def test_a_driver_that_does_not_start_leaves_nothing_behind(lab: Lab) -> None:
    """Its name is taken by another one; its pages and its entry are given back."""
    lab.console("load /SYSTEM/DRIVERS/VILLAIN.SYS")
    lab.console("cp /SYSTEM/DRIVERS/VILLAIN.SYS /SYSTEM/DRIVERS/V0.SYS")
    for _ in range(12):
        assert "the name is taken" in lab.console("load /SYSTEM/DRIVERS/V0.SYS")
    assert "villain.sys: unloaded" in lab.console("unload villain.sys")
