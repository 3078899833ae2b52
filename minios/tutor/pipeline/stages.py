"""The stages, in their order, and what each says of the sensor or of a file.

    the sensor's release      the content file's release
    BUILD -> TESTS        ->  VALIDATOR -> PRE_RELEASE -> ROLLOUT -> CUSTOMERS

The first two look at the sensor. If one of them finds that the code supplies fewer
inputs than the definitions declare, the developers supply them, and the customers get
the repaired sensor. The others look at a content file, which is refused or goes on.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from minios.abi.content import TEMPLATE_TYPES, TemplateType
from minios.content import Validator, validate
from minios.image.variants import SUPPLIED, Variant
from minios.lab.content_files import ContentFile
from minios.tutor.pipeline import files, sensors
from minios.tutor.pipeline.files import Candidate
from minios.tutor.pipeline.runs import End, Machine, Ran, Run
from minios.tutor.pipeline.switches import Switches


class Stage(enum.Enum):
    """The stages, in their order."""

    BUILD = "sensor build"
    TESTS = "sensor tests"
    VALIDATOR = "validator"
    PRE_RELEASE = "pre-release run"
    ROLLOUT = "rollout"
    CUSTOMERS = "customers"


class Verdict(enum.Enum):
    """What a stage did."""

    PASSED = "passed"
    REPAIRED = "repaired"
    """The mistake in the sensor was found, and repaired."""
    REFUSED = "refused"
    """The file goes no further."""
    STOPPED = "stopped"
    """The rollout has stopped after a crash."""
    CRASHED = "crashed"


class Step(msgspec.Struct, frozen=True):
    """What happened at a stage, in one or two sentences."""

    stage: Stage
    verdict: Verdict
    words: str


class Sensor(msgspec.Struct, frozen=True):
    """The sensor that the customers run, and what its release went through."""

    variant: Variant
    steps: tuple[Step, ...]

    @property
    def repaired_at(self) -> Stage | None:
        """The stage that has found the mistake."""
        found = (it.stage for it in self.steps if it.verdict is Verdict.REPAIRED)
        return next(found, None)


class World(msgspec.Struct, frozen=True):
    """Everything but the switches and the files.

    `rings` are the sizes of the first groups of a rollout. The rest are one more.
    """

    definitions: TemplateType
    factory: ContentFile
    model: str = "windows"
    machines: int = 12
    rings: tuple[int, ...] = (1, 3)

    def machine(self, sensor: Variant, seed: int) -> Machine:
        """A machine with a sensor, before it gets a file."""
        return Machine(self.model, sensor, self.factory, seed)

    def groups(self, *, are_rings: bool) -> tuple[range, ...]:
        """The seeds of the customers' machines, in the order in which they get it."""
        sizes = (*self.rings, self.machines) if are_rings else (self.machines,)
        groups, first = [], 1
        for size in sizes:
            last = min(first + size, self.machines + 1)
            groups.append(range(first, last))
            first = last
        return tuple(filter(None, groups))


VENDOR: Final = 291
"""The seed of the vendor's own machine, on which tests and files run."""
Ask = Callable[[Sequence[Run]], list[Ran]]
"""Gives what comes of some runs, in their order."""


# ---- The sensor's release.


def release_sensor(switches: Switches, world: World, ask: Ask) -> Sensor:
    """Build and test the sensor. Raises MiniosError."""
    fields = len(world.definitions.fields)
    variant = Variant(fields, SUPPLIED, switches.bounds_check.value)
    variant, build = _build(switches, variant)
    variant, tests = _test(switches, variant, world, ask)
    return Sensor(variant, (build, tests))


def _repaired(variant: Variant) -> Variant:
    return Variant(variant.fields, variant.fields, variant.bounds)


def _build(switches: Switches, variant: Variant) -> tuple[Variant, Step]:
    counts = (
        f"The definitions declare {variant.fields} fields, and the code supplies "
        f"{variant.inputs} inputs."
    )
    if not switches.compile_check:
        words = f"{counts} The build does not compare these numbers."
        return variant, Step(Stage.BUILD, Verdict.PASSED, words)
    said = sensors.compile_check(variant.fields)
    if not said:
        words = f"{counts} The build compares these numbers: they are equal."
        return variant, Step(Stage.BUILD, Verdict.PASSED, words)
    words = (
        f"The build is refused: {said}. The developers change the code: now it "
        f"supplies {variant.fields} inputs."
    )
    return _repaired(variant), Step(Stage.BUILD, Verdict.REPAIRED, words)


