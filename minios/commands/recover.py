"""`minios recover`: a machine in the crash loop, and the ways out of it.

    minios recover                     every way, and what it is worth
    minios recover --by shell          one of them, as it happens
    minios recover --by race --first-event-ms 50
    minios recover --json              one JSON object a line

Exit code 0 whatever became of the machine.
"""

from __future__ import annotations

import argparse
from typing import Final

from minios.commands import narration
from minios.lab import Event, to_json
from minios.lab.rescue import BY_NAME, WAYS, Rescue, RescuePlan, Way, rescue
from minios.visible import visible

_DEFAULT: Final = RescuePlan()
_ROW: Final = "{0:10} {1:50} {2:9} {3:>5} {4:>7}  {5}"


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.epilog = "example: minios recover --by shell"
    parser.add_argument(
        "--by",
        choices=BY_NAME,
        metavar="WAY",
        help=f"one way, as it happens: {', '.join(BY_NAME)}",
    )
    parser.add_argument(
        "--first-event-ms",
        type=_milliseconds,
        default=_DEFAULT.first_event_ms,
        metavar="N",
        help="when the first pipe event comes, which is when a bad file crashes"
        " (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=_DEFAULT.seed,
        metavar="N",
        help="chooses how long the vendor's answers take (default: %(default)s)",
    )
    parser.add_argument("--plain", action="store_true", help="no colours")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def _milliseconds(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if not 0 <= number <= 60_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0 and 60000")
    return number


def run(arguments: argparse.Namespace) -> int:
    """Go the ways; always 0."""
    plan = RescuePlan(seed=arguments.seed, first_event_ms=arguments.first_event_ms)
    ways = WAYS if arguments.by is None else (BY_NAME[arguments.by],)
    if arguments.json:
        for way in ways:
            rescue(way, plan, listen=lambda event: print(to_json(event), flush=True))
    elif arguments.by is None:
        _compare(ways, plan)
    else:
        _follow(ways[0], plan, narration.style(plain=arguments.plain))
    return 0


def _compare(ways: tuple[Way, ...], plan: RescuePlan) -> None:
    print(_ROW.format("way", "what is done", "recovered", "boots", "seconds", "then"))
    for way in ways:
        print(_line(rescue(way, plan)), flush=True)
    print("Follow one of them with `minios recover --by WAY`.")


def _line(done: Rescue) -> str:
    return _ROW.format(
        done.way.name,
        done.way.words,
        "yes" if done.recovered else "no",
        done.boots,
        f"{done.seconds:.0f}",
        visible(done.sensor),
    ).rstrip()


def _follow(way: Way, plan: RescuePlan, style: narration.Style) -> None:
    print(style.bold(f"== {way.words} =="))

    def listen(event: Event) -> None:
        if narration.is_worth_a_line(event):
            print(narration.line(event, style), flush=True)

    done = rescue(way, plan, listen=listen)
    print()
    print(style.bold("-- The console, from the recovery environment on --"))
    print(_recovery_part(done.console))
    if done.recovered:
        said = visible(done.sensor) or "its shell says nothing of the sensor"
        print(f"The machine is up: {said}.")
    else:
        print("The machine is still in the loop.")


def _recovery_part(console: str) -> str:
    """What a person saw, up to the last start; a long loop is cut."""
    text = "RECOVERY" + console.replace("\r", "").partition("RECOVERY")[2]
    lines = text.splitlines()
    if len(lines) > 80:
        lines = [*lines[:50], f"... {len(lines) - 70} lines ...", *lines[-20:]]
    return "\n".join(f"  | {visible(line)}" for line in lines)
