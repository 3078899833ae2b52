"""The sensor `sentinel`: content that has more criteria than the code has inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from minios.abi import content
from minios.lab.explainers.general import Explainer
from minios.lab.picture import FaultPicture

_INTERPRETER: Final = "drivers/sentinel/interpreter.c"


class Sentinel(Explainer):
    """What is known about this sensor."""

    compares = ("interpreter_matches", "text_matches", "text_equals")

    def is_of_content(self, picture: FaultPicture) -> bool:
        """Whether the interpreter took a value behind its array for a pointer."""
        return (
            picture.origin is not None
            and picture.source.startswith(f"{_INTERPRETER}:")
            and picture.origin.index >= content.IPC_INPUTS_SUPPLIED
        )

    def of_pointer(self, picture: FaultPicture) -> Iterator[str]:
        """From the field that the content asks for to the value behind the array."""
        origin = picture.origin
        if origin is None or not self.is_of_content(picture):
            yield from super().of_pointer(picture)
            return
        yield f"The content file asks for field {origin.index + 1} of a pipe event."
        yield (
            f"The definitions declare {len(content.IPC.fields)} fields, but the "
            f"sensor's code supplies only {content.IPC_INPUTS_SUPPLIED}."
        )
        yield (
            "So the sensor read the memory behind its array, and used the value there "
            f"as an address: {picture.registers[origin.register]:#x}."
        )
        yield "The value is not null, so the null check did not stop it."
