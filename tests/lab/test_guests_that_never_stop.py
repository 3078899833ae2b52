"""A guest that never stops talking does not fill the host's memory."""

from __future__ import annotations

import pytest

from minios.lab import Lab, events, recorder
from minios.lab.modules import Modules


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab whose memory is small."""
    monkeypatch.setattr(recorder, "_RECORDS_KEPT", 20)
    monkeypatch.setattr(recorder, "_CONSOLE_KEPT", 20)
    return Lab()


def test_the_oldest_records_are_forgotten(lab: Lab) -> None:
    """The latest are there, and all are counted."""
    for number in range(100):
        lab.record(events.Withdrawn(**lab.stamp(), name=str(number)))

    kept = [it.name for it in lab.all(events.Withdrawn)]
    assert kept == [str(number) for number in range(100 - len(kept), 100)]
    assert 20 <= len(kept) <= 40
    assert lab.records == 100


def test_the_oldest_console_text_is_forgotten(lab: Lab) -> None:
    """The latest is there."""
    for code in range(32, 127):
        lab.machine.devices["console"].write(0, 1, code)

    whole = "".join(map(chr, range(32, 127)))
    assert 20 <= len(lab.console_text) <= 40
    assert whole.endswith(lab.console_text)


def test_modules_that_nobody_can_have_loaded_are_forgotten() -> None:
    """A driver can say that it loads one after the other; each is looked through."""
    modules = Modules()

    for number in range(1000):
        modules.add_driver("x.sys", base=number, size=1)
        modules.add_program("shell", cr3=number, process_id=number)

    for known in (modules.drivers, modules.programs, modules.page_tables):
        assert len(known) == 256
    assert modules.drivers[-1].base == max(modules.programs) == 999
