"""The command line reports a mistake in a line, and a bug as a bug."""

from __future__ import annotations

import argparse
import subprocess
import sys
import types

import pytest

import minios
from minios import cli
from minios.commands import table
from minios.errors import ScenarioError


def install(monkeypatch: pytest.MonkeyPatch, outcome: BaseException | int) -> None:
    """Make `minios toy` a command that returns a number or raises an error."""

    def run(_arguments: argparse.Namespace) -> int:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    module = types.ModuleType("toy_commands")
    vars(module)["add_parsers"] = lambda parser: parser.set_defaults(run=run)
    monkeypatch.setitem(sys.modules, "toy_commands", module)
    monkeypatch.setattr(cli, "COMMANDS", (("toy", "a toy", "toy_commands"),))


@pytest.mark.parametrize("code", [0, 1, 7])
def test_a_command_decides_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Scripts can rely on it."""
    install(monkeypatch, code)

    assert cli.main(["toy"]) == code


def test_an_authors_mistake_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What, where, what to do next; no traceback."""
    install(monkeypatch, ScenarioError("is empty", where="a.toml", advice="Fill it"))

    assert cli.main(["toy"]) == 2
    assert capsys.readouterr().err == "minios: a.toml: is empty. Fill it\n"


def test_a_bug_is_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hiding it would only move the question elsewhere."""
    install(monkeypatch, ZeroDivisionError())

    with pytest.raises(ZeroDivisionError):
        cli.main(["toy"])


def test_control_c_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the exit code that shells give it."""
    install(monkeypatch, KeyboardInterrupt())

    assert cli.main(["toy"]) == 130
    assert capsys.readouterr().err == ""


def test_a_reader_that_goes_away_is_no_bug() -> None:
    """`minios ... | head` ends without a traceback."""
    code = (
        "import sys, minios.cli as cli, types\n"
        "def run(_):\n"
        "    for _ in range(100000): print('x' * 100)\n"
        "    return 0\n"
        "m = types.ModuleType('toy')\n"
        "m.add_parsers = lambda p: p.set_defaults(run=run)\n"
        "sys.modules['toy'] = m\n"
        "cli.COMMANDS = (('toy', 'a toy', 'toy'),)\n"
        "sys.exit(cli.main(['toy']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read()

    assert (process.returncode, complaint) == (141, b"")


def test_without_a_command_the_help_names_all_of_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With a line of words for each."""
    assert cli.main([]) == 0

    text = capsys.readouterr().out
    assert [name for name, _, _ in table.COMMANDS if name not in text] == []


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    """`minios --version`."""
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])

    assert capsys.readouterr().out == f"minios {minios.__version__}\n"


@pytest.mark.parametrize("arguments", [["nonsense"], ["dev"], ["dev", "nonsense"]])
def test_a_wrong_command_is_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """And one line says what is wrong and where to look."""
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)

    message = capsys.readouterr().err
    assert len(message.splitlines()) == 1
    assert "--help" in message
