"""Security events: what the kernel tells its clients and asks them, a row each type.

A client is a plugin or a program that has subscribed. Types whose name begins with AUTH
come before something is done: the kernel waits for a verdict. All others come after it,
and nobody waits. The names and the meanings are those of Apple's Endpoint Security
(`endpoint_security.py`). Five are ours alone. Endpoint Security has no events for
named pipes, but the content file of 19 July 2024 was about those, so this kernel has.
And it tells of a write to a file, but does not ask before.

Each type has a subject, which is a structure: what it happens to. From this table are
made: the numbers and structures in `abi.h`, the names in `plugin.toml`, the tables of
the SDK's page, and the list of `minios events`. `absent_events.py` says of each type of
Endpoint Security that this kernel does not emit why that is so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.abi.endpoint_security import ENDPOINT_SECURITY, AppleEvent
from minios.abi.enumerations import Enumeration
from minios.abi.structures import (
    EVENT_SET_WORDS,
    MESSAGE_BODY_SIZE,
    NAME_SIZE,
    PATH_SIZE,
    PIPE_NAME_SIZE,
    Structure,
    define,
)


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One type of security event.

    Attributes:
        name: in C it is EVENT_NAME.
        subject: what it happens to. Types that happen to the same kind of thing share
            it.
        words: what somebody wants to do (AUTH), or what has happened.
        posted_by: the file of the kernel that asks or tells.
    """

    name: str
    subject: Structure
    words: str
    posted_by: str

    @property
    def is_asked(self) -> bool:
        """Whether the kernel waits for a verdict before it goes on."""
        return self.name.startswith("AUTH_")

    @property
    def apple(self) -> AppleEvent | None:
        """The same in Endpoint Security. None if it is ours alone."""
        return _APPLE.get(self.name)

    @property
    def target(self) -> str:
        """Which member of `struct event` names what it is about, in C. "" if none."""
        for name in ("path", "name"):
            if any(field.name == name for field in self.subject.fields):
                return f"{member_of(self.subject)}.{name}"
        return ""


_APPLE: Final = {it.name: it for it in ENDPOINT_SECURITY}
_PROGRAM_NAME: Final = 24

# ---- The subjects.

EVENT_ACTOR: Final = define(
    "event_actor",
    "Who does it: a thread of a process.",
    ("uint32_t", "process_id", 0, "0 = the kernel itself"),
    ("uint32_t", "thread_id", 0, ""),
    ("uint32_t", "parent_id", 0, "of the process that started it"),
    ("uint32_t", "rights", 0, "RIGHT_ bits"),
    ("char", "name", _PROGRAM_NAME, "program name"),
    ("char", "parent", _PROGRAM_NAME, "program name of its parent"),
)

_PIPE: Final = define(
    "event_pipe",
    "A named pipe.",
    ("uint64_t", "open_count", 0, "how often it has been opened"),
    ("uint64_t", "bytes_waiting", 0, "written and not yet read"),
    ("uint32_t", "server_id", 0, "process id of its owner"),
    ("uint32_t", "reserved", 0, ""),
    ("char", "server", _PROGRAM_NAME, "program name of its owner"),
    ("char", "name", PIPE_NAME_SIZE, ""),
)

_PROCESS: Final = define(
    "event_process",
    "A process.",
    ("uint32_t", "id", 0, "0 = it has none yet"),
    ("uint32_t", "rights", 0, "RIGHT_ bits"),
    ("char", "name", _PROGRAM_NAME, "program name"),
    ("char", "path", PATH_SIZE, "its program file, in capitals"),
)

_SIGNAL: Final = define(
    "event_signal",
    "A signal to a process.",
    ("uint32_t", "number", 0, "SIGNAL_ value"),
    ("uint32_t", "id", 0, "of the process that it is sent to"),
    ("uint32_t", "rights", 0, "of this process: RIGHT_ bits"),
    ("uint32_t", "reserved", 0, ""),
    ("char", "name", _PROGRAM_NAME, "program name"),
    ("char", "path", PATH_SIZE, "its program file, in capitals"),
)

