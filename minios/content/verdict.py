"""What the sensor says of a file when it is asked to load it.

The sensor's own C code makes these checks, in this order, in whichever ring it runs;
this is the same in Python, for whoever wants to know before pushing a file. Names are
those of `CONTENT_STATUS` in `minios/abi/enumerations.py`.

    TOO_LARGE         the file is larger than the sensor's buffer
    TOO_SHORT         ... shorter than a header
    BAD_MAGIC         does not begin with MCHN
    BAD_VERSION       another version of the format
    SIZE_MISMATCH     the header names another size
    BAD_CHECKSUM      CRC-32 of all that follows the header
    TOO_LARGE         more instances than there is room for
    UNKNOWN_TEMPLATE  another channel than 291
    then for each instance:
    BAD_INSTANCE      reaches past the end of the file, or its criteria past its own
    UNKNOWN_TEMPLATE  a type that the definitions do not have
    FIELD_COUNT       another number of criteria than the definitions have
    BAD_CRITERION     unknown kind, or a text out of bounds or without its NUL
    and at the end:
    SIZE_MISMATCH     bytes behind the last instance

None of them asks how many inputs the sensor will supply. That is the point: a file that
passes every one of these checks can still crash the interpreter.
"""

from __future__ import annotations

import zlib

import msgspec

from minios.abi import content
from minios.abi.enumerations import CONTENT_STATUS
from minios.content.layout import (
    CRITERION,
    HEADER,
    INSTANCE,
    INSTANCE_ALIGNMENT,
    MAGIC_NUMBER,
)
from minios.content.model import CriterionKind

ACCEPTED = "ACCEPTED"
_ANY = CriterionKind.ANY.number
_KINDS = {kind.number for kind in CriterionKind}


class Verdict(msgspec.Struct, frozen=True):
    """Whether a file is taken, and if not, why.

    `status` is a name of `CONTENT_STATUS`; `offset` is the byte of the file that is
    complained of, -1 where it is none in particular.
    """

    status: str
    words: str
    offset: int = -1

    def __post_init__(self) -> None:
        """Refuse a status that the sensor does not know."""
        assert self.number >= 0

    @property
    def accepted(self) -> bool:
        """Whether the file is taken."""
        return self.status == ACCEPTED

    @property
    def number(self) -> int:
        """The number that the sensor reports."""
        return CONTENT_STATUS[self.status]


def check(data: bytes) -> Verdict:
    """The sensor's verdict on the bytes of a file."""
    bad = _check_header(data)
    if bad is not None:
        return bad
    header = HEADER.unpack(data, 0)
    position = content.HEADER_SIZE
    for number in range(1, header["instances"] + 1):
        bad = _check_instance(data, position, number)
        if bad is not None:
            return bad
        position += INSTANCE.unpack(data, position)["size"]
    if position != len(data):
        extra = len(data) - position
        return Verdict(
            "SIZE_MISMATCH", f"{extra} bytes follow the last instance", position
        )
    return Verdict(ACCEPTED, "the file is well formed")


def _check_header(data: bytes) -> Verdict | None:  # noqa: PLR0911 - one a check
    size = len(data)
    if size > content.MAXIMUM_FILE_SIZE:
        most = content.MAXIMUM_FILE_SIZE
        return Verdict("TOO_LARGE", f"{size} bytes; the sensor takes {most}")
    if size < content.HEADER_SIZE:
        needed = content.HEADER_SIZE
        return Verdict("TOO_SHORT", f"{size} bytes; a header alone has {needed}")
    header = HEADER.unpack(data, 0)
    if header["magic"] != MAGIC_NUMBER:
        begin = data[: len(content.MAGIC)].hex(" ")
        return Verdict("BAD_MAGIC", f"begins with {begin} instead of MCHN", 0)
    if header["format"] != content.FORMAT_VERSION:
        version = header["format"]
        return Verdict("BAD_VERSION", f"format {version}; the sensor reads 1", 4)
    if header["size"] != size:
        named = header["size"]
        return Verdict("SIZE_MISMATCH", f"{size} bytes; the header says {named}", 16)
    checksum = zlib.crc32(data[content.HEADER_SIZE :])
    if header["crc"] != checksum:
        words = f"CRC-32 is {checksum:#010x}; the header says {header['crc']:#010x}"
        return Verdict("BAD_CHECKSUM", words, 20)
    if header["instances"] > content.MAXIMUM_INSTANCES:
        most = content.MAXIMUM_INSTANCES
        words = f"{header['instances']} instances; the sensor has room for {most}"
        return Verdict("TOO_LARGE", words, 12)
    if header["channel"] != content.CHANNEL_NUMBER:
        words = f"channel {header['channel']}; the sensor reads 291"
        return Verdict("UNKNOWN_TEMPLATE", words, 6)
    return None


def _check_instance(data: bytes, position: int, number: int) -> Verdict | None:
    where = f"instance {number}"
    left = len(data) - position
    if left < INSTANCE.size:
        words = f"{where}: the file ends before its header does"
        return Verdict("BAD_INSTANCE", words, position)
    header = INSTANCE.unpack(data, position)
    size, fields = header["size"], header["fields"]
    needed = INSTANCE.size + CRITERION.size * fields
    if not needed <= size <= left or size % INSTANCE_ALIGNMENT:
        words = (
            f"{where}: {size} bytes; {fields} criteria need {needed}, the file has "
            f"{left}, and sizes go in steps of {INSTANCE_ALIGNMENT}"
        )
        return Verdict("BAD_INSTANCE", words, position)
    template = content.BY_NUMBER.get(header["type"])
    if template is None:
        words = f"{where}: there is no template type {header['type']}"
        return Verdict("UNKNOWN_TEMPLATE", words, position + 4)
    if fields != len(template.fields):
        words = (
            f"{where}: {fields} criteria; the definitions give type "
            f"{template.name} {len(template.fields)} fields"
        )
        return Verdict("FIELD_COUNT", words, position + 6)
    return _check_criteria(data[position : position + size], position, number)


def _check_criteria(instance: bytes, position: int, number: int) -> Verdict | None:
    header = INSTANCE.unpack(instance, 0)
    names = content.BY_NUMBER[header["type"]].fields
    for index, name in enumerate(names):
        place = INSTANCE.size + CRITERION.size * index
        fault = _criterion_fault(instance, CRITERION.unpack(instance, place))
        if fault:
            words = f"{where(number, index, name)}: {fault}"
            return Verdict("BAD_CRITERION", words, position + place)
    return None


def _criterion_fault(instance: bytes, criterion: dict[str, int]) -> str:
    """What is wrong with a criterion; empty if nothing is."""
    kind = criterion["kind"]
    if kind not in _KINDS:
        return f"there is no kind {kind} of criterion"
    if kind == _ANY:
        return ""
    return _text_fault(instance, criterion["offset"], criterion["length"])


def _text_fault(instance: bytes, offset: int, length: int) -> str:
    if length > content.MAXIMUM_TEXT:
        return f"a text of {length} bytes; {content.MAXIMUM_TEXT} is the most"
    if offset + length >= len(instance):
        return f"its text at {offset}, {length} bytes, reaches past the instance"
    if instance[offset + length] != 0:
        return f"its text at {offset}, {length} bytes, does not end with a NUL"
    return ""


def where(instance: int, index: int, name: str) -> str:
    """Words for the place of a criterion. Instances and fields count from 1."""
    return f"instance {instance}, field {index + 1} ({name})"
