"""What comes to a machine from outside: files, keys, buttons, power.

The machine is deterministic, so its setup (`setup.py`) and its inputs with their
virtual times are its whole story. A lab keeps both, and `lab.give` takes them again:
recordings, going back in time and scenarios stand on that.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

from minios.lab.content_files import ContentFile

LAST_MOMENT: Final = 1 << 62  # virtual nanoseconds: far beyond what anybody can watch
Time: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=LAST_MOMENT)]
"""Virtual nanoseconds since power on."""


class _Input(msgspec.Struct, tag_field="do", frozen=True):
    """The base of all inputs: small values that can be compared and written as JSON."""


class Push(_Input, tag="push", frozen=True):
    """The vendor sends a content file over the update link."""

    file: ContentFile


class Publish(_Input, tag="publish", frozen=True):
    """The vendor offers a content file; a machine gets it when it asks."""

    file: ContentFile


class Withdraw(_Input, tag="withdraw", frozen=True):
    """The vendor takes the published file back."""


class OfferFix(_Input, tag="offer fix", frozen=True):
    """The vendor has a fix for machines that ask in the recovery environment.

    Without a text it is the fix of that name that comes with minios.
    """

    name: str
    text: str = ""


class Type(_Input, tag="type", frozen=True):
    """Somebody types on the console."""

    text: str


class PressReset(_Input, tag="reset", frozen=True):
    """Somebody presses the reset button."""


class CutPower(_Input, tag="cut power", frozen=True):
    """The power goes, and comes back.

    Of a write to the disk that is in flight only the first `kept_sectors` are kept, all
    if it is None.
    """

    kept_sectors: int | None = None


class SetOptions(_Input, tag="set options", frozen=True):
    """Somebody changes options of the kernel, which its next start reads."""

    options: dict[str, str]


Input: TypeAlias = (
    Push | Publish | Withdraw | OfferFix | Type | PressReset | CutPower | SetOptions
)