_MEMORY: Final = define(
    "event_memory",
    "Memory of the process that acts.",
    ("uint64_t", "address", 0, "of the first page; 0 = not known yet"),
    ("uint64_t", "size", 0, "in bytes"),
    ("uint32_t", "rights", 0, "MEMORY_ bits that it is to have"),
    ("uint32_t", "before", 0, "those of all its pages together, until now"),
)

_DATE: Final = define(
    "event_date",
    "The date of the machine, as FAT encodes it (minios/kernel/base/boot_options.h).",
    ("uint32_t", "before", 0, ""),
    ("uint32_t", "after", 0, "what it is to be"),
)

_FILE: Final = define(
    "event_file",
    "A file or folder.",
    ("uint32_t", "flags", 0, "OPEN_ flags; CLOSE: 1 = changed; TRUNCATE: the new size"),
    ("uint32_t", "size", 0, "of the file, in bytes; 0 if there is none"),
    ("char", "path", PATH_SIZE, 'in capitals; "" after the file was deleted'),
)

_TWO_PATHS: Final = define(
    "event_two_paths",
    "A file or folder, and another path.",
    ("char", "path", PATH_SIZE, "of the file or folder, in capitals"),
    ("char", "to", PATH_SIZE, "the other path, in capitals"),
)


def _of_file(name: str, words: str, posted_by: str) -> SecurityEvent:
    return SecurityEvent(name, _FILE, words, posted_by)


def _of_two(name: str, words: str, posted_by: str) -> SecurityEvent:
    return SecurityEvent(name, _TWO_PATHS, words, posted_by)


_ALL_FILES: Final = "syscalls/file_events.c"
_CLOSE: Final = "processes/handle.c"
_HANDLES: Final = "syscalls/files.c"
_PATHS: Final = "syscalls/paths.c"

_KEXT: Final = define(
    "event_kext",
    "A driver: code in ring 0. Apple calls it a kernel extension.",
    ("uint64_t", "base", 0, "its address; 0 = it is not in memory yet"),
    ("uint64_t", "size", 0, "in bytes; 0 = not known yet"),
    ("char", "name", NAME_SIZE, "of its file"),
    ("char", "path", PATH_SIZE, "its file, in capitals"),
)

_PORT: Final = define(
    "event_port",
    "A message port with a name.",
    ("uint32_t", "owner_id", 0, "process id of its owner; 0 = a driver, or none"),
    ("uint32_t", "reserved", 0, ""),
    ("char", "owner", _PROGRAM_NAME, 'program name of its owner; "" = there is none'),
    ("char", "name", NAME_SIZE, ""),
)

_APPROVAL: Final = define(
    "event_approval",
    "A plugin, and what the user lets it do.",
    ("uint32_t", "state", 0, "APPROVAL_ value"),
    ("uint32_t", "sees_events", 0, "1 = may subscribe to security events"),
    ("uint32_t", "rights", 0, "RIGHT_ bits that it asks for, or that the list grants"),
    ("uint32_t", "reserved", 0, ""),
    ("char", "name", NAME_SIZE, "of its file"),
    ("char", "path", PATH_SIZE, "its file, in capitals"),
)

_AUTHORIZATION: Final = define(
    "event_authorization",
    "The rights of a program that is to be started.",
    ("uint32_t", "asked", 0, "RIGHT_ bits that it is to have"),
    ("uint32_t", "granted", 0, "RIGHT_ bits that it gets; for PETITION: 0"),
    ("char", "path", PATH_SIZE, "its file, in capitals"),
)

_LAUNCH_ITEM: Final = define(
    "event_launch_item",
    "A line of the service list: what is started with the machine.",
    ("uint32_t", "kind", 0, "SERVICE_ value"),
    ("uint32_t", "start", 0, "START_ value"),
    ("uint32_t", "rights", 0, "RIGHT_ bits that the list grants it"),
    ("uint32_t", "reserved", 0, ""),
    ("char", "name", NAME_SIZE, "of the service"),
    ("char", "path", PATH_SIZE, "its file, in capitals"),
)

