"""Power cuts at any instruction: the next boot works, and no closed file is lost.

Three ways to look for a cut that hurts, on real runs of the whole system: five hundred
at random during updates, more while dumps are saved, commands are typed, fixes are
applied, starts are chosen and services are changed, and one behind every single sector
that any of this writes. `minios dev powercuts` does the same.

Deep: each cut boots a machine, and a thousand of them take minutes. The usual tests
make a few of each kind of work, and cut behind some of the sectors of one activity.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from minios import cli
from minios.abi.disk_layout import (
    CONTENT_PATH,
    EPITAPHS_FOLDER,
    RESERVED_SECTORS,
    SUPERVISOR_NEW_PATH,
    SUPERVISOR_PATH,
)
from minios.dev import fsck
from minios.dev.disk_work import ACTIVITIES, BY_NAME
from minios.dev.fsck import Fsck
from minios.dev.power_cuts import (
    Outcome,
    content_of,
    cut,
    cuts_behind_sectors,
    random_cuts,
    rehearse,
    wrong_files,
)
from minios.dev.powercuts import Counts, share_of
from minios.lab import Lab

pytestmark = pytest.mark.witness

CUTS = 500
CHUNK = 50  # so that several processes can share the work
FEW = 3
KINDS = ("macos", "dumps", "shell", "recovery")
SHORTEST = "quarantine"  # of the updates
SOME = 9  # behind each ninth sector
ELSEWHERE = 2  # chunks at most for what is no update
CHUNKS = [
    (activity.name, seed)
    for activity in ACTIVITIES
    for seed in range(share_of(activity, CUTS) // CHUNK)
    if activity.is_update or seed < ELSEWHERE
]


@pytest.fixture(name="witness")
def installed_witness() -> Iterator[Fsck]:
    """The program that has the last word."""
    if fsck.program() is None:
        pytest.skip("fsck.fat is not installed (package dosfstools)")
    with Fsck() as found:
        yield found


def assert_nothing_hurt(outcomes: list[Outcome]) -> None:
    """Every machine came up again, and both looks at each disk found it sound."""
    counts = Counts.of(outcomes)
    assert [it for it in outcomes if it.problems] == []
    assert counts.boots == counts.cuts
    assert counts.sound == 2 * counts.cuts


def test_the_chunks_make_five_hundred_cuts_during_updates() -> None:
    """And four hundred and fifty elsewhere."""
    during = [name for name, _ in CHUNKS if BY_NAME[name].is_update]

    assert len(during) * CHUNK == CUTS
    assert (len(CHUNKS) - len(during)) * CHUNK == 450


@pytest.mark.parametrize("name", KINDS)
def test_a_few_cuts_at_random_instructions(name: str, witness: Fsck) -> None:
    """In an update, a dump, commands, and recovery; the deep tests make hundreds."""
    outcomes = list(random_cuts(BY_NAME[name], FEW, 0, witness))

    assert_nothing_hurt(outcomes)
    assert len(outcomes) == FEW


@pytest.mark.deep
@pytest.mark.parametrize(("name", "seed"), CHUNKS)
def test_cuts_at_random_instructions(name: str, seed: int, witness: Fsck) -> None:
    """Some of them tear the write that is in flight."""
    outcomes = list(random_cuts(BY_NAME[name], CHUNK, seed, witness))

    assert_nothing_hurt(outcomes)
    assert len(outcomes) == CHUNK
    assert Counts.of(outcomes).torn > 0
    assert {it.content for it in outcomes} <= {"old", "new", "same"}


@pytest.mark.parametrize(
    ("name", "every"),
    [
        pytest.param(SHORTEST, SOME, id="some"),
        *(pytest.param(it, 1, id=it, marks=pytest.mark.deep) for it in BY_NAME),
    ],
)
def test_a_cut_behind_every_sector(name: str, every: int, witness: Fsck) -> None:
    """Nothing is left to chance: there is no other state that a cut could leave."""
    outcomes = list(cuts_behind_sectors(BY_NAME[name], witness, every=every))

    assert_nothing_hurt(outcomes)
    works = [work.name for work in BY_NAME[name].work]
    writes = {
        work: max(it.place for it in outcomes if it.work == work) for work in works
    }
    assert min(writes.values()) > 0  # every work has written something
    if BY_NAME[name].is_update and name != "promotion":
        assert {"old", "new"} <= {it.content for it in outcomes}


@pytest.mark.deep
def test_a_fix_that_deletes_first_is_no_worse(witness: Fsck, tmp_path: Path) -> None:
    """No shipped fix does `rm`: what it names goes at the end, or not at all."""
    fix = tmp_path / "mine.fix"
    content = CONTENT_PATH.removesuffix(".SYS")
    steps = f"rm {content}.SYS\ncp {content}.LKG {content}.SYS\n"
    fix.write_text(f"# for: sentinel.sys\n{steps}", encoding="utf-8")

    def act(lab: Lab) -> None:
        lab.offer_fix(fix)
        lab.type("fetch a fix\r")

    work = replace(BY_NAME["fixes"].work[0], act=act)
    fixes = replace(BY_NAME["fixes"], work=(work,))
    outcomes = list(cuts_behind_sectors(fixes, witness))

    assert_nothing_hurt(outcomes)
    assert {"old", "new"} == {it.content for it in outcomes}


@pytest.mark.deep
def test_the_same_seed_makes_the_same_cuts(witness: Fsck) -> None:
    """And another one makes others."""
    shell = BY_NAME["shell"]
    short = replace(shell, work=shell.work[-1:])
    one, same, other = (
        list(random_cuts(short, 2, seed, witness)) for seed in (1, 1, 2)
    )

    assert one == same
    assert [it.place for it in one] != [it.place for it in other]


# ---- The judge can say no.


@pytest.mark.parametrize(
    ("sector", "words"),
    [
        (RESERVED_SECTORS, "Truncating file"),  # the FAT
        (0, "not the boot sector"),
    ],
    ids=["FAT", "boot sector"],
)
def test_a_disk_that_a_cut_did_hurt_is_noticed(
    sector: int, words: str, witness: Fsck
) -> None:
    """By fsck.fat, by the files, and where it comes to that, by the boot."""
    activity = BY_NAME["quarantine"]
    with Lab(model=activity.model, options=activity.options) as lab:
        activity.begin(lab)
        rehearsal = rehearse(lab, activity.work[0])
        assert lab.machine.disk is not None
        lab.machine.disk.write(sector, b"\xff" * 512)
        dice = random.Random(1)  # noqa: S311 - nothing is in flight

        outcome = cut(lab, rehearsal, witness, dice)

    assert any(words in problem for problem in outcome.problems), outcome
    assert outcome.sound == 0
    assert not outcome.booted


BEFORE = {
    CONTENT_PATH: b"old content",
    "/KEPT": b"kept",
    "/MOVED": b"moved",
    "/GONE": b"",
}
AFTER = {CONTENT_PATH: b"new content", "/KEPT": b"kept", "/TO": b"moved", "/MADE": b"m"}
JUDGED = {
    "before": (BEFORE, ""),
    "after": (AFTER, ""),
    "both names": ({**BEFORE, "/TO": b"moved"}, ""),
    "not yet written": ({**BEFORE, "/MADE": b""}, ""),
    "a temporary file": ({**BEFORE, "/TEMP": b"new content"}, ""),
    "from outside": ({**BEFORE, "/TEMP": b"brought"}, ""),
    "half": ({**BEFORE, CONTENT_PATH: b"new con"}, "neither old nor new: 7 bytes"),
    "mixed": ({**BEFORE, CONTENT_PATH: b"new conold "}, "neither old nor new"),
    "missing": ({"/KEPT": b"kept", "/MOVED": b"moved"}, "neither old nor new: missing"),
    "empty": ({**BEFORE, "/KEPT": b""}, "/KEPT is neither old nor new: 0 bytes"),
    "another": ({**BEFORE, "/KEPT": b"moved"}, "/KEPT is neither"),
    "half new": ({**BEFORE, "/MADE": b"new con"}, "/MADE is neither"),
    "half temporary": ({**BEFORE, "/TEMP": b"new"}, "/TEMP is neither"),
    "nowhere": (
        {CONTENT_PATH: b"old content", "/KEPT": b"kept"},
        "the bytes of /MOVED are in no file",
    ),
}


@pytest.mark.parametrize("name", JUDGED)
def test_files_are_judged_strictly(name: str) -> None:
    """Old or new, never half; and bytes that stay are never nowhere."""
    now, words = JUDGED[name]
    found = list(wrong_files(BEFORE, AFTER, now, brings=b"brought"))

    assert bool(found) == bool(words)
    assert any(words in line for line in found) or not words


HEAD = bytes(8) + bytes(4)
LIVES = b"sentinel.ext".ljust(832, b"\0")
MEMORY = HEAD + zlib.crc32(LIVES).to_bytes(4, "little") + LIVES
EPITAPH = (
    b"extension   sentinel.ext\n" + b"restarts    1\n" * 13 + b"verdict     held\n"
)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (SUPERVISOR_PATH, MEMORY),
        (SUPERVISOR_NEW_PATH, MEMORY),
        (f"{EPITAPHS_FOLDER}/SENTINEL.001", EPITAPH),
    ],
)
def test_what_is_written_again_and_again_shows_that_it_is_whole(
    path: str, data: bytes
) -> None:
    """A cut may leave one of many. It must leave all of it, and under its name."""
    before, after = {path: b"old"}, {path: b"new"}

    assert not list(wrong_files(before, after, {path: data}))
    assert list(wrong_files(before, after, {path: data[:-1]}))
    assert list(wrong_files(before, after, {path: data[:-20] + bytes(20) + b"!"}))
    assert list(wrong_files({"/KEPT": b""}, {"/KEPT": b""}, {"/KEPT": data}))


def test_the_content_file_is_old_new_the_same_or_wrong() -> None:
    """As the table of the command counts it."""
    assert content_of(BEFORE, AFTER, BEFORE) == "old"
    assert content_of(BEFORE, AFTER, AFTER) == "new"
    assert content_of(BEFORE, BEFORE, BEFORE) == "same"
    assert content_of(BEFORE, AFTER, {}) == "wrong"
    assert content_of(BEFORE, BEFORE, AFTER) == "wrong"


def test_the_command_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """As a table and as JSON."""
    if fsck.program() is None:
        pytest.skip("fsck.fat is not installed (package dosfstools)")
    assert cli.main(["dev", "powercuts", "--cuts", "10", "quarantine"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert cli.main(["dev", "powercuts", "--cuts", "10", "--json", "quarantine"]) == 0
    counts = json.loads(capsys.readouterr().out)

    assert table[0].split()[:4] == ["activity", "cuts", "torn", "boots"]
    assert [line.split()[0] for line in table[1:]] == ["quarantine", "updates", "all"]
    assert counts["wrong"] == []
    assert counts["activities"]["quarantine"]["boots"] == 2


def test_an_unknown_activity_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the names of those that there are."""
    assert cli.main(["dev", "powercuts", "dancing"]) != 0
    assert "Choose from: windows, macos" in capsys.readouterr().err
