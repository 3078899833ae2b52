"""What each verb does with a machine: one function each, which says what it saw.

A function raises StepFailed if it does not find what the step expects. Every other
error of minios is a mistake of the author or of the submission.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Final

from minios.errors import ScenarioError
from minios.lab import ConditionNotMetError, Event
from minios.lab.explain import describe
from minios.lab.mistakes import nearest
from minios.lab.quantities import short
from minios.testing.scenarios import answers, asserting, records, steps, times, waiting
from minios.testing.scenarios.bench import Bench
from minios.testing.scenarios.keys import KEYS
from minios.testing.scenarios.outcome import StepFailed
from minios.testing.scenarios.steps import Step

_LONGEST: Final = 200  # characters of an answer that are shown


@singledispatch
def act(step: Step, bench: Bench) -> str:
    """Do a step on one machine; what it saw in words, perhaps "".

    Raises StepFailed if the step fails, and MiniosError if it cannot be done.
    """
    raise NotImplementedError(step, bench)


@act.register
def _(step: steps.Push, bench: Bench) -> str:
    return describe(bench.lab.push(bench.sources.content(step.push)))


@act.register
def _(step: steps.Publish, bench: Bench) -> str:
    return describe(bench.lab.publish(bench.sources.content(step.publish)))


@act.register
def _(_step: steps.Withdraw, bench: Bench) -> str:
    withdrawn = bench.lab.withdraw()
    if withdrawn is None:
        raise ScenarioError(
            "nothing was pushed or published", advice="Push a content file before"
        )
    return describe(withdrawn)


@act.register
def _(step: steps.OfferFix, bench: Bench) -> str:
    return describe(bench.lab.offer_fix(bench.sources.fix(step.offer_fix)))


@act.register
def _(step: steps.Type, bench: Bench) -> str:
    bench.lab.type(step.type)
    return ""


@act.register
def _(step: steps.Press, bench: Bench) -> str:
    bench.lab.type(KEYS[step.press] * step.times)
    return ""


@act.register
def _(step: steps.Console, bench: Bench) -> str:
    answer = bench.lab.console(step.console, within=step.within)
    said = answer.strip()[:_LONGEST]
    if step.expect not in answer:
        raise StepFailed(f"an answer with {step.expect!r}", repr(said))
    return said


@act.register
def _(step: steps.WaitFor, bench: Bench) -> str:
    condition = waiting.condition(step.wait_for)
    count = len(bench.lab.events)
    try:
        seen = bench.lab.run_until(condition, within=step.within)
    except ConditionNotMetError as error:
        expected = (
            f"{waiting.in_words(step.wait_for)} within {times.shown(step.within)}"
        )
        nearly = asserting.nearly(step.wait_for, bench.lab.events[count:])
        raise StepFailed(expected, nearly or error.what) from error
    if isinstance(seen, Event):
        return f"{describe(seen)}, at {short(seen.t)}"
    return f"at {short(bench.lab.machine.now)}"


@act.register
def _(step: steps.CutPower, bench: Bench) -> str:
    bench.lab.cut_power(step.kept_sectors)
    return ""


@act.register
def _(_step: steps.Reset, bench: Bench) -> str:
    bench.lab.reset()
    return ""


@act.register
def _(step: steps.Advance, bench: Bench) -> str:
    bench.lab.run_for(step.advance)
    return ""


@act.register
def _(step: steps.SetOption, bench: Bench) -> str:
    bench.lab.set_options({key: str(it) for key, it in step.set_option.items()})
    return ""


@act.register
def _(step: steps.Snapshot, bench: Bench) -> str:
    bench.snapshots[step.snapshot] = bench.lab.snapshot()
    return ""


@act.register
def _(step: steps.Restore, bench: Bench) -> str:
    bench.lab.restore(bench.snapshots[step.restore])
    return ""


@act.register
def _(step: steps.Assert, bench: Bench) -> str:
    return asserting.check(step.assert_, bench)


@act.register
def _(step: steps.Answer, bench: Bench) -> str:
    """A student reads what is raised here, so it does not tell what is right."""
    table = bench.sources.handed_in("answers.toml").answers
    if step.answer not in table:
        raise StepFailed(f"an answer {step.answer!r}", nearest(step.answer, table))
    given, wanted = table[step.answer], _wanted(step, bench)
    if not answers.agree(given, wanted):
        raise StepFailed(f"the right answer for {step.answer!r}", records.shown(given))
    return records.shown(given)


def _wanted(step: steps.Answer, bench: Bench) -> object:
    if step.address_of is not None:
        return bench.lab.address_of(step.address_of)
    if step.event is not None and step.field is not None:
        return getattr(asserting.latest(step.event, bench), step.field)
    return step.equals