SECURITY_EVENTS: Final = (
    # ---- Named pipes: ours alone.
    SecurityEvent("PIPE_CREATE", _PIPE, "a server made a named pipe", "ipc/pipe.c"),
    SecurityEvent("PIPE_OPEN", _PIPE, "a client opened a named pipe", "ipc/pipe.c"),
    SecurityEvent(
        "PIPE_CLOSE", _PIPE, "an end of a named pipe was closed", "ipc/pipe.c"
    ),
    SecurityEvent(
        "AUTH_PIPE_OPEN", _PIPE, "a client wants to open a named pipe", "ipc/pipe.c"
    ),
    # ---- Processes.
    SecurityEvent(
        "AUTH_EXEC",
        _PROCESS,
        "a program is to begin, with these rights",
        "processes/start.c",
    ),
    SecurityEvent("NOTIFY_EXEC", _PROCESS, "a program began", "processes/start.c"),
    SecurityEvent("NOTIFY_EXIT", _PROCESS, "a process ended", "processes/end.c"),
    SecurityEvent(
        "AUTH_SIGNAL",
        _SIGNAL,
        "a process is to get a signal",
        "processes/signal.c",
    ),
    SecurityEvent(
        "NOTIFY_SIGNAL", _SIGNAL, "a process got a signal", "processes/signal.c"
    ),
    SecurityEvent(
        "AUTH_PROC_SUSPEND_RESUME",
        _SIGNAL,
        "a process is to be stopped (STOP), or to go on (CONT)",
        "processes/signal.c",
    ),
    SecurityEvent(
        "NOTIFY_PROC_SUSPEND_RESUME",
        _SIGNAL,
        "a process was stopped (STOP), or goes on (CONT)",
        "processes/signal.c",
    ),
    SecurityEvent(
        "AUTH_PROC_CHECK",
        _PROCESS,
        "a process wants to know of another one",
        "processes/access.c",
    ),
    SecurityEvent(
        "NOTIFY_PROC_CHECK",
        _PROCESS,
        "a process was told of another one",
        "processes/access.c",
    ),
    SecurityEvent(
        "AUTH_GET_TASK",
        _PROCESS,
        "a process wants to change another one",
        "processes/access.c",
    ),
    SecurityEvent(
        "NOTIFY_GET_TASK",
        _PROCESS,
        "a process may change another one",
        "processes/access.c",
    ),
    SecurityEvent(
        "AUTH_GET_TASK_READ",
        _PROCESS,
        "a process wants to read the memory of another one",
        "processes/access.c",
    ),
    SecurityEvent(
        "NOTIFY_GET_TASK_READ",
        _PROCESS,
        "a process may read the memory of another one",
        "processes/access.c",
    ),
    SecurityEvent(
        "NOTIFY_GET_TASK_INSPECT",
        _PROCESS,
        "a process may see where another one has memory",
        "processes/access.c",
    ),
    SecurityEvent(
        "NOTIFY_GET_TASK_NAME",
        _PROCESS,
        "a process has opened another one, to know who it is",
        "processes/access.c",
    ),
    SecurityEvent(
        "NOTIFY_TRACE",
        _PROCESS,
        "a process is being debugged by another one",
        "processes/trace.c",
    ),
    # ---- Memory.
    SecurityEvent(
        "AUTH_MMAP", _MEMORY, "a process wants more memory", "processes/memory.c"
    ),
    SecurityEvent(
        "NOTIFY_MMAP", _MEMORY, "a process has got more memory", "processes/memory.c"
    ),
    SecurityEvent(
        "AUTH_MPROTECT",
        _MEMORY,
        "a process wants other rights for its memory",
        "processes/memory.c",
    ),
    SecurityEvent(
        "NOTIFY_MPROTECT",
        _MEMORY,
        "a process has other rights for its memory",
        "processes/memory.c",
    ),
    # ---- Time.
    SecurityEvent(
        "AUTH_SETTIME", _DATE, "the date is to be set", "syscalls/processes.c"
    ),
    SecurityEvent("NOTIFY_SETTIME", _DATE, "the date was set", "syscalls/processes.c"),
    # ---- Files.
    # ---- Files. Those of programs: what the kernel itself does with files is not told.
    _of_file("AUTH_OPEN", "open a file with these flags", _HANDLES),
    _of_file("NOTIFY_OPEN", "a file was opened", _HANDLES),
    _of_file("NOTIFY_CLOSE", "a file was closed, also at the end of a process", _CLOSE),
    _of_file("AUTH_CREATE", "make a file", _HANDLES),
    _of_file("NOTIFY_CREATE", "a file was made, still empty", _HANDLES),
    _of_file("NOTIFY_WRITE", "bytes were written to a file", _HANDLES),
    _of_file("AUTH_TRUNCATE", "take bytes away from the end of a file", _HANDLES),
    _of_file("NOTIFY_TRUNCATE", "a file lost bytes at its end", _HANDLES),
    _of_file("AUTH_UNLINK", "delete a file", _PATHS),
    _of_file("NOTIFY_UNLINK", "a file was deleted", _PATHS),
    _of_two("AUTH_RENAME", "give a file or folder another name", _PATHS),
    _of_two("NOTIFY_RENAME", "a file or folder got another name", _PATHS),
    _of_file("AUTH_SETFLAGS", "set the FILE_ flags of a file", _PATHS),
    _of_file("NOTIFY_SETFLAGS", "a file has these FILE_ flags now", _PATHS),
    _of_file("AUTH_UTIMES", "set the date of a file; flags: date << 16 | time", _PATHS),
    _of_file("NOTIFY_UTIMES", "a file has this date now", _PATHS),
    _of_two("AUTH_CLONE", "copy a file to a new name, in one step", _PATHS),
    _of_two("NOTIFY_CLONE", "a file was copied to a new name", _PATHS),
    _of_file("NOTIFY_LOOKUP", "a program named a path in a system call", _ALL_FILES),
    _of_file("AUTH_READDIR", "read an entry of a folder; flags: which one", _PATHS),
    _of_file("NOTIFY_READDIR", "an entry of a folder was read", _PATHS),
    _of_file("NOTIFY_STAT", "a program asked for size and dates", _PATHS),
    _of_file("NOTIFY_ACCESS", "a program asked whether it may open it so", _PATHS),
    _of_file("AUTH_GETATTRLIST", "say how a file lies on the disk", _PATHS),
    _of_file("NOTIFY_GETATTRLIST", "a program was told how a file lies there", _PATHS),
    _of_file("AUTH_FSGETPATH", "say the path of an open file", _HANDLES),
    _of_file("NOTIFY_FSGETPATH", "a program was told the path of a file", _HANDLES),
    _of_file("NOTIFY_DUP", "a program has a second handle to a file", _HANDLES),
    _of_file("AUTH_REMOUNT", "make the disk read-only (flags 1) or not (0)", _PATHS),
    _of_file("NOTIFY_REMOUNT", "the disk is read-only now (1), or not (0)", _PATHS),
    _of_file("AUTH_IOKIT_OPEN", "open a device of /DEV", _HANDLES),
    _of_file("NOTIFY_IOKIT_OPEN", "a device of /DEV was opened", _HANDLES),
    # ---- Drivers.
    SecurityEvent(
        "AUTH_KEXTLOAD", _KEXT, "load a driver into ring 0", "plugins/driver_load.c"
    ),
    SecurityEvent(
        "NOTIFY_KEXTLOAD", _KEXT, "a driver runs in ring 0", "plugins/driver_load.c"
    ),
    SecurityEvent(
        "NOTIFY_KEXTUNLOAD", _KEXT, "a driver was unloaded", "plugins/driver_load.c"
    ),
    # ---- Message ports. A connection begins with the search for its name.
    SecurityEvent(
        "AUTH_BOOTSTRAP_CHECK_IN", _PORT, "make a port with a name", "ipc/port.c"
    ),
    SecurityEvent(
        "NOTIFY_BOOTSTRAP_CHECK_IN", _PORT, "a port with a name was made", "ipc/port.c"
    ),
    SecurityEvent(
        "AUTH_BOOTSTRAP_LOOK_UP", _PORT, "look for a port by its name", "ipc/port.c"
    ),
    SecurityEvent(
        "NOTIFY_BOOTSTRAP_LOOK_UP",
        _PORT,
        "somebody has looked for a port; perhaps there is none",
        "ipc/port.c",
    ),
    SecurityEvent(
        "AUTH_XPC_CONNECT", _PORT, "connect to a port that was found", "ipc/port.c"
    ),
    SecurityEvent(
        "NOTIFY_XPC_CONNECT", _PORT, "somebody may send to this port now", "ipc/port.c"
    ),
    # ---- What the user allows.
    SecurityEvent(
        "NOTIFY_TCC_MODIFY",
        _APPROVAL,
        "the user or the service list allows more or less",
        "plugins/activation.c",
    ),
    # ---- The rights of a new process.
    SecurityEvent(
        "NOTIFY_AUTHORIZATION_PETITION",
        _AUTHORIZATION,
        "a program with these rights is to be started",
        "processes/authorization.c",
    ),
    SecurityEvent(
        "NOTIFY_AUTHORIZATION_JUDGEMENT",
        _AUTHORIZATION,
        "a program gets these rights, or none",
        "processes/authorization.c",
    ),
    # ---- What is started with the machine.
    SecurityEvent(
        "NOTIFY_BTM_LAUNCH_ITEM_ADD",
        _LAUNCH_ITEM,
        "the service list has a new line",
        "plugins/listing.c",
    ),
    SecurityEvent(
        "NOTIFY_BTM_LAUNCH_ITEM_REMOVE",
        _LAUNCH_ITEM,
        "the service list has lost a line",
        "plugins/listing.c",
    ),
    # ---- Ours alone: Endpoint Security tells of a write, but does not ask.
    _of_file("AUTH_WRITE", "write bytes to a file", _HANDLES),
)
"""The types in the order of their numbers, which count from 0."""

