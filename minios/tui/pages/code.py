"""The CPU between two instructions: registers, page walk, code."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from minios.session.frames import Frame
from minios.session.panes.cpu import CODE_READ, WALK_READ
from minios.tui.drawing import cpu
from minios.tui.pages.page import Page, PagePane, drawn


class Registers(PagePane):
    """All registers."""

    TITLE = "registers"
    HELP = (
        "These are the CPU's registers between two instructions. RIP is the address of "
        "the next instruction, and the last digit of CS says in which ring it runs. A "
        "* marks what the last step changed. If not all registers fit, the arrows "
        "scroll to the others. CR2 is the "
        "address of the last page fault. CR3 points to the page tables in use. Flags "
        "in capital letters are set."
    )
    DRAW = staticmethod(cpu.registers)


class WalkView(PagePane):
    """The page walk of the latest fault, or of the next instruction."""

    TITLE = "page walk"
    HELP = (
        "The CPU looks an address up in four tables, one after the other. Each entry "
        "has bits: p present, w writable, u open to ring 3. x says that code there may "
        "be executed: its bit NX is 0. The first entry that says no ends the walk, and "
        "the CPU raises a page fault. ✖ marks this entry. After a fault the walk of "
        "its address stays in view for a while: the title says which it is."
    )
    DRAW = drawn(WALK_READ, lambda it, *_: cpu.walk(it.walk))

    def __init__(self) -> None:
        super().__init__()
        self.border_subtitle = "x: executable, NX is 0"

    def show(self, frame: Frame) -> None:
        """Show the walk, and on the border which it is."""
        walked = WALK_READ.of(frame)
        words = f": {walked.of}" if walked else ""
        title = f"{self.TITLE}{words}".replace("[", r"\[")
        if title != self.border_title:
            self.border_title = title
        super().show(frame)


class CodeView(PagePane):
    """Disassembly and source."""

    TITLE = "code"
    HELP = (
        "→ marks the instruction that the CPU executes next, and the line of C that it "
        "was compiled from. n steps one instruction, l to another line, x to the next "
        "crossing of the rings, e to the next event."
    )
    DRAW = drawn(CODE_READ, cpu.code)


class CodePage(Page):
    """Registers and page walk on the left, code on the right."""

    NUMBER = 1
    WORDS = "registers and code"
    READS = (CODE_READ, WALK_READ)
    DEFAULT_CLASSES: ClassVar[str] = "inspector page"

    def compose(self) -> ComposeResult:
        """The panes."""
        with Vertical(classes="left"):
            yield Registers()
            yield WalkView()
        yield CodeView()


PAGE = CodePage
