"""Modules and eBPF programs: the code of others in ring 0."""

from __future__ import annotations

from minios.session.panes.programs import PROGRAMS_READ
from minios.tui.drawing import programs
from minios.tui.pages.page import Page, PagePane, drawn


class ModulesView(PagePane):
    """Modules with their use counts, taint, and the latest refusal."""

    TITLE = "modules"
    HELP = (
        "A module is code that was loaded into the kernel. Its use count says how "
        "many threads of others are in it. A thread that an oops has ended there "
        "stays counted, so the module cannot be unloaded any more. Taint letters say "
        "what this kernel has been through since its start: D is an oops. Last comes "
        "the log of the verifier, if it has refused an eBPF program."
    )
    DRAW = drawn(PROGRAMS_READ, lambda it, width, _: programs.modules(it, width))


class ProgramsView(PagePane):
    """Loaded eBPF programs and their maps."""

    TITLE = "programs"
    HELP = (
        "These eBPF programs were verified, and are called by the kernel. Each has a "
        "hook: the moment at which it is called. A map is memory that outlives a "
        "call. A ring buffer carries records to a reader in ring 3: █ is what nobody "
        "has read yet; records that find no room are lost, and counted."
    )
    DRAW = drawn(PROGRAMS_READ, lambda it, width, _: programs.programs(it, width))


class ProgramsPage(Page):
    """The code of others in ring 0."""

    NUMBER = 7
    WORDS = "modules and eBPF programs"
    READS = (PROGRAMS_READ,)
    PANES = (ModulesView, ProgramsView)


PAGE = ProgramsPage
