"""The timeline: the events of all machines, one line for each."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click, Resize
from textual.message import Message
from textual.strip import Strip

from minios.lab.events import Event
from minios.session.catalogue import called
from minios.session.frames import Frame
from minios.session.orders import Mark
from minios.session.timeline import FILTERS, Entry, Filter, Timeline
from minios.tui.drawing.lines import Line, length, wrapped
from minios.tui.drawing.timeline import entry, record, snapshot
from minios.tui.widgets.key_bar import told
from minios.tui.widgets.pane import Pane

_SHORTLY: Final = 2.5  # seconds


class TimelineList(Pane):
    """The timeline. It follows its end until the user chooses an event.

    `chosen` is the chosen event. It stays chosen when other events come before it.
    """

    TITLE: ClassVar[str] = "timeline"
    HELP: ClassVar[str] = (
        "The timeline lists the events of all machines, on one clock. Choose an event "
        "with the arrows. Enter explains it (of a dump it shows the contents), and b "
        "takes all machines back to the moment before it. `f` changes which kinds of "
        "events are listed, `F` shows one machine only, and `/` searches. While an "
        "event is chosen the list does not move, and w explains this event. Esc clears "
        "the selection, and the list follows its end again. ◆ is a snapshot: the whole "
        "machine was saved at that moment, so you can go back to it and go on from "
        "there. m makes a snapshot."
    )
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter", "explain", "Explain"): "Explain the chosen event",
            Binding("up", "move(-1)", "Up", show=False): "Choose the event before",
            Binding("down", "move(1)", "Down", show=False): "Choose the next event",
            Binding("pageup", "move(-10)", "Page up", show=False): "Go up ten events",
            Binding("pagedown", "move(10)", "Page down", show=False): (
                "Go down ten events"
            ),
            Binding("home", "first", "First", show=False): "Choose the first event",
            Binding("end", "last", "Last", show=False): (
                "Go to the end of the list, and follow it"
            ),
        }
    )

    class Explain(Message):
        """The user wants an event to be explained."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.timeline = Timeline()
        self.chosen: Entry | None = None
        self._frames: tuple[Frame, ...] = ()

    def show(self, frames: Sequence[Frame]) -> None:
        """Add the new events."""
        self._frames = tuple(frames)
        above = None if self.cursor is None else self.cursor - self.scroll_offset.y
        if not self.timeline.update(frames):
            return
        if self.chosen is not None:
            self._choose(self.timeline.nearest(self.chosen))
        self.redraw()
        if self.cursor is not None and above is not None:
            self.scroll_to(y=self.cursor - above, animate=False)

    def next_filter(self) -> None:
        """List other kinds of events."""
        following = (self.timeline.wanted.kind + 1) % len(FILTERS)
        self._list(replace(self.timeline.wanted, kind=following))
        self.say_filter()

    def next_machine(self) -> None:
        """List the first machine only, the second only, ..., all of them."""
        now = self.timeline.wanted.world
        following = 0 if now is None else now + 1
        chosen = following if following < len(self._frames) else None
        self._list(replace(self.timeline.wanted, world=chosen))
        self.say_filter()

    def find(self, text: str) -> None:
        """List only events with these words."""
        self._list(replace(self.timeline.wanted, text=text))

    def _list(self, wanted: Filter) -> None:
        chosen = self.chosen
        self.timeline.wanted = wanted
        self.show(self._frames)
        if self.chosen == chosen:
            self.redraw()
        else:
            self.let_go()  # the user has not chosen the event that is there now

    def say_filter(self) -> None:
        """Say what is listed in a notice, if there is no border for it."""
        if not self.gutter.top:
            self.notify(f"timeline: {self._listed()}", timeout=_SHORTLY, markup=False)

    @property
    def cursor(self) -> int | None:
        """The place of the chosen event in the list."""
        return None if self.chosen is None else self.timeline.place(self.chosen)

    def let_go(self) -> None:
        """Clear the selection: follow the end again."""
        self._choose(None)
        self.redraw()

    def _choose(self, entry: Entry | None) -> None:
        is_other = (entry is None) is not (self.chosen is None)
        self.chosen = entry
        if entry is None or not self.timeline.is_guest(entry):
            self.timeline.invite(None)
        if is_other and self.is_attached:
            self.screen.refresh_bindings()  # esc clears only if something is chosen

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Only a chosen event can be explained."""
        return action != "explain" or self.chosen is not None

    def event(self, chosen: Entry) -> Event:
        """The event of an entry."""
        event = self._frames[chosen.world].log.by_number(chosen.number)
        assert event is not None  # an event that is dropped takes its entry along
        return event

    def mark(self, chosen: Entry) -> Mark:
        """The snapshot of an entry that is one."""
        return self._frames[chosen.world].mark(chosen.number)

    def go_to(self, t: int, world: int) -> None:
        """Choose the last event of a machine up to this moment, if it has one.

        Args:
            t: the moment, in virtual nanoseconds.
            world: the machine, counted from 0.
        """
        entries = self.timeline.entries
        at = bisect.bisect_right(entries, t, key=lambda it: it.t) - 1
        while at >= 0 and entries[at].world != world:
            at -= 1
        if at >= 0:
            self._go(at)

    def point_at(self, t: int, world: int) -> None:
        """Choose the event that a machine has made at this moment, if there is one.

        It is listed as long as it is chosen, also where the filter leaves it out.
        """
        log = self._frames[world].log
        at = bisect.bisect_right(log, t, key=lambda event: event.t) - 1
        if at >= 0 and log[at].t == t:
            entry = Entry(t, world, log.number(at))
            self.timeline.invite(entry)
            self._go(self.timeline.place(entry))

    def redraw(self) -> None:
        """Draw again, if the size, the events or the chosen event have changed."""
        number = len(self.timeline.entries)
        forgotten = sum(frame.log.forgotten for frame in self._frames)
        more = f", {forgotten} older ones were not kept" if forgotten else ""
        end = "" if self.chosen is None else ", esc follows the end"
        # The words of a search must not be read as markup.
        self.border_title = Content(f"timeline: {self._listed()}{more}{end}")
        self.set_rows(number)
        if self.cursor is None:
            self.scroll_to(
                y=max(0, number - self.size.height), animate=False, force=True
            )
        self.refresh()

    def _listed(self) -> str:
        """What is listed, and how many events that are."""
        wanted, number = self.timeline.wanted, len(self.timeline.entries)
        words = f"{wanted.kind_words} (f){wanted.more_words(self._names())}"
        return f"{words}, {number} {'event' if number == 1 else 'events'}"

    def _names(self) -> list[str]:
        worlds = [it.world for it in self._frames]
        return [called(worlds, number) for number in range(len(worlds))]

    def draw_entry(self, number: int, width: int) -> Line:
        """One event as a line."""
        chosen = self.timeline.entries[number]
        worlds = tuple(frame.world for frame in self._frames)
        if chosen.is_mark:
            said = snapshot(self.mark(chosen))
        else:
            is_marked = self.timeline.is_marked(chosen)
            said = record(self.event(chosen), is_marked=is_marked)
        return entry(said, chosen.world, worlds, width, selected=chosen == self.chosen)

    def render_line(self, y: int) -> Strip:
        """Draw one row that is in view."""
        number = self.scroll_offset.y + y
        if not self.timeline.entries:
            words = self.timeline.wanted.nothing_words(self._names())
            rows = wrapped(words, self.cells, "dim") if words else []
            return self.strip(rows[y] if y < len(rows) else ())
        if number >= len(self.timeline.entries):
            return self.strip(())
        return self.strip(self.draw_entry(number, self.cells), self.left)

    def longest(self) -> int:
        """The cells of the longest line that is in view."""
        top = self.scroll_offset.y
        in_view = range(top, min(top + self.size.height, len(self.timeline.entries)))
        drawn = (self.draw_entry(number, self.cells) for number in in_view)
        return max(map(length, drawn), default=0)

    def action_move(self, by: int) -> None:
        """Choose another event. Past the end, follow the end again."""
        last = len(self.timeline.entries) - 1
        self._go(last if self.cursor is None else self.cursor + by)

    def action_first(self) -> None:
        """Go to the beginning."""
        self._go(0)

    def action_last(self) -> None:
        """Go to the end, and follow it."""
        self._go(len(self.timeline.entries))

    def _go(self, at: int) -> None:
        entries, at = self.timeline.entries, max(0, at)
        self._choose(entries[at] if at < len(entries) else None)
        self.redraw()  # an invited entry is a row more, and may be the last one
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        """Scroll to the chosen event, if it is out of view."""
        at = self.cursor
        if at is None:
            return
        top, height = self.scroll_offset.y, self.size.height
        if at < top:
            self.scroll_to(y=at, animate=False)
        elif at >= top + height:
            self.scroll_to(y=at - height + 1, animate=False, force=True)

    def on_resize(self, _event: Resize) -> None:
        """Show the chosen event in fewer rows, too."""
        self._keep_in_view()

    def on_click(self, event: Click) -> None:
        """Choose the event that was clicked. A second click explains it."""
        at = self.scroll_offset.y + event.y - self.gutter.top
        if not 0 <= at < len(self.timeline.entries):
            return
        if at == self.cursor:
            self.action_explain()
        else:
            self._go(at)

    def action_explain(self) -> None:
        """Explain the chosen event."""
        if self.chosen is not None:
            self.post_message(self.Explain(self.chosen))
