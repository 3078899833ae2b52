"""Registers, code and page walk: for whoever wants to see the machine itself."""

from __future__ import annotations

from typing import ClassVar

from minios.tui.drawing import code, registers, walk
from minios.tui.drawing.lines import Line, line
from minios.tui.frames import Frame
from minios.tui.widgets.pane import FramePane


class Registers(FramePane):
    """All registers."""

    TITLE: ClassVar[str] = "registers"
    HELP: ClassVar[str] = (
        "The CPU's registers as they are between two instructions. A * marks what the "
        "last step changed; where there is no room for all, that comes first. CR2 is "
        "the address of the last page fault, CR3 points to the page tables in force. "
        "Flags in capitals are set."
    )

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return registers.registers(frame, width, height)


class CodeView(FramePane):
    """Disassembly and source."""

    TITLE: ClassVar[str] = "code"
    HELP: ClassVar[str] = (
        "→ marks the instruction that the CPU executes next, and the line of C that it "
        "was compiled from. n steps one instruction, l to another line, x to the next "
        "crossing of the rings, e to the next event."
    )

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        return code.code(frame.code, width, height)


class WalkView(FramePane):
    """The page walk of the last fault, or of the next instruction."""

    TITLE: ClassVar[str] = "page walk"
    HELP: ClassVar[str] = (
        "An address is looked up in four tables, one after the other. Each entry has "
        "bits: p present, w writable, u open to ring 3, x executable. The first entry "
        "that says no ends the walk, and the CPU raises a page fault. ✖ marks it."
    )

    def draw_frame(self, frame: Frame, width: int, height: int) -> list[Line]:
        """The lines for a frame."""
        del width, height
        if not frame.code.is_read:
            return [line(("reading...", "dim"))]
        return walk.walk(frame.walk)
