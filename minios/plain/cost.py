"""What a sensor costs in each ring: measured, and told in sentences."""

from __future__ import annotations

from minios.lab import cost
from minios.lab.cost import Arrangement, Cost, Operation
from minios.plain.talk import Talk
from minios.session.spoken import sentence


class Costing(Talk):
    """The price of isolation."""

    def hear_cost(self) -> None:
        """Measure one kind of work in each arrangement, and tell what it costs."""
        operations = list(Operation)
        words = [it.words for it in operations]
        operation = operations[self.choose("Which kind of work?", words)]
        self.say("This takes a few seconds.")
        found = {it.arrangement: it for it in cost.measure(operations=(operation,))}
        self.say(f"To {operation.words}, {operation.count} times. Each time:")
        usual = found[Arrangement.NOBODY]
        self.tell(_told(found[it], usual) for it in Arrangement)
        self.say(cost.CAUTION)


def _told(it: Cost, usual: Cost) -> str:
    more = it.each("instructions") / usual.each("instructions")
    times = "" if it is usual else f", {more:.1f} times as many as without a sensor"
    return sentence(
        f"{it.arrangement.words}: {it.each('instructions'):.0f} instructions{times}; "
        f"{it.each('crossings'):.1f} changes of the ring; {it.each('switches'):.1f} "
        f"switches from one thread to another; busy for "
        f"{it.each('time') / 1000:.1f} microseconds"
    )
