"""The table of crimes: for each forbidden act, how it must end in each place.

The same code runs as a driver in ring 0, as an extension in ring 3 (both are
`drivers/villain/`), and as a program in ring 3 (`minios/user/programs/crimes/`). The
ring, the page tables and the kernel decide how a crime ends. This table says how it
must end, as one line of text. `gallery.py` compares the line with what a machine did.

    STOP 0xbe villain P 0x0 0x0     the kernel stops: the code and its four parameters
    #PF 0x7 at image                the CPU raises this in ring 3, and the process ends
    reset: triple fault             the machine resets, and no code could say why
    hangs, interrupts off           nothing runs any more, not even the clock
    never ends, is preempted        the code runs for ever, but other code runs, too
    refused                         the kernel refuses, and the program goes on
    nothing                         the act was allowed, and nobody noticed it

Words stand for numbers that the compiler or the heap chose. `rip` is the address of the
instruction. `villain`, `image`, `heap`, `stack` and `kernel` say in what an address
lies. `word` is the contents of altered memory. A page-table entry is shown as its bits.
An empty cell means that the crime makes no sense in that place.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from minios.abi.plugins import Kind


class Scene(enum.Enum):
    """Where the code of a crime runs."""

    DRIVER = "driver"
    EXTENSION = "extension"
    PROGRAM = "program"

    @property
    def ring(self) -> int:
        """The CPU's privilege level in this place."""
        return 3 if self.kind is None else self.kind.row.ring

    @property
    def kind(self) -> Kind | None:
        """The kind of plugin that commits crimes there. None: a program does."""
        return None if self is Scene.PROGRAM else Kind(self.value)


@dataclass(frozen=True, slots=True)
class Crime:
    """One forbidden act, and how it must end in each place ("" for an empty cell).

    Args:
        name: a short name, as the guest's shell knows it.
        words: what the code does.
        driver, extension, program: how the act must end there.
        options: boot options that the machine needs for it.
        typed: what to type in the shell, if not the usual command.
        then: what to type when the command has returned.
    """

    name: str
    words: str
    driver: str = ""
    extension: str = ""
    program: str = ""
    options: tuple[tuple[str, str], ...] = ()
    typed: str = ""
    then: str = ""

    @property
    def key(self) -> str:
        """The name and the options, which together are unique in the table."""
        return " ".join([self.name, *(f"{key}={value}" for key, value in self.options)])

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """The scenes for which the table has a cell."""
        return tuple(scene for scene in Scene if self.expected(scene))

    def expected(self, scene: Scene) -> str:
        """How the crime must end at this scene."""
        return {
            Scene.DRIVER: self.driver,
            Scene.EXTENSION: self.extension,
            Scene.PROGRAM: self.program,
        }[scene]

    def command(self, scene: Scene) -> str:
        """What to type in the guest's shell to commit the crime."""
        usual = "run " if scene is Scene.PROGRAM else "run commit "
        return self.typed or usual + self.name


def _ring3(
    name: str, words: str, ring3: str, ring0: str, *, program: bool = True
) -> Crime:
    return Crime(name, words, ring0, ring3, ring3 if program else "")


def _plugin(name: str, words: str, ring3: str, ring0: str) -> Crime:
    return _ring3(name, words, ring3, ring0, program=False)


def _program(name: str, words: str, program: str) -> Crime:
    return Crime(name, words, program=program)


def _guarded(name: str, words: str, ring0: str) -> Crime:
    return Crime(name, words, ring0, options=(("pool", "guarded"),))


def _operator(name: str, words: str, typed: str, outcome: str) -> Crime:
    return Crime(name, words, program=outcome, typed=typed)


_GP: Final = "#GP 0x0"
_NEVER: Final = "never ends, is preempted"
_NOTHING: Final = "nothing"
_REFUSAL: Final = "refused"

