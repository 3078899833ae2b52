"""Small sets of named numbers that both sides use.

Each set has a prefix and rows of (name, value, meaning). The C header gets the
constants `PREFIX_NAME`, and Python gets a dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from minios.abi.plugins import Kind
from minios.abi.policies import AFTER_FAULTS, KEXT_STAGES


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A prefix and its named values."""

    prefix: str
    words: str
    rows: tuple[tuple[str, int, str], ...]

    def __post_init__(self) -> None:
        numbers = [number for _, number, _ in self.rows]
        if len(set(numbers)) < len(numbers):
            raise AssertionError(f"two values of {self.prefix} have one number")

    @property
    def descriptions(self) -> dict[int, str]:
        """What each value means, by number."""
        return {number: words for _, number, words in self.rows}

    def __getitem__(self, name: str) -> int:
        """The value of a name."""
        for row, value, _ in self.rows:
            if row == name:
                return value
        raise KeyError(name)

    @property
    def names(self) -> dict[int, str]:
        """The names of the values, in lower case."""
        return {value: row.lower() for row, value, _ in self.rows}

    def name(self, value: int) -> str:
        """The name of a value in lower case, or the number itself if it has no name."""
        return self.names.get(value, str(value))


OPEN: Final = Enumeration(
    "OPEN",
    "Flags of `open`.",
    (
        ("READ", 1, ""),
        ("WRITE", 2, "needs the right DISK_WRITE"),
        ("CREATE", 4, "make the file if it does not exist"),
        ("TRUNCATE", 8, "make the file empty; on the disk when it is closed"),
        ("ONLY_NEW", 16, "with CREATE: fail if there is such a file already"),
    ),
)

FILE: Final = Enumeration(
    "FILE",
    "Flags of a file or folder: the attributes that FAT knows.",
    (
        ("READ_ONLY", 1, "it cannot be changed, replaced or deleted"),
        ("HIDDEN", 2, "only for those who show files to people"),
        ("SYSTEM", 4, "the same; files of the system"),
        ("FOLDER", 16, "cannot be changed"),
        ("ARCHIVE", 32, "it was written since the last backup"),
    ),
)

SERVICE: Final = Enumeration(
    "SERVICE",
    "Kinds of service.",
    (
        ("PROGRAM", 0, "an ordinary process"),
        *(
            (kind.name, kind.row.number, f"a plugin in ring {kind.row.ring}")
            for kind in Kind
        ),
    ),
)

# Safe mode starts BOOT alone. That is our rule: Windows has a list of its own for it.
START: Final = Enumeration(
    "START",
    "When a service is started (the values of Windows' Start entry).",
    (
        ("BOOT", 0, "by the kernel, first"),
        ("SYSTEM", 1, "by the kernel, after the boot drivers"),
        ("AUTO", 2, "by init or the supervisor"),
        ("DEMAND", 3, "when somebody asks"),
        ("DISABLED", 4, "never"),
    ),
)

ERROR_CONTROL: Final = Enumeration(
    "ERROR_CONTROL",
    "What to do if a service does not start (not: if it crashes later).",
    (
        ("IGNORE", 0, "go on silently"),
        ("NORMAL", 1, "go on with a warning"),
        ("SEVERE", 2, "last known good, then go on"),
        ("CRITICAL", 3, "last known good, then stop"),
    ),
)

CORRUPTED: Final = Enumeration(
    "CORRUPTED",
    "What was altered: parameter 4 of CRITICAL_STRUCTURE_CORRUPTION.",
    (
        ("DATA", 0, "the kernel's constants"),
        ("CODE", 1, "the kernel's code"),
        ("IDT", 2, "the interrupt table"),
        ("GDT", 3, "the segment table"),
        ("MSR", 7, "a register of the system calls"),
    ),
)

SERVICE_STATE: Final = Enumeration(
    "SERVICE_STATE",
    "The state of a service.",
    (
        ("STOPPED", 0, ""),
        ("RUNNING", 1, ""),
        ("REFUSED", 2, "by the policy of the model"),
        ("FAILED", 3, "did not start"),
    ),
)

