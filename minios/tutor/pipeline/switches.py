"""The six switches: what the vendor does before a content file reaches customers.

They are the six findings of CrowdStrike's External Technical Root Cause Analysis (6
August 2024), in its order. All off is the pipeline of July 2024.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import msgspec

from minios.image.variants import Bounds


class Switches(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """A setting of the six switches.

    `bounds_check` has three values, see `Bounds`. All others are on or off.
    """

    compile_check: bool = False
    bounds_check: Bounds = Bounds.NONE
    tests: bool = False
    validator: bool = False
    pre_release: bool = False
    rollout: bool = False

    @property
    def on(self) -> tuple[int, ...]:
        """The numbers of the switches that are on."""
        return tuple(it.number for it in SWITCHES if it.is_on(self))

    @property
    def words(self) -> str:
        """Which switches are on, in words: "2 (wrong), 6"; or "none"."""
        shown = (
            f"{number} (wrong)"
            if number == 2 and self.has_wrong_repair
            else f"{number}"
            for number in self.on
        )
        return ", ".join(shown) or "none"

    @property
    def has_wrong_repair(self) -> bool:
        """Whether the bounds check is the one that aborts."""
        return self.bounds_check is Bounds.WRONG


TITLE: Final = "The six switches"
WORDS: Final = (
    "be the vendor: turn the repairs of July 2024 on, and see which of them would have "
    "been enough"
)
"""How the switches are offered in a list."""


@dataclass(frozen=True, slots=True)
class Switch:
    """What a switch means.

    Attributes:
        number: of the finding, 1 to 6.
        name: on the command line and in files.
        finding: what the analysis found.
        mitigation: what the vendor changed.
        off: what the pipeline does without it.
        on: what it does with it.
    """

    number: int
    name: str
    finding: str
    mitigation: str
    off: str
    on: str

    @property
    def field(self) -> str:
        """Its name in `Switches`."""
        return self.name.replace("-", "_")

    def is_on(self, switches: Switches) -> bool:
        """Whether a setting has it on."""
        return getattr(switches, self.field) not in (False, Bounds.NONE)

    def turned(self, switches: Switches) -> Switches:
        """The setting with this switch at its next position, or at its first again."""
        value = getattr(switches, self.field)
        if isinstance(value, Bounds):
            order = list(Bounds)
            following: object = order[(order.index(value) + 1) % len(order)]
        else:
            following = not value
        return msgspec.structs.replace(switches, **{self.field: following})

    def state(self, switches: Switches) -> str:
        """Its position in a word: "off", "on"; "none", "right", "wrong"."""
        value = getattr(switches, self.field)
        if isinstance(value, Bounds):
            return value.value
        return "on" if value else "off"


SWITCHES: Final = (
    Switch(
        1,
        "compile-check",
        "When the sensor was compiled, nothing compared the number of fields in the "
        "definitions with the number of inputs in the code.",
        "The build compares the two numbers, and the developers supply the 21st input.",
        "The build does not compare the two numbers.",
        "The build compares the two numbers.",
    ),
    Switch(
        2,
        "bounds-check",
        "The interpreter did not check whether an input lies inside the array.",
        "The interpreter checks the index before it reads. A missing input does not "
        "match. A wrong repair notices the mistake, too, but aborts.",
        "The interpreter reads without a check.",
        "The interpreter checks the index first.",
    ),
    Switch(
        3,
        "tests",
        "The tests of the sensor had only wildcards in the 21st field, so nothing read "
        "that input.",
        "There is a test with a real criterion for every field.",
        "The tests use wildcards only.",
        "The tests have a real criterion for every field.",
    ),
    Switch(
        4,
        "validator",
        "The validator believed the definitions. It accepted criteria for 21 fields.",
        "The validator counts the inputs that the code supplies.",
        "The validator believes the definitions.",
        "The validator counts what the code supplies.",
    ),
    Switch(
        5,
        "pre-release",
        "No new rule ran in the real interpreter before its release.",
        "Every content file runs in a machine with the real sensor before its release.",
        "Nobody runs the file before its release.",
        "The file runs in a machine first.",
    ),
    Switch(
        6,
        "rollout",
        "All customers got the file at the same time.",
        "A few machines get the file first, then more. Each group waits, and a crash "
        "stops the release and rolls it back.",
        "All machines get the file at once.",
        "The machines get the file in rings.",
    ),
)
BY_NAME: Final = {it.name: it for it in SWITCHES}
BY_NUMBER: Final = {it.number: it for it in SWITCHES}

HISTORICAL: Final = Switches()
"""The pipeline of July 2024: all switches are off."""


def _all(bounds: tuple[Bounds, ...]) -> tuple[Switches, ...]:
    names = [it.field for it in SWITCHES]
    both = (False, True)
    values = product(both, bounds, both, both, both, both)
    return tuple(Switches(**dict(zip(names, it, strict=True))) for it in values)  # type: ignore[arg-type]


SETTINGS: Final = _all((Bounds.NONE, Bounds.RIGHT))
"""The 64 settings with the right repair."""
WRONG_SETTINGS: Final = _all((Bounds.WRONG,))
"""The 32 settings with the wrong repair."""
ALL: Final = SETTINGS + WRONG_SETTINGS
