"""Structures that cross a border: ring 3 to ring 0, sensor to kernel, guest to host.

Each structure is a list of fields of fixed size, little-endian and naturally aligned,
without padding. This is checked here, so that C and Python's `struct` module agree.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

CODES: Final = {"uint8_t": "B", "uint16_t": "H", "uint32_t": "I", "uint64_t": "Q"}
SIZES: Final = {"uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8, "char": 1}


@dataclass(frozen=True, slots=True)
class Field:
    """One member: C type, name, array length (0 = not an array), meaning.

    A type that is a `Structure` stands for that C struct.
    """

    type: str | Structure
    name: str
    count: int
    words: str

    @property
    def c_type(self) -> str:
        """The type as C writes it."""
        return self.type if isinstance(self.type, str) else f"struct {self.type.name}"

    @property
    def alignment(self) -> int:
        """What its offset has to be a multiple of."""
        return SIZES[self.type] if isinstance(self.type, str) else 8

    @property
    def size(self) -> int:
        """Size in bytes; for an array, of the whole array."""
        one = SIZES[self.type] if isinstance(self.type, str) else self.type.size
        return one * (self.count or 1)


@dataclass(frozen=True, slots=True)
class Structure:
    """A C struct that Python can read."""

    name: str
    words: str
    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        offset = 0
        for field in self.fields:
            if offset % field.alignment:
                raise AssertionError(f"{self.name}.{field.name} is not aligned")
            offset += field.size
        if offset % 8:
            raise AssertionError(f"{self.name} is {offset} bytes: not a multiple of 8")

    @property
    def size(self) -> int:
        """Size in bytes."""
        return sum(field.size for field in self.fields)

    def offset(self, name: str) -> int:
        """Byte offset of a member."""
        position = 0
        for field in self.fields:
            if field.name == name:
                return position
            position += field.size
        raise KeyError(name)

    def unpack(
        self, data: bytes | memoryview
    ) -> dict[str, int | str | tuple[int, ...]]:
        """Read one structure. A char array becomes the text up to its first NUL.

        A member that is a structure is left out.
        """
        values: dict[str, int | str | tuple[int, ...]] = {}
        position = 0
        for field in self.fields:
            chunk = bytes(data[position : position + field.size])
            position += field.size
            if isinstance(field.type, Structure):
                continue
            if field.type == "char":
                values[field.name] = chunk.split(b"\0")[0].decode("latin-1")
                continue
            numbers = struct.unpack(f"<{field.count or 1}{CODES[field.type]}", chunk)
            values[field.name] = numbers if field.count else numbers[0]
        return values

    def pack(self, **values: int | str | bytes | tuple[int, ...]) -> bytes:
        """Write one structure. Members without a value become zero.

        The value of a member that is a structure are its bytes.
        """
        unknown = values.keys() - {field.name for field in self.fields}
        if unknown:
            raise KeyError(f"{self.name} has no {sorted(unknown)}")
        parts = []
        for field in self.fields:
            value = values.get(field.name, 0)
            if isinstance(field.type, Structure) or field.type == "char":
                value = value or b""
                raw = value.encode("latin-1") if isinstance(value, str) else value
                assert isinstance(raw, bytes)
                parts.append(raw[: field.size].ljust(field.size, b"\0"))
            else:
                numbers: tuple[int | str | bytes, ...] = (
                    value if isinstance(value, tuple) else (value,)
                )
                numbers = numbers + (0,) * ((field.count or 1) - len(numbers))
                parts.append(
                    struct.pack(f"<{field.count or 1}{CODES[field.type]}", *numbers)
                )
        return b"".join(parts)


def define(
    name: str, words: str, *fields: tuple[str | Structure, str, int, str]
) -> Structure:
    """Make a structure from rows of (type, name, count, words).

    A count of 0 is no array.
    """
    return Structure(name, words, tuple(Field(*field) for field in fields))


NAME_SIZE: Final = 32
PATH_SIZE: Final = 64
PIPE_NAME_SIZE: Final = 48

UPDATE_HEADER: Final = define(
    "update_header",
    "The header of a content file, or of a fix, on the update link.",
    ("uint32_t", "magic", 0, "UPDATE_MAGIC or FIX_MAGIC"),
    ("uint32_t", "size", 0, "bytes that follow"),
    ("uint32_t", "checksum", 0, "CRC-32 of them"),
    ("uint32_t", "reserved", 0, ""),
    ("char", "name", 16, "of the file"),
)

SPAWN: Final = define(
    "spawn",
    "The argument of `spawn`: what to start.",
    ("char", "path", PATH_SIZE, "program file"),
    ("char", "argument", PATH_SIZE, "one argument string"),
    ("uint32_t", "rights", 0, "RIGHT_ bits; never more than the caller's own"),
    ("uint32_t", "death_port", 0, "handle of a port that is told its end; 0 = none"),
)

PROCESS_ENTRY: Final = define(
    "process_entry",
    "One line of the process list.",
    ("char", "name", NAME_SIZE, "program name"),
    ("uint32_t", "process_id", 0, ""),
    ("uint32_t", "parent_id", 0, ""),
    ("uint32_t", "state", 0, "0 ready or running, 1 waiting, 2 stopped by a signal"),
    ("uint32_t", "rights", 0, "RIGHT_ bits"),
    ("uint64_t", "started", 0, "nanoseconds since boot"),
)

PROCESS_INFO: Final = define(
    "process_info",
    "What is known of a process to whom has opened it.",
    ("uint32_t", "process_id", 0, ""),
    ("uint32_t", "parent_id", 0, ""),
    ("uint32_t", "rights", 0, "RIGHT_ bits"),
    ("uint32_t", "pages", 0, "of memory that it has"),
    ("uint32_t", "is_stopped", 0, "0 or 1: by a signal"),
    ("uint32_t", "is_protected", 0, "0 or 1: against the caller"),
    ("char", "name", NAME_SIZE, "program name"),
    ("char", "path", PATH_SIZE, "its program file, in capitals"),
)

MEMORY_RANGE: Final = define(
    "memory_range",
    "Memory of a process: pages in a row with the same rights.",
    ("uint64_t", "address", 0, "of the first page"),
    ("uint64_t", "size", 0, "in bytes"),
    ("uint32_t", "rights", 0, "MEMORY_ bits"),
    ("uint32_t", "reserved", 0, ""),
)

FILE_ENTRY: Final = define(
    "file_entry",
    "One line of a directory.",
    ("char", "name", 16, "8.3 name"),
    ("uint32_t", "size", 0, "bytes"),
    ("uint32_t", "is_directory", 0, "0 or 1"),
)

FILE_STATUS: Final = define(
    "file_status",
    "What is known of a file or folder.",
    ("uint32_t", "size", 0, "bytes"),
    ("uint32_t", "flags", 0, "FILE_ bits"),
    ("uint16_t", "time", 0, "when it was written, as FAT encodes a time"),
    ("uint16_t", "date", 0, "when it was written, as FAT encodes a date"),
    ("uint16_t", "created_time", 0, ""),
    ("uint16_t", "created_date", 0, ""),
)

FILE_ATTRIBUTES: Final = define(
    "file_attributes",
    "How a file or folder lies on the disk, and the disk itself.",
    ("uint32_t", "flags", 0, "FILE_ bits"),
    ("uint32_t", "first_cluster", 0, "0 = no bytes, or the root directory"),
    ("uint32_t", "clusters", 0, "that belong to it"),
    ("uint32_t", "pieces", 0, "runs of clusters that lie next to each other"),
    ("uint32_t", "cluster_size", 0, "bytes"),
    ("uint32_t", "disk_clusters", 0, "that the disk has for files"),
    ("uint32_t", "free_clusters", 0, "of these, those that nobody uses"),
    ("uint32_t", "is_read_only", 0, "1 if the disk is mounted so"),
)

SERVICE: Final = define(
    "service",
    "One line of the service list on the disk.",
    ("char", "name", NAME_SIZE, ""),
    ("char", "image", PATH_SIZE, "program or plugin file"),
    ("uint32_t", "kind", 0, "SERVICE_ value"),
    ("uint32_t", "start", 0, "START_ value"),
    ("uint32_t", "error_control", 0, "ERROR_CONTROL_ value"),
    ("uint32_t", "rights", 0, "RIGHT_ bits"),
    ("uint32_t", "state", 0, "SERVICE_STATE_ value"),
    ("uint32_t", "process_id", 0, "0 for a driver"),
    ("uint64_t", "is_sensor", 0, "1 if its plugin has reported that it is one"),
)

DEATH: Final = define(
    "death",
    "How a process ended.",
    ("uint32_t", "process_id", 0, ""),
    ("uint32_t", "cause", 0, "DEATH_EXIT, DEATH_FAULT, DEATH_KILLED"),
    ("uint64_t", "status", 0, "exit status"),
    ("uint64_t", "vector", 0, "of the fault"),
    ("uint64_t", "error_code", 0, "of the fault"),
    ("uint64_t", "address", 0, "CR2 for a page fault"),
    ("uint64_t", "rip", 0, "of the fault"),
    ("uint64_t", "lifetime", 0, "nanoseconds"),
    ("char", "name", NAME_SIZE, "program name"),
)

SIGNAL: Final = define(
    "signal",
    "A signal that came as a message.",
    ("uint32_t", "number", 0, "SIGNAL_ value"),
    ("uint32_t", "sender", 0, "process id"),
)

BREAKPOINT: Final = define(
    "breakpoint",
    "A process has come to an `int3`, and stands still.",
    ("uint32_t", "process_id", 0, ""),
    ("uint32_t", "reserved", 0, ""),
    ("uint64_t", "rip", 0, "of the `int3`: there it goes on after CONT"),
    ("uint64_t", "rsp", 0, ""),
)

MESSAGE_BODY_SIZE: Final = 240
MESSAGE: Final = define(
    "message",
    "A message, as it is sent through a port.",
    ("uint32_t", "type", 0, "MESSAGE_ value"),
    ("uint32_t", "sender", 0, "process id, written by the kernel; 0 = the kernel"),
    ("uint32_t", "call_id", 0, "for port_reply; 0 = no answer is expected"),
    ("uint32_t", "size", 0, "bytes used of the body"),
    ("uint8_t", "body", MESSAGE_BODY_SIZE, "struct event, struct death, or text"),
)

RECORD_VALUES: Final = 6
RECORD_FAR_TEXT: Final = 256  # bytes of a text that a record points to, with the NUL
RECORD: Final = define(
    "record",
    "What the guest tells the world outside, through the beacon.",
    ("uint32_t", "kind", 0, "RECORD_ value"),
    (
        "uint32_t",
        "process_id",
        0,
        "whose it is, written by the kernel; 0 = the kernel itself",
    ),
    (
        "uint64_t",
        "values",
        RECORD_VALUES,
        "a structure for each kind of record",
    ),
    ("char", "name", NAME_SIZE, "of a file, process or module"),
    ("char", "text", PATH_SIZE, "for a human reader"),
)

EVENT_SET_WORDS: Final = 4
EVENT_SET: Final = define(
    "event_set",
    "A set of types of security event.",
    ("uint64_t", "words", EVENT_SET_WORDS, "type N is bit N % 64 of word N / 64"),
)

EVENT_CLIENTS_LIMIT: Final = 16
EVENT_CLIENTS_EACH: Final = 4  # of these, how many one process may have
EVENT_QUEUE: Final = 32  # events that wait in the inbox of a client
EVENT_DEADLINE_NANOSECONDS: Final = 500_000_000  # for a verdict, unless shortened

EVENT_MUTE: Final = define(
    "event_mute",
    "What a client hides from itself.",
    ("uint32_t", "what", 0, "EVENT_MUTE_ value"),
    ("uint32_t", "match", 0, "EVENT_MATCH_ value; for paths"),
    ("uint32_t", "process_id", 0, "for EVENT_MUTE_PROCESS"),
    ("uint32_t", "reserved", 0, ""),
    (EVENT_SET, "events", 0, "only these types; empty = all"),
    ("char", "path", PATH_SIZE, "in capitals; for the two others"),
)

EVENT_CLIENT_ENTRY: Final = define(
    "event_client_entry",
    "What is known of a client of the security events.",
    ("uint32_t", "id", 0, "counted from 1"),
    ("uint32_t", "process_id", 0, "0 = a driver"),
    ("uint32_t", "messages", 0, "that were meant for it"),
    ("uint32_t", "dropped", 0, "of these, those for which its inbox had no room"),
    ("uint32_t", "missed", 0, "verdicts that did not come in time"),
    ("uint32_t", "denied", 0, "operations that it has denied"),
    ("uint32_t", "waiting", 0, "messages that wait for its verdict now"),
    ("uint32_t", "miss_mode", 0, "EVENT_MISS_ value"),
    ("uint64_t", "deadline", 0, "nanoseconds that it has for a verdict"),
    (EVENT_SET, "wanted", 0, "what it has subscribed to"),
    ("char", "name", NAME_SIZE, "of its program or driver"),
)

APPROVALS_MAGIC: Final = 0x4445564F52505041  # "APPROVED", little-endian
APPROVALS_LIMIT: Final = 16
SHA256_BYTES: Final = 32
APPROVAL: Final = define(
    "approval",
    "What is known of a plugin that needs the user's approval.",
    ("char", "name", NAME_SIZE, "of its file"),
    ("char", "image", PATH_SIZE, "its file, in capitals"),
    ("uint32_t", "kind", 0, "SERVICE_ value"),
    ("uint32_t", "state", 0, "APPROVAL_ value"),
    ("uint32_t", "rights", 0, "RIGHT_ bits that its manifest names"),
    ("uint32_t", "sees_events", 0, "1 = may subscribe to security events"),
    ("uint16_t", "major", 0, "version"),
    ("uint16_t", "minor", 0, ""),
    ("uint32_t", "reserved", 0, ""),
    ("uint64_t", "approved_in", 0, "the number of the start in which that was"),
    ("uint8_t", "digest", SHA256_BYTES, "of the file: other bytes are not approved"),
)
APPROVALS: Final = define(
    "approvals",
    "The file of the approvals.",
    ("uint64_t", "magic", 0, "APPROVALS_MAGIC"),
    ("uint32_t", "count", 0, "of rows that are used"),
    ("uint32_t", "checksum", 0, "CRC-32 of all rows"),
    (APPROVAL, "rows", APPROVALS_LIMIT, ""),
)

DEVICE_GRANT: Final = define(
    "device_grant",
    "What a driver in ring 3 may use of the hardware.",
    ("uint16_t", "first_port", 0, ""),
    ("uint16_t", "lines", 0, "1 << IRQ_ of each interrupt line"),
    ("uint8_t", "port_count", 0, "0 = no device"),
    ("uint8_t", "quiesce_port", 0, "counted from first_port: where is written,"),
    ("uint8_t", "quiesce_value", 0, "and what, so that the device comes to rest"),
    ("uint8_t", "reserved", 0, ""),
)

PLUGIN_MANIFEST_TYPE: Final = 1
PLUGIN_EARLY: Final = 1
PLUGIN_MANIFEST: Final = define(
    "plugin_manifest",
    "What a plugin.toml asks for, as an ELF note in the plugin's file.",
    ("uint32_t", "owner_size", 0, "of the text below, its NUL included"),
    ("uint32_t", "value_size", 0, "bytes after the owner"),
    ("uint32_t", "type", 0, "PLUGIN_MANIFEST_TYPE"),
    ("char", "owner", 8, '"minios"'),
    ("uint32_t", "rights", 0, "RIGHT_ bits that it may use"),
    ("uint32_t", "kinds", 0, "1 << SERVICE_ of each kind as which it may run"),
    ("uint8_t", "major", 0, "version"),
    ("uint8_t", "minor", 0, ""),
    ("uint16_t", "flags", 0, "PLUGIN_EARLY: starts before others of third parties"),
    (DEVICE_GRANT, "device", 0, "that it drives"),
    (EVENT_SET, "events", 0, "those that it may subscribe to"),
)

BOOT_STATUS_MAGIC: Final = 0x54415453544F4F42  # "BOOTSTAT", little-endian
BOOT_FAILURES_LIMIT: Final = 2  # failed starts in a row that lead into recovery
BOOT_SETTLE_SECONDS: Final = 120  # an end within this time of "ready" counts as failed
INTEGRITY_SECONDS_AT_LEAST: Final = 1  # between two integrity checks
INTEGRITY_SECONDS_AT_MOST: Final = 5
BOOT_STATUS: Final = define(
    "boot_status",
    "How the last starts went, in a sector of its own.",
    ("uint64_t", "magic", 0, "BOOT_STATUS_MAGIC"),
    ("uint64_t", "starts", 0, "since the disk was made"),
    ("uint32_t", "failed_starts", 0, "in a row, before this one"),
    ("uint32_t", "state", 0, "BOOT_STATE_ value"),
    ("uint32_t", "mode", 0, "BOOT_MODE_ value of this start"),
    ("uint32_t", "next_mode", 0, "BOOT_MODE_ value for the next start"),
    ("uint32_t", "list_checksum", 0, "CRC-32 of the service list of this start"),
    ("uint32_t", "checksum", 0, "CRC-32 of all before it"),
)

MODULE_ENTRY: Final = define(
    "module_entry",
    "What is known of a module: a driver that is in memory.",
    ("char", "name", NAME_SIZE, 'of its file: "sentinel.sys"'),
    ("uint64_t", "base", 0, "address of its code; 0 for who may not load a driver"),
    ("uint64_t", "size", 0, "bytes of memory"),
    ("uint32_t", "users", 0, "use count: threads of others in its code"),
    ("uint32_t", "dead", 0, "of these, those that were ended there: they stay counted"),
    ("uint32_t", "state", 0, "MODULE_STATE_ value"),
    ("uint32_t", "dead_id", 0, "the last of these: process id, 0 = none"),
    ("char", "dead_name", NAME_SIZE, "... and its name"),
)

BOOT_ENTRY_NAME_SIZE: Final = 16
BOOT_ENTRY_WORDS_SIZE: Final = 120
BOOT_ENTRIES_LIMIT: Final = 8
BOOT_ENTRY: Final = define(
    "boot_entry",
    "One line of the boot menu.",
    ("char", "name", BOOT_ENTRY_NAME_SIZE, ""),
    ("char", "words", BOOT_ENTRY_WORDS_SIZE, "boot options that it adds"),
    ("uint64_t", "is_default", 0, "1: every start takes it, unless somebody chooses"),
)

STRUCTURES: Final = (
    MODULE_ENTRY,
    BOOT_ENTRY,
    BOOT_STATUS,
    UPDATE_HEADER,
    SPAWN,
    PROCESS_ENTRY,
    PROCESS_INFO,
    MEMORY_RANGE,
    FILE_ENTRY,
    FILE_STATUS,
    FILE_ATTRIBUTES,
    SERVICE,
    DEATH,
    SIGNAL,
    BREAKPOINT,
    MESSAGE,
    RECORD,
    EVENT_SET,
    EVENT_MUTE,
    EVENT_CLIENT_ENTRY,
    APPROVAL,
    APPROVALS,
    DEVICE_GRANT,
    PLUGIN_MANIFEST,
)
