"""Why: on the lab screen, for the chosen entry or for the latest misfortune."""

from __future__ import annotations

from collections.abc import Mapping

from minios.lab import Explanation
from minios.lab.quantities import seconds
from minios.session.explained import brief, latest_explanation, nothing_wrong
from minios.session.timeline import Entry
from minios.tui.screens.lab_base import LabBase
from minios.tui.screens.why import WhyScreen
from minios.tui.widgets.timeline_list import TimelineList


class Explaining(LabBase):
    """Opens explanations."""

    def action_why(self) -> None:
        """Explain the chosen entry, or the latest crash or death of every world."""
        chosen = self.query_one(TimelineList).chosen
        if chosen is not None:
            self._explain(chosen)
            return
        found = self._latest()
        if found:
            self._open(found)
        else:
            self.notify(nothing_wrong(self.conductor.frames, key=": p"))

    def on_timeline_list_explain(self, event: TimelineList.Explain) -> None:
        """Enter on an entry."""
        self._explain(event.entry)

    def _explain(self, chosen: Entry) -> None:
        frames = self.conductor.frames
        own = frames[chosen.world]
        timeline = self.query_one(TimelineList)
        if chosen.is_mark:
            words = timeline.mark(chosen).label
            self.notify(f"A snapshot: {words}. b takes all machines back to it.")
            return
        explanation = own.explanations.get(chosen.number)
        event = timeline.event(chosen)
        if explanation is None:
            title = f"{self.card.called(chosen.world)} at {seconds(event.t)}"
            self.app.push_screen(WhyScreen([(title, brief(event))]))
            return
        latest = self._latest() | {chosen.world: explanation}
        self._open(dict(sorted(latest.items())))

    def _latest(self) -> dict[int, Explanation]:
        """The latest crash or death of each machine that had one."""
        found = enumerate(map(latest_explanation, self.conductor.frames))
        return {number: why for number, why in found if why is not None}

    def _open(self, found: Mapping[int, Explanation]) -> None:
        """A column for each; machines of which the very same is true share one."""
        self.post_message(self.Progressed(self.card, "explained"))
        columns: dict[Explanation, list[str]] = {}
        for number, why in found.items():
            columns.setdefault(why, []).append(self.card.called(number))
        named = [(" and ".join(names), why) for why, names in columns.items()]
        self.app.push_screen(WhyScreen(named))