def _test(
    switches: Switches, variant: Variant, world: World, ask: Ask
) -> tuple[Variant, Step]:
    data, rules = files.tests(world.definitions, every_field=switches.tests)
    which = (
        f"{rules} tests, each with a real criterion in another field"
        if switches.tests
        else "one test, which has only wildcards"
    )
    (ran,) = ask([Run(world.machine(variant, VENDOR), data)])
    missing = rules - len(ran.detections)
    if not ran.has_crashed and not missing:
        words = f"The sensor passes {which}."
        return variant, Step(Stage.TESTS, Verdict.PASSED, words)
    how = _crash(ran) if ran.has_crashed else f"{missing} of them detected nothing"
    words = (
        f"The sensor fails {which}: {how}. The developers change the code: now it "
        f"supplies {variant.fields} inputs."
    )
    return _repaired(variant), Step(Stage.TESTS, Verdict.REPAIRED, words)


def _crash(ran: Ran) -> str:
    if ran.end is End.STOPPED:
        return f"the test machine stops with {ran.stop}"
    return "the sensor's process dies on the test machine"


# ---- The content file's release.


def validate_file(
    switches: Switches, sensor: Sensor, file: Candidate, world: World
) -> Step:
    """Ask the validator."""
    if file.refusal:
        return Step(Stage.VALIDATOR, Verdict.REFUSED, file.refusal)
    kind = Validator.FIXED if switches.validator else Validator.HISTORICAL
    others = (it for it in TEMPLATE_TYPES if it.name != world.definitions.name)
    types = (world.definitions, *others)
    verdict = validate(file.data, kind, types, sensor.variant.inputs)
    if not verdict.accepted:
        words = f"The validator refuses the file: {verdict.words}."
        return Step(Stage.VALIDATOR, Verdict.REFUSED, words)
    number = sensor.variant.inputs if switches.validator else sensor.variant.fields
    words = (
        f"The validator accepts the file: it counts the {number} inputs of the code."
        if switches.validator
        else f"The validator accepts the file: it believes the definitions, which have "
        f"{number} fields."
    )
    return Step(Stage.VALIDATOR, Verdict.PASSED, words)


def try_file(
    switches: Switches, sensor: Sensor, file: Candidate, world: World, ask: Ask
) -> Step:
    """Run the file in the vendor's machine, if this switch is on."""
    if not switches.pre_release:
        words = "Nobody runs the file in the real interpreter."
        return Step(Stage.PRE_RELEASE, Verdict.PASSED, words)
    (ran,) = ask([Run(world.machine(sensor.variant, VENDOR), file.data)])
    if ran.has_crashed:
        words = f"The file is refused, because {_crash(ran)}."
        return Step(Stage.PRE_RELEASE, Verdict.REFUSED, words)
    if ran.end is End.REFUSED:
        words = "The machine with the real sensor refuses the file."
        return Step(Stage.PRE_RELEASE, Verdict.REFUSED, words)
    words = (
        f"The file runs in a machine with the real sensor. Its rules are compared with "
        f"{ran.seen} events, and nothing crashes."
    )
    return Step(Stage.PRE_RELEASE, Verdict.PASSED, words)


def roll_out(
    switches: Switches, sensor: Sensor, file: Candidate, world: World, ask: Ask
) -> tuple[Step, tuple[Ran | None, ...]]:
    """Send the file to the machines, and what came of each. None: it never got it."""
    fates: list[Ran | None] = []
    groups = world.groups(are_rings=switches.rollout)
    for number, seeds in enumerate(groups, 1):
        machines = (world.machine(sensor.variant, it) for it in seeds)
        ring = ask([Run(it, file.data) for it in machines])
        fates += ring
        crashed = sum(it.has_crashed for it in ring)
        if switches.rollout and crashed:
            spared = world.machines - len(fates)
            some = f"{crashed} of {len(ring)} machines"
            words = (
                f"There is a crash on {'the only machine' if len(ring) == 1 else some} "
                f"in ring {number}. The rollout stops and is rolled back, and {spared} "
                "machines never get the file."
            )
            step = Step(Stage.ROLLOUT, Verdict.STOPPED, words)
            return step, (*fates, *[None] * spared)
    sizes = ", ".join(str(len(it)) for it in groups)
    words = (
        f"The machines get the file in rings of {sizes}, and no ring crashes."
        if switches.rollout
        else f"The file goes to all machines at once ({world.machines})."
    )
    return Step(Stage.ROLLOUT, Verdict.PASSED, words), tuple(fates)


def stops_of(fates: tuple[Ran | None, ...]) -> tuple[tuple[str, int], ...]:
    """The stop codes, each with the number of machines; the most frequent first."""
    found = Counter(it.stop for it in fates if it and it.end is End.STOPPED)
    return tuple(sorted(found.items(), key=lambda it: (-it[1], it[0])))
