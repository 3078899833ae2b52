"""A damaged dump says what is missing and shows the rest; nothing makes it fail."""

from __future__ import annotations

import random
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minios.abi import dump as abi
from minios.abi.disk_layout import SECTOR_SIZE
from minios.dump import parts, post_mortem, records, report, sealed
from minios.dump.post_mortem import PostMortem
from tests.dump.conftest import Crash

HEADER = abi.DUMP_PART.size
NAMES = [part.name for part in abi.PARTS]
PLACES = {part.name: part.sector * SECTOR_SIZE for part in abi.PARTS}
CHECKSUM = abi.DUMP_PART.offset("checksum")
STAMP = abi.DUMP_PART.offset("stamp")


def examine(data: bytes) -> PostMortem:
    """Parse, examine and show, as the command does."""
    finding = post_mortem.examine(parts.parse(data))
    assert str(report.explanation(finding))
    assert records.to_json(records.record("test", finding))
    return finding


def flip(data: bytes, at: int) -> bytes:
    """The same bytes with one bit turned over."""
    changed = bytearray(data)
    changed[at] ^= 0x10
    return bytes(changed)


def missing(finding: PostMortem) -> list[str]:
    """The names of the parts that are missing."""
    return [it.part for it in finding.dump.missing]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("offset", [0, 8, 12, 16, HEADER + 3])
def test_a_flipped_bit_costs_one_part(
    kernel_half: Crash, name: str, offset: int
) -> None:
    """Magic, kind, size, checksum, contents: that part is named, the others shown."""
    finding = examine(flip(kernel_half.dump, PLACES[name] + offset))

    assert missing(finding) == [name]
    assert finding.dump.missing[0].why


def test_what_is_lost_with_a_part_is_what_stood_in_it(kernel_half: Crash) -> None:
    """Each part gone: its own conclusions are gone, the others stay."""
    gone = {
        name: examine(flip(kernel_half.dump, PLACES[name] + HEADER)) for name in NAMES
    }

    assert gone["stop"].blamed is None
    assert gone["stop"].frames  # guessed from the stack
    assert not any(frame.is_certain for frame in gone["stop"].frames)
    assert gone["walk"].walk is None
    assert gone["code"].code == ()
    assert len(gone["stack"].frames) == 1
    for name in ("walk", "stack", "memory", "code"):
        blamed = gone[name].blamed
        assert blamed is not None
        assert blamed.module == "sentinel.sys"
    blamed = gone["modules"].blamed
    assert blamed is not None
    assert blamed.module == "sentinel.sys"
    assert "list of modules is missing" in blamed.why
    assert gone["memory"].picture is not None
    assert gone["memory"].picture.origin is None


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_dump_that_is_cut_short_shows_what_came_before(
    kernel_half: Crash, name: str
) -> None:
    """Cut in the middle of a part: that one and all behind it are named."""
    finding = examine(kernel_half.dump[: PLACES[name] + HEADER + 8])

    assert missing(finding) == NAMES[NAMES.index(name) :]
    assert "cut short" in finding.dump.missing[0].why
    assert finding.dump.stop is not None


def test_a_part_of_an_earlier_crash_is_told_apart(
    kernel_half: Crash, user_half: Crash
) -> None:
    """Two crashes mixed: only the parts that belong to the stop code are used."""
    at = PLACES["stack"]
    mixed = kernel_half.dump[:at] + user_half.dump[at:]
    finding = examine(mixed)

    assert missing(finding) == ["stack", "memory"]
    assert "another crash" in finding.dump.missing[0].why
    assert finding.dump.stop is not None
    assert finding.dump.stop.code == 0x50


def test_the_first_half_of_a_dump_is_a_dump(
    kernel_half: Crash, user_half: Crash
) -> None:
    """A kernel whose memory was not fit to be looked at leaves two parts."""
    at = PLACES["walk"]
    finding = examine(user_half.dump[:at] + kernel_half.dump[at:])

    assert finding.blamed is not None
    assert finding.dump.stop is not None
    assert finding.dump.stop.code == 0x7E
    assert missing(finding) == NAMES[2:]


def reseal(data: bytes, name: str, contents: bytes) -> bytes:
    """A forged part: other contents under a good checksum."""
    at = PLACES[name]
    header = bytearray(data[at : at + HEADER])
    struct.pack_into("<I", header, abi.DUMP_PART.offset("size"), len(contents))
    struct.pack_into("<I", header, CHECKSUM, zlib.crc32(contents))
    if name == "stop":
        struct.pack_into("<I", header, STAMP, zlib.crc32(contents))
    whole = bytes(header) + contents
    return data[:at] + whole + data[at + len(whole) :]


def noise(size: int) -> bytes:
    """Bytes that mean nothing."""
    return random.Random(size).randbytes(size)  # noqa: S311 - not secrets


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [0, 7, 80, 360])
def test_a_forged_part_is_refused_or_shown_but_nothing_fails(
    kernel_half: Crash, name: str, size: int
) -> None:
    """A good checksum does not mean that the contents make sense."""
    examine(reseal(kernel_half.dump, name, b"\xff" * size))
    examine(reseal(kernel_half.dump, name, noise(size)))


def test_a_module_name_is_never_a_path_on_this_computer(kernel_half: Crash) -> None:
    """A forged name leads to no file: no symbols, no complaint."""
    rows = abi.DUMP_MODULE.pack(
        base=0xFFFFFFFFA0000000, size=0x4000, name="../../../../etc/passwd"
    )
    finding = examine(reseal(kernel_half.dump, "modules", rows))

    assert finding.frames[0].location is None
    assert finding.blamed is not None
    assert finding.blamed.module == "../../../../etc/passwd"


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 1 << 32),
    holes=st.integers(1, 40),
    end=st.integers(0, sealed.DUMP_BYTES),
)
def test_any_damage_is_survived(
    kernel_half: Crash, seed: int, holes: int, end: int
) -> None:
    """Bytes overwritten at random, the rest cut off."""
    rng = random.Random(seed)  # noqa: S311 - noise, not secrets
    data = bytearray(kernel_half.dump)
    for _ in range(holes):
        at = rng.randrange(len(data))
        data[at : at + 8] = rng.randbytes(min(8, len(data) - at))

    examine(bytes(data[:end]))


def test_nothing_left_is_known_as_nothing_left(kernel_half: Crash) -> None:
    """Every part damaged: `is_empty`, so that the command can say so in one line."""
    data = kernel_half.dump
    for name in NAMES:
        data = flip(data, PLACES[name] + HEADER)

    assert sealed.is_dump(data)
    assert parts.parse(data).is_empty
    assert not sealed.is_dump(bytes(sealed.DUMP_BYTES))