BOOT_MODE: Final = Enumeration(
    "BOOT_MODE",
    "How a start goes on when the disk can be read.",
    (
        ("NORMAL", 0, "everything that starts by itself"),
        ("SAFE", 1, "only the services whose start type is boot"),
        ("LAST_GOOD", 2, "with the service list of the last good start"),
        (
            "RECOVERY",
            3,
            "first the recovery environment, which chooses one of the above",
        ),
    ),
)

BOOT_STATE: Final = Enumeration(
    "BOOT_STATE",
    "How the latest start went, as the disk says.",
    (
        ("SETTLED", 0, "it went well, or was ended on purpose"),
        ("STARTING", 1, "not known yet; if the next start finds this, this one failed"),
        ("RECOVERING", 2, "in recovery: an end there does not count as failed"),
    ),
)

POWER: Final = Enumeration(
    "POWER",
    "What the system call `power` does.",
    (
        ("OFF", 0, "switch the machine off"),
        ("RESET", 1, "start again, on purpose"),
        ("CRASH", 2, "stop with MANUALLY_INITIATED_CRASH"),
    ),
)

DEATH: Final = Enumeration(
    "DEATH",
    "Why a process ended.",
    (
        ("EXIT", 0, "it called `exit`"),
        ("FAULT", 1, "the CPU refused an instruction"),
        ("KILLED", 2, "a signal of another process has ended it"),
        ("KERNEL_FAULT", 3, "the kernel faulted while it served the process"),
        ("DEADLINE", 4, "it gave no verdict in time"),
        ("UNSEEN", 5, "nobody knows: whoever watched it had ended before"),
    ),
)

SIGNAL: Final = Enumeration(
    "SIGNAL",
    "Signals, with their numbers on Linux for x86 (signal(7)).",
    (
        ("KILL", 9, "the process ends, whatever it wants"),
        ("USR1", 10, "a message to its signal port; without one it ends"),
        ("TERM", 15, "a message to its signal port; without one it ends"),
        ("CONT", 18, "it runs on after STOP"),
        ("STOP", 19, "it does not run any more, until CONT"),
    ),
)

TASK: Final = Enumeration(
    "TASK",
    "What a handle to a process is for; each allows what those before it do.",
    (
        ("NAME", 0, "who it is"),
        ("INSPECT", 1, "where it has memory"),
        ("READ", 2, "read its memory"),
        ("CONTROL", 3, "change it"),
    ),
)

MEMORY: Final = Enumeration(
    "MEMORY",
    "What a process may do with its memory.",
    (("READ", 1, ""), ("WRITE", 2, ""), ("EXECUTE", 4, "never with WRITE")),
)

AFTER_FAULT: Final = Enumeration(
    "AFTER_FAULT",
    "What follows a fault of ring 0.",
    tuple((it.name.upper(), it.number, it.words) for it in AFTER_FAULTS),
)

KEXTS: Final = Enumeration(
    "KEXTS",
    "What a model without drivers does with a driver.",
    tuple((it.name.upper(), it.number, it.words) for it in KEXT_STAGES),
)

APPROVAL: Final = Enumeration(
    "APPROVAL",
    "The state of a plugin that needs the user's approval (as systemextensionsctl).",
    (
        ("NONE", 0, "not activated"),
        ("WAITING", 1, "activated waiting for user"),
        ("ENABLED", 2, "activated enabled"),
        ("OFFERED", 3, "a new version, waiting for replace or cancel"),
        ("LEAVING", 4, "terminated waiting to uninstall on reboot"),
    ),
)

DECISION: Final = Enumeration(
    "DECISION",
    "What the user may decide about a plugin.",
    (
        ("APPROVE", 0, "it may run"),
        ("REPLACE", 1, "the new version takes the place of the old one"),
        ("CANCEL", 2, "it does not, or the request is withdrawn"),
        ("DEACTIVATE", 3, "it is gone after the next restart"),
        ("ALLOW", 4, "it may subscribe to security events"),
        ("FORBID", 5, "it may not"),
    ),
)

