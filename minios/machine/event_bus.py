"""Which listener wants which type of event. Without listeners, it costs one look-up.

A sender asks `wants[Type]` first, and makes the record only if somebody will read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self, TypeVar, cast

from minios.machine import events
from minios.machine.events import MachineEvent

E = TypeVar("E", bound=MachineEvent)

# Not __subclasses__(): that knows the classes before they got their slots, too.
EVENT_TYPES: tuple[type[MachineEvent], ...] = tuple(
    kind
    for kind in vars(events).values()
    if isinstance(kind, type)
    and issubclass(kind, MachineEvent)
    and kind is not MachineEvent
)


class Subscription:
    """One listener. Use as a context manager, or call `cancel`."""

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel: Callable[[], None] | None = cancel

    def cancel(self) -> None:
        """Stop listening. May be called more than once."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()


class EventBus:
    """The listeners of each type of event."""

    def __init__(self) -> None:
        self.wants: dict[type[MachineEvent], bool] = dict.fromkeys(EVENT_TYPES, False)
        self._listeners: dict[
            type[MachineEvent], tuple[Callable[[MachineEvent], None], ...]
        ] = dict.fromkeys(EVENT_TYPES, ())
        self.on_change: Callable[[], None] = lambda: None

    def subscribe(self, kind: type[E], callback: Callable[[E], None]) -> Subscription:
        """Call back for every event of a type, in the order of subscription."""
        assert kind in self._listeners, kind
        listener = cast("Callable[[MachineEvent], None]", callback)
        self._set(kind, (*self._listeners[kind], listener))

        def cancel() -> None:
            rest = list(self._listeners[kind])
            if listener in rest:
                rest.remove(listener)
            self._set(kind, tuple(rest))

        return Subscription(cancel)

    def _set(
        self,
        kind: type[MachineEvent],
        listeners: tuple[Callable[[MachineEvent], None], ...],
    ) -> None:
        self._listeners[kind] = listeners
        if self.wants[kind] != bool(listeners):
            self.wants[kind] = bool(listeners)
            self.on_change()

    def clear(self) -> None:
        """Forget all listeners. A subscription to cancel is then no mistake."""
        for kind in EVENT_TYPES:
            self._set(kind, ())

    def emit(self, event: MachineEvent) -> None:
        """Call the listeners of the event's type."""
        for listener in self._listeners[type(event)]:
            listener(event)


__all__ = ["EVENT_TYPES", "EventBus", "Subscription", "events"]
