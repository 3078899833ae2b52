"""The types of Endpoint Security that this kernel does not emit, and why not.

Each type of `endpoint_security.py` is either in the table of `security_events.py`, or
here with a reason; a test holds that. A type that comes later moves from one to the
other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Absence:
    """Types that are absent for the same reason.

    Attributes:
        reason: a sentence for a reader.
        names: their names, without the prefix ES_EVENT_TYPE_.
    """

    reason: str
    names: tuple[str, ...]


def _both(*names: str) -> tuple[str, ...]:
    """The AUTH and the NOTIFY type of each name."""
    return tuple(f"{kind}_{name}" for name in names for kind in ("AUTH", "NOTIFY"))


def _told(*names: str) -> tuple[str, ...]:
    """The NOTIFY type of each name."""
    return tuple(f"NOTIFY_{name}" for name in names)


ABSENT: Final = (
    Absence(
        "There are no users, groups and passwords, so nobody logs in or becomes "
        "somebody else.",
        _told(
            *("SETUID", "SETGID", "SETEUID", "SETEGID", "SETREUID", "SETREGID"),
            *("AUTHENTICATION", "LOGIN_LOGIN", "LOGIN_LOGOUT", "SU", "SUDO"),
            *("LW_SESSION_LOGIN", "LW_SESSION_LOGOUT"),
            *("LW_SESSION_LOCK", "LW_SESSION_UNLOCK"),
            *("OD_GROUP_ADD", "OD_GROUP_REMOVE", "OD_GROUP_SET"),
            *("OD_MODIFY_PASSWORD", "OD_DISABLE_USER", "OD_ENABLE_USER"),
            *("OD_ATTRIBUTE_VALUE_ADD", "OD_ATTRIBUTE_VALUE_REMOVE"),
            *("OD_ATTRIBUTE_SET", "OD_CREATE_USER", "OD_CREATE_GROUP"),
            *("OD_DELETE_USER", "OD_DELETE_GROUP"),
        ),
    ),
    Absence(
        "There is no network, so nobody comes from another machine.",
        _told(
            *("SCREENSHARING_ATTACH", "SCREENSHARING_DETACH"),
            *("OPENSSH_LOGIN", "OPENSSH_LOGOUT"),
        ),
    ),
    Absence(
        "There are no sockets. Named pipes have events of their own.",
        _both("UIPC_BIND", "UIPC_CONNECT"),
    ),
    Absence(
        "A FAT file has no owner, no mode, no access list and no extended attributes.",
        (
            *_both("SETMODE", "SETOWNER", "SETACL", "SETEXTATTR", "GETEXTATTR"),
            *_both("LISTEXTATTR", "DELETEEXTATTR"),
        ),
    ),
    Absence(
        "The flags and the date of a file are set by calls of their own, which have "
        "events of their own.",
        _both("SETATTRLIST"),
    ),
    Absence(
        "A FAT disk has no links, and no two files that exchange their contents.",
        _both("LINK", "READLINK", "EXCHANGEDATA"),
    ),
    Absence(
        "No process has a current folder or a root of its own.",
        _both("CHDIR", "CHROOT"),
    ),
    Absence(
        "There is one disk. The kernel mounts it before anybody can subscribe.",
        (*_both("MOUNT"), *_told("UNMOUNT")),
    ),
    Absence(
        "No file is kept elsewhere until somebody reads it.",
        _both("FILE_PROVIDER_MATERIALIZE", "FILE_PROVIDER_UPDATE"),
    ),
    Absence(
        "The kernel has no such call: whoever wants this opens files and reads them.",
        _both("SEARCHFS", "FCNTL", "COPYFILE"),
    ),
    Absence(
        "A process is started from a file, and never as a copy of another.",
        _told("FORK"),
    ),
    Absence(
        "A process has one thread, and no other process can make it a second one.",
        _told("REMOTE_THREAD_CREATE"),
    ),
    Absence(
        "There are no terminals to hand out.",
        _told("PTY_GRANT", "PTY_CLOSE"),
    ),
    Absence(
        "Programs have no signatures.",
        _told("CS_INVALIDATED", "GATEKEEPER_USER_OVERRIDE"),
    ),
    Absence(
        "The system itself looks for no malware, and takes no profiles.",
        _told(
            *("XP_MALWARE_DETECTED", "XP_MALWARE_REMEDIATED"),
            *("PROFILE_ADD", "PROFILE_REMOVE"),
        ),
    ),
    Absence(
        "Apple has not documented it.",
        tuple(f"RESERVED_{number}" for number in range(9)),
    ),
)
"""The reasons, and the types that each of them explains."""

REASONS: Final = {name: it.reason for it in ABSENT for name in it.names}
"""Why a type is absent, by its name."""