_MEMORY: Final = (
    _ring3(
        "null",
        "reads through a null pointer",
        "#PF 0x4 at 0x0",
        "STOP 0x7e 0xc0000005 rip stack stack",
    ),
    _ring3(
        "wild",
        "reads an unmapped address in the kernel half",
        "#PF 0x4 at 0xffffdead00000000",
        "STOP 0x50 0xffffdead00000000 0x0 rip 0x2",
    ),
    _ring3(
        "noncanon",
        "reads a non-canonical address (in neither half)",
        _GP,
        "STOP 0x7e 0xc0000005 rip stack stack",
    ),
    _ring3(
        "rdkernel",
        "reads the kernel's code",
        "#PF 0x5 at 0xffffffff80101000",
        _NOTHING,
    ),
    _ring3(
        "wrscreen",
        "writes to the screen through the direct map",
        "#PF 0x7 at 0xffff8000000b8000",
        _NOTHING,
    ),
    _ring3(
        "wrtext",
        "overwrites its own code",
        "#PF 0x7 at image",
        "STOP 0xbe villain P 0x0 0x0",
    ),
    _plugin(
        "wrconst",
        "overwrites its own constant",
        "#PF 0x7 at image",
        "STOP 0xbe villain P|NX 0x0 0x0",
    ),
    _ring3(
        "patch",
        "patches the kernel's code",
        "#PF 0x7 at 0xffffffff80101000",
        "STOP 0xbe 0xffffffff80101000 P 0x0 0x0",
    ),
    _plugin(
        "alias",
        "patches the kernel's code through the direct map",
        "#PF 0x7 at 0xffff800000101000",
        "STOP 0xbe 0xffff800000101000 P|NX 0x0 0x0",
    ),
    _ring3(
        "unwp",
        "clears CR0.WP, then patches the kernel's code",
        _GP,
        "STOP 0x109 0x0 0xffffffff80101000 word 0x1",
    ),
    _plugin(
        "hook",
        "puts its own handler into the interrupt table",
        "#PF 0x7 at kernel",
        "STOP 0x109 0x0 kernel villain 0x2",
    ),
    _plugin(
        "segment",
        "gives a segment of ring 3 the rights of ring 0",
        "#PF 0x7 at kernel",
        "STOP 0x109 0x0 kernel word 0x3",
    ),
    _plugin(
        "ownidt",
        "makes the CPU use a copy of the interrupt table",
        "#PF 0x5 at kernel",
        "STOP 0x109 0x0 0x0 villain 0x2",
    ),
    _ring3(
        "overflow",
        "calls itself until the stack is full",
        "#PF 0x6 at stack",
        "STOP 0x7f 0x8 rip stack 0x0",
    ),
    _plugin(
        "smash",
        "overwrites its own return address, and returns",
        "#PF 0x14 at 0xffffdead00000000",
        "STOP 0x50 0xffffdead00000000 0x10 rip 0x2",
    ),
    _plugin(
        "smashnc",
        "returns to a non-canonical address",
        _GP,
        "STOP 0x7e 0xc0000005 rip stack stack",
    ),
)

_EXECUTION: Final = (
    _ring3("divide", "divides by zero", "#DE", "STOP 0x7e 0xc0000094 rip stack stack"),
    _ring3(
        "badop",
        "executes an invalid instruction",
        "#UD",
        "STOP 0x7e 0xc000001d rip stack stack",
    ),
    _ring3(
        "int3",
        "executes a breakpoint without a debugger",
        "#BP",
        "STOP 0x7e 0x80000003 villain stack stack",
    ),
    _ring3(
        "fpu",
        "computes with the FPU, which is switched off",
        "#NM",
        "STOP 0x7f 0x7 rip stack 0x0",
    ),
    _ring3(
        "callnull",
        "calls a null function pointer",
        "#PF 0x14 at 0x0",
        "STOP 0x7e 0xc0000005 0x0 stack stack",
    ),
    _ring3(
        "exwild",
        "jumps to an unmapped address",
        "#PF 0x14 at 0xffffdead00000000",
        "STOP 0x50 0xffffdead00000000 0x10 rip 0x2",
    ),
    _ring3(
        "exdata",
        "executes its own data",
        "#PF 0x15 at image",
        "STOP 0xfc villain P|W|NX 0x0 0x0",
    ),
    _ring3(
        "exstack",
        "executes code on its own stack",
        "#PF 0x15 at stack",
        "STOP 0xfc stack P|W|NX 0x0 0x0",
    ),
    _ring3(
        "failfast",
        "stops itself after a failed bounds check",
        "INT 0x99",
        "STOP 0x139 0x8 stack stack 0x0",
    ),
    _ring3("loop", "loops for ever", _NEVER, _NEVER),
)

_PRIVILEGED: Final = (
    _ring3("cli", "switches interrupts off", _GP, _NOTHING),
    _plugin("hang", "loops with interrupts off", _GP, "hangs, interrupts off"),
    _ring3("hlt", "stops the CPU until the next interrupt", _GP, _NOTHING),
    _ring3("outport", "writes to the reset port", _GP, "reset: reset control port"),
    _ring3("wrcr3", "loads page tables that do not exist", _GP, "reset: triple fault"),
    _ring3(
        "wrmsr",
        "sets the address of the system call entry to 0",
        _GP,
        "STOP 0x7f 0x8 0x0 stack 0x0",
    ),
    _plugin(
        "lstar",
        "redirects every system call to its own code",
        _GP,
        "STOP 0x109 0x0 0xc0000082 villain 0x7",
    ),
    _ring3("noidt", "takes away the interrupt table", _GP, "reset: triple fault"),
)