EVENT_VERDICT: Final = Enumeration(
    "EVENT_VERDICT",
    "Verdicts of a client on an AUTH event.",
    (
        ("NONE", 0, "there is none yet"),
        ("ALLOW", 1, ""),
        ("DENY", 2, "the operation fails, and has had no effect"),
        ("KEEP", 16, "added to one of the two: the kernel need not ask again"),
    ),
)

EVENT_MISS: Final = Enumeration(
    "EVENT_MISS",
    "What follows if a client gives no verdict in time.",
    (
        ("KILL", 0, "the client is ended, the operation allowed"),
        ("FAIL_OPEN", 1, "the client lives, the operation is allowed"),
        ("FAIL_CLOSED", 2, "the client lives, the operation is denied"),
    ),
)

EVENT_MUTE: Final = Enumeration(
    "EVENT_MUTE",
    "By what a client hides events from itself.",
    (
        ("PROCESS", 0, "the process that acts"),
        ("PROGRAM", 1, "the path of the program that acts"),
        ("TARGET", 2, "the path or name of what the event is about"),
    ),
)

EVENT_MATCH: Final = Enumeration(
    "EVENT_MATCH",
    "How a path is compared.",
    (("LITERAL", 0, "all of it"), ("PREFIX", 1, "its beginning")),
)

EVENT_SETTING: Final = Enumeration(
    "EVENT_SETTING",
    "What a client may set for itself.",
    (
        ("DEADLINE", 0, "nanoseconds for a verdict; only less than before"),
        ("MISS_MODE", 1, "EVENT_MISS_"),
        ("INVERT", 2, "an EVENT_MUTE_: show only what that list hides, or back"),
        ("FORGET", 3, "the verdicts that were kept"),
    ),
)

MESSAGE: Final = Enumeration(
    "MESSAGE",
    "Types of message.",
    (
        ("TEXT", 0, "the body is text"),
        ("EVENT", 1, "the body is a struct event"),
        ("DEATH", 2, "the body is a struct death"),
        ("CONTENT_CHECK", 3, "call: would this file load? the body is a path"),
        ("CONTENT_LOAD", 4, "call: load this file; the body is a path"),
        ("ANSWER", 5, "the body is uint64_t status, then text"),
        ("STATUS", 6, "call: how is the sensor? answered with text"),
        ("SIGNAL", 7, "the body is a struct signal"),
        ("PING", 8, "to an extension: it tells the supervisor that it is alive"),
        ("INTERRUPT", 9, "the body is uint32_t, the line (IRQ_)"),
        ("RING", 10, "the eBPF ring buffer of this port has records, or is gone"),
        ("BREAKPOINT", 11, "the body is a struct breakpoint"),
    ),
)

FAIL_FAST: Final = Enumeration(
    "FAIL_FAST",
    "Why code fails fast (parameter 1 of KERNEL_SECURITY_CHECK_FAILURE).",
    (
        ("INVALID_ARGUMENT", 5, "a function got an argument that it does not allow"),
        ("ARRAY_BOUNDS", 8, "a bounds check found an index that is too large"),
    ),
)

CONTENT_STATUS: Final = Enumeration(
    "CONTENT",
    "Why the sensor accepts or refuses a content file.",
    (
        ("ACCEPTED", 0, "the file is well formed"),
        ("UNREADABLE", 1, "the file cannot be read"),
        ("TOO_SHORT", 2, "shorter than a header"),
        ("BAD_MAGIC", 3, "does not begin with MCHN"),
        ("BAD_VERSION", 4, "format version is not 1"),
        ("SIZE_MISMATCH", 5, "the header names another size than the file has"),
        ("BAD_CHECKSUM", 6, "CRC-32 of the instances does not match"),
        ("BAD_INSTANCE", 7, "an instance reaches past the end of the file"),
        ("UNKNOWN_TEMPLATE", 8, "no such template type in the definitions"),
        ("FIELD_COUNT", 9, "not as many criteria as the definitions say"),
        ("BAD_CRITERION", 10, "a criterion of unknown kind, or text out of bounds"),
        ("TOO_LARGE", 11, "larger than the sensor allows"),
        ("NO_MEMORY", 12, "there is not enough memory to read it"),
        ("BAD_ACTION", 13, "an action that the template type does not have"),
        ("NO_EVENTS", 14, "the kernel does not send the events that it is about"),
        ("MISSING", 15, "there is no such file"),
    ),
)

