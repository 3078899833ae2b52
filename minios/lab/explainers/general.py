"""What is said of a plugin of which nothing is known but what its machine shows."""

from __future__ import annotations

from collections.abc import Iterator

from minios.lab.picture import FaultPicture


class Explainer:
    """What is known about a plugin: here nothing.

    `compares` are the functions that compare an event with a rule, by the beginnings of
    their names. They are the places at which to pause. If they are not known, each
    place in the plugin's code is one.
    """

    compares: tuple[str, ...] = ("",)

    def is_of_content(self, picture: FaultPicture) -> bool:
        """Whether it is known that the content of the plugin led to this fault."""
        del picture
        return False

    def of_pointer(self, picture: FaultPicture) -> Iterator[str]:
        """How the code came to a bad pointer, in sentences."""
        origin = picture.origin
        if origin is not None:
            yield (
                f"The code took element {origin.index} of an array for an address: "
                f"{picture.registers[origin.register]:#x}."
            )
