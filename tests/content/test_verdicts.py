"""What the sensor's checks and the two validators say, status by status."""

from __future__ import annotations

import struct

import pytest

from minios.abi import content
from minios.abi.enumerations import CONTENT_STATUS
from minios.content import (
    Action,
    ChannelFile,
    Criterion,
    CriterionKind,
    Instance,
    Validator,
    check,
    encode,
    validate,
)
from minios.content.encode import with_checksum


def file_with(*criteria: tuple[str, Criterion], detection: int = 1) -> bytes:
    """A file of one instance whose other fields are wildcards."""
    named = dict(criteria)
    every = tuple(named.get(name, Criterion()) for name in content.IPC.fields)
    return encode(ChannelFile(291, 1, (Instance("ipc", detection, every),)))


GOOD = file_with(("pipe_name", Criterion(CriterionKind.PATTERN, "mojo.*")))
INSTANCE = 32
CRITERION = INSTANCE + 24 + 8  # of pipe_name


def patched(offset: int, code: str, value: int, data: bytes = GOOD) -> bytes:
    """A good file with one number changed and the checksum made right."""
    changed = bytearray(data)
    struct.pack_into("<" + code, changed, offset, value)
    return with_checksum(bytes(changed))


def resized(data: bytes) -> bytes:
    """The data with a header that tells its size."""
    return with_checksum(data[:16] + struct.pack("<I", len(data)) + data[20:])


BLOCKING = encode(
    ChannelFile(
        291,
        1,
        (
            Instance(
                "process", 1, (Criterion(),) * len(content.PROCESS.fields), Action.BLOCK
            ),
        ),
    )
)
CASES: dict[str, tuple[bytes, str]] = {
    "good": (GOOD, "ACCEPTED"),
    "a program is blocked": (BLOCKING, "ACCEPTED"),
    "empty": (b"", "TOO_SHORT"),
    "shorter than a header": (GOOD[:31], "TOO_SHORT"),
    "zeros": (bytes(len(GOOD)), "BAD_MAGIC"),
    "format 2": (patched(4, "H", 2), "BAD_VERSION"),
    "a byte missing": (GOOD[:-1], "SIZE_MISMATCH"),
    "a byte too many": (GOOD + b"\0", "SIZE_MISMATCH"),
    "a bit flipped": (GOOD[:-1] + b"\1", "BAD_CHECKSUM"),
    "too large": (GOOD + bytes(content.MAXIMUM_FILE_SIZE), "TOO_LARGE"),
    "65 instances": (patched(12, "I", 65), "TOO_LARGE"),
    "channel 292": (patched(6, "H", 292), "UNKNOWN_TEMPLATE"),
    "one instance too few": (patched(12, "I", 0), "SIZE_MISMATCH"),
    "one instance too many": (patched(12, "I", 2), "BAD_INSTANCE"),
    "instance past the end": (patched(INSTANCE, "I", 4096), "BAD_INSTANCE"),
    "instance of no size": (patched(INSTANCE, "I", 0), "BAD_INSTANCE"),
    "instance of odd size": (patched(INSTANCE, "I", 199), "BAD_INSTANCE"),
    "no room for criteria": (
        resized(GOOD[:32] + struct.pack("<IHH", 32, 1, 21) + bytes(24)),
        "BAD_INSTANCE",
    ),
    "type 9": (patched(INSTANCE + 4, "H", 9), "UNKNOWN_TEMPLATE"),
    "another type": (patched(INSTANCE + 4, "H", 2), "FIELD_COUNT"),
    "pipes cannot be blocked": (patched(INSTANCE + 16, "I", 2), "BAD_ACTION"),
    "action 0": (patched(INSTANCE + 16, "I", 0), "BAD_ACTION"),
    "action 3": (patched(INSTANCE + 16, "I", 3, BLOCKING), "BAD_ACTION"),
    "20 criteria": (patched(INSTANCE + 6, "H", 20), "FIELD_COUNT"),
    "22 criteria": (patched(INSTANCE + 6, "H", 22), "FIELD_COUNT"),
    "23 criteria": (patched(INSTANCE + 6, "H", 23), "BAD_INSTANCE"),
    "kind 3": (patched(CRITERION, "B", 3), "BAD_CRITERION"),
    "text without a NUL": (patched(CRITERION + 2, "H", 5), "BAD_CRITERION"),
    "text past the end": (patched(CRITERION + 2, "H", 100), "BAD_CRITERION"),
    "text of 256": (patched(CRITERION + 2, "H", 256), "BAD_CRITERION"),
    "text far away": (patched(CRITERION + 4, "I", 0xFFFFFFFF), "BAD_CRITERION"),
    "text among criteria": (patched(CRITERION + 4, "I", 24), "ACCEPTED"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_fault_has_its_status(name: str) -> None:
    """And both validators say the same of a file that the sensor refuses."""
    data, status = CASES[name]

    assert check(data).status == status
    assert {validate(data, validator).status for validator in Validator} == {status}
    assert check(data).words


def test_every_status_of_a_file_is_tried_above() -> None:
    """But MISSING, UNREADABLE, and those of the machine: they are of no bytes."""
    tried = {status for _, status in CASES.values()}

    assert tried == {name for name, _, _ in CONTENT_STATUS.rows} - {
        "MISSING",
        "UNREADABLE",
        "NO_MEMORY",
        "NO_EVENTS",
    }


@pytest.mark.parametrize("field", content.IPC.fields[:20])
def test_a_criterion_in_a_supplied_field_passes_both(field: str) -> None:
    """Any of the first twenty."""
    data = file_with((field, Criterion(CriterionKind.EQUALS, "x")))

    assert all(validate(data, validator).accepted for validator in Validator)


@pytest.mark.parametrize(
    "criterion",
    [
        Criterion(CriterionKind.EQUALS, "c2"),
        Criterion(CriterionKind.EQUALS, ""),
        Criterion(CriterionKind.PATTERN, "*"),
    ],
    ids=str,
)
def test_the_historical_validator_lets_field_21_pass(criterion: Criterion) -> None:
    """The fixed one refuses it, also a pattern that would match anything: it reads."""
    data = file_with(("correlation", criterion))
    fixed = validate(data, Validator.FIXED)

    assert validate(data, Validator.HISTORICAL).accepted
    assert fixed.status == "FIELD_COUNT"
    assert "instance 1, field 21 (correlation)" in fixed.words
    assert "sensor supplies only 20" in fixed.words
    assert fixed.offset == INSTANCE + 24 + 20 * 8


def test_a_wildcard_in_field_21_passes_both() -> None:
    """It reads nothing: the fault stays asleep."""
    assert all(validate(file_with(), validator).accepted for validator in Validator)