_POOL: Final = (
    _ring3("overrun", "writes past the end of a block", _NOTHING, _NOTHING),
    _guarded(
        "overrun",
        "writes past the end of a guarded block",
        "STOP 0xd6 heap 0x1 rip 0x0",
    ),
    _plugin(
        "trample",
        "writes past the end of a block, then frees it",
        _NOTHING,
        "STOP 0x19 0x20 heap heap 0x0",
    ),
    _ring3("useafter", "reads a block that it has freed", _NOTHING, _NOTHING),
    _guarded(
        "useafter",
        "reads a freed block that had its own pages",
        "STOP 0xd5 heap 0x0 rip 0x0",
    ),
    _plugin(
        "freedbig",
        "reads a freed block of two pages",
        _NOTHING,
        "STOP 0x50 heap 0x0 rip 0x0",
    ),
    _ring3(
        "dblfree",
        "frees a block twice",
        _NOTHING,
        "STOP 0xc2 0x7 0x0 0xfee4b434c42 heap",
    ),
    _plugin(
        "freemid",
        "frees an address in the middle of a block",
        _NOTHING,
        "STOP 0xc2 0x46 heap 0x0 0x0",
    ),
    _plugin(
        "freepage",
        "frees the second page of a block of two pages",
        _NOTHING,
        "STOP 0xc2 0x46 heap 0x0 0x0",
    ),
    _plugin(
        "badfree",
        "frees an address that is not a block",
        _NOTHING,
        "STOP 0xc2 0x46 villain 0x0 0x0",
    ),
)

_LATER: Final = (
    _plugin(
        "dpcnull",
        "reads through a null pointer in a callback",
        "#PF 0x4 at 0x0",
        "STOP 0xd1 0x0 0x2 0x0 rip",
    ),
    _plugin(
        "dpccopy",
        "gives memcpy a bad address in a callback",
        "#PF 0x4 at 0xffffdead00000000",
        "STOP 0xa 0xffffdead00000000 0x2 0x0 rip",
    ),
    _plugin(
        "dpcgp",
        "reads a non-canonical address in a callback",
        _GP,
        "STOP 0x1e 0xc0000005 rip 0x0 0xffffffffffffffff",
    ),
    _plugin(
        "dpcbadop",
        "executes an invalid instruction in a callback",
        "#UD",
        "STOP 0x1e 0xc000001d rip 0x0 0x0",
    ),
    _plugin(
        "dpcwait",
        "waits for the disk in a callback",
        _NOTHING,
        "STOP 0xb8 kernel kernel kernel 0x0",
    ),
    _plugin(
        "dpcloop",
        "loops for ever in a callback",
        _NEVER,
        "STOP 0x133 0x0 0x33 0x32 0x0",
    ),
    Crime(
        "dpcagain",
        "queues a callback that queues itself again",
        "STOP 0x133 0x1 0x64 0x0 0x0",
    ),
    Crime(
        "dpcpair",
        "queues two callbacks that queue each other",
        "STOP 0x133 0x1 0x64 0x0 0x0",
    ),
    _plugin(
        "dpcsmash",
        "overwrites the return address of a callback",
        "#PF 0x14 at 0xffffdead00000000",
        "STOP 0xd1 0xffffdead00000000 0x2 0x8 rip",
    ),
    Crime(
        "leave",
        "is unloaded, and leaves a callback behind",
        "STOP 0xce villain 0x8 rip 0x0",
        then="unload villain.sys",
    ),
)

