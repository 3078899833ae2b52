"""Check what a scenario claims about a machine as it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Any

from minios.disk import DiskError
from minios.lab.events import Event
from minios.lab.explain import describe
from minios.testing.scenarios import claims, conditions, records, times
from minios.testing.scenarios.bench import Bench
from minios.testing.scenarios.outcome import StepFailed


@singledispatch
def check(claim: Any, bench: Bench) -> str:  # noqa: ANN401 - one of the claims
    """Raise StepFailed if a claim does not hold; what was seen in words."""
    raise NotImplementedError(claim, bench)


def latest(kind: str, bench: Bench) -> Event:
    """The latest record of a kind. Raises StepFailed if there is none."""
    for event in reversed(bench.lab.events):
        if isinstance(event, records.KINDS[kind]):
            return event
    raise StepFailed(f"a record {kind!r}", "there is none so far")


@check.register
def _(claim: claims.LatestIs, bench: Bench) -> str:
    known, follows = bench.lab.process_names, bench.lab.setup.after_fault
    records.require_known(claim.event, claim.fields, known, follows)
    if claim.count is not None:
        return _count(claim, bench)
    event = latest(claim.event, bench)
    if wrong := _differences(event, claim.fields):
        wanted = records.in_words(claim.event, claim.fields)
        raise StepFailed(f"the latest of them is {wanted}", wrong)
    return describe(event)


def nearly(wanted: conditions.Condition, since: Sequence[Event]) -> str:
    """How the latest record of the kind waited for differs; "" if there is none."""
    if not isinstance(wanted, conditions.EventIs):
        return ""
    kind = records.KINDS[wanted.event]
    came = [event for event in since if isinstance(event, kind)]
    return _differences(came[-1], wanted.fields) if came else ""


def _differences(event: Event, fields: Mapping[str, Any]) -> str:
    """The fields of a record that are not as wanted; "" if all are."""
    wrong = [
        f"{name} = {records.shown(getattr(event, name))}"
        for name, wanted in fields.items()
        if not records.has(event, name, wanted)
    ]
    return f"{', '.join(wrong)} ({describe(event)})" if wrong else ""


def _count(claim: claims.LatestIs, bench: Bench) -> str:
    found = [
        event
        for event in bench.lab.events
        if records.matches(event, claim.event, claim.fields)
    ]
    if not records.agrees(len(found), claim.count):
        raise StepFailed(
            f"{records.in_words(claim.event, claim.fields)}: "
            f"count {records.limits_in_words(claim.count)}",
            f"count = {len(found)}",
        )
    return f"count = {len(found)}"


@check.register
def _(claim: claims.FileIs, bench: Bench) -> str:
    volume = bench.lab.files()
    path = claim.file if claim.file.startswith("/") else f"/{claim.file}"
    exists = volume.exists(path)
    if exists != claim.exists:
        words = ("there is no file", "there is a file")
        raise StepFailed(f"{words[claim.exists]} {path}", f"{words[exists]} {path}")
    if not exists:
        return ""
    try:
        data = volume.read(path)
    except DiskError as error:
        raise StepFailed(f"a file {path} that can be read", error.what) from error
    if claim.contains is not None and claim.contains.encode() not in data:
        raise StepFailed(
            f"{path} contains {claim.contains!r}",
            f"{len(data)} bytes without it, which begin with {data[:40]!r}",
        )
    if claim.same_as is not None:
        wanted = bench.sources.content(claim.same_as)
        if data != wanted.data:
            raise StepFailed(
                f"{path} has the bytes of {wanted.name}",
                f"{len(data)} other bytes",
            )
    return f"{len(data)} bytes"


@check.register
def _(claim: claims.ConsoleHas, bench: Bench) -> str:
    text = bench.lab.console_text
    if claim.console not in text:
        raise StepFailed(f"{claim.console!r} on the console", _tail(text.splitlines()))
    return ""


@check.register
def _(claim: claims.ScreenHas, bench: Bench) -> str:
    lines = bench.lab.screen
    if not any(claim.screen in line for line in lines):
        shown = [line.rstrip() for line in lines if line.strip()]
        raise StepFailed(f"{claim.screen!r} on the screen", _tail(shown))
    return ""


@check.register
def _(claim: claims.ServiceIs, bench: Bench) -> str:
    service = bench.lab.services[claim.service]
    saw = f"{'it runs' if service.runs else 'it does not run'}, start {service.start}"
    if claim.running not in (None, service.runs):
        runs = "runs" if claim.running else "does not run"
        raise StepFailed(f"{claim.service} {runs}", saw)
    if claim.start not in (None, service.start):
        raise StepFailed(f"{claim.service} has the start {claim.start!r}", saw)
    return saw


@check.register
def _(claim: claims.SensorProtects, bench: Bench) -> str:
    words = ("no sensor sees events", "a sensor sees events")
    is_protected = bench.lab.is_protected()
    if is_protected != claim.protected:
        raise StepFailed(words[claim.protected], words[is_protected])
    return words[is_protected]


@check.register
def _(claim: claims.Unprotected, bench: Bench) -> str:
    time = bench.lab.unprotected_time(since=bench.began)
    if not records.agrees(time, claim.unprotected_time):
        wanted = records.limits_in_words(claim.unprotected_time)
        raise StepFailed(f"unprotected for {wanted}", times.shown(time))
    return f"unprotected for {times.shown(time)}"


def _tail(lines: list[str]) -> str:
    if not lines:
        return "nothing"
    return "its last lines are " + " | ".join(lines[-4:])
