"""Every command explains itself: sentences, an example, and a word for each option."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Iterator

import pytest

from minios import cli
from minios.commands import table
from minios.lazy_parser import LazyParser, add_commands


def commands_of(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A command and all commands below it, with their arguments described."""
    if isinstance(parser, LazyParser) and parser.module:
        importlib.import_module(parser.module).add_parsers(parser)
        parser.module = ""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from commands_of(below)


def all_commands() -> list[argparse.ArgumentParser]:
    """Every command of `minios`."""
    root = LazyParser(prog="minios")
    add_commands(root, table.COMMANDS, required=False)
    return list(commands_of(root))[1:]


COMMANDS = {parser.prog: parser for parser in all_commands()}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_described_in_sentences(name: str) -> None:
    """From a capital letter, or the command's own words, to a full stop."""
    description = COMMANDS[name].description or ""

    assert re.fullmatch(r"[A-Z].*\.", description, re.DOTALL)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_shows_an_example(name: str) -> None:
    """A line that can be copied: it begins with the command itself."""
    lines = [line.strip() for line in (COMMANDS[name].epilog or "").splitlines()]

    assert [line for line in lines if f"{line} ".startswith(f"{name} ")]


@pytest.mark.parametrize("name", COMMANDS)
def test_an_argument_is_explained(name: str) -> None:
    """Each option and each place has words, in the help of its command."""
    silent = [
        action.dest
        for action in COMMANDS[name]._actions
        if not isinstance(action, argparse._SubParsersAction) and not action.help
    ]

    assert silent == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help_can_be_printed(name: str) -> None:
    """A percent sign in it would break it; and no line of ours is too long to read."""
    text = COMMANDS[name].format_help()
    own = f"{COMMANDS[name].description}\n{COMMANDS[name].epilog}"

    assert name in text
    assert [line for line in own.splitlines() if len(line) > 88] == []


def test_every_row_of_the_list_of_commands_is_a_sentence() -> None:
    """Here the words are all that a reader has."""
    rows = [
        row.help
        for parser in COMMANDS.values()
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for row in action._choices_actions
    ]
    rows += [words for _, words, _ in table.COMMANDS]

    assert [row for row in rows if not re.fullmatch(r"[A-Z].*\.", row or "")] == []


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["demo", "extra"], "minios demo"),
        (["lab", "--frobnicate"], "minios lab"),
        (["plugin", "new", "a", "b", "c"], "minios plugin new"),
        (["bpf", "run", "a", "b"], "minios bpf run"),
        (["bpf", "--frobnicate", "check", "a"], "minios bpf"),
    ],
    ids=" ".join,
)
def test_a_word_too_many_names_the_help_of_its_own_command(
    arguments: list[str], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """That of `minios` would not tell what the command takes."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)

    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{command}: unrecognized arguments: ")
    assert said.endswith(f"(see: {command} --help)\n")
