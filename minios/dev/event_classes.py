"""The classes of events in Python, made from their table (`minios/abi/events.py`).

They stand in `minios/lab/events.py` between two marks, as code that an editor, a type
checker and a reader can use. A sample:

    class UpdateStored(_Record, tag="update_stored", frozen=True, kw_only=True):
        \"\"\"The updater has put the pushed file, of `size` bytes, on the disk.\"\"\"

        file: str
        size: int
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from minios import paths
from minios.abi.event_columns import EventKind, Field
from minios.abi.events import EVENTS

_BEGIN: Final = "# [made from minios/abi/events.py by `minios dev gen`]\n"
_END: Final = "# [/made]\n"
_WIDTH: Final = 88


def module() -> Path:
    """Where the classes stand. Raises ScenarioError in an installed wheel."""
    return paths.checkout() / "minios/lab/events.py"


def is_fresh() -> bool:
    """Whether the committed classes are those that the table gives."""
    text = module().read_text(encoding="utf-8")
    return text == _filled(text)


def write() -> None:
    """Write the classes."""
    text = _filled(module().read_text(encoding="utf-8"))
    module().write_text(text, encoding="utf-8", newline="\n")


def _filled(text: str) -> str:
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    classes = "\n\n\n".join("\n".join(_class(kind)) for kind in EVENTS)
    faults = [kind for kind in EVENTS if kind.has_fault]
    unions = "\n".join(
        (
            _union("Event", EVENTS),
            _union("FaultRecord", faults),
            _union("Decisive", [kind for kind in faults if kind.number]),
        )
    )
    return f"{before}{_BEGIN}{classes}\n\n\n{unions}\n{_END}{after}"


def _union(name: str, kinds: Iterable[EventKind]) -> str:
    classes = [kind.class_name for kind in kinds]
    line = f"{name}: TypeAlias = {' | '.join(classes)}"
    names = "\n    | ".join(classes)
    return line if len(line) <= _WIDTH else f"{name}: TypeAlias = (\n    {names}\n)"


def _class(kind: EventKind) -> Iterator[str]:
    base = "_FaultRecord" if kind.has_fault else "_Record"
    options = f'{base}, tag="{kind.name}", frozen=True, kw_only=True'
    line = f"class {kind.class_name}({options}):"
    split = f"class {kind.class_name}(\n    {options}\n):"
    yield line if len(line) <= _WIDTH else split
    yield from _docstring(kind)
    fields = [f"    {it.name}: {_type(it)}" for it in kind.fields if it.type]
    if fields:
        yield ""
        yield from fields


def _docstring(kind: EventKind) -> Iterator[str]:
    if not kind.details:
        yield f'    """{kind.tells}"""'
        return
    yield f'    """{kind.tells}'
    yield ""
    yield textwrap.indent(textwrap.fill(kind.details, _WIDTH - 4), "    ")
    yield '    """'


def _type(field: Field) -> str:
    one = field.type
    return f"tuple[{', '.join([one] * field.count)}]" if field.count else one
