"""`minios plugin new|build|check|reference`: write plugins of your own."""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import Final

from minios import paths
from minios.abi import bpf, syscalls
from minios.abi.plugins import Form, Kind
from minios.abi.security_events import EVENT_TYPE
from minios.bpf import image as bytecode_image
from minios.commands import plugin_check, plugin_template
from minios.errors import ImageError, ScenarioError
from minios.image import elf, manifest, plugins, reference
from minios.image.plugins import BuiltPlugin, PluginImage
from minios.lazy_parser import Command, Subcommand, add_subcommands
from minios.visible import visible

COMMAND: Final = Command(
    "plugin",
    "Write a plugin of your own: new, build, check, reference.",
    place=110,
    uses=(
        (
            "begin a plugin, compile it, look for mistakes",
            "`plugin new mine`, `plugin build mine`, `plugin check mine`",
        ),
    ),
)

# Those that share their sources and need no device: for one that does, drivers/lamps is
# the plugin to copy.
_SIMPLE: Final = tuple(
    kind
    for kind in Kind
    if kind.row.form is not Form.BYTECODE and not kind.row.has_device
)
_KINDS: Final = {
    **{kind.value: (kind,) for kind in _SIMPLE},
    "both": _SIMPLE,
    Kind.BPF.value: (Kind.BPF,),
}
_ITS_FOLDER: Final = "the plugin's folder (default: this folder)"
_DESCRIPTION: Final = """\
Write a plugin of your own.
A plugin is a folder with a plugin.toml and C files. It is built as a driver, which runs
in ring 0, as an extension, which runs in ring 3, or as both. Or it has eBPF programs,
which the kernel verifies.
Begin with `minios plugin new`: it writes a small plugin that works."""
_EXAMPLES: Final = """\
examples:
  minios plugin new mine --kind both     write a new plugin into ./mine
  minios plugin build mine               compile it
  minios plugin check mine               compile it, and look for mistakes
  minios lab --plugin mine               open a lab in which it runs"""
_NEW: Final = """\
The new folder holds plugin.toml, a C file that counts events, a scenario that tests
it, and a README with the next commands. All of it works: change it step by step."""
_BUILD: Final = """\
Mistakes are shown with file and line. The C compiler comes with:
  pip install "minios[plugins]"
The build reads nothing but the plugin's folder, so you can build what others wrote."""
_CHECK: Final = """\
It builds the plugin, compares what it calls with its plugin.toml, and runs each
scenario in its folder (*.scenario.toml). The exit code is 1 if something is wrong."""
_REFERENCE: Final = """\
The page lists each function, structure, event and right that a plugin can use."""


