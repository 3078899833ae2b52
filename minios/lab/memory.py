"""What a lab remembers of a run. Snapshots contain a copy of it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace

from minios.lab.events import Event, Faulted
from minios.lab.inputs import Input
from minios.lab.modules import Modules
from minios.lab.picture import FaultPicture
from minios.lab.prompts import Prompts


@dataclass(slots=True)
class Memory:
    """Events, console text, and what is needed to read the next record.

    `pictures` have the record of their fault as key, with the latest last. (Several
    faults may come at one instruction: when the CPU cannot call a handler, it faults.)
    `faults` are those from which no death or bugcheck has been made yet, in order.
    `inputs` are all since power on, with their virtual times. `records` is how many
    events there were, the forgotten ones included.
    """

    boot: int = 0
    events: list[Event] = field(default_factory=list)
    console: bytearray = field(default_factory=bytearray)
    modules: Modules = field(default_factory=Modules)
    pictures: OrderedDict[Faulted, FaultPicture] = field(default_factory=OrderedDict)
    faults: list[Faulted] = field(default_factory=list)
    prompts: Prompts = field(default_factory=Prompts)
    inputs: list[tuple[int, Input]] = field(default_factory=list)
    records: int = 0

    def was_in(self, process_id: int, fault: Faulted) -> bool:
        """Whether a fault was in this process, as far as its page table is known."""
        table = self.modules.page_tables.get(process_id)
        picture = self.pictures.get(fault)
        return table is None or picture is None or picture.registers["cr3"] == table

    def forget(self, events: int, console: int, pictures: int) -> None:
        """Forget all but the latest events, bytes of console text, and pictures."""
        while len(self.pictures) > pictures:
            self.pictures.popitem(last=False)
        del self.events[: max(0, len(self.events) - events)]
        cut = max(0, len(self.console) - console)
        del self.console[:cut]
        self.prompts.forget(cut)

    def copy(self) -> Memory:
        """A copy that does not change."""
        return replace(
            self,
            events=list(self.events),
            console=bytearray(self.console),
            modules=self.modules.copy(),
            pictures=OrderedDict(self.pictures),
            faults=list(self.faults),
            prompts=replace(self.prompts),
            inputs=list(self.inputs),
        )
