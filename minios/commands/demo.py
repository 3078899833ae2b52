"""`minios demo`: give the same content file to several machines, and compare them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import Final

from msgspec.structs import replace as replace_fields

from minios.abi import boot_options, policies
from minios.commands import comparison, narration, slow
from minios.errors import ScenarioError
from minios.lab import (
    Event,
    content_files,
    idle_options,
    json_schema,
    sensors,
    to_json,
)
from minios.lab.content_files import ContentFile
from minios.lab.disk_files import make_folder, read_disk, require_room, write_disk
from minios.lab.narration import is_worth_a_line
from minios.lab.setup import Setup
from minios.lab.story import Plan, Story, tell, world_of
from minios.lazy_parser import Command
from minios.visible import visible

COMMAND: Final = Command(
    "demo",
    "Show what one bad content file does in each world: Windows, macOS and Linux.",
    place=20,
    uses=(
        (
            "load a file with the same bug that does no harm",
            "`demo --content channel-291-latent`",
        ),
        (
            "get another stop code from the same bug",
            "`demo --content channel-291-bad-user-half`",
        ),
        (
            "follow one event through the rings, step by step",
            "`demo --slow`",
        ),
        (
            "let the kernel go on after the fault",
            "`demo --model windows --option after_fault=end_plugin`",
        ),
        (
            "compare all worlds, and each form of the sensor on Linux",
            "`demo --model all`; one: `demo --model linux --sensor bpf-checked`",
        ),
        (
            "read without colours",
            "`demo --plain`; one world alone: `demo --model macos`",
        ),
        (
            "give the events to a program",
            "`demo --json`",
        ),
    ),
    interrupted="demo",
)

_SEVERAL: Final = {"both": policies.COMPARED, "all": tuple(policies.BY_NAME)}
_DEFAULT_CONTENT: Final = "channel-291-bad"
_WORLDS: Final = "\n".join(f"  {it.name:8} {it.words}" for it in policies.POLICIES)
_DISKS: Final = " and ".join(f"{name}.img" for name in policies.BY_NAME)
_OWN: Final = ("model", "seed")  # options that are arguments of the command itself
_OPTIONS: Final = [it.name for it in boot_options.BOOT_OPTIONS if it.name not in _OWN]
_AFTER_FAULTS: Final = "\n".join(
    f"  {it.name:14} {it.words}" for it in policies.AFTER_FAULTS
)
_ON_CALLER: Final = " and ".join(
    it.name for it in policies.POLICIES if it.hooks_on_caller
)
_DESCRIPTION: Final = f"""\
Give the same content file to one machine or several, and see what becomes of them.
Each is a world with its own idea of what third-party code may do:
{_WORLDS}
On Linux the security sensor has several forms, and `--sensor` chooses one:
{sensors.LISTED}
The demo prints what happens, explains what went wrong, and ends with a table: what
happened in each world, and what it cost the machine.
Use this command first: it shows in a few seconds what minios is about."""
_EXAMPLES: Final = f"""\
examples:
  minios demo                    both worlds with the bad file
  minios demo --model macos      one world alone
  minios demo --model all        all worlds, and all forms of the sensor
  minios demo --model linux      a module that faults: the machine limps
  minios demo --model linux --sensor bpf-naive
                                 the sensor as eBPF programs: they are refused
  minios demo --model linux --option panic_on_oops=1 --option panic=1
                                 what if the first oops stopped the machine?
  minios demo --content channel-291-latent
                                 another content file
  minios demo --save-disk disks  keep the disks, to read the crash dump later
  minios demo --model windows --option after_fault=end_plugin
                                 what if the kernel went on after the fault?
  minios demo --slow             follow one event through the rings, step by step
  minios demo --json             print JSON, for a program to read