def add_parsers(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the `plugin` parser."""
    parser.description = _DESCRIPTION
    parser.epilog = _EXAMPLES
    add_subcommands(parser, _COMMANDS)


def _describe_new(parser: argparse.ArgumentParser) -> None:
    names = {
        "events for plugin.toml": [name for name, _, _ in EVENT_TYPE.rows],
        "rights for plugin.toml": [name for name, bit, _ in syscalls.RIGHTS if bit],
    }
    for words, known in names.items():
        listed = textwrap.fill(f"{words}: {', '.join(known)}", 79)
        parser.epilog = f"{parser.epilog}\n\n{listed}"
    parser.add_argument(
        "name", metavar="NAME", help="one to eight letters and digits, in lower case"
    )
    parser.add_argument(
        "--kind",
        choices=_KINDS,
        default="both",
        help=f"{', '.join(f'{it.value}: ring {it.row.ring}' for it in _SIMPLE)}"
        "; bpf: programs that the kernel verifies (default: both)",
    )
    _add_folder(parser, "where to write it (default: a folder NAME in this one)", None)
    parser.set_defaults(run=run_new)


def _describe_build(parser: argparse.ArgumentParser) -> None:
    _add_folder(parser, _ITS_FOLDER, Path())
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="also write the images into this folder, which is made if needed",
    )
    parser.set_defaults(run=run_build)


def _describe_check(parser: argparse.ArgumentParser) -> None:
    _add_folder(parser, _ITS_FOLDER, Path())
    parser.set_defaults(run=run_check)


def _describe_reference(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=run_reference)


def _add_folder(
    parser: argparse.ArgumentParser, words: str, default: Path | None
) -> None:
    parser.add_argument(
        "folder", nargs="?", type=Path, default=default, metavar="FOLDER", help=words
    )


def run_new(arguments: argparse.Namespace) -> int:
    """Write a new plugin. Returns 0."""
    name: str = arguments.name
    folder: Path = arguments.folder or Path(name)
    manifest.require_name(name, "plugin new")
    if (paths.DRIVERS / name / manifest.FILE_NAME).exists():
        raise ScenarioError(
            f"minios has a plugin {name!r} already",
            where="plugin new",
            advice="Choose another name, or copy that plugin from drivers/",
        )
    try:
        folder.mkdir(parents=True)
        for file, text in plugin_template.files(name, _KINDS[arguments.kind]).items():
            (folder / file).write_text(text, encoding="utf-8", newline="\n")
    except FileExistsError as error:
        raise ScenarioError(
            "the folder exists already",
            where=visible(folder),
            advice="Name a new one: minios plugin new NAME FOLDER",
        ) from error
    except (OSError, ValueError) as error:
        raise ScenarioError(
            f"the plugin cannot be written: {getattr(error, 'strerror', error)}",
            where=visible(folder),
            advice="Name another folder: minios plugin new NAME FOLDER",
        ) from error
    print(f"written: {visible(folder)}")
    print(f'next: minios plugin check "{visible(folder)}"')
    return 0


def run_build(arguments: argparse.Namespace) -> int:
    """Build a plugin, and print its images. Returns 1 if it cannot be built."""
    plugin = _build(arguments.folder)
    if plugin is None:
        return 1
    for image in plugin.images:
        print(f"built {_described(image)}")
        if arguments.output:
            _write(arguments.output / image.name, image.bare)
    return 0


def run_check(arguments: argparse.Namespace) -> int:
    """Build a plugin and look for mistakes. Returns 1 if there is one."""
    plugin = _build(arguments.folder)
    if plugin is None:
        return 1
    for image in plugin.images:
        print(f"good: {_described(image)}")
    mistakes = plugin_check.mistakes(plugin)
    for mistake in mistakes:
        print(f"wrong: {visible(mistake)}")
    for note in plugin_check.notes(plugin, arguments.folder):
        print(f"note: {visible(note)}")
    has_failed = _run_scenarios(arguments.folder)
    return int(bool(mistakes) or has_failed)


def _run_scenarios(folder: Path) -> bool:
    """Run the scenarios that lie beside plugin.toml. Returns whether one has failed."""
    from minios.commands import run  # noqa: PLC0415 - slow; the other commands
    from minios.testing.scenarios import SUFFIX  # noqa: PLC0415 - ... do without

    files = sorted(folder.glob(f"*{SUFFIX}"))
    parser = argparse.ArgumentParser()
    run.add_parsers(parser)
    arguments = parser.parse_args(["--", *map(str, files)])
    return bool(files) and run.run(arguments) != 0


def run_reference(_: argparse.Namespace) -> int:
    """Print the reference page. Returns 0."""
    print(reference.page_text(), end="")
    return 0


def _build(folder: Path) -> BuiltPlugin | None:
    """Build, or print why it cannot be done, line by line."""
    _require_manifest(folder)
    try:
        plugin = plugins.build(folder)
    except ImageError as error:
        for line in str(error).splitlines():
            print(visible(line), file=sys.stderr)
        return None
    for line in plugin.warnings:
        print(visible(line), file=sys.stderr)
    return plugin


def _require_manifest(folder: Path) -> None:
    """Raise ImageError if no plugin is named: then nothing is wrong with a plugin."""
    try:
        (folder / manifest.FILE_NAME).lstat()
    except (FileNotFoundError, NotADirectoryError) as error:
        what = "there is no such folder"
        if folder.exists():
            file = manifest.FILE_NAME
            what = f"the folder has no {file}" if folder.is_dir() else "it is no folder"
        raise ImageError(
            what,
            where=visible(folder),
            advice="Name the folder of a plugin; `minios plugin new mine` writes one",
        ) from error
    except (OSError, ValueError):
        return  # the build says why


def _described(image: PluginImage) -> str:
    if image.kind.row.form is Form.BYTECODE:
        return f"{image.name}: {_described_bytecode(image.bare)}"
    sections = elf.parse(image.bare, Path(image.name)).sections
    code = sum(it.size for it in sections if it.executable)
    data = sum(it.size for it in sections if not it.executable)
    ring = image.kind.row.ring
    return f"{image.name} for ring {ring}: {code} bytes of code, {data} of data"


def _described_bytecode(content: bytes) -> str:
    found = bytecode_image.unpack(content)
    size = sum(len(it.code) for it in found.programs) // bpf.BPF_INSTRUCTION.size
    parts = (
        (len(found.programs), "eBPF program"),
        (size, "instruction"),
        (len(found.maps), "map"),
    )
    words = [f"{count} {what}{'' if count == 1 else 's'}" for count, what in parts]
    return f"{words[0]} with {words[1]}, and {words[2]}"


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except (OSError, ValueError) as error:
        raise ScenarioError(
            f"the image cannot be written: {getattr(error, 'strerror', error)}",
            where=visible(path),
            advice="Name another folder with --output",
        ) from error


_COMMANDS: Final = (
    Subcommand("new", "Write a new plugin that works.", _NEW, "mine", _describe_new),
    Subcommand("build", "Compile a plugin.", _BUILD, "mine", _describe_build),
    Subcommand(
        "check", "Look for mistakes in a plugin.", _CHECK, "mine", _describe_check
    ),
    Subcommand(
        "reference", "Print what a plugin can use.", _REFERENCE, "", _describe_reference
    ),
)
