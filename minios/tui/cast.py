"""Record what the terminal shows as an asciinema file (version 2 of the format).

Source: https://docs.asciinema.org/manual/asciicast/v2/. There is at most one picture
for each tick, with only the rows that have changed. Time is counted in ticks, so the
same session gives the same file. Besides colours there are two escape codes: ED (erase
the display) before a complete picture, and CUP (cursor position) before a row.
"""

from __future__ import annotations

import json
from pathlib import Path

from minios import host_files
from minios.errors import ScenarioError


class Cast:
    """A file to which pictures are added."""

    def __init__(self, path: Path, width: int, height: int) -> None:
        """Begin the file. Raises ScenarioError if it cannot be written."""
        self._path = path
        self._size = width, height
        self._rows: list[str] = []
        header = {"version": 2, "width": width, "height": height, "title": "minios"}
        self._write(json.dumps(header) + "\n", new=True)

    def show(self, seconds: float, picture: str, size: tuple[int, int]) -> None:
        """Add a picture at this time of the session: lines with their colour codes.

        After a change of the terminal's size the picture is complete again.
        """
        rows = picture.split("\n")
        if size != self._size:
            self._size, self._rows = size, []
            self._event(seconds, "r", "{}x{}".format(*size))
        if rows == self._rows:
            return
        is_whole = len(rows) != len(self._rows)
        changed = (
            f"\x1b[{number};1H{row}"
            for number, row in enumerate(rows, 1)
            if is_whole or row != self._rows[number - 1]
        )
        self._event(seconds, "o", ("\x1b[2J" if is_whole else "") + "".join(changed))
        self._rows = rows

    def _event(self, seconds: float, code: str, data: str) -> None:
        event = [round(seconds, 3), code, data]
        self._write(json.dumps(event, ensure_ascii=False) + "\n")

    def _write(self, text: str, *, new: bool = False) -> None:
        put = host_files.write if new else host_files.append
        put(self._path, text.encode(errors="replace"), self._unwritable)

    def _unwritable(self, what: str) -> ScenarioError:
        return ScenarioError(
            f"the cast {what}", where=str(self._path), advice="Name another file"
        )
