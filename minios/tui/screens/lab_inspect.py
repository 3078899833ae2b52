"""The inspector of the lab screen: the CPU, its tables, the kernel's own structures."""

from __future__ import annotations

from typing import Final

from minios.session.orders import Look
from minios.tui.screens.addresses import AddressScreen
from minios.tui.screens.lab_base import LabBase
from minios.tui.widgets.machine_panel import MachinePanel

_PAGES: Final = 5  # the first of which is nothing
_DOORS: Final = 4
_GIVES_WAY: Final = (
    ".top, .below, .page, StatusList, RingView, GuestConsole, TimelineList, TitleBar"
)


class Inspecting(LabBase):
    """Five pages, the first of which is nothing."""

    page: int = 0
    address: int | None = None

    def action_inspect(self) -> None:
        """Registers and code; tables and memory; the kernel; the doors; nothing."""
        self.show_page((self.page + 1) % _PAGES)

    def action_doors(self) -> None:
        """Every gate and every call between the rings; again: nothing."""
        self.show_page(0 if self.page == _DOORS else _DOORS)

    def show_page(self, page: int) -> None:
        """Show one, and let the machines read what it needs."""
        self.page = page
        self._give_way(page > 0)
        for panel in self.query(MachinePanel):
            panel.show_page(page)
        self.conductor.send(Look(page == 1, page == 2, self.address, page == 3))
        self.refresh_frames()

    def _give_way(self, inspecting: bool) -> None:
        """Make room for a page, or take it back.

        Most panes are none of those that the style sheet then shows otherwise; to find
        that out for each takes longer than anybody wants to wait for a page.
        """
        if inspecting != self.has_class("inspecting"):
            self.set_class(inspecting, "inspecting", update=False)
            for pane in self.query(_GIVES_WAY):
                pane.update_node_styles()

    def action_memory(self) -> None:
        """Ask for an address, and show the memory there."""

        def given(address: int | None) -> None:
            if address is not None:
                self.address = address
                self.show_page(2)

        frames = self.conductor.frames
        if frames:
            self.app.push_screen(AddressScreen(frames[self.active].registers), given)
