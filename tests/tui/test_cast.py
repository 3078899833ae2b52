"""A cast is what asciinema plays: replayed on a terminal it gives what was shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TypeAlias

import pytest
from textual.pilot import Pilot

from minios.errors import ScenarioError
from minios.session import catalogue
from minios.session.files import Files
from minios.tui.app import MiniosApp
from minios.tui.capture import as_text, coloured
from minios.tui.cast import Cast
from tests.host.fifo import make_fifo
from tests.tui.walking import play, ticks

LOOP = catalogue.find("loop")
Event: TypeAlias = tuple[float, str, str]
_CODE = re.compile(r"\x1b\[([0-9;]*)([HJm])|([^\x1b])", re.DOTALL)


class TerminalModel:
    """A terminal that knows the codes of a cast, and no others: CUP, ED and SGR."""

    def __init__(self, width: int, height: int) -> None:
        self.cells = [[(" ", "")] * width for _ in range(height)]
        self._row = self._column = 0
        self._look = ""

    def write(self, text: str) -> None:
        """Do what the codes say."""
        assert "".join(it[0] for it in _CODE.finditer(text)) == text
        for numbers, code, character in _CODE.findall(text):
            if code == "H":
                row, column = map(int, numbers.split(";"))
                self._row, self._column = row - 1, column - 1
            elif code == "J":
                self.cells = [[(" ", "")] * len(row) for row in self.cells]
            elif code == "m":
                self._look = "" if numbers in {"", "0"} else f"{self._look};{numbers}"
            else:
                self.cells[self._row][self._column] = (character, self._look)
                self._column += 1

    @property
    def text(self) -> str:
        """Without colours, as a screen is saved."""
        rows = ("".join(character for character, _ in row) for row in self.cells)
        return "\n".join(row.rstrip() for row in rows) + "\n"


def read(path: Path) -> tuple[dict[str, object], list[Event]]:
    """Header and events."""
    header, *events = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    return header, [(time, code, data) for time, code, data in events]


def replayed(width: int, height: int, events: list[Event]) -> TerminalModel:
    """What a terminal shows at the end."""
    terminal = TerminalModel(width, height)
    for _, code, data in events:
        if code == "r":
            terminal = TerminalModel(*map(int, data.split("x")))
        else:
            terminal.write(data)
    return terminal


def test_a_cast_can_be_read_by_asciinema(tmp_path: Path) -> None:
    """A header, then pictures with rising times."""
    path = tmp_path / "it.cast"

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for _ in range(4):
            await ticks(pilot, app, 1)

    play(walk, card=LOOP, files=Files(cast=path), size=(100, 30))
    header, events = read(path)
    assert (header["version"], header["width"], header["height"]) == (2, 100, 30)
    times = [time for time, code, _ in events if code == "o"]
    assert len(times) >= 3
    assert times == sorted(times)


def test_a_replayed_cast_ends_with_the_last_screen_exactly(tmp_path: Path) -> None:
    """Every character and every colour, after crashes, dialogs and another size."""
    path = tmp_path / "it.cast"
    last: list[str] = []

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await ticks(pilot, app, 3)
        await pilot.press("p", "enter")
        await ticks(pilot, app, 40)
        await pilot.resize_terminal(90, 28)
        await ticks(pilot, app, 20)
        await pilot.press("f1")
        await ticks(pilot, app, 2)
        await pilot.press("escape", "space", "i")
        await ticks(pilot, app, 1)
        await pilot.pause()
        last.extend((coloured(app.screen), as_text(app.screen)))
        await ticks(pilot, app, 1)

    play(walk, card=LOOP, files=Files(cast=path), size=(100, 30))
    _, events = read(path)
    assert [data for _, code, data in events if code == "r"] == ["90x28"]
    terminal = replayed(100, 30, events)
    expected = TerminalModel(90, 28)
    for number, row in enumerate(last[0].split("\n"), 1):
        expected.write(f"\x1b[{number};1H{row}")
    assert terminal.cells == expected.cells
    assert terminal.text == last[1]


def test_only_the_rows_that_changed_are_written(tmp_path: Path) -> None:
    """And nothing at all for a picture that is the same."""
    path = tmp_path / "it.cast"
    cast = Cast(path, 3, 3)
    cast.show(0.1, "one\ntwo\nsix", (3, 3))
    cast.show(0.2, "one\nten\nsix", (3, 3))
    cast.show(0.3, "one\nten\nsix", (3, 3))
    cast.show(0.4, "one\nten", (3, 2))

    _, events = read(path)
    assert events == [
        (0.1, "o", "\x1b[2J\x1b[1;1Hone\x1b[2;1Htwo\x1b[3;1Hsix"),
        (0.2, "o", "\x1b[2;1Hten"),
        (0.4, "r", "3x2"),
        (0.4, "o", "\x1b[2J\x1b[1;1Hone\x1b[2;1Hten"),
    ]


def test_a_cast_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With the name of the file."""
    with pytest.raises(ScenarioError, match="nowhere"):
        Cast(tmp_path / "nowhere" / "it.cast", 80, 24)


@pytest.mark.posix
def test_a_film_is_not_written_to_what_is_no_file(tmp_path: Path) -> None:
    """Nobody may read from a pipe, and a link may lead anywhere."""
    pipe, precious, link = (tmp_path / name for name in ("pipe", "precious", "link"))
    make_fifo(pipe)
    precious.write_text("keep me", encoding="utf-8")
    link.symlink_to(precious)

    with pytest.raises(ScenarioError, match="is not a regular file"):
        Cast(pipe, 80, 24)
    Cast(link, 80, 24).show(0, "picture", (80, 24))
    assert precious.read_text(encoding="utf-8") == "keep me"
    assert "picture" in link.read_text(encoding="utf-8")
