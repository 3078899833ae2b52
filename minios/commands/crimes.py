"""`minios crimes`: break every rule once in each ring, and say what happens."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from minios.arguments import require_known
from minios.lab import bpf_crimes, crime_words
from minios.lab.bpf_crimes import BPF_CRIMES, BpfCrime, BpfGallery, BpfTrial
from minios.lab.crime_ends import PLACES, End, end_of
from minios.lab.crimes import CRIMES, GROUPS
from minios.lab.gallery import Gallery, Trial
from minios.lab.sensor_places import ROWS, Finding, Place, Trials
from minios.lazy_parser import Command
from minios.visible import visible, visible_json

COMMAND: Final = Command(
    "crimes",
    "Break every rule once, in ring 0 and in ring 3, and show what happens.",
    place=50,
    uses=(
        (
            "try everything that is forbidden, in both rings",
            "`crimes`; the story of one: `crimes overrun`",
        ),
        (
            "see what a sensor can see and survive in each ring",
            "`crimes --sensor`",
        ),
    ),
    interrupted="crimes --only null --only overrun",
)

_WIDTH: Final = 79
_ROW: Final = "{0:8} {1:48} {2:11} {3}"
_LEGEND: Final = """
stops      the whole machine stops, with this stop code
dies       one process ends, because the CPU has raised this exception
resets     the machine resets at once, and no code can say why
hangs      nothing runs any more, not even the clock
endless    the code runs for ever, but lets others run, too
refused    the code gets an error for an answer, and goes on
unnoticed  nothing happens: nobody forbids it, and nobody notices it
harmless   the program was verified and has run, and nothing happened
oops       the kernel faults in ring 0, and ends the task that was running
`minios crimes NAME` tells the story of one crime.
"""
_DESCRIPTION: Final = """\
Break every rule once, in ring 0 and in ring 3, and say what happens.
A crime is one thing that code must not do, such as reading through a null pointer or
dividing by zero. A driver commits it in ring 0, an extension and a program in ring 3.
The table shows how each ends. Name a crime, and you read which rule it breaks, how it
ended in each ring, and why the ends differ.
Use this command to see that the same crime stops the machine in ring 0, but ends one
process in ring 3. The lab "What can go wrong" commits them before your eyes.
The last table has the same mistakes as eBPF programs, which the kernel verifies before
it runs them: with a sound kernel, and with each defect that bpf_defect plants.
With --sensor it attacks a sensor: in ring 0, in ring 3, and in ring 3 with the help
that a system owes to it there. That table shows what is lost by leaving the kernel.
The exit code is 1 if any crime ended in another way than minios expects."""
_EXAMPLES: Final = """\
examples:
  minios crimes                  all crimes, in a few seconds
  minios crimes overrun          the whole story of one crime
  minios crimes --sensor         what a sensor can see and survive in each ring
  minios crimes --json           print JSON, for a program to read"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="tell the story of this crime"
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="the same as NAME alone (may be given several times)",
    )
    parser.add_argument(
        "--sensor",
        action="store_true",
        help="attack a sensor in each ring, instead of committing the crimes",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on each line"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Commit the crimes. Returns 1 if any of them ended in an unexpected way."""
    names = [*arguments.names, *(arguments.only or ())]
    if arguments.sensor:
        return _attack_sensor(names, as_json=arguments.json)
    known = sorted({*(it.name for it in CRIMES), *bpf_crimes.BY_NAME})
    require_known(arguments.names, known, "crime", "NAME")
    require_known(arguments.only or (), known, "crime", "--only")
    trials: list[Trial] = []
    with Gallery() as gallery:
        for group, crimes in GROUPS:
            chosen = [it for it in crimes if not names or it.name in names]
            if chosen and not names and not arguments.json:
                _say_heading(group, is_first=not trials)
            for crime in chosen:
                found = list(gallery.measure_all([crime]))
                trials += found
                for line in _lines(found, is_story=bool(names), as_json=arguments.json):
                    print(line, flush=True)
    verified = _commit_programs(names, as_json=arguments.json)
    failed = sum(not it.ok for it in trials) + sum(not it.ok for it in verified)
    if not arguments.json:
        if not names:
            print(_LEGEND)
        count = len(trials) + len(verified)
        print(f"{count} times committed, {failed} ended in an unexpected way")
    return int(failed > 0)


# ---- The same as eBPF programs.

_PROGRAM_ROW: Final = "{0:8} {1:23} {2:9} {3:9} {4:14} {5}"
_PROGRAM_WORDS: Final = 23


def _commit_programs(names: Sequence[str], *, as_json: bool) -> list[BpfTrial]:
    """Let the verifier judge the programs, on a kernel with each defect."""
    trials: list[BpfTrial] = []
    with BpfGallery() as gallery:
        for crime in BPF_CRIMES:
            if names and crime.name not in names:
                continue
            if not (trials or names or as_json):
                print("\nAs eBPF programs, verified before they run; with this defect")
                print(_PROGRAM_ROW.format("", "", *bpf_crimes.DEFECTS))
            found = list(gallery.measure_all(crime))
            trials += found
            for line in _program_lines(found, is_story=bool(names), as_json=as_json):
                print(line, flush=True)
    return trials


def _program_lines(
    found: Sequence[BpfTrial], *, is_story: bool, as_json: bool
) -> Iterator[str]:
    if as_json:
        yield from map(_program_json, found)
    elif is_story:
        yield from _program_story(found)
    else:
        yield from _program_rows(found)


def _program_rows(found: Sequence[BpfTrial]) -> Iterator[str]:
    crime = found[0].crime
    first, *more = textwrap.wrap(crime.words, _PROGRAM_WORDS)
    measured = (visible(it.measured) for it in found)
    yield _PROGRAM_ROW.format(crime.name, first, *measured).rstrip()
    for words in more:
        yield f"{'':8} {words}"
    for it in found:
        if not it.ok:
            expected = crime.expected(it.defect)
            yield f"    NOT AS EXPECTED with {it.defect}: not {expected}"


_PROGRAM_ENDS: Final = {
    bpf_crimes.REFUSED: "The verifier refuses it, so it never runs",
    bpf_crimes.HARMLESS: "The verifier accepts it. It runs, and nothing happens",
    bpf_crimes.OOPS: (
        "The verifier accepts it. Then the kernel faults in ring 0, and ends whoever "
        "opened the pipe"
    ),
}


def _program_story(found: Sequence[BpfTrial]) -> Iterator[str]:
    crime = found[0].crime
    yield f"{crime.name} as an eBPF program: {crime.words}"
    for line in crime.text.splitlines():
        yield f"  {line}"
    for end, same in groupby(found, lambda it: (it.measured, it.said)):
        yield ""
        defects = [it.defect for it in same]
        yield f"With bpf_defect={', '.join(defects)}"
        words = _PROGRAM_ENDS.get(end[0], f"It ended so: {visible(end[0])}")
        yield from _folded(f"{words}{': ' if end[1] else '.'}{visible(end[1])}")
    for it in found:
        if not it.ok:
            expected = crime.expected(it.defect)
            yield from _folded(f"NOT AS EXPECTED with {it.defect}: not {expected}")
    yield ""
    yield "Why it ends so"
    yield from _folded(crime.why)
    yield ""


def _program_json(trial: BpfTrial) -> str:
    crime: BpfCrime = trial.crime
    told = json.dumps(
        {
            "crime": crime.name,
            "words": crime.words,
            "where": "bpf",
            "defect": trial.defect,
            "ring": 0,
            "expected": crime.expected(trial.defect),
            "measured": trial.measured,
            "ok": trial.ok,
            "said": trial.said,
            "why": crime.why,
        }
    )
    return visible_json(told)


def _say_heading(group: str, *, is_first: bool) -> None:
    if is_first:
        print(_ROW.format("", "", "in ring 0", "in ring 3"))
    else:
        print()
    print(group)


def _lines(trials: Sequence[Trial], *, is_story: bool, as_json: bool) -> Iterator[str]:
    if as_json:
        yield from map(_json, trials, [_why(trials)] * len(trials))
    elif is_story:
        yield from _story(trials)
    else:
        yield from _rows(trials)


# ---- A row for each crime.


def _rows(trials: Sequence[Trial]) -> Iterator[str]:
    crime, ends = trials[0].crime, _ends(trials)
    inner, outer = (_short(ends, ring) for ring in (0, 3))
    yield _ROW.format(crime.name, crime.words, inner, outer).rstrip()
    for trial in trials:
        if not trial.ok:
            yield f"    {_unexpected(trial)}"


def _short(ends: Sequence[End], ring: int) -> str:
    """The ends in one ring; extension and program as one, where they are equal."""
    return ", ".join(dict.fromkeys(it.short for it in ends if it.scene.ring == ring))


def _unexpected(trial: Trial) -> str:
    where = PLACES[trial.scene]
    return (
        f"NOT AS EXPECTED in {where}: {visible(trial.measured)}, "
        f"and not {trial.expected}"
    )


# ---- The whole story of one crime.


def _story(trials: Sequence[Trial]) -> Iterator[str]:
    crime = trials[0].crime
    yield f"{crime.key}: {crime.words}"
    yield from _folded(crime_words.about(crime))
    for end, same in groupby(zip(trials, _ends(trials), strict=True), _of_end):
        yield ""
        found = [trial for trial, _ in same]
        places = [PLACES[it.scene] for it in found]
        yield f"As {', and as '.join(places)}"
        yield from _folded(end)
        yield from _folded(f"Measured: {visible(found[0].measured)}")
        for trial in found:
            if not trial.ok:
                yield from _folded(_unexpected(trial))
    yield ""
    yield "Why it ends so"
    yield from _folded(_why(trials))
    yield ""


def _of_end(pair: tuple[Trial, End]) -> str:
    return pair[1].words


def _folded(text: str) -> list[str]:
    """A paragraph below a heading. The text is safe to print."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
        break_on_hyphens=False,
    )


def _ends(trials: Sequence[Trial]) -> list[End]:
    return [end_of(it.measured, it.scene) for it in trials]


def _why(trials: Sequence[Trial]) -> str:
    as_expected = all(it.ok for it in trials)
    return crime_words.why(trials[0].crime, _ends(trials), as_expected=as_expected)


def _json(trial: Trial, why: str) -> str:
    told = json.dumps(
        {
            "crime": trial.crime.key,
            "words": trial.crime.words,
            "where": trial.scene.value,
            "ring": trial.scene.ring,
            "expected": trial.expected,
            "measured": trial.measured,
            "ok": trial.ok,
            "about": crime_words.about(trial.crime),
            "end": end_of(trial.measured, trial.scene).words,
            "why": why,
        }
    )
    return visible_json(told)


# ---- What a sensor can see and survive.

_QUESTION: Final = "{0:28} {1:14} {2:17} {3}"
_HELP: Final = """
helped     it has the right DEBUG, and the kernel protects it as a security client
alone      it has neither: the machine was started with protection=off"""


def _attack_sensor(names: Sequence[str], *, as_json: bool) -> int:
    require_known(names, [it.name for it in ROWS], "question", "NAME")
    failed = 0
    if not as_json:
        print(_QUESTION.format("", *(it.value for it in Place)))
    with Trials() as trials:
        for row in ROWS:
            if names and row.name not in names:
                continue
            found = [trials.measure(row, place) for place in Place]
            failed += sum(not it.ok for it in found)
            for line in map(_sensor_json, found) if as_json else _sensor_lines(found):
                print(line, flush=True)
    if not as_json:
        print(_HELP)
    return int(failed > 0)


def _sensor_lines(found: Sequence[Finding]) -> Iterator[str]:
    row = found[0].row
    yield f"\n{row.words}"
    measured = (visible(it.measured) for it in found)
    yield _QUESTION.format(f"  {row.name}", *measured).rstrip()
    for it in found:
        if not it.ok:
            expected = it.row.expected(it.place)
            yield f"    NOT AS EXPECTED {it.place.value}: not {expected}"
    yield from _folded(row.why)


def _sensor_json(found: Finding) -> str:
    told = json.dumps(
        {
            "question": found.row.name,
            "words": found.row.words,
            "where": found.place.value,
            "expected": found.row.expected(found.place),
            "measured": found.measured,
            "ok": found.ok,
            "why": found.row.why,
        }
    )
    return visible_json(told)
