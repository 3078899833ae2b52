r"""What comes from a guest, a disk or a file cannot act on the terminal.

One hostile text goes through every printer. It would clear the screen, set the title of
the window, ring, turn the writing round, and begin lines that look like events.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import types
import typing
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from minios import cli
from minios.commands import comparison, crimes, demo, inspect, narration, recover
from minios.disk import make_image
from minios.dump import records, sources
from minios.dump.sources import Source
from minios.errors import ScenarioError
from minios.lab import events, to_json
from minios.lab.content_files import ContentFile
from minios.lab.crimes import CRIMES
from minios.lab.events import Event, Hex
from minios.lab.explain import describe
from minios.lab.explanation import Explanation, Section
from minios.lab.gallery import Trial
from minios.lab.rescue import WAYS, Rescue
from minios.lab.story import Plan, Story, tell
from minios.plain.asking import Asking
from minios.tui.app import MiniosApp
from minios.tui.capture import coloured
from minios.tui.screens.dialogs import ErrorScreen
from minios.visible import visible, visible_json

EVIL: Final = (
    "evil\x1b[2J\x1b]0;title\x07\x9b2J\x85\x7f\x00\r\n  0.000001 s  ring 0   forged"
    "\u2028\u202e\u200b\ufeff{x}[red]"
)
PLAIN: Final = narration.Style(colour=False, plain=True)
FORGED: Final = "  0.000001 s  ring 0   forged"


def is_harmless(text: str) -> bool:
    """Whether a terminal would only show it."""
    return all(unicodedata.category(c) not in _UNSEEN for c in text if c != "\n")


_UNSEEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def say(text: str) -> None:
    """On standard output."""
    sys.stdout.write(text + "\n")


def value_of(kind: object) -> Any:  # noqa: ANN401 - of any type
    """Something for a field of a record: hostile if it is a text."""
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is tuple:
        return tuple(value_of(it) for it in arguments)
    if isinstance(kind, types.UnionType):
        return value_of(arguments[0])
    assert isinstance(kind, type)
    return EVIL if kind is str else kind(1)


def record(kind: type[Event]) -> Event:
    """A record of which every text is hostile."""
    hints = typing.get_type_hints(kind)
    fields = {name: value_of(hints[name]) for name in kind.__struct_fields__}
    return kind(**fields)


KINDS: Final[tuple[type[Event], ...]] = typing.get_args(Event)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_record_is_one_harmless_line(kind: type[Event]) -> None:
    """In the demonstration, in the timeline, and as JSON, which still says the same."""
    event = record(kind)

    for line in (describe(event), narration.line(event, PLAIN), to_json(event)):
        assert is_harmless(line)
        assert "\n" not in line
    told = json.loads(to_json(event))
    for name in kind.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, str):
            assert told[name] == value


def story() -> Story:
    """How a world fared in which everybody lies about their name."""
    told = tell("macos", Plan("channel-291-good"))
    crash = record(events.DeathEvent)
    assert isinstance(crash, events.DeathEvent)
    ended = replace_fields(told.end, deaths=1, bugchecks=0)
    return replace(
        told,
        world="macos",
        crash=crash,
        why=explanation(),
        end=ended,
        events=tuple(record(kind) for kind in KINDS),
        screen=(EVIL,),
    )


def replace_fields(event: Any, **fields: object) -> Any:  # noqa: ANN401 - a record
    """The record with other values."""
    known = {name: getattr(event, name) for name in event.__struct_fields__}
    return type(event)(**known | fields)


def explanation() -> Explanation:
    """Why, in the words of a guest."""
    return Explanation((EVIL,), (EVIL,), (Section(EVIL, (EVIL, "second")),))


def complaint() -> None:
    """An error that names what a file says."""

    def fail(_: object) -> int:
        raise ScenarioError(EVIL, where=EVIL, advice=EVIL)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "_dispatch", fail)
        assert cli.main(["toy"]) == 2


def wrong_word() -> None:
    """A word of the command line, pasted from somewhere."""
    with pytest.raises(SystemExit):
        cli.main(["lab", "windows", EVIL])


def listing() -> None:
    """The dumps on a disk, whose names are a guest's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "listing", lambda _: (Source(EVIL, b""),))
        inspect.run(arguments(list=True))


def arguments(**given: object) -> argparse.Namespace:
    """Arguments of `minios inspect`."""
    known = {"schema": False, "path": Path(EVIL), "json": False, "file": ""}
    return argparse.Namespace(**known, **given)


def trial() -> Trial:
    """A crime that ended otherwise than anybody thought."""
    crime = CRIMES[0]
    return Trial(crime, crime.scenes[0], EVIL)