The option after_fault says what the kernel does after a fault in ring 0. Without it
the kernel does what the model does:
{_AFTER_FAULTS}
In {_ON_CALLER} a driver runs on the thread of whoever caused the event. So end_plugin
ends that task there, and no plugin."""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios demo`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--model",
        choices=[*policies.BY_NAME, *_SEVERAL],
        default="both",
        help="the world to show; both: windows and macos; all: also linux, with each"
        " form of the sensor (default: both)",
    )
    parser.add_argument(
        "--sensor",
        choices=list(sensors.BY_NAME),
        default="",
        help="the form of the sensor in the world linux (default: a module)",
    )
    parser.add_argument(
        "--content",
        default=_DEFAULT_CONTENT,
        metavar="NAME|FILE",
        help="the content file to push to the machines: the path of a file, such as a "
        "source in TOML, or one of"
        f" {', '.join(content_files.shipped())} (default: %(default)s)",
    )
    parser.add_argument(
        "--disk",
        type=Path,
        metavar="FILE",
        help="start the machines from this disk image, not from a new one",
    )
    parser.add_argument(
        "--save-disk",
        type=Path,
        metavar="FOLDER",
        help=f"save the disk of each world as {_DISKS} in this folder",
    )
    parser.add_argument(
        "--reboots",
        type=_boots,
        default=3,
        metavar="N",
        help="stop watching a crash loop after this many boots, 1 to 100 (default: 3)",
    )
    parser.add_argument(
        "--seed",
        type=_seed,
        default=1,
        metavar="N",
        help="the seed for the times of the pipe events: the same seed gives the same"
        " run (default: 1)",
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        type=_option,
        metavar="NAME=VALUE",
        help="a word for the kernel's command line, such as after_fault=end_task; may"
        f" be repeated. There are {', '.join(_OPTIONS)}",
    )
    parser.add_argument(
        "--slow",
        action="store_true",
        help="follow one pipe event through the rings, step by step: first with the"
        " usual content, then with the file of --content",
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help="print no colours and no columns, for screen readers",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on each line"
    )
    parser.add_argument(
        "--schema", action="store_true", help="print the JSON Schema of --json and stop"
    )
    parser.set_defaults(run=run)


def _option(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if name in _OWN:
        own = f"{name} is an argument of its own: write --{name} {value}"
        raise argparse.ArgumentTypeError(own.rstrip())
    wrong = boot_options.trouble(name, value)
    if wrong and not mark and name in _OPTIONS:
        wrong = f"{name} has no value: write {name}=VALUE; {wrong}"
    if wrong:
        raise argparse.ArgumentTypeError(wrong)
    return name, value


def _seed(text: str) -> int:
    wrong = boot_options.trouble("seed", text)
    if wrong:
        raise argparse.ArgumentTypeError(wrong)
    return int(text)


def _boots(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a whole number between 1 and 100"
        )
    return number


def run(arguments: argparse.Namespace) -> int:
    """Show the worlds. Returns 0, whatever happened in them."""
    if arguments.schema:
        described = slow.schema() if arguments.slow else json_schema()
        print(json.dumps(described, indent=2))
        return 0
    content = content_files.find(arguments.content)
    disk = read_disk(arguments.disk) if arguments.disk else None
    if arguments.slow:
        return _slowly(arguments, content, disk)
    options = dict(arguments.option)
    plan = Plan(content, arguments.reboots, arguments.seed, disk, options)
    shown = _worlds(arguments)
    _require_room(list(starmap(world_of, shown)), arguments.save_disk)
    if arguments.json:
        _tell_as_json(shown, plan, arguments.save_disk)
        return 0
    style = narration.style(plain=arguments.plain)
    stories: list[Story] = []

    def say(event: Event) -> None:
        if is_worth_a_line(event):
            print(narration.line(event, style), flush=True)

    for model, sensor in shown:
        print(narration.title(model, content, style, sensor))
        for note in _notes(model, plan):
            print(narration.wrapped(f"Note: {note}"))
        stories.append(tell(model, replace(plan, sensor=sensor), listen=say))
        _save(stories[-1], arguments.save_disk)
        print()
    if why := narration.why(stories, style):
        print(why)
    print(comparison.table(stories, style))
    if arguments.save_disk:
        _name_disks([it.world for it in stories], arguments.save_disk)
    return 0


def _tell_as_json(
    shown: Sequence[tuple[str, str]], plan: Plan, folder: Path | None
) -> None:
    for model, sensor in shown:
        for note in _notes(model, plan):
            print(f"minios demo: {note}", file=sys.stderr)
        listen = partial(_print_json, world_of(model, sensor))
        _save(tell(model, replace(plan, sensor=sensor), listen=listen), folder)


def _notes(model: str, plan: Plan) -> Sequence[str]:
    """Which options change nothing there. A disk of one's own may use any of them."""
    return () if plan.disk else tuple(idle_options.notes(model, plan.options))


def _worlds(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """The models to show, each with a form of its sensor, "" for the only one.

    Raises ScenarioError if a form was named, and no model has a choice.
    """
    models = _SEVERAL.get(arguments.model, (arguments.model,))
    able = [it for it in models if sensors.has_forms(it)]
    if arguments.sensor and not able:
        raise ScenarioError(
            f"the sensor has no forms to choose from in {' and '.join(models)}",
            where="--sensor",
            advice="Add --model linux, or leave out --sensor",
        )
    if arguments.sensor:
        return [(it, arguments.sensor if it in able else "") for it in models]
    if len(models) == 1 or arguments.disk:  # a disk has a service list of its own
        return [(it, "") for it in models]
    return [
        (model, sensor)
        for model in models
        for sensor in (sensors.BY_NAME if model in able else ("",))
    ]


def _slowly(
    arguments: argparse.Namespace,
    content: ContentFile,
    disk: bytes | None,
) -> int:
    """Follow one event in each world."""
    if arguments.save_disk is not None:
        raise ScenarioError(
            "no disk is saved after a slow pass",
            where="--save-disk",
            advice="Leave out --slow, or --save-disk",
        )
    if arguments.option:
        raise ScenarioError(
            "a slow pass takes no --option",
            where="--option",
            advice="Leave out --slow, or --option",
        )
    style = narration.style(plain=arguments.plain)
    for model, sensor in _worlds(arguments):
        starts = sensors.services(model, sensor, {})
        setup = Setup(model, seed=arguments.seed, disk=disk, services=starts)
        world = world_of(model, sensor)
        followed = (
            slow.json_lines(world, setup, content)
            if arguments.json
            else slow.lines(world, setup, content, style)
        )
        for row in followed:
            print(row, flush=True)
    return 0


def _require_room(worlds: Sequence[str], folder: Path | None) -> None:
    """Raise DiskError before the run if the disks could not be saved after it."""
    if folder is not None:
        make_folder(folder)
        for world in worlds:
            require_room(_image(world, folder))


def _save(story: Story, folder: Path | None) -> None:
    """Save the disk of a world, if `--save-disk` names a folder."""
    if folder is not None:
        write_disk(_image(story.world, folder), story.disk.contents())


def _image(world: str, folder: Path) -> Path:
    return folder / f"{world.replace(' ', '-')}.img"


def _name_disks(worlds: Sequence[str], folder: Path) -> None:
    print()
    for world in worlds:
        image = _image(world, folder)
        name = visible(image)
        print(f"The disk of {world} is saved as {name}. Try: minios inspect {name}")


def _print_json(world: str, event: Event) -> None:
    print(to_json(replace_fields(event, world=world)), flush=True)
