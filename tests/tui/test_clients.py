"""Clients of the security events: read from the kernel's memory, drawn and told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.lab import (
    Happened,
    Lab,
    cost,
    event_clients,
    events,
    milliseconds,
    seconds,
)
from minios.lab.event_clients import Client
from minios.session.orders import Look, RunTo
from minios.session.panes.clients import CLIENTS
from minios.session.session import Session
from minios.tui.drawing.clients import clients as draw
from minios.tui.drawing.lines import Line
from minios.tui.pages import PAGES
from minios.tui.pages.clients import ClientsPage

MS = 1_000_000


@pytest.fixture(name="lab", scope="module", params=["windows", "macos"])
def shared_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A machine whose gate hangs, while a program waits for its verdict."""
    options = {"event_ms": "0", "first_event_ms": "100"}
    with Lab(request.param, plugins=["gate"], options=options) as lab:
        lab.boot()
        ending = "sys" if request.param == "windows" else "ext"
        lab.console(f"tell gate.{ending} closed")
        lab.console(f"tell gate.{ending} hang")
        lab.run_for(milliseconds(150) - lab.machine.now)
        yield lab


def gate(lab: Lab) -> Client:
    """The client that hangs."""
    (found,) = (it for it in event_clients.look(lab).clients if "gate" in it.name)
    return found


def drawn(lab: Lab) -> str:
    """The pane, as text."""
    return "\n".join(map(text, draw(event_clients.look(lab), 60)))


def text(row: Line) -> str:
    """A line without its colours."""
    return "".join(span.text for span in row)


def test_it_is_read_who_waits_for_whom(lab: Lab) -> None:
    """With how long that can last; nobody knows it of a driver."""
    found = gate(lab)

    assert found.types == ("auth_pipe_open",)
    assert (found.messages, found.missed, found.denied) == (1, 0, 0)
    if lab.model == "windows":
        assert found.is_driver
        assert found.deadline is None
        assert found.is_asked_now
        assert not found.questions
    else:
        (question,) = found.questions
        assert (found.deadline, found.miss_mode) == (100 * MS, "fail_closed")
        assert (question.operation, question.asker) == ("auth_pipe_open", "workload")
        assert 50 * MS <= question.left <= 90 * MS


def test_what_is_read_agrees_with_what_the_kernel_says(lab: Lab) -> None:
    """The shell's command lists the same clients with the same counts."""
    start = lab.snapshot()
    lines = lab.console("clients").splitlines()[1:]
    lab.restore(start)
    told = {line.split()[0]: line.split()[-5:] for line in lines}

    found = event_clients.look(lab).clients
    assert list(told) == [it.name for it in found]
    for it in found:
        messages, waits, missed, denied, lost = told[it.name]
        assert int(messages) == it.messages
        assert int(waits) == len(it.questions)
        counts = (it.missed, it.denied, it.dropped)
        assert tuple(map(int, (missed, denied, lost))) == counts


def test_it_is_drawn(lab: Lab) -> None:
    """Who waits stands there with a sign of its own."""
    rows = drawn(lab)

    assert "auth_pipe_open" in rows
    if lab.model == "windows":
        assert "gate.sys, driver" in rows
        assert "⧗ somebody waits until it returns" in rows
    else:
        assert f"gate.ext, process {gate(lab).process_id}" in rows
        assert "⧗ workload waits: auth_pipe_open, at most" in rows
        assert "if late: it lives" in rows


def test_a_full_inbox_is_a_full_bar() -> None:
    """More comes at once than it has room for."""
    with cost.machine("macos", 1) as lab:
        lab.boot()
        cost.arrange(lab, cost.Arrangement.EXTENSION_TOLD)
        lab.type("tell errand pipes 60\r")
        lab.run_until(Happened(events.EventDropped), within=seconds(2))
        (found,) = event_clients.look(lab).clients
        rows = drawn(lab)

    assert found.queued == found.room
    assert found.dropped > 0
    assert f"{'█' * 10} 32 of 32" in rows
    assert f"{found.dropped} lost" in rows


def test_it_is_told_to_a_listener() -> None:
    """In sentences, each client in full."""
    session = Session("macos")
    session.do(RunTo(milliseconds(300)))
    told = CLIENTS.tell(session.do(Look(("clients",))), "macos")
    session.close()

    assert told.said == ["1 client of the security events."]
    ((head, lines),) = told.parts
    assert head.startswith("sentinel.ext, process")
    assert "It has subscribed to pipe create and pipe open." in lines
    assert any("500.0 ms for a verdict" in it for it in lines)


def test_the_inspector_has_a_page_for_it() -> None:
    """It turns to it like to every other."""
    assert ClientsPage in PAGES
