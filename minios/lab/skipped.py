"""Why nothing goes wrong where verified programs have a bad content file.

A rule may ask for a field that the sensor does not supply. The programs with a bounds
check do not read such a field: they skip it, and the rule does not match.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from minios.abi.content import IPC, IPC_INPUTS_SUPPLIED
from minios.abi.plugins import Kind
from minios.content import inspect
from minios.content.model import CriterionKind
from minios.image import variants
from minios.lab import events
from minios.lab.events import Event
from minios.lab.inputs import Input, Push

_CHECKED: Final = Kind.BPF.file_name(variants.RULES)


def skipped(inputs: Iterable[tuple[int, Input]], records: Iterable[Event]) -> str:
    """Which field is skipped, and what follows; "" if the programs skip none.

    They must be loaded, and their process must have loaded the file that was pushed
    last.
    """
    data = next((it.file.data for it in _newest_first(inputs)), b"")
    file = inspect(data).file
    fields = [
        number
        for instance in (file.instances if file is not None else ())
        if instance.template == IPC.name
        for number, it in enumerate(instance.criteria, 1)
        if number > IPC_INPUTS_SUPPLIED and it.kind is not CriterionKind.ANY
    ]
    if file is None or not fields or not _is_loaded(records, file.version):
        return ""
    return f"the bounds check skips field {fields[0]}, so the rule does not match"


def _newest_first(inputs: Iterable[tuple[int, Input]]) -> list[Push]:
    return [it for _, it in inputs if isinstance(it, Push)][::-1]


def _is_loaded(records: Iterable[Event], version: int) -> bool:
    """Whether the programs run, and have the content with this version."""
    runs = has = False
    for event in records:
        match event:
            case events.Booted():
                runs = has = False
            case events.BpfLoaded():
                runs = runs or event.name == _CHECKED
            case events.ContentLoaded():
                has = event.version == version
    return runs and has
