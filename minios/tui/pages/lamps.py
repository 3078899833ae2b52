"""The bank of lamps, and its driver."""

from __future__ import annotations

from minios.session.panes.lamps import LAMPS_READ
from minios.tui.drawing.lamps import bank
from minios.tui.pages.page import READING, Page, PagePane


class LampsView(PagePane):
    """Which lamps glow, how warm they are, and who drives them."""

    TITLE = "lamps"
    HELP = (
        "The board has eight lamps with a heat sensor. ● glows, ○ does not, ◐ is being "
        "changed, ✖ is burnt out. The bar is the heat; at the sign | the device "
        "interrupts its driver, which must switch the lamps off. The driver runs in "
        "ring 0 or in ring 3: the lines below say where, and how often it was started "
        "again. The lamps obey commands on the console, such as: run lamps on 3"
    )
    DRAW = staticmethod(
        lambda frame, width, _: (
            [READING] if LAMPS_READ.of(frame) is None else bank(frame, width)
        )
    )


class LampsPage(Page):
    """The lamps."""

    NUMBER = 5
    WORDS = "the lamps, and who drives them"
    READS = (LAMPS_READ,)
    PANES = (LampsView,)


PAGE = LampsPage
