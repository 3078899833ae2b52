"""What can be done in a step. The key that names a class in `VERBS` is its verb."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from minios.testing.scenarios.base import (
    DEFAULT_WITHIN,
    Content,
    Name,
    Options,
    Path,
    Span,
    Table,
    Text,
    Yes,
)
from minios.testing.scenarios.claims import Claim
from minios.testing.scenarios.conditions import Condition


class Step(Table, frozen=True, kw_only=True):
    """What every step may have beside its verb.

    Attributes:
        on: the name of a machine. Without it the step is done on every machine, in the
            order of the file.
        message: what to tell a person if the step fails.
    """

    on: Name | None = None
    message: Text = ""


class Push(Step, frozen=True, kw_only=True):
    """Send a content file over the update link."""

    push: Content


class Publish(Step, frozen=True, kw_only=True):
    """Make a content file the newest, but send nothing: updaters get it if they ask."""

    publish: Content


class Withdraw(Step, frozen=True, kw_only=True):
    """The vendor takes the newest content file back."""

    withdraw: Yes


class OfferFix(Step, frozen=True, kw_only=True):
    """The vendor has a fix for machines in recovery: a shipped name, or a path."""

    offer_fix: Path


class Type(Step, frozen=True, kw_only=True):
    r"""Type on the console, without waiting. Enter is written `\r`."""

    type: Text


class Press(Step, frozen=True, kw_only=True):
    """Press a key on the console, such as "F8" or "enter", so many times.

    A key that is held down repeats: `press = "F8"` with `times = 8`.
    """

    press: Name
    times: Annotated[int, Meta(ge=1, le=100)] = 1


class Console(Step, frozen=True, kw_only=True):
    """Type a command to the shell, here or in recovery, and wait for the next prompt.

    `expect` is a text that the answer must contain.
    """

    console: Text
    expect: Text = ""
    within: Span = DEFAULT_WITHIN


class WaitFor(Step, frozen=True, kw_only=True):
    """Run until something happens; `within` is the longest time that it may take."""

    wait_for: Condition
    within: Span


class CutPower(Step, frozen=True, kw_only=True):
    """Take the power away at once, and give it back.

    Of a write to the disk that is in flight only the first `kept_sectors` sectors are
    kept, or all of them.
    """

    cut_power: Yes
    kept_sectors: Annotated[int, Meta(ge=0, le=65535)] | None = None


class Reset(Step, frozen=True, kw_only=True):
    """Press the reset button."""

    reset: Yes


class Advance(Step, frozen=True, kw_only=True):
    """Run for so long."""

    advance: Span


class SetOption(Step, frozen=True, kw_only=True):
    """Change words of the kernel's command line; the next start reads them."""

    set_option: Options


class Snapshot(Step, frozen=True, kw_only=True):
    """Keep the machine as it is now, under a name."""

    snapshot: Name


class Restore(Step, frozen=True, kw_only=True):
    """Make the machine again what it was at the snapshot of this name."""

    restore: Name


class Assert(Step, frozen=True, kw_only=True):
    """Claim something about the machine as it is now."""

    assert_: Claim = msgspec.field(name="assert")


class Answer(Step, frozen=True, kw_only=True):
    """Compare a value in the submission's `answers.toml`.

    `answer` is its key there. What it must be is one of: a value (`equals`), a field of
    the latest record of a kind (`event` and `field`), or the address of a place in the
    code (`address_of`). Numbers may be written as 0x... in quotes.
    """

    answer: Name
    equals: int | Text | bool | None = None
    event: str | None = None
    field: Name | None = None
    address_of: Text | None = None


VERBS: Final[dict[str, type[Step]]] = {
    "push": Push,
    "publish": Publish,
    "withdraw": Withdraw,
    "offer_fix": OfferFix,
    "type": Type,
    "press": Press,
    "console": Console,
    "wait_for": WaitFor,
    "cut_power": CutPower,
    "reset": Reset,
    "advance": Advance,
    "set_option": SetOption,
    "snapshot": Snapshot,
    "restore": Restore,
    "assert": Assert,
    "answer": Answer,
}
