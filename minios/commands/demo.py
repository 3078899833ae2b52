"""`minios demo`: both worlds, the same file, one after the other, then side by side.

minios demo                                  both worlds, the bad file
minios demo --model macos --content channel-291-latent
minios demo --save-disk disks                keep the disks, with the dump of the crash
minios demo --json                           one JSON object a line
minios demo --schema                         the JSON Schema of such a line
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final

from minios.abi import policies
from minios.commands import comparison, narration
from minios.lab import Event, content_files, json_schema, to_json
from minios.lab.disk_files import make_folder, read_disk, require_room, write_disk
from minios.lab.story import Plan, Story, tell
from minios.visible import visible

_DEFAULT_CONTENT: Final = "channel-291-bad"


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """The arguments of `minios demo`."""
    parser.epilog = __doc__.partition("\n\n")[2] if __doc__ else None
    parser.add_argument(
        "--model",
        choices=[*policies.BY_NAME, "both"],
        default="both",
        help="which world to show (default: both)",
    )
    parser.add_argument(
        "--content",
        default=_DEFAULT_CONTENT,
        metavar="NAME|FILE",
        help=f"what to push: {', '.join(content_files.shipped())}, or a path",
    )
    parser.add_argument(
        "--disk",
        type=Path,
        metavar="FILE",
        help="boot from this disk image instead of a fresh one",
    )
    parser.add_argument(
        "--save-disk",
        type=Path,
        metavar="FOLDER",
        help="write the disk of each world there at its end, as WORLD.img",
    )
    parser.add_argument(
        "--reboots",
        type=_boots,
        default=3,
        metavar="N",
        help="how many boots of a crash loop to watch (default: 3)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="N",
        help="chooses the rhythm of the pipe events (default: 1)",
    )
    parser.add_argument(
        "--plain", action="store_true", help="no colours, no columns: one line an event"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument(
        "--schema", action="store_true", help="print the JSON Schema of --json and stop"
    )
    parser.set_defaults(run=run)


def _boots(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 1 and 100")
    return number


def run(arguments: argparse.Namespace) -> int:
    """Show the worlds; 0 whatever became of them."""
    if arguments.schema:
        print(json.dumps(json_schema(), indent=2))
        return 0
    content = content_files.find(arguments.content)
    disk = read_disk(arguments.disk) if arguments.disk else None
    models = (
        tuple(policies.BY_NAME) if arguments.model == "both" else (arguments.model,)
    )
    plan = Plan(content, arguments.reboots, arguments.seed, disk)
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
            if narration.is_worth_a_line(event):
                print(narration.line(event, style), flush=True)

        stories.append(tell(model, plan, listen=listen))
        _save(stories[-1], arguments.save_disk)
        print()
    for story in stories:
        print(narration.why(story, style))
    print(comparison.table(stories, style))
    if arguments.save_disk:
        _name_disks(models, arguments.save_disk)
    return 0


def _require_room(worlds: tuple[str, ...], folder: Path | None) -> None:
    """Raises DiskError now if the disks could not be written in the end."""
    if folder is not None:
        make_folder(folder)
        for world in worlds:
            require_room(_image(world, folder))


def _save(story: Story, folder: Path | None) -> None:
    """Write the world's disk, if a folder was named."""
    if folder is not None:
        write_disk(_image(story.world, folder), story.disk.contents())


def _image(world: str, folder: Path) -> Path:
    return folder / f"{world}.img"


def _name_disks(models: tuple[str, ...], folder: Path) -> None:
    print()
    for model in models:
        image = _image(model, folder)
        name = visible(image)
        print(f"The disk of {model}: {name}  (try: minios inspect {name})")


def _print_json(event: Event) -> None:
    print(to_json(event), flush=True)
