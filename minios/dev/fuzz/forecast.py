"""What a content file must lead to, from the file and the facts of the model.

Nothing here is taken from the sensor's C code. The rules are those that the
documentation states: each instance is compared field by field until one does not match,
a wildcard reads nothing, and behind the twenty inputs lies the detection id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from minios.abi import content
from minios.abi.structures import PATH_SIZE
from minios.content import ChannelFile, Criterion, CriterionKind

INPUT_BYTES: Final = 4 + PATH_SIZE
CanRead: TypeAlias = Callable[[int], bool]
"""Whether the sensor could read at an address, as the page tables are."""


def reads_forbidden(
    file: ChannelFile, inputs: Sequence[str], can_read: CanRead
) -> bool | None:
    """Whether comparing an event with a file must fault.

    `inputs` are the twenty texts that describe the use of a named pipe; it is not
    compared with instances of other template types. None if the answer lies in memory
    that the author of the file happens to have named: there the sensor goes on with
    whatever it finds.
    """
    for instance in file.instances:
        if instance.template != content.IPC.name:
            continue
        *supplied, last = instance.criteria
        is_compared = all(map(_matches, supplied, inputs))
        if not is_compared or last.kind is CriterionKind.ANY or not instance.detection:
            continue
        return None if can_read(instance.detection) else True
    return False


def _matches(criterion: Criterion, text: str) -> bool:
    if criterion.kind is CriterionKind.ANY:
        return True
    if criterion.kind is CriterionKind.EQUALS:
        return criterion.text == text
    return _fits(criterion.text, text)


@lru_cache(maxsize=4096)
def _fits(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern, in which * is any text and ? any character."""
    fitting = {0}  # so many characters of the text fit the pattern so far
    for sign in pattern:
        if sign == "*":
            fitting = set(range(min(fitting), len(text) + 1))
        else:
            fitting = {
                at + 1 for at in fitting if at < len(text) and sign in ("?", text[at])
            }
        if not fitting:
            return False
    return len(text) in fitting


def texts_of(inputs: Iterable[bytes]) -> tuple[str, ...]:
    """The texts that describe an event, from the sensor's memory (`struct input`)."""
    return tuple(
        it[4 : 4 + int.from_bytes(it[:4], "little")].decode("latin-1") for it in inputs
    )
