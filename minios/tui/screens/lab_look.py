"""Inspect and explain on the lab screen. Nothing here changes a machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minios.lab import Explanation
from minios.lab.explain import brief
from minios.lab.explanation import compare
from minios.lab.quantities import seconds
from minios.session import dumps
from minios.session.explained import latest_explanation, nothing_wrong
from minios.session.orders import Look
from minios.session.timeline import Entry
from minios.tui.pages import PAGES, number_of
from minios.tui.pages.code import CodePage
from minios.tui.pages.doors import DoorsPage
from minios.tui.pages.tables import TablesPage
from minios.tui.screens.dialogs import AddressScreen
from minios.tui.screens.lab_goals import Trying
from minios.tui.screens.why import WhyScreen
from minios.tui.widgets.machine_panel import MachinePanel
from minios.tui.widgets.timeline_list import TimelineList

_DOORS: Final = number_of(DoorsPage)
_GIVES_WAY: Final = (
    ".house, .page, RingView, GuestScreen, GuestConsole, TimelineList, TitleBar"
)


class Looking(Trying):
    """The pages of the inspector (0 is no page), and explanations.

    Attributes:
        address: of the memory to show; None means the stack.
        reads_code: whether code and page walk are read also while nobody looks at them.
    """

    address: int | None = None
    reads_code: bool = False

    def look(self) -> None:
        """Let the machines read what the open page needs."""
        reads = PAGES[self.page - 1].READS if self.page else ()
        always = CodePage.READS if self.reads_code else ()
        names = dict.fromkeys(it.name for it in (*always, *reads))
        self.conductor.send(Look(tuple(names), self.address))

    def action_inspect(self) -> None:
        """The next page; none after the last."""
        self.show_page((self.page + 1) % (len(PAGES) + 1))

    def action_doors(self) -> None:
        """Show the doors between the rings, or close their page."""
        self.show_page(0 if self.page == _DOORS else _DOORS)

    def show_page(self, page: int) -> None:
        """Show a page, and let the machines read what it needs."""
        self.page = page
        self._give_way(page > 0)
        for panel in self.query(MachinePanel):
            panel.show_page(page)
        self.look()
        self.refresh_frames()

    def _give_way(self, inspecting: bool) -> None:
        """Make room for a page, or take the room back.

        The style sheet changes only the panes of `_GIVES_WAY`. To apply it to all panes
        would take noticeably longer.
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
                self.show_page(number_of(TablesPage))

        frames = self.conductor.frames
        if frames:
            self.app.push_screen(AddressScreen(frames[self.active].registers), given)

    # ---- Why.

    def action_why(self) -> None:
        """Explain the chosen event, or the latest crash or death of every machine."""
        chosen = self.query_one(TimelineList).chosen
        if chosen is not None:
            self._explain(chosen)
            return
        found = self._latest()
        if found:
            self._open(found)
        else:
            self.notify(nothing_wrong(self.conductor.frames, key=": p"), markup=False)

    def on_timeline_list_explain(self, event: TimelineList.Explain) -> None:
        """Explain an event after enter or a click."""
        self._explain(event.entry)

    def _explain(self, chosen: Entry) -> None:
        frames = self.conductor.frames
        own = frames[chosen.world]
        timeline = self.query_one(TimelineList)
        if chosen.is_mark:
            words = timeline.mark(chosen).label
            self.notify(
                f"A snapshot: {words}. b takes all machines back to it.", markup=False
            )
            return
        explanation = own.explanations.get(chosen.number)
        event = timeline.event(chosen)
        if explanation is None or explanation.outcome is None:
            title = f"{self.card.called(chosen.world)} at {seconds(event.t)}"
            read = dumps.read(own, chosen.number)
            shown = {title: read or explanation or brief(event)}
            self.app.push_screen(WhyScreen(compare(shown.items())))
            return
        latest = self._latest() | {self.card.called(chosen.world): explanation}
        self._open(latest)

    def _latest(self) -> dict[str, Explanation]:
        """The latest crash or death of each machine that had one, by its name."""
        found = enumerate(map(latest_explanation, self.conductor.frames))
        return {self.card.called(at): why for at, why in found if why is not None}

    def _open(self, found: Mapping[str, Explanation]) -> None:
        """Show explanations together; what they share is shown once."""
        self.asked_why(found)
        self.app.push_screen(WhyScreen(compare(found.items())))
