"""`minios demo`: give the same content file to two machines, and compare them."""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path
from typing import Final

from minios.abi import boot_options, policies
from minios.commands import comparison, narration, slow
from minios.errors import ScenarioError
from minios.lab import Event, content_files, json_schema, to_json
from minios.lab.content_files import ContentFile
from minios.lab.disk_files import make_folder, read_disk, require_room, write_disk
from minios.lab.narration import is_worth_a_line
from minios.lab.story import Plan, Story, tell
from minios.lazy_parser import Command
from minios.visible import visible

COMMAND: Final = Command(
    "demo",
    "Show one bad content file in two worlds: sensor in ring 0, sensor in ring 3.",
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

_SHOWN: Final = {"both": policies.COMPARED, "all": tuple(policies.BY_NAME)}
_DEFAULT_CONTENT: Final = "channel-291-bad"
_WORLDS: Final = "\n".join(
    textwrap.fill(f'In the world "{it.name}" the security sensor runs {it.runs}.', 85)
    for it in policies.POLICIES
)
_DISKS: Final = " and ".join(f"{name}.img" for name in policies.BY_NAME)
_OWN: Final = ("model", "seed")  # options that are arguments of the command itself
_OPTIONS: Final = [it.name for it in boot_options.BOOT_OPTIONS if it.name not in _OWN]
_DESCRIPTION: Final = f"""\
Give the same content file to two machines, and compare what becomes of them.
{_WORLDS}
The demo prints what happens, explains the crash, and ends with a table that compares
both worlds.
Use this command first: it shows in a few seconds what minios is about."""
_EXAMPLES: Final = """\
examples:
  minios demo                    both worlds with the bad file
  minios demo --model macos      one world alone
  minios demo --content channel-291-latent
                                 another content file
  minios demo --save-disk disks  keep the disks, to read the crash dump later
  minios demo --model windows --option after_fault=end_plugin
                                 what if the kernel went on after the fault?
  minios demo --slow             follow one event through the rings, step by step
  minios demo --json             print JSON, for a program to read"""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `minios demo`."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--model",
        choices=[*policies.BY_NAME, *_SHOWN],
        default="both",
        help="the world to show; both: windows and macos (default: both)",
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
        type=int,
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
    name, _, value = text.partition("=")
    if name in _OWN:
        own = f"{name} is an argument of its own: write --{name} {value}"
        raise argparse.ArgumentTypeError(own.rstrip())
    wrong = boot_options.trouble(name, value)
    if wrong:
        raise argparse.ArgumentTypeError(wrong)
    return name, value


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
    models = _SHOWN.get(arguments.model, (arguments.model,))
    if arguments.slow:
        return _slowly(arguments, models, content, disk)
    options = dict(arguments.option)
    plan = Plan(content, arguments.reboots, arguments.seed, disk, options)
    _require_room(models, arguments.save_disk)
    if arguments.json:
        for model in models:
            _save(tell(model, plan, listen=_print_json), arguments.save_disk)
        return 0
    style = narration.style(plain=arguments.plain)
    stories: list[Story] = []
    for model in models:
        print(narration.title(model, content, style))

        def listen(event: Event) -> None:
            if is_worth_a_line(event):
                print(narration.line(event, style), flush=True)

        stories.append(tell(model, plan, listen=listen))
        _save(stories[-1], arguments.save_disk)
        print()
    print(narration.why(stories, style))
    print(comparison.table(stories, style))
    if arguments.save_disk:
        _name_disks(models, arguments.save_disk)
    return 0


def _slowly(
    arguments: argparse.Namespace,
    models: tuple[str, ...],
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
            "a slow pass takes no options of the kernel",
            where="--option",
            advice="Leave out --slow, or --option",
        )
    style = narration.style(plain=arguments.plain)
    for model in models:
        followed = (
            slow.json_lines(model, content, arguments.seed, disk)
            if arguments.json
            else slow.lines(model, content, arguments.seed, disk, style)
        )
        for row in followed:
            print(row, flush=True)
    return 0


def _require_room(worlds: tuple[str, ...], folder: Path | None) -> None:
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
    return folder / f"{world}.img"


def _name_disks(models: tuple[str, ...], folder: Path) -> None:
    print()
    for model in models:
        image = _image(model, folder)
        name = visible(image)
        print(f"The disk of {model} is saved as {name}. Try: minios inspect {name}")


def _print_json(event: Event) -> None:
    print(to_json(event), flush=True)