ACTION: Final = Enumeration(
    "ACTION",
    "What the sensor does if a template instance matches.",
    (
        ("REPORT", 1, "it reports the detection"),
        ("BLOCK", 2, "it reports the detection, and denies the operation"),
    ),
)

CRITERION: Final = Enumeration(
    "CRITERION",
    "Kinds of criterion.",
    (
        ("ANY", 0, "wildcard: matches without reading the input"),
        ("EQUALS", 1, "the input is this text"),
        ("PATTERN", 2, "the input matches: * is any text, ? any one character"),
    ),
)

# Linux' letter is the first of each meaning. Linux has more bits than these. Of these
# our kernel sets R, D and O. The others are here for whoever reads the report of a real
# machine: our kernel looks at no licence and no signature of a module, `insmod` cannot
# use force, and its watchdog does not warn, but stops the machine.
TAINT: Final = Enumeration(
    "TAINT",
    "Why the kernel is tainted: bits with Linux' numbers (tainted-kernels.rst).",
    (
        ("PROPRIETARY_MODULE", 1 << 0, "P: a module that is not free was loaded"),
        ("FORCED_MODULE", 1 << 1, "F: a module was loaded by force"),
        ("FORCED_REMOVAL", 1 << 3, "R: a module was unloaded by force"),
        ("DIE", 1 << 7, "D: the kernel has died before: an oops"),
        ("WARNING", 1 << 9, "W: the kernel has warned of a mistake of its own"),
        ("OUT_OF_TREE", 1 << 12, "O: a module was loaded that is not the kernel's own"),
        ("UNSIGNED_MODULE", 1 << 13, "E: a module without a signature was loaded"),
        ("SOFT_LOCKUP", 1 << 14, "L: a task kept the CPU for too long"),
    ),
)

MODULE: Final = Enumeration(
    "MODULE",
    "Flags of `module_unload`.",
    (("FORCE", 1, "also if it is in use: whoever is in its code falls into nothing"),),
)

MODULE_STATE: Final = Enumeration(
    "MODULE_STATE",
    "What a module is doing.",
    (
        ("COMING", 0, "its start function has not returned"),
        ("LIVE", 1, "it is loaded"),
        ("GOING", 2, "it is being unloaded"),
        ("STUCK", 3, "its own thread was ended in its code"),
    ),
)

PANIC: Final = Enumeration(
    "PANIC",
    "What a machine does after a panic (the boot option `panic`).",
    (
        ("STAY", 0, "it stands still for ever"),
        ("RESET_LATER", 1, "it counts some seconds, then it resets"),
        ("RESET_AT_ONCE", 2, "it resets"),
    ),
)

ENUMERATIONS: Final = (
    MODULE,
    MODULE_STATE,
    PANIC,
    TAINT,
    OPEN,
    FILE,
    SERVICE,
    START,
    ERROR_CONTROL,
    SERVICE_STATE,
    BOOT_MODE,
    BOOT_STATE,
    POWER,
    DEATH,
    SIGNAL,
    TASK,
    MEMORY,
    AFTER_FAULT,
    KEXTS,
    APPROVAL,
    DECISION,
    MESSAGE,
    FAIL_FAST,
    CORRUPTED,
    CONTENT_STATUS,
    ACTION,
    CRITERION,
    EVENT_VERDICT,
    EVENT_MISS,
    EVENT_MUTE,
    EVENT_MATCH,
    EVENT_SETTING,
)


def taint_letters(word: int) -> str:
    """The letters of a taint word, as the kernel prints them: "G D O", or ""."""
    if word == 0:
        return ""
    rows = [(value, words[0]) for _, value, words in TAINT.rows]
    first = "P" if word & TAINT["PROPRIETARY_MODULE"] else "G"
    return " ".join([first, *(it for bit, it in rows[1:] if word & bit)])
