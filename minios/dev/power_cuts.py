"""Cut the power of a working machine, and judge the disk.

    rehearsal   a work is done once to its end: which instructions, which sectors
    cut         the work is done again up to an instruction, and the power is cut
    judge       fsck.fat checks the disk, and the files are compared with those before
                and after the work; the machine boots again and must become ready; then
                both checks are repeated

A cut in the middle of a request keeps a random number of its sectors. The cuts are made
on copies (snapshots) of one run, so five hundred cuts cost little more than five
hundred boots.
"""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final

from minios.abi.disk_layout import (
    CONTENT_PATH,
    EPITAPHS_FOLDER,
    SUPERVISOR_NEW_PATH,
    SUPERVISOR_PATH,
)
from minios.dev.disk_work import Activity, Work
from minios.dev.fsck import Fsck
from minios.disk import DiskError, Volume
from minios.lab import Happened, Lab, events, seconds
from minios.lab.snapshots import LabSnapshot
from minios.machine.disk_image import DiskImage
from minios.machine.events import MmioAccess

Files = dict[str, bytes]
_NOTIFY: Final = 0x050
_ACKNOWLEDGE: Final = 0x064
_REGISTERS: Final = 0x1FF
_BOOT_LIMIT: Final = seconds(5)
_BOOT_ENDS: Final = Happened(events.ReadyEvent, events.BugcheckEvent)
_STEP_LIMIT: Final = seconds(600)
_MEMORY: Final = frozenset({SUPERVISOR_PATH, SUPERVISOR_NEW_PATH})
_MEMORY_HEAD: Final = struct.Struct("<QII")  # boot, fell_back, checksum of what follows
_EPITAPH: Final = re.compile(rb"extension  [^\n]+\n(?:[^\n]+\n){13}verdict  [^\n]+\n")
_MARGIN: Final = 1000
"""Instructions before the first and after the last sector of a work."""


@dataclass(frozen=True, slots=True)
class SectorWrite:
    """A sector that reached the disk, and the last instruction that could tear it."""

    instruction: int
    number: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A work that has been done once, to its end.

    Args:
        work: what was done.
        start: the machine before the work and its input.
        end: the machine after the work.
        instructions: how many instructions it took.
        writes: the sectors that it wrote, in order.
        disk: the disk before the work.
        before: the files before the work.
        after: the files after the work.
    """

    work: Work
    start: LabSnapshot
    end: LabSnapshot
    instructions: range
    writes: tuple[SectorWrite, ...]
    disk: DiskImage
    before: Files
    after: Files


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one power cut has left.

    Args:
        work: what was being done.
        place: the instruction, or the sector write, after which the power was cut.
        in_flight: how many sectors were in flight.
        kept: how many of these reached the disk.
        lost: lost clusters that fsck.fat counted.
        content: whether the content file is "old", "new", "same" (both) or "wrong".
        booted: whether the machine became ready again.
        sound: how many checks of fsck.fat found nothing worse than lost clusters.
        problems: what is wrong; empty if nothing is.
    """

    work: str
    place: int
    in_flight: int
    kept: int
    lost: int
    content: str
    booted: bool
    sound: int
    problems: tuple[str, ...]


def read_files(disk: DiskImage) -> Files:
    """All files of a disk. Raises DiskError if it is damaged."""
    volume = Volume(disk)
    return {
        entry.path: volume.read(entry.path)
        for entry in volume.walk()
        if not entry.is_directory
    }


def says_it_is_whole(path: str, data: bytes) -> bool:
    """Whether this is a file that shows by itself that none of it is missing.

    The supervisor writes such files again and again. A cut leaves one that existed
    neither before nor after the work.
    """
    if path in _MEMORY and len(data) > _MEMORY_HEAD.size:
        checksum: int = _MEMORY_HEAD.unpack_from(data)[2]
        return zlib.crc32(data[_MEMORY_HEAD.size :]) == checksum
    is_epitaph = path.startswith(f"{EPITAPHS_FOLDER}/")
    return is_epitaph and _EPITAPH.fullmatch(data) is not None


