"""Bytes and values stand for each other, and every byte has a name."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minios.abi.content import IPC
from minios.content import (
    ChannelFile,
    ContentError,
    Criterion,
    CriterionKind,
    FilePart,
    Instance,
    catalogue,
    check,
    decode,
    encode,
    inspect,
    mutate,
)

TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
CRITERIA = st.one_of(
    st.just(Criterion()),
    st.builds(Criterion, st.just(CriterionKind.EQUALS), TEXTS),
    st.builds(Criterion, st.just(CriterionKind.PATTERN), TEXTS),
)
INSTANCES = st.builds(
    Instance,
    st.just("ipc"),
    st.integers(0, (1 << 64) - 1),
    st.lists(CRITERIA, min_size=21, max_size=21).map(tuple),
)
FILES = st.builds(
    ChannelFile,
    st.just(291),
    st.integers(0, (1 << 32) - 1),
    st.lists(INSTANCES, max_size=4).map(tuple),
)


@settings(max_examples=50, deadline=None)
@given(FILES)
def test_what_is_encoded_is_accepted_and_decodes_to_the_same(file: ChannelFile) -> None:
    """There and back, for any file."""
    data = encode(file)

    assert check(data).accepted
    assert decode(data) == file


def test_the_bytes_are_where_the_drawing_says() -> None:
    """Read by hand, field by field, as minios/abi/content.py draws them."""
    criteria = [Criterion()] * len(IPC.fields)
    criteria[20] = Criterion(CriterionKind.EQUALS, "c2")
    data = encode(ChannelFile(291, 9, (Instance("ipc", 0xABCDEF, tuple(criteria)),)))

    assert data[:4] == b"MCHN"
    assert struct.unpack_from("<HHIIIIQ", data, 4) == (
        *(1, 291, 9, 1, len(data)),
        zlib.crc32(data[32:]),
        0,
    )
    assert struct.unpack_from("<IHHQII", data, 32) == (200, 1, 21, 0xABCDEF, 1, 0)
    assert data[32 + 24 : 32 + 24 + 20 * 8] == bytes(20 * 8)
    assert struct.unpack_from("<BBHI", data, 32 + 24 + 20 * 8) == (1, 0, 2, 192)
    assert data[32 + 192 :] == b"c2".ljust(8, b"\0")


def test_a_broken_file_is_not_decoded() -> None:
    """The sensor's verdict is the reason."""
    with pytest.raises(ContentError, match=r"BAD_MAGIC.*minios content inspect"):
        decode(catalogue.load("channel-291-random"))


def assert_spans_tile(data: bytes) -> None:
    """The spans of a file are in order and leave no byte out."""
    position = 0
    for span in inspect(data).spans:
        assert span.start == position
        assert span.end > span.start
        position = span.end
    assert position == len(data)


@settings(max_examples=50, deadline=None)
@given(FILES, st.integers(0, 1 << 32))
def test_every_byte_has_one_name_also_in_a_broken_file(
    file: ChannelFile, seed: int
) -> None:
    """A hex view can colour whatever it is given."""
    data = encode(file)

    assert_spans_tile(data)
    assert_spans_tile(mutate(data, seed=seed).data)


@given(st.binary(max_size=200))
def test_noise_can_be_inspected(data: bytes) -> None:
    """Nothing raises, and every byte has a name."""
    assert_spans_tile(data)
    assert_spans_tile(b"MCHN\1\0\x23\1" + data)


def test_a_well_formed_file_has_no_unread_bytes() -> None:
    """Each byte of the bad file belongs to a field, a text, or the padding."""
    data = catalogue.load("channel-291-bad")
    spans = inspect(data).spans

    assert FilePart.UNREAD not in {span.part for span in spans}
    names = {span.field: span for span in spans}
    detection = names["instance.2.detection"]
    assert detection.value == "0xffff840500000074"
    assert data[detection.start : detection.end] == struct.pack(
        "<Q", 0xFFFF840500000074
    )
    assert names["instance.2.correlation.kind"].value == "equals"
    assert names["instance.2.correlation.text"].value == '"c2"'


def test_a_file_without_fields_is_one_unread_span() -> None:
    """Shorter than a header."""
    (span,) = inspect(b"short").spans

    assert (span.part, span.start, span.end) == (FilePart.UNREAD, 0, 5)


@pytest.mark.parametrize(
    ("instance", "said"),
    [
        (
            Instance("ipcx", 1, (Criterion(),) * 21),
            "instance 1: there is no template 'ipcx'. Did you mean 'ipc'?",
        ),
        (
            Instance("ipc", 1, (Criterion(),) * 20),
            "instance 1: the template ipc has 21 fields, but there are 20 criteria",
        ),
    ],
    ids=["template", "criteria"],
)
def test_an_instance_that_is_none_of_its_template_is_refused(
    instance: Instance, said: str
) -> None:
    """With the place and the nearest word, where it is compiled."""
    with pytest.raises(ContentError) as refused:
        encode(ChannelFile(291, 1, (instance,)))
    assert str(refused.value).startswith(said)
