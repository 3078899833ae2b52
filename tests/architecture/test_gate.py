"""`minios dev check` is one gate for everybody, and says which part of it is shut."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from minios import cli
from minios.dev import check
from minios.dev.check import Check

ROOT = Path(__file__).parents[2]


def says(code: int, words: str) -> Check:
    """A gate whose command prints some words and ends with a code."""
    script = f"print({words!r}); raise SystemExit({code})"
    return Check(words, lambda _root: [sys.executable, "-c", script])


@pytest.mark.parametrize("gate", check.GATES, ids=lambda gate: gate.name)
def test_every_gate_has_its_tool(gate: Check) -> None:
    """All of them come with the development dependencies."""
    program = gate.command(ROOT)[0]

    assert (
        shutil.which(program, path=Path(sys.executable).parent)
        or Path(program).exists()
    )


def test_one_shut_gate_does_not_hide_the_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them run; only what is shut shows its output and is named at the end."""
    gates = (says(1, "apples"), says(0, "pears"), says(2, "plums"))
    monkeypatch.setattr(check, "GATES", gates)

    assert cli.main(["dev", "check"]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert "pears" not in lines
    assert {"apples", "plums", "pears ... yes"} <= set(lines)
    assert lines[-2:] == ["failed: apples", "failed: plums"]


@pytest.mark.parametrize(
    ("options", "tests"),
    [
        (["--quick"], []),
        ([], ["the tests pass"]),
        (["--deep"], ["the tests pass", "the deep tests pass"]),
    ],
)
def test_the_tests_are_what_can_be_left_out(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    tests: list[str],
) -> None:
    """Everything else takes seconds, and is always looked at."""
    command = says(0, "").command
    gates = [replace(gate, command=command) for gate in check.GATES]
    monkeypatch.setattr(check, "GATES", gates)

    assert cli.main(["dev", "check", *options]) == 0

    ran = [it.partition(" ...")[0] for it in capsys.readouterr().out.splitlines()]
    assert [it for it in ran if "tests pass" in it] == tests
    assert {it.name for it in gates if it.quick} <= set(ran)


def test_generated_c_is_not_held_to_the_format() -> None:
    """Its generator lays it out; everything that people write is checked."""
    command = next(g for g in check.GATES if g.name == "C is formatted").command(ROOT)

    files = {Path(name).as_posix() for name in command if name.endswith((".c", ".h"))}
    assert "minios/abi/include/minios/plugin.h" in files
    assert "minios/kernel/main.c" in files
    assert "minios/abi/include/minios/abi.h" not in files
