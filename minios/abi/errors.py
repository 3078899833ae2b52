"""Error codes of system calls. A call returns the negative of its error in RAX."""

from __future__ import annotations

from typing import Final

ERRORS: Final = (
    ("OK", 0, "no error"),
    ("NOT_PERMITTED", 1, "the caller lacks the right for this call"),
    ("NOT_FOUND", 2, "no such file, pipe, port, process or service"),
    ("BAD_ADDRESS", 3, "a pointer does not lie in the caller's own memory"),
    ("BAD_ARGUMENT", 4, "an argument is out of range"),
    ("BAD_HANDLE", 5, "no such handle, or of another kind"),
    ("NO_MEMORY", 6, "no memory, or a table is full"),
    ("EXISTS", 7, "the name is taken"),
    ("NO_SPACE", 8, "there is no room on the disk"),
    ("IO_ERROR", 9, "the device failed"),
    ("TIMED_OUT", 10, "nothing happened within the time given"),
    ("CLOSED", 11, "the other end is gone"),
    ("BAD_IMAGE", 12, "not an executable that this system can load"),
    ("REFUSED", 13, "the policy of this model forbids it"),
    ("WOULD_BLOCK", 14, "the queue is full"),
    ("NOT_IMPLEMENTED", 15, "no such system call"),
    ("DENIED", 16, "a client of the security events has denied it"),
    ("ANSWERED", 17, "this message does not wait for a verdict any more"),
    (
        "NO_SLOT",
        18,
        "the system, or the process, has as many security clients as it may",
    ),
    ("READ_ONLY", 19, "the file, or the whole disk, is read-only"),
    ("NOT_ENTITLED", 20, "the plugin's own plugin.toml does not name it"),
    ("NOT_APPROVED", 21, "nobody has approved it"),
    ("BUSY", 22, "it is being changed, or used"),
    ("IN_USE", 23, "another driver has this device"),
    ("RESERVED", 24, "this name belongs to a program of the system"),
    ("UNSAFE", 25, "the verifier has refused the program"),
)

BY_NAME: Final = {name: number for name, number, _ in ERRORS}