def wrong_files(
    before: Files, after: Files, now: Files, *, brings: bytes = b""
) -> Iterator[str]:
    """What a cut between two states must not have left, one sentence for each problem.

    A file that exists before and after has its old bytes or its new ones. A file that
    exists only after the work may be missing or still empty. A file that exists only
    before it may be gone. A temporary name may stand for any whole file. A file that
    shows by itself that it is whole may be a third one. And bytes that some file has
    before and after must be in some file.
    """
    whole = {*before.values(), *after.values(), brings, b""}
    for path in sorted(before.keys() | after.keys() | now.keys()):
        if path in before and path in after:
            allowed: set[bytes | None] = {before[path], after[path]}
        elif path in before:
            allowed = {before[path], None}
        else:
            allowed = {*whole, None}
        found = now.get(path)
        if found not in allowed and not (found and says_it_is_whole(path, found)):
            size = "missing" if found is None else f"{len(found)} bytes"
            yield f"{path} is neither old nor new: {size}"
    for data in sorted(set(before.values()) & set(after.values()) - set(now.values())):
        names = [path for path, held in before.items() if held == data]
        yield f"the bytes of {names[0]} are in no file"


def content_of(before: Files, after: Files, now: Files) -> str:
    """Whether the content file is "old", "new", "same" (both) or "wrong"."""
    old, new = before.get(CONTENT_PATH), after.get(CONTENT_PATH)
    found = now.get(CONTENT_PATH)
    if old == new == found:
        return "same"
    return "old" if found == old else "new" if found == new else "wrong"


