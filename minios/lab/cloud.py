"""The vendor at the other end of the update link.

    what the machine says                    what the cloud answers
    update? C-000291.SYS checksum=0x...      the published file, if it is another one
    fix? stop=0x50 module=sentinel.sys       the first offered fix for that module, or
                                             an empty one

An answer comes after a latency: the time until the network works, and until the
question and the answer have travelled. The seed chooses it for each question, between
two bounds. So a machine in a crash loop sometimes wins the race against its next crash.
"""

from __future__ import annotations

import random
import re
import zlib
from dataclasses import dataclass, replace
from typing import Final

from minios.abi.content import CHANNEL_FILE_NAME, CHECKSUM_OFFSET
from minios.abi.disk_layout import FIX_MAGIC, UPDATE_MAGIC
from minios.lab import update_frame
from minios.lab.conditions import milliseconds
from minios.lab.content_files import ContentFile
from minios.lab.fixes import Fix

_CHECKSUM: Final = slice(CHECKSUM_OFFSET, CHECKSUM_OFFSET + 4)
_UPDATE: Final = re.compile(r"update\? (\S+) checksum=(0x[0-9a-f]+)$")
_FIX: Final = re.compile(r"fix\? stop=(0x[0-9a-f]+) module=(\S+)$")
_LONGEST_LINE: Final = 200


@dataclass(frozen=True, slots=True)
class CloudState:
    """What the cloud offers, and what it has heard. A value, for snapshots.

    `sent` is the file that was sent to the machine last.
    """

    published: ContentFile | None = None
    sent: ContentFile | None = None
    fixes: tuple[Fix, ...] = ()
    questions: int = 0
    heard: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes for the link, and when they come: nanoseconds after the question.

    `file` is the content file in them, if there is one. `again` is whether the last
    file that the cloud had sent was the same.
    """

    data: bytes
    latency: int
    file: ContentFile | None = None
    again: bool = False


class Cloud:
    """Publishes one content file, offers fixes, and answers questions.

    `latency` contains the bounds in nanoseconds. They may be changed at any time.
    """

    def __init__(self, seed: int) -> None:
        self.state = CloudState()
        self.latency = (milliseconds(200), milliseconds(200))
        self._seed: Final = seed

    def publish(self, file: ContentFile) -> None:
        """Make this the newest file: machines that ask for it get it."""
        self.state = replace(self.state, published=file)

    def send(self, file: ContentFile) -> bytes:
        """Make this the newest file. Returns the frame in which it travels."""
        self.state = replace(self.state, published=file, sent=file)
        return update_frame.frame(UPDATE_MAGIC, CHANNEL_FILE_NAME, file.data)

    def withdraw(self) -> ContentFile | None:
        """Stop offering the newest file. Returns that file, or None."""
        withdrawn = self.state.published
        self.state = replace(self.state, published=None)
        return withdrawn

    def offer(self, fix: Fix) -> None:
        """From now on, machines that ask for a fix of its module get this fix."""
        self.state = replace(self.state, fixes=(*self.state.fixes, fix))

    def machine_was_reset(self) -> None:
        """The connection is lost, with answers on the way and half a question."""
        self.state = replace(self.state, heard=b"")

    def hear(self, data: bytes, *, is_sending: bool = False) -> list[Answer]:
        """Take bytes from the machine. Returns an answer for each complete question.

        While something is on its way to the machine (`is_sending`), it gets no file,
        because it asked before it could know about that one.
        """
        *lines, rest = (self.state.heard + data).split(b"\n")
        self.state = replace(self.state, heard=rest[-_LONGEST_LINE:])
        answers = []
        for line in lines:
            question = line.decode("latin-1")
            if (asked := _UPDATE.search(question)) and not is_sending:
                answers += self._update(asked[1], int(asked[2], 16))
            elif asked := _FIX.search(question):
                answers.append(self._fix(asked[2]))
        return answers

    def _update(self, name: str, checksum: int) -> list[Answer]:
        file = self.state.published
        if file is None or name != CHANNEL_FILE_NAME:
            return []
        if int.from_bytes(file.data[_CHECKSUM], "little") == checksum:
            return []
        again = file == self.state.sent
        answer = self._answer(self.send(file))
        return [replace(answer, file=file, again=again)]

    def _fix(self, module: str) -> Answer:
        offered = reversed(self.state.fixes)
        found = next((fix for fix in offered if fix.module == module), None)
        name, text = (found.name, found.text) if found else ("none", "")
        return self._answer(update_frame.frame(FIX_MAGIC, name, text.encode("ascii")))

    def _answer(self, data: bytes) -> Answer:
        number = self.state.questions
        self.state = replace(self.state, questions=number + 1)
        seed = zlib.crc32(f"{self._seed} {number}".encode())
        chance = random.Random(seed)  # noqa: S311 - a latency is no secret
        return Answer(data, chance.randint(*self.latency))
