"""A machine that is asked about eBPF programs: thousands of them in one start.

    with BpfMachine() as machine:
        answers = machine.ask([Question.run(image), Question.check(other)])

It is a machine of the model linux with nothing but a shell, so it starts fast. The
questions are written into a file on its disk while it stands still. The program
`/BIN/BPF` puts each to the kernel, and writes the answers into another file.

What a program does to the machine is an answer, too: if the machine or the program
`bpf` dies, the question that did it is found, and its answer says what the console has
said.
"""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from minios.abi import bpf, disk_layout, errors
from minios.abi.memory_map import PAGE_SIZE
from minios.closing import Closing
from minios.disk import Volume, make_image
from minios.errors import ScenarioError
from minios.lab.conditions import seconds
from minios.lab.lab import Lab
from minios.lab.system_disk import FOLDERS, system_files
from minios.lab.waiting import ConditionNotMetError

_QUESTIONS: Final = "/BPF.IN"
_ANSWERS: Final = "/BPF.OUT"
_COMMAND: Final = f"bpf batch {_QUESTIONS} {_ANSWERS}"
_DONE: Final = re.compile(r"bpf: (\d+) answers")
_SERVICES: Final = (
    "shell program /BIN/SHELL boot normal spawn,disk_write,power,bpf,load_driver\n"
)
_FILE_BYTES: Final = 4 << 20  # of questions in one batch
_MARK: Final = b"minios: questions about eBPF programs".ljust(64, b".")
_MEMORY_BYTES: Final = 64 * 1024
_PATIENCE: Final = seconds(3600)
_ONCE: Final = seconds(10)
_SOON: Final = seconds(1)  # about 70,000 instructions of the verifier
_OPTIONS: Final = {"recovery": "no"}
_HEAD: Final = struct.Struct("<II")
_ANSWER: Final = struct.Struct("<qQQII")
DIED: Final = -(1 << 31)
"""The status of a question that the machine, or the program bpf, has not survived."""


@dataclass(frozen=True, slots=True)
class Question:
    """A program, and what is to be done with it.

    Attributes:
        image: the bytes of an image.
        memory: what R1 points to when it runs; R2 is its size. At most 64 KiB.
        flags: BPF_LOAD_ bits.
        name: of the object that is loaded; "" if the program runs once.
        log_bytes: how much of the verifier's log is wanted.
    """

    image: bytes
    memory: bytes = b""
    flags: int = 0
    name: str = ""
    log_bytes: int = PAGE_SIZE

    @classmethod
    def run(
        cls, image: bytes, memory: bytes = b"", *, is_verified: bool = True
    ) -> Question:
        """Run the only program of an image once; its hook has to be TEST."""
        flags = 0 if is_verified else bpf.BPF_LOAD["UNVERIFIED"]
        return cls(image, memory, flags)

    @classmethod
    def check(cls, image: bytes, *, is_verbose: bool = False) -> Question:
        """Verify all programs of an image, and load none."""
        flags = bpf.BPF_LOAD["CHECK_ONLY"]
        flags |= bpf.BPF_LOAD["VERBOSE"] if is_verbose else 0
        log = bpf.BPF_LOG_BYTES if is_verbose else PAGE_SIZE
        return cls(image, flags=flags, name="check", log_bytes=log)

    @classmethod
    def load(cls, image: bytes, name: str) -> Question:
        """Verify an image and load it, until the end of this batch."""
        return cls(image, name=name)

    @property
    def packed(self) -> bytes:
        """As the program bpf reads it."""
        request = bpf.BPF_REQUEST.pack(
            size=len(self.image),
            memory_size=len(self.memory),
            log_size=self.log_bytes,
            flags=self.flags,
            name=self.name,
        )
        return request + _padded(self.image) + _padded(self.memory)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question.

    Attributes:
        status: 0, a negated error of the kernel, or DIED.
        result: R0, if the program ran to its end.
        steps: instructions that it has executed.
        visits: instructions that the verifier has looked at.
        log: the verifier's lines; for DIED the console since the question.
    """

    status: int
    result: int = 0
    steps: int = 0
    visits: int = 0
    log: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the program was accepted, and if it ran, ran to its end."""
        return self.status == 0

    @property
    def has_died(self) -> bool:
        """Whether the machine, or the program that asked, did not survive it."""
        return self.status == DIED

    @property
    def error(self) -> str:
        """The name of the error, such as "UNSAFE"; "" for a good answer."""
        if self.has_died:
            return "DIED"
        return "" if self.is_good else _ERRORS.get(-self.status, str(self.status))

    @property
    def reason(self) -> str:
        """The last line of the log: why the program was refused, or stopped."""
        return self.log.rstrip("\n").rpartition("\n")[2]


_ERRORS: Final = {number: name for name, number, _ in errors.ERRORS}


