"""`minios recover`: put a machine into a crash loop, and repair it in several ways."""

from __future__ import annotations

import argparse
from typing import Final

from minios.abi import policies
from minios.arguments import whole_number
from minios.commands import narration
from minios.lab import Event, to_json
from minios.lab.narration import is_worth_a_line
from minios.lab.rescue import BY_NAME, WAYS, Rescue, RescuePlan, Way, rescue
from minios.lazy_parser import Command
from minios.visible import visible

COMMAND: Final = Command(
    "recover",
    "Repair a machine that crashes at every start, in several ways.",
    place=40,
    uses=(
        (
            "compare the ways out of the loop",
            "`recover`; one of them, key by key: `recover --by shell`",
        ),
    ),
    interrupted="recover",
)

_DEFAULT: Final = RescuePlan()
_ROW: Final = "{0:10} {1:8} {2:46} {3:9} {4:>5} {5:>7}  {6}"
_DESCRIPTION: Final = """\
Bring a machine into a crash loop, and repair it in several ways.
The bad content file is on the disk, so the machine crashes at every start. After two
failed starts the recovery environment runs. The command tries each repair, and says
whether it helps, how many boots it needs, and whether the sensor runs afterwards.
In the model linux a boot menu takes the place of the recovery environment, so it has
a way of its own. The model is in the second column.
Use this command to see how the machines of July 2024 came back. You can run it alone;
it is easier to understand after `minios demo`."""
_EXAMPLES: Final = """\
examples:
  minios recover                 compare all ways in a table
  minios recover --by shell      follow one way, line by line
  minios recover --by race --first-event-ms 50
                                 let the machine crash sooner after its start
  minios recover --json          print JSON, for a program to read"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--by",
        choices=BY_NAME,
        metavar="WAY",
        help=f"one way, line by line: {', '.join(BY_NAME)}",
    )
    parser.add_argument(
        "--first-event-ms",
        type=_milliseconds,
        default=_DEFAULT.first_event_ms,
        metavar="N",
        help="milliseconds from the start to the first pipe event, at which the bad"
        " file crashes the machine, 0 to 60000 (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=whole_number,
        default=_DEFAULT.seed,
        metavar="N",
        help="the seed for how long the vendor's server takes to answer: the same seed"
        " gives the same run (default: %(default)s)",
    )
    parser.add_argument("--plain", action="store_true", help="print no colours")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on each line"
    )
    parser.set_defaults(run=run)


def _milliseconds(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if not 0 <= number <= 60_000:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a whole number between 0 and 60000"
        )
    return number


def run(arguments: argparse.Namespace) -> int:
    """Try the ways. Returns 0, whatever became of the machine."""
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
    heading = ("way", "model", "what is done", "recovered", "boots", "seconds", "then")
    print(_ROW.format(*heading))
    for way in ways:
        print(_line(rescue(way, plan)), flush=True)
    print("Follow one of them line by line with `minios recover --by WAY`.")


def _line(done: Rescue) -> str:
    return _ROW.format(
        done.way.name,
        done.way.model,
        done.way.words,
        "yes" if done.recovered else "no",
        done.boots,
        f"{done.seconds:.0f}",
        visible(_then(done)),
    ).rstrip()


def _then(done: Rescue) -> str:
    """What the machine does after the repair: what its sensor says, or the crash."""
    if done.recovered:
        return done.sensor or "its shell says nothing about the sensor"
    return f"crashes at every start: STOP {done.stop}"


def _follow(way: Way, plan: RescuePlan, style: narration.Style) -> None:
    print(style.bold(f"== {way.words} =="))

    def listen(event: Event) -> None:
        if is_worth_a_line(event):
            print(narration.line(event, style), flush=True)

    done = rescue(way, plan, listen=listen)
    print()
    has_menu = policies.BY_NAME[way.model].has_boot_menu
    place = "boot menu" if has_menu else "recovery environment"
    print(style.bold(f"-- The console since the {place} started --"))
    print(_recovery_part(done.console, "BOOT MENU" if has_menu else "RECOVERY"))
    if done.recovered:
        print(f"The machine is running again: {visible(_then(done))}.")
    else:
        print(f"The machine is still in the crash loop. It {visible(_then(done))}.")


def _recovery_part(console: str, title: str = "RECOVERY") -> str:
    """The console text since the menu with this title came up.

    If it has more than 80 lines, only the first 50 and the last 20 are kept.
    """
    text = title + console.replace("\r", "").partition(title)[2]
    lines = text.splitlines()
    if len(lines) > 80:
        lines = [*lines[:50], f"... {len(lines) - 70} lines ...", *lines[-20:]]
    return "\n".join(f"  | {visible(line)}" for line in lines)