class _Writes:
    """Listens to the disk's registers, and notes every sector that is written."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.found: list[SectorWrite] = []
        self._subscription = lab.machine.observe(MmioAccess, self._hear)

    def _hear(self, event: MmioAccess) -> None:
        # Heard before the device acts: what is in flight now was written before.
        register = event.address & _REGISTERS
        if event.device == "disk" and register in {_NOTIFY, _ACKNOWLEDGE}:
            self.note()

    def note(self) -> None:
        """The sectors in flight have arrived."""
        machine = self._lab.machine
        assert machine.disk is not None
        for number, _ in machine.disk.replaced:
            data = machine.disk.read(number)
            self.found.append(SectorWrite(machine.instructions - 1, number, data))

    def end(self) -> None:
        """Stop listening."""
        self.note()
        self._subscription.cancel()


def rehearse(lab: Lab, work: Work) -> Rehearsal:
    """Do a work to its end, and note how it went."""
    work.prepare(lab)
    start, disk = lab.snapshot(), lab.disk()
    first = lab.machine.instructions
    writes = _Writes(lab)
    work.act(lab)
    work.finish(lab)
    writes.end()
    return Rehearsal(
        work=work,
        start=start,
        end=lab.snapshot(),
        instructions=range(first, lab.machine.instructions),
        writes=tuple(writes.found),
        disk=disk,
        before=read_files(disk),
        after=read_files(lab.disk()),
    )


def places(rehearsal: Rehearsal, count: int, random: random.Random) -> list[int]:
    """The instructions at which to cut, in order.

    A quarter of them is anywhere in the work, half between its first and its last
    write, and a quarter at instructions at which a write is in flight.
    """
    whole = rehearsal.instructions
    moments = [write.instruction for write in rehearsal.writes]
    writing = range(
        max(moments[0] - _MARGIN, whole.start), min(moments[-1] + _MARGIN, whole.stop)
    )
    kinds = cycle((whole, writing, writing, moments))
    return sorted(random.choice(kind) for kind in islice(kinds, count))


class Judge:
    """Checks a disk with fsck.fat, and its files, before and after a boot."""

    def __init__(self, fsck: Fsck, rehearsal: Rehearsal) -> None:
        self._fsck = fsck
        self._rehearsal = rehearsal
        self.lost = self.sound = 0
        self.content = "wrong"
        self.problems: list[str] = []

    def look(self, disk: DiskImage, when: str) -> None:
        """Check the disk once, and note what is wrong."""
        before, after = self._rehearsal.before, self._rehearsal.after
        verdict = self._fsck.ask(disk)
        self.lost = verdict.lost
        self.sound += verdict.is_sound
        self.problems += [f"{when}: fsck.fat: {line}" for line in verdict.findings]
        try:
            now = read_files(disk)
        except DiskError as error:
            self.problems.append(f"{when}: {error}")
            return
        self.content = content_of(before, after, now)
        wrong = wrong_files(before, after, now, brings=self._rehearsal.work.brings)
        self.problems += [f"{when}: {line}" for line in wrong]

    def boot(self, lab: Lab) -> bool:
        """Whether the machine becomes ready. If it does not, that is noted."""
        end = lab.run_while_waiting(_BOOT_ENDS, within=_BOOT_LIMIT)
        is_ready = isinstance(end, events.ReadyEvent)
        if not is_ready:
            self.problems.append(f"the machine does not get ready: {end}")
        return is_ready


def cut(lab: Lab, rehearsal: Rehearsal, fsck: Fsck, random: random.Random) -> Outcome:
    """Cut the power of a lab now, boot it, and judge it. The lab changes."""
    machine = lab.machine
    assert machine.disk is not None
    place, in_flight = machine.instructions, machine.disk.in_flight
    kept = random.randint(0, in_flight)
    judge = Judge(fsck, rehearsal)
    lab.cut_power(kept_sectors=kept)
    judge.look(machine.disk, "after the cut")
    lost, content = judge.lost, judge.content
    booted = judge.boot(lab)
    judge.look(machine.disk, "after the boot")
    return Outcome(
        work=rehearsal.work.name,
        place=place,
        in_flight=in_flight,
        kept=kept,
        lost=lost,
        content=content,
        booted=booted,
        sound=judge.sound,
        problems=tuple(judge.problems),
    )


def cut_at(
    lab: Lab,
    rehearsal: Rehearsal,
    instructions: Sequence[int],
    fsck: Fsck,
    random: random.Random,
) -> Iterator[Outcome]:
    """Cut at each of these instructions of a work, in order.

    Ends where the work ends.
    """
    lab.restore(rehearsal.start)
    rehearsal.work.act(lab)
    for instruction in instructions:
        missing = instruction - lab.machine.instructions
        if missing > 0:
            lab.machine.step(missing, limit_ns=_STEP_LIMIT)
        here = lab.snapshot()
        yield cut(lab, rehearsal, fsck, random)
        lab.restore(here)
    lab.restore(rehearsal.end)


def random_cuts(
    activity: Activity, count: int, seed: int, fsck: Fsck
) -> Iterator[Outcome]:
    """Cut at this many random instructions of an activity, spread over its works."""
    with Lab(model=activity.model, options=activity.options) as lab:
        activity.begin(lab)
        for number, work in enumerate(activity.work[:count]):
            rehearsal = rehearse(lab, work)
            words = f"{seed} {activity.name} {number}"
            rng = random.Random(words)  # noqa: S311 - to be repeatable is its purpose
            share = count // len(activity.work) + (number < count % len(activity.work))
            chosen = places(rehearsal, share, rng)
            yield from cut_at(lab, rehearsal, chosen, fsck, rng)


def cuts_behind_sectors(
    activity: Activity, fsck: Fsck, *, every: int = 1
) -> Iterator[Outcome]:
    """Cut behind each sector that an activity writes, one after the other.

    This is stronger than chance, because a cut between two sectors can leave nothing
    else. Another machine with the same disk boots afterwards. With `every`, the cuts
    are made behind every second sector, or every third, and so on.
    """
    with Lab(model=activity.model, options=activity.options) as lab:
        activity.begin(lab)
        for work in activity.work:
            yield from _cut_behind(activity, rehearse(lab, work), fsck, every)


def _cut_behind(
    activity: Activity, rehearsal: Rehearsal, fsck: Fsck, every: int
) -> Iterator[Outcome]:
    """The machine that boots is made once, and gets the sectors before it is on."""
    disk = rehearsal.disk.contents()
    with Lab(model=activity.model, options=activity.options, disk=disk) as lab:
        is_off = lab.snapshot()
        for count in range(0, len(rehearsal.writes) + 1, every):
            lab.restore(is_off)
            assert lab.machine.disk is not None
            for written in rehearsal.writes[:count]:
                lab.machine.disk.write(written.number, written.data)
            yield _booted(lab, rehearsal, count, fsck)


def _booted(lab: Lab, rehearsal: Rehearsal, count: int, fsck: Fsck) -> Outcome:
    judge = Judge(fsck, rehearsal)
    judge.look(lab.disk(), "after the cut")
    lost, content = judge.lost, judge.content
    booted = judge.boot(lab)
    judge.look(lab.disk(), "after the boot")
    return Outcome(
        work=rehearsal.work.name,
        place=count,
        in_flight=0,
        kept=0,
        lost=lost,
        content=content,
        booted=booted,
        sound=judge.sound,
        problems=tuple(judge.problems),
    )
