"""The kinds of beacon records: what each record says, and who may send it.

The outside learns from the beacon what happened in the guest. So the right REPORT alone
is not enough to send every record. The column `speaker` says who may send it, and the
kernel's check is generated from this column:

    kernel       only the kernel, because no program can know better
    init         the program of this name that the kernel itself has started
    recovery     the program of this name that the kernel itself has started
    NAME         the program or plugin with this name in the service list
    plugin       any plugin, but only about itself: the kernel fills in `name`

A driver could still write to the beacon's port by itself: nothing in ring 0 stops it.
The lab ignores a record that was written by code outside of the kernel. But a driver
may also call the kernel's own function, or change it: nothing in ring 0 is protected
from ring 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One kind: its name and number, who may send it, what its name and values mean."""

    name: str
    number: int
    speaker: str
    words: str


def _table(*rows: tuple[str, int, str, str]) -> tuple[RecordKind, ...]:
    return tuple(RecordKind(*row) for row in rows)


KINDS: Final = _table(
    ("BOOT", 1, "kernel", "the kernel has set up itself; text = model"),
    ("READY", 2, "init", "all automatic services are up"),
    ("MODULE_LOADED", 3, "kernel", "name, values = base, size: ring-0 plugin"),
    ("PROCESS_STARTED", 4, "kernel", "name, values = process id, cr3, parent"),
    ("PROCESS_EXITED", 5, "kernel", "name, values = process id, status"),
    (
        "DEATH",
        6,
        "kernel",
        "name, values = process id, vector, error code, address, rip, cause",
    ),
    ("BUGCHECK", 7, "kernel", "name = blamed module, values = code, p1..p4, IRQL"),
    (
        "CONTENT_LOADED",
        8,
        "sentinel",
        "name = file, values = version, instances, ring",
    ),
    ("CONTENT_REFUSED", 9, "sentinel", "name = file, values = CONTENT_ reason, ring"),
    ("UPDATE_STORED", 10, "updater", "name = file, values = size"),
    (
        "DETECTION",
        11,
        "plugin",
        "name = plugin, text = what matched, values = detection id, ring",
    ),
    ("RESTART", 12, "supervisor", "name, values = attempt, delay in ns, process id"),
    ("GAVE_UP", 13, "supervisor", "name, values = failures"),
    ("QUARANTINE", 14, "supervisor", "name = file moved away, text = where to"),
    ("RESTORED", 15, "supervisor", "name = file put back, text = from where"),
    ("SENSOR_UP", 16, "plugin", "a sensor has started; name = plugin, values = ring"),
    ("PLUGIN_REFUSED", 17, "kernel", "name = plugin that the policy refused"),
    ("DUMP_WRITTEN", 18, "kernel", "values = first sector, sectors"),
    ("UPDATE_REFUSED", 19, "updater", "name = file, values = CONTENT_ reason"),
    ("DUMP_SAVED", 21, "kernel", "name = file that holds the dump, values = bytes"),
    ("BOOT_MODE", 22, "kernel", "values = BOOT_MODE_, failed starts before this one"),
    ("RECOVERY", 23, "kernel", "recovery begins; values = failed starts"),
    ("RECOVERY_CHOICE", 24, "recovery", "text = what was chosen"),
    ("FIX_APPLIED", 25, "recovery", "name = the fix, text = one line of it"),
    ("SERVICES_RESTORED", 26, "init", "text = file, values = lines that differed"),
    ("SERVICE_FAILED", 27, "kernel", "name, values = error, ERROR_CONTROL_"),
    ("UPDATE_ASKED", 28, "updater", "name = file, values = checksum of what it has"),
    ("START_SETTLED", 29, "kernel", "this start counts as a good one"),
    ("RESTART_PLANNED", 30, "supervisor", "name, values = deaths so far, delay in ns"),
    ("UPDATE_FAILED", 31, "updater", "name = file that is not stored, values = error"),
    (
        "VALUE",
        32,
        "plugin",
        "name = plugin, text = what was measured, values = number, ring",
    ),
)
