"""`minios events`: every type of security event, one in full, and what is absent."""

from __future__ import annotations

import json

import pytest

from minios import cli
from minios.abi.endpoint_security import ENDPOINT_SECURITY
from minios.abi.security_events import SECURITY_EVENTS, SecurityEvent


def test_the_table_has_every_type(capsys: pytest.CaptureFixture[str]) -> None:
    """With its number and where it comes from, and no line is too wide."""
    assert cli.main(["events"]) == 0

    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines[1 : 1 + len(SECURITY_EVENTS)]]
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        (str(at), it.name, it.posted_by.removesuffix(".c"))
        for at, it in enumerate(SECURITY_EVENTS)
    ]
    assert max(map(len, lines)) < 80


def test_json_gives_all_of_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line."""
    assert cli.main(["events", "pipe_open", "--json"]) == 0

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "name": "PIPE_OPEN",
        "number": [it.name for it in SECURITY_EVENTS].index("PIPE_OPEN"),
        "kind": "NOTIFY",
        "words": "a client opened a named pipe",
        "subject": "pipe",
        "fields": {
            "open_count": "how often it has been opened",
            "bytes_waiting": "written and not yet read",
            "server_id": "process id of its owner",
            "server": "program name of its owner",
            "name": "",
        },
        "posted_by": "minios/kernel/ipc/pipe.c",
        "is_apples": False,
        "since": None,
    }


@pytest.mark.parametrize("event", SECURITY_EVENTS, ids=lambda it: it.name)
def test_a_type_is_told_in_full(
    capsys: pytest.CaptureFixture[str], event: SecurityEvent
) -> None:
    """By its name in any case: whether it is asked, whose it is, and its fields."""
    assert cli.main(["events", event.name.lower()]) == 0

    out = capsys.readouterr().out
    assert out.startswith(f"{event.name}: {event.words}\n")
    assert ("waits for the verdicts" in " ".join(out.split())) == event.is_asked
    assert (f"ES_EVENT_TYPE_{event.name}" in out) == (event.apple is not None)
    assert max(map(len, out.splitlines())) < 80


def test_a_type_of_macos_is_here_or_in_the_list_of_absent_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In one of the two, and never in both."""
    assert cli.main(["events", "--absent", "--json"]) == 0

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    absent = [it["name"] for it in told]
    here = [it.name for it in SECURITY_EVENTS if it.apple is not None]
    assert sorted(absent + here) == sorted(it.name for it in ENDPOINT_SECURITY)


def test_what_is_absent_is_grouped_by_the_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And counted."""
    assert cli.main(["events", "--absent"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "Apple has not documented it." in lines
    assert lines[-1].endswith("162 types of macOS are absent here.")
    assert max(map(len, lines)) < 80


def test_an_unknown_type_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It offers the nearest name."""
    assert cli.main(["events", "pipe_opn"]) == 2

    err = capsys.readouterr().err
    assert "there is no type of event 'PIPE_OPN'. Did you mean PIPE_OPEN? " in err
