"""The pane of the lamps: what the device shows, and who the kernel lets drive it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.lab import Lab, lamps_view, milliseconds, seconds
from minios.lab.inputs import Type
from minios.session import catalogue
from minios.session.orders import Look, RunTo
from minios.session.panes.lamps import LAMPS
from minios.session.session import Session
from minios.tui.drawing.lamps import bank


@pytest.fixture(params=["windows", "macos"], name="session")
def one_machine(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A machine of the lab, in which one lamp glows."""
    card = catalogue.find("upstairs")
    setup = next(it for it in card.machines if it.model == request.param)
    made = Session(setup)
    made.do(RunTo(milliseconds(30)))
    made.do(Type("run lamps on 3\r"))
    made.do(RunTo(milliseconds(200)))
    yield made
    made.close()


def told(session: Session) -> list[str]:
    """The pane in sentences."""
    return list(LAMPS.tell(session.do(Look(("lamps",))), "").said)


def drawn(session: Session) -> list[str]:
    """The pane as it is drawn."""
    frame = session.do(Look(("lamps",)))
    return ["".join(it.text for it in row).rstrip() for row in bank(frame, 60)]


def test_it_says_which_glow_and_in_which_ring_their_driver_runs(
    session: Session,
) -> None:
    """The lamps are the device's, the driver is the kernel's own word."""
    said = told(session)
    rows = drawn(session)

    assert said[0] == "Lamps that glow: 3."
    assert rows[0] == " ○  ○  ○  ○  ●  ○  ○  ○"
    if session.world == "windows":
        assert "lamps.sys drives them in ring 0, as a part of the kernel." in said
    else:
        assert any(it.startswith("lamps.drv drives them in ring 3") for it in said)
        assert "lamps.drv: running." in said


def test_a_dead_driver_has_the_lamps_no_more() -> None:
    """Between its death and its next start nobody drives them, and they are dark."""
    with Lab(model="macos", services={"lamps.drv": "auto"}) as lab:
        lab.boot()
        lab.console("run lamps all")
        lab.run_for(milliseconds(100))
        before = lamps_view.look(lab)
        lab.type("run lamps show 90000000\r")
        lab.run_to("device_release", within=seconds(1))
        dying = lamps_view.look(lab)
        lab.run_to("page_table_destroy", within=seconds(1))
        after = lamps_view.look(lab)

    assert (before.driver, before.ring, before.glowing) == ("lamps.drv", 3, 0xFF)
    assert (dying.driver, dying.glowing) == ("lamps.drv", 0xFF)
    assert (after.driver, after.glowing, after.has_power) == ("", 0, False)
