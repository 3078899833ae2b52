"""Images of eBPF programs: what is packed comes back, and the kernel takes it."""

from __future__ import annotations

import pytest

from minios.abi import bpf
from minios.bpf import assembly, image
from minios.bpf.image import Map, Program, SourceLine
from minios.errors import ImageError
from minios.lab.bpf import BpfMachine, Question

EXIT = assembly.assemble("r0 = 0\nexit")
MAPS = (
    Map("table", "HASH", 8, 16, 64),
    Map("text", "DATA", value_size=9, flags=bpf.BPF_MAP_READ_ONLY, data=b"nine byte"),
)


def test_what_is_packed_comes_back() -> None:
    """Programs with their hooks, maps with their sizes and first bytes."""
    other = assembly.assemble("r0 = 1\nr0 += 1\nexit")
    data = image.pack(
        [
            Program("one", "notify/pipe_open", EXIT, (SourceLine(0, "one.c", 7),)),
            Program("two", "decide/process_start", other),
        ],
        MAPS,
    )

    found = image.unpack(data)

    assert [(it.name, it.code) for it in found.programs] == [
        ("one", EXIT),
        ("two", other),
    ]
    assert [it.hook for it in found.programs] == [
        bpf.BPF_HOOK["NOTIFY_PIPE_OPEN"],
        bpf.BPF_HOOK["DECIDE_PROCESS_START"],
    ]
    assert [it.kind for it in found.maps] == [bpf.BPF_MAP["HASH"], bpf.BPF_MAP["DATA"]]
    assert [it.data for it in found.maps] == [b"", b"nine byte"]
    assert [it.value_size for it in found.maps] == [16, 9]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data[:20], "shorter than its header"),
        (lambda data: b"ELF!" + data[4:], "does not begin with the mark"),
        (lambda data: data[:4] + b"\x09" + data[5:], "its version is 9"),
        (lambda data: data[:-8], "its size or its checksum"),
        (lambda data: data[:-1] + b"!", "its size or its checksum"),
    ],
    ids=["short", "magic", "version", "cut", "changed"],
)
def test_a_damaged_image_is_refused_in_one_sentence(damage: object, words: str) -> None:
    """By whoever wants to show it on the host."""
    assert callable(damage)
    data = damage(image.pack([Program("one", "test", EXIT)]))

    with pytest.raises(ImageError) as caught:
        image.unpack(data)

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (Program("one", "notify/nothing", EXIT), "there is no hook 'notify/nothing'"),
        (Program("one", "test", EXIT[:-1]), "15 bytes are no whole number"),
    ],
)
def test_a_program_that_cannot_be_packed_is_refused(
    program: Program, words: str
) -> None:
    """It says which program, and what is wrong."""
    with pytest.raises(ImageError, match=words):
        image.pack([program])


def test_a_map_that_cannot_be_packed_is_refused() -> None:
    """A kind that does not exist, and a size that has no room in its field."""
    program = Program("one", "test", EXIT)

    with pytest.raises(ImageError, match="there is no kind of map 'TREE'"):
        image.pack([program], [Map("table", "TREE")])
    with pytest.raises(ImageError, match="does not fit into 32 bits"):
        image.pack([program], [Map("table", "HASH", 8, 1 << 32)])


def test_the_kernel_takes_a_good_image_and_no_damaged_one() -> None:
    """A bit in any part that is wrong, and an image with something behind it."""
    good = image.pack([Program("one", "test", EXIT)], [MAPS[1]])
    flipped = [
        good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        for at in range(0, len(good), 5)
    ]
    damaged = [*flipped, good[:-1], good[:30], b"", good + bytes(8)]

    with BpfMachine() as machine:
        first, *rest = machine.ask(
            [Question.run(it, is_verified=False) for it in [good, *damaged]]
        )

    assert first.is_good
    assert {answer.error for answer in rest} == {"BAD_IMAGE"}
