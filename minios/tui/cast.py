"""What the terminal showed, as an asciinema recording (version 2 of its format).

Source: https://docs.asciinema.org/manual/asciicast/v2/. One picture a tick at most, and
only if it differs; time is counted in ticks, so the same session gives the same file.
"""

from __future__ import annotations

import json
from pathlib import Path

from minios.errors import ScenarioError


class Cast:
    """A file that grows by pictures."""

    def __init__(self, path: Path, width: int, height: int) -> None:
        """Begin it. Raises ScenarioError if it cannot be written."""
        self._path = path
        self._last = ""
        header = {"version": 2, "width": width, "height": height, "title": "minios"}
        self._write(json.dumps(header) + "\n", new=True)

    def show(self, seconds: float, picture: str) -> None:
        """At this time of the session, this picture: lines with their colour codes."""
        if picture == self._last:
            return
        self._last = picture
        text = "\x1b[H" + picture.replace("\n", "\r\n")
        self._write(json.dumps([round(seconds, 3), "o", text]) + "\n")

    def _write(self, text: str, *, new: bool = False) -> None:
        try:
            with self._path.open("w" if new else "a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise ScenarioError(
                f"the cast cannot be written: {error.strerror or error}",
                where=str(self._path),
                advice="Name another file",
            ) from error