_INTERRUPT: Final = (
    _plugin(
        "isrnull",
        "reads through a null pointer at an interrupt",
        _REFUSAL,
        "STOP 0xd1 0x0 0xd 0x0 rip",
    ),
    _plugin(
        "isrwild",
        "writes to an unmapped address at an interrupt",
        _REFUSAL,
        "STOP 0xd1 0xffffdead00000000 0xd 0x1 rip",
    ),
    _plugin(
        "isrcopy",
        "gives memcpy a bad address at an interrupt",
        _REFUSAL,
        "STOP 0xa 0xffffdead00000000 0xd 0x0 rip",
    ),
    _plugin(
        "isrgp",
        "reads a non-canonical address at an interrupt",
        _REFUSAL,
        "STOP 0x1e 0xc0000005 rip 0x0 0xffffffffffffffff",
    ),
    _plugin(
        "isrdiv",
        "divides by zero at an interrupt",
        _REFUSAL,
        "STOP 0x1e 0xc0000094 rip 0x0 0x0",
    ),
    _plugin(
        "isrsmash",
        "overwrites its return address at an interrupt",
        _REFUSAL,
        "STOP 0xd1 0xffffdead00000000 0xd 0x8 rip",
    ),
    _plugin(
        "isrwait",
        "waits for the disk at an interrupt",
        _REFUSAL,
        "STOP 0xb8 heap kernel stack 0x0",
    ),
    _plugin(
        "isrloop",
        "loops for ever at an interrupt",
        _REFUSAL,
        "hangs, interrupts off",
    ),
    _plugin("isrspy", "hears the clock tick, and lets go", _REFUSAL, _NOTHING),
    Crime(
        "isrleave",
        "is unloaded, but stays connected to an interrupt",
        "STOP 0xce villain 0x8 rip 0x0",
        _REFUSAL,
        then="unload villain.sys",
    ),
)

_BORROWED: Final = (
    _plugin(
        "unprobed",
        "reads a program's bad pointer in its system call",
        _REFUSAL,
        "STOP 0x3b 0xc0000005 rip stack 0x0",
    ),
    _plugin(
        "sysdiv",
        "divides by zero in a program's system call",
        _REFUSAL,
        "STOP 0x3b 0xc0000094 rip stack 0x0",
    ),
    _plugin(
        "sysbadop",
        "executes an invalid instruction in a system call",
        _REFUSAL,
        "STOP 0x3b 0xc000001d rip stack 0x0",
    ),
    _plugin(
        "smap",
        "reads a program's good pointer without a check",
        _REFUSAL,
        "STOP 0x50 image 0x0 rip 0xf",
    ),
    _plugin(
        "smapac",
        "reads the pointer of a program that has set AC",
        _REFUSAL,
        "STOP 0x50 image 0x0 rip 0xf",
    ),
    _plugin(
        "smep",
        "calls a program's function",
        _REFUSAL,
        "STOP 0xfc image P|U 0x0 0x0",
    ),
)

_REFUSED: Final = tuple(
    _program(name, words, _REFUSAL)
    for name, words in (
        ("badcall", "makes a system call that does not exist"),
        ("badhand", "uses a handle that it does not have"),
        ("badptr", "names the kernel's memory as its buffer"),
        ("wrapptr", "names a buffer that ends behind the last address"),
        ("lendtext", "names its own code as a buffer to write to"),
        ("fakelink", "opens the update link without the right to"),
        ("wrdisk", "makes a file without the right to"),
        ("noright", "switches the machine off without the right to"),
        ("loadsys", "loads a driver without the right to"),
        ("unload", "unloads a driver without the right to"),
        ("killinit", "kills process 1 without the right to"),
    )
)

_GATES: Final = (
    _program("intgate", "calls an interrupt gate of the hardware", "#GP 0x102"),
    _program("loadcs", "jumps to the kernel's code segment", "#GP 0x8"),
    _program("flags", "enters the kernel with AC, DF and NT set", "#UD"),
)

_OPERATOR: Final = (
    _operator(
        "critical",
        "kills process 1, which the operator may",
        "kill 1",
        "STOP 0xef heap 0x0 0x0 0x0",
    ),
    _operator(
        "crash",
        "asks for a stop code, which the operator may",
        "crash",
        "STOP 0xe2 0x0 0x0 0x0 0x0",
    ),
)

GROUPS: Final = (
    ("Memory: pages, code, tables, the stack", _MEMORY),
    ("Execution: instructions, and pages without code", _EXECUTION),
    ("Privileged instructions, which only ring 0 may use", _PRIVILEGED),
    ("The heap: blocks of memory", _POOL),
    ("Callbacks: deferred calls, in ring 0 at IRQL 2", _LATER),
    ("Interrupt routines, in ring 0 at IRQL 13", _INTERRUPT),
    ("The pointer of a caller, in a system call", _BORROWED),
    ("The ways into ring 0: gates, segments, flags", _GATES),
    ("What a program asks the kernel for, without the right to", _REFUSED),
    ("What the operator of the machine may do", _OPERATOR),
)
"""The rows under their headings, in the order in which to read them."""

CRIMES: Final = tuple(crime for _, crimes in GROUPS for crime in crimes)
"""All rows."""

MAY_STOP_THE_MACHINE: Final = ("critical", "crash")
"""Crimes in ring 3 that stop the machine: the operator's shell has the right to."""
