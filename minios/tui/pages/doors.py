"""The ways between the rings."""

from __future__ import annotations

from minios.tui.drawing.doors import ways
from minios.tui.pages.page import Page, PagePane


class DoorsView(PagePane):
    """Every door with its gates, and the latest crossings."""

    TITLE = "doors between the rings"
    HELP = (
        "A door is a way from ring 3 into ring 0 or back. You see how often each door "
        "was used since the machine last started. A gate is an entry of the IDT: the "
        "CPU, not the program, decides where it leads. The list of the latest "
        "crossings comes last. x runs the machine to the next crossing."
    )
    DRAW = staticmethod(lambda frame, width, _: ways(frame, width))


class DoorsPage(Page):
    """The doors."""

    NUMBER = 4
    WORDS = "the doors between the rings"
    PANES = (DoorsView,)


PAGE = DoorsPage
