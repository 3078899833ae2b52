"""Read the bytes of a terminal, also when they are invalid.

Textual's driver for Linux ends the program at a byte that is not UTF-8. A terminal with
another encoding sends such bytes. And it waits for ever for the end of a paste, which
never comes if the connection breaks.
"""

from __future__ import annotations

import os
import selectors
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import Final

from textual._xterm_parser import (
    BRACKETED_PASTE_END,
    BRACKETED_PASTE_START,
    XTermParser,
)
from textual.message import Message

_TICK: Final = 0.1  # seconds
_PATIENCE: Final = 10  # ticks without a byte, after which a paste is over
_CHUNK: Final = 4096


class Keyboard:
    """Turn bytes into messages. Bytes that are not UTF-8 are ignored."""

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")(errors="ignore").decode
        self._parser = XTermParser()
        self._tail = ""  # the end of the last input: a marker may come in two pieces
        self._quiet = 0
        self._is_pasting = False

    def hear(self, data: bytes) -> Iterator[Message]:
        """The messages that these bytes complete."""
        text = self._decode(data)
        if text:
            self._quiet = 0
            self._look_for_paste(text)
            yield from self._parser.feed(text)

    def tick(self) -> Iterator[Message]:
        """Note that a tenth of a second has passed without a byte."""
        yield from self._parser.tick()
        self._quiet += 1
        if self._is_pasting and self._quiet >= _PATIENCE:
            yield from self.hear(BRACKETED_PASTE_END.encode())

    def _look_for_paste(self, text: str) -> None:
        heard = self._tail + text
        begin = heard.rfind(BRACKETED_PASTE_START)
        end = heard.rfind(BRACKETED_PASTE_END)
        if begin != end:  # both are -1 where there is neither
            self._is_pasting = begin > end
        self._tail = heard[1 - len(BRACKETED_PASTE_START) :]


if sys.platform != "win32":  # on Windows it cannot be imported and is not needed
    from textual.drivers.linux_driver import LinuxDriver

    class TolerantDriver(LinuxDriver):
        """Textual's driver, with this keyboard."""

        def run_input_thread(self) -> None:
            """Read until the application ends, or the terminal is gone."""
            keyboard = Keyboard()
            with selectors.SelectSelector() as selector:
                selector.register(self.fileno, selectors.EVENT_READ)
                while not self.exit_event.is_set():
                    if not selector.select(_TICK):
                        self._pass_on(keyboard.tick())
                    elif data := os.read(self.fileno, _CHUNK):
                        self._pass_on(keyboard.hear(data))
                    else:
                        return

        def _pass_on(self, messages: Iterator[Message]) -> None:
            for message in messages:
                self.process_message(message)
