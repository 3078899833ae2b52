"""The sensor `sentinel`: content that has more criteria than the code has inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from minios.abi import content
from minios.lab.picture import FaultPicture

_INTERPRETER: Final = "drivers/sentinel/interpreter.c"


def is_of_content(picture: FaultPicture) -> bool:
    """Whether the interpreter took a value behind its array of inputs for a pointer."""
    return (
        picture.origin is not None
        and picture.source.startswith(f"{_INTERPRETER}:")
        and picture.origin.index >= content.IPC_INPUTS_SUPPLIED
    )


def of_pointer(picture: FaultPicture) -> Iterator[str]:
    """From the field that the content asks for to the value behind the array."""
    origin = picture.origin
    if origin is None:
        return
    yield f"The content file asks for field {origin.index + 1} of a pipe event."
    yield (
        f"The definitions declare {len(content.IPC.fields)} fields, but the sensor's "
        f"code supplies only {content.IPC_INPUTS_SUPPLIED}."
    )
    yield (
        "So the sensor read the memory behind its array, and used the value there as "
        f"an address: {picture.registers[origin.register]:#x}."
    )
    yield "The value is not null, so the null check did not stop it."