class BpfMachine(Closing):
    """Starts once, then answers. Each batch finds the machine as it was at first.

    Args:
        options: more boot options, such as `{"bpf_defect": "bounds32"}`.
        files: more files on its disk: path to contents.

    Raises:
        ImageError: the guest has not been built.
        ConditionNotMetError: the shell does not come up.
    """

    def __init__(
        self,
        *,
        options: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        disk, self._sector = _disk(files or {})
        self.lab: Final = Lab(
            "linux", disk=disk, options=_OPTIONS | dict(options or {})
        )
        self.lab.boot()
        self.lab.console("echo")  # the prompt is there
        self._start: Final = self.lab.snapshot()

    def close(self) -> None:
        """Free the machine."""
        self.lab.close()

    def ask(
        self,
        questions: Sequence[Question],
        *,
        on_wait: Callable[[], None] | None = None,
    ) -> tuple[Answer, ...]:
        """Ask all of them, in this order; an answer for each.

        After each batch of about 4 MiB the machine is as at first. `on_wait` is called
        once for a batch that takes long: more than a second of virtual time.

        Raises ScenarioError: a question is larger than the kernel takes.
        """
        answers: list[Answer] = []
        for batch in _batches(questions):
            answers += self._ask(batch, on_wait)
        return tuple(answers)

    def ask_once(
        self, questions: Sequence[Question]
    ) -> tuple[tuple[Answer, ...] | None, str]:
        """Ask all in one batch: the answers, and what the console has said meanwhile.

        None instead of answers: the machine, or the program that asks, has not survived
        it. The machine is left as it is then, so that the caller can look at it; the
        same holds for the objects that were loaded. The answers have to be there
        within ten seconds of virtual time.

        Raises ScenarioError: the questions are too large for one batch.
        """
        (batch,) = _batches(questions)
        answers, said = self._put(batch, _ONCE)
        return None if answers is None else tuple(answers), said

    def _ask(
        self, batch: Sequence[bytes], on_wait: Callable[[], None] | None = None
    ) -> list[Answer]:
        answers, said = self._put(batch, on_wait=on_wait)
        if answers is not None:
            return answers
        if len(batch) == 1:
            return [Answer(DIED, log=said)]
        half = len(batch) // 2
        return self._ask(batch[:half]) + self._ask(batch[half:])

    def _put(
        self,
        batch: Sequence[bytes],
        within: int = _PATIENCE,
        on_wait: Callable[[], None] | None = None,
    ) -> tuple[list[Answer] | None, str]:
        """The answers, or None and what the console has said."""
        lab = self.lab
        lab.restore(self._start)
        begin = len(lab.console_text)
        head = _HEAD.pack(bpf.BPF_BATCH_MAGIC, len(batch))
        data = head + b"".join(batch)
        disk = lab.machine.disk
        assert disk is not None
        disk.write(self._sector, data + bytes(-len(data) % disk_layout.SECTOR_SIZE))
        with contextlib.suppress(ConditionNotMetError):  # the console says why
            if on_wait is None:
                lab.console(_COMMAND, within=within)
            else:
                self._wait(within, on_wait)
        said = lab.console_text[begin:]
        found = _DONE.search(said)
        if found is None or int(found[1]) != len(batch):
            return None, said
        answers = list(_answers(Volume(disk).read(_ANSWERS)))
        assert len(answers) == len(batch)
        return answers, said

    def _wait(self, within: int, on_wait: Callable[[], None]) -> None:
        """Give the command, and tell if it is not done soon."""
        lab = self.lab
        try:
            lab.console(_COMMAND, within=_SOON)
        except ConditionNotMetError:
            if lab.machine.is_off:
                raise
            on_wait()
            lab.wait_for_prompt(within=within)


def _disk(more: Mapping[str, bytes]) -> tuple[bytes, int]:
    """The disk, and the sector at which the questions begin."""
    system = system_files()
    files = {path: data for path, data in system.items() if path.startswith("/BIN/")}
    files[disk_layout.SERVICES_PATH] = _SERVICES.encode()
    room = _MARK + bytes(_FILE_BYTES - len(_MARK))
    files[_QUESTIONS] = room
    image = make_image(files | dict(more), directories=FOLDERS)
    at = image.index(_MARK)
    assert image[at : at + _FILE_BYTES] == room, "the file lies in one piece"
    return image, at // disk_layout.SECTOR_SIZE


def _batches(questions: Sequence[Question]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = _HEAD.size
    for question in questions:
        packed = question.packed
        if (
            len(question.image) > bpf.BPF_IMAGE_BYTES
            or len(question.memory) > _MEMORY_BYTES
        ):
            raise ScenarioError(
                f"an image of {len(question.image)} bytes, with memory of "
                f"{len(question.memory)} bytes, is too large",
                advice=f"At most {bpf.BPF_IMAGE_BYTES} and {_MEMORY_BYTES} bytes",
            )
        if batch and size + len(packed) > _FILE_BYTES:
            yield batch
            batch, size = [], _HEAD.size
        batch.append(packed)
        size += len(packed)
    if batch:
        yield batch


def _answers(data: bytes) -> Iterator[Answer]:
    at, count = _HEAD.size, _HEAD.unpack_from(data)[1]
    for _ in range(count):
        status, result, steps, visits, size = _ANSWER.unpack_from(data, at)
        at += _ANSWER.size
        log = data[at : at + size].split(b"\0")[0].decode("ascii", "replace")
        at += size
        yield Answer(status, result, steps, visits, log)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)