def rescue() -> Rescue:
    """A rescue after which the shell lies."""
    way = WAYS[0]
    return Rescue(way, recovered=True, boots=1, seconds=1, sensor=EVIL, console=EVIL)


def spoken() -> None:
    """A talk with somebody who listens."""

    def ask(prompt: str) -> str:
        say(prompt)
        return "0"

    asking = Asking(say, ask)
    asking.tell([EVIL])
    asking.goes_on(EVIL)


PRINTERS: Final[dict[str, Callable[[], object]]] = {
    "the error line": complaint,
    "the parser": wrong_word,
    "demo: title": lambda: say(narration.title("macos", ContentFile(EVIL, b""), PLAIN)),
    "demo: why": lambda: say(narration.why([story()], narration.Style(False, False))),
    "demo: table": lambda: say(
        comparison.table([story()], narration.Style(False, False))
    ),
    "demo --plain: table": lambda: say(comparison.table([story()], PLAIN)),
    "demo --save-disk": lambda: demo._name_disks(("macos",), Path(EVIL)),
    "inspect --list": listing,
    "an explanation": lambda: say(str(explanation())),
    "crimes": lambda: say("\n".join(crimes._rows([trial()]))),
    "crimes NAME": lambda: say("\n".join(crimes._story([trial()]))),
    "crimes --json": lambda: say(crimes._json(trial(), EVIL)),
    "recover": lambda: say(recover._line(rescue())),
    "recover: console": lambda: say(recover._recovery_part(f"RECOVERY {EVIL}")),
    "lab --plain": spoken,
}


@pytest.mark.parametrize("show", PRINTERS.values(), ids=PRINTERS)
def test_no_printer_lets_a_code_through(
    show: Callable[[], object], capsys: pytest.CaptureFixture[str]
) -> None:
    """And no line begins in the midst of a text."""
    show()

    told = capsys.readouterr()
    for text in (told.out, told.err):
        assert is_harmless(text)
        assert not any(line.startswith(FORGED) for line in text.splitlines())
    assert "evil" in told.out + told.err


def test_a_dump_as_json_is_harmless() -> None:
    """Its texts are what a dying kernel has left."""
    assert is_harmless(records.to_json([]))
    assert visible_json(json.dumps(EVIL, ensure_ascii=False)).isascii()


@pytest.mark.parametrize("name", [EVIL.replace("\0", ""), "not\udcffUTF-8\udce9"])
@pytest.mark.parametrize(
    "words",
    [
        ("content", "validate", "{}", "--json"),
        ("content", "validate", "{}"),
        ("content", "inspect", "{}", "--bytes"),
        ("content", "inspect", "{}", "--json"),
        ("content", "mutate", "{}", "-o", "{}.sys", "--seed", "1"),
        ("content", "compile", "{}", "-o", "{}.sys"),
        ("inspect", "{}"),
        ("inspect", "{}", "--list"),
        ("demo", "--disk", "{}"),
        ("lab", "--plain", "--replay", "{}"),
    ],
    ids=" ".join,
)
def test_the_name_of_a_file_may_be_anything(
    name: str,
    words: tuple[str, ...],
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """No traceback, and nothing that a terminal would obey."""
    path = tmp_path / name
    path.write_bytes(make_image({}) if "--list" in words else b"\0" * 100)

    assert cli.main([word.replace("{}", str(path)) for word in words]) in {0, 1, 2}
    told = capfdbinary.readouterr()
    text = (told.out + told.err).decode("utf-8")
    assert is_harmless(text)
    assert not any(line.startswith(FORGED) for line in text.splitlines())


def test_no_widget_lets_a_code_through() -> None:
    """Whatever it is made of: the last look is at the finished lines."""

    async def look() -> str:
        app = MiniosApp(automatic=False)
        async with app.run_test(size=(100, 30)) as pilot:
            app.push_screen(ErrorScreen(EVIL))
            await pilot.pause()
            return coloured(app.screen)

    picture = asyncio.run(look())

    assert "evil" in picture
    assert "\x1b[2J" not in picture
    assert not {"\x07", "\x9b", "\x85", "\x7f", "\u2028", "\u202e"} & set(picture)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, and äöü € 漢字", "plain text, and äöü € 漢字"),
        ("\x1b[0m", r"\x1b[0m"),
        ("\x9b\x7f\xa0", r"\x9b\x7f\xa0"),
        ("two\nlines", r"two\nlines"),
        ("\u202etxt.exe", r"\u202etxt.exe"),
        ("\U000e0041", r"\U000e0041"),
        ("a\udcff", r"a\xff"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_cannot_be_seen_stands_as_an_escape(text: str, shown: str) -> None:
    """And what can be seen stays as it is."""
    assert visible(text) == shown
    assert visible(Hex(16)) == "0x10"
