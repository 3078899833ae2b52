"""What Windows does not have, or has otherwise, and what minios makes of it."""

from __future__ import annotations

import io
import json
import sys

import pytest

from minios.commands import lab, narration
from minios.visible import visible_json


class Terminal(io.StringIO):
    """What somebody may be looking at."""

    def isatty(self) -> bool:
        """Somebody is."""
        return True


def open_terminal(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """One on this host, of which no variable tells anything."""
    monkeypatch.setattr(sys, "platform", host)
    names = ("TERM", "TERM_PROGRAM", "WT_SESSION", "NO_COLOR", "TEXTUAL_DRIVER")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, Terminal())


@pytest.mark.parametrize(("host", "can"), [("win32", True), ("linux", False)])
def test_the_interface_opens_without_term_on_windows_alone(
    host: str, can: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No terminal there sets it. Elsewhere a terminal without a name cannot draw."""
    open_terminal(monkeypatch, host)

    assert lab.is_possible() == can
    monkeypatch.setenv("TERM", "dumb")
    assert not lab.is_possible()


def test_the_old_console_of_windows_gets_no_codes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would print them. Windows Terminal says that it is there."""
    open_terminal(monkeypatch, "win32")

    assert not narration.style(plain=False).colour
    monkeypatch.setenv("WT_SESSION", "any")
    assert narration.style(plain=False).colour


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "utf-8"])
def test_json_is_json_in_every_encoding(encoding: str) -> None:
    """A pipe on Windows is no UTF-8; what it lacks must not become a bad escape."""
    text = "\xe9 \u2603 \U0001f600 \xb7"
    line = visible_json(json.dumps(text, ensure_ascii=False))

    assert (
        json.loads(line.encode(encoding, "backslashreplace").decode(encoding)) == text
    )
