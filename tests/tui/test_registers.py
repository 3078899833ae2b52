"""The registers of a machine: which of them stand where."""

from __future__ import annotations

from dataclasses import replace

from textual.pilot import Pilot

from minios.lab.inputs import Type
from minios.session import catalogue
from minios.session.frames import GENERAL, Frame
from minios.session.panes import cpu
from minios.session.worker import InlinePlayer
from minios.tui.app import MiniosApp
from minios.tui.drawing.cpu import registers
from tests.tui.stage import play_from, up
from tests.tui.walking import lab_of, shown, ticks

TWO = catalogue.find("two-worlds")


def rows(frame: Frame, width: int, height: int) -> list[str]:
    """What is in view."""
    drawn = registers(frame, width, height)[:height]
    return ["".join(span.text for span in row) for row in drawn]


def frame_of(*changed: str) -> Frame:
    """A machine that has not begun, after a step that changed these."""
    frame = InlinePlayer(TWO.machines[0]).frame
    values = {name: number for number, name in enumerate(GENERAL)}
    values |= {"rip": 0x401000, "cs": 0x23, "ss": 0x1B, "tr": 0x28, "rflags": 0x202}
    return replace(frame, registers=values, changed=frozenset(changed))


def test_rip_and_the_ring_come_first_and_nothing_moves() -> None:
    """Whatever has changed: a sign says so."""
    before, after = rows(frame_of(), 46, 14), rows(frame_of("rax", "rip"), 46, 14)

    assert before[0].startswith("rip 0000000000401000 ")
    assert "rsp " in before[0]
    assert before[1].startswith("cs 0x23 (ring 3)")
    assert "rflags 0x202" in before[2]
    assert [row.replace("*", " ") for row in after] == before
    assert sum(row.count("*") for row in after) == 2
    assert any("efer 0" in row for row in before)


def test_in_few_rows_a_changed_register_comes_into_view() -> None:
    """And only then: RIP and CS stay where they are."""
    assert rows(frame_of("rsp"), 46, 4) == [
        row.replace("rsp 0000000000000007 ", "rsp 0000000000000007*")
        for row in rows(frame_of(), 46, 4)
    ]
    few = rows(frame_of("r15"), 46, 4)
    assert few[0].startswith("rip")
    assert any("(ring 3)" in row for row in few)
    assert any(f"r15 {GENERAL.index('r15'):016x}*" in row for row in few)


def test_a_page_walk_says_of_what_it_is() -> None:
    """Of the next instruction; or of a fault, which may be of another program."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("i")
        await ticks(pilot, app, 1)
        assert "page walk: the next instruction" in shown(app)
        assert "x: executable, NX is 0" in shown(app)
        conductor = lab_of(app).conductor
        conductor.send(Type("run wrtext\n"), 0)
        for _ in range(60):
            await ticks(pilot, app, 1)
            if conductor.frames[0].status.deaths:
                break
        assert "page walk: the latest fault, in wrtext" in shown(app)
        said = cpu.walk(cpu.WALK_READ.found(conductor.frames[0]))
        assert said[0].endswith(", the latest fault, in wrtext:")

    play_from(up, walk, card=TWO, size=(200, 50))