EVENT_TYPE: Final = Enumeration(
    "EVENT",
    "Types of security event.",
    tuple((it.name, at, it.words) for at, it in enumerate(SECURITY_EVENTS)),
)

SUBJECTS: Final = tuple(dict.fromkeys(it.subject for it in SECURITY_EVENTS))
"""The structures of what security events happen to, members of the union in EVENT."""

EVENT: Final = define(
    "event",
    "A security event: what happens, who does it, to what.",
    ("uint32_t", "type", 0, "EVENT_ value"),
    ("uint32_t", "reserved", 0, ""),
    ("uint64_t", "message_id", 0, "its low half counts this client's messages"),
    ("uint64_t", "sequence", 0, "number of this event since boot"),
    ("uint64_t", "time", 0, "nanoseconds since boot"),
    ("uint64_t", "deadline", 0, "answer before this time; 0 = no answer is expected"),
    (EVENT_ACTOR, "actor", 0, "who does it"),
    (
        "uint8_t",
        "subject",
        max(it.size for it in SUBJECTS),
        "to what; which member holds depends on the type",
    ),
)

if EVENT.size > MESSAGE_BODY_SIZE:
    raise AssertionError("a security event does not fit into the body of a message")
if len(SECURITY_EVENTS) > 64 * EVENT_SET_WORDS:
    raise AssertionError("the security events do not fit into a struct event_set")


def types_with(subject: Structure) -> str:
    """The names of the security events that happen to this, for a reader."""
    return ", ".join(it.name for it in SECURITY_EVENTS if it.subject == subject)


def member_of(subject: Structure) -> str:
    """The name of this subject in the union of `struct event`."""
    return subject.name.removeprefix("event_")
