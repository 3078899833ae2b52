"""The operating-system models: one kernel, and one table of policies.

The boot parameter `model=NAME` chooses a row. A row never changes what a fault is. It
only says which kinds of plugins the kernel loads, and what follows a fault of ring 0.
The boot options `plugins=` and `after_fault=` say something else instead, for any
model, so that one can ask: what if this system did?

A model shows one idea of the system whose name it has. On a real Windows machine a
sensor may do part of its work in ring 3. On a real Mac the owner can still allow kernel
extensions. Both systems also take drivers of devices in ring 3: Windows calls them UMDF
drivers (Microsoft, windows-driver-docs, "Accessing Hardware and Handling Interrupts"),
macOS driver extensions (Apple, developer documentation, "DriverKit"). On a real Linux
machine a distribution may choose to stop after a fault (`panic_on_oops`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from minios.abi.plugins import Kind


@dataclass(frozen=True, slots=True)
class AfterFault:
    """What may follow a fault of ring 0, and the words that explain it.

    Attributes:
        number: the constant AFTER_FAULT_ of the kernel.
        name: what the boot option calls it.
        words: the same in a few words.
        does: what the kernel or the fault does: "stops the machine".
        would: what a fault would have led to: "would have stopped the machine".
        wait_for: which record tells of such a fault: "a bugcheck".
        choice: that another system has chosen otherwise, in one sentence.
        if_stopped: what to say when the machine has stopped all the same; the choice
            itself if that was the choice.
    """

    number: int
    name: str
    words: str
    does: str
    would: str
    wait_for: str
    choice: str
    if_stopped: str


_STOPPING: Final = "That is a choice: Linux by default ends only the task."
_GOING_ON: Final = "That is a choice: Windows stops the machine."
_NO_CHOICE: Final = "Here it could end nothing alone."

AFTER_FAULTS: Final = (
    AfterFault(
        number=0,
        name="stop_machine",
        words="the machine stops",
        does="stops the machine",
        would="would have stopped the machine",
        wait_for="a bugcheck",
        choice=_STOPPING,
        if_stopped=_STOPPING,
    ),
    AfterFault(
        number=1,
        name="end_task",
        words="the thread that was running ends; in a system call, its process",
        does="ends the running thread or its process, or else stops the machine",
        would="could have harmed the whole machine",
        wait_for="an oops or a bugcheck",
        choice=_GOING_ON,
        if_stopped=_NO_CHOICE,
    ),
    AfterFault(
        number=2,
        name="end_plugin",
        words="a plugin that faults on its own thread ends; otherwise as end_task does",
        does="ends the driver or what was running, or else stops the machine",
        would="could have harmed the whole machine",
        wait_for="an oops or a bugcheck",
        choice=_GOING_ON,
        if_stopped=_NO_CHOICE,
    ),
    AfterFault(
        number=3,
        name="oops",
        words="the task that was running ends, and what it held stays held",
        does="ends the task that was running, or else stops the machine",
        would="could have harmed the whole machine",
        wait_for="an oops or a panic",
        choice=_GOING_ON,
        if_stopped=_NO_CHOICE,
    ),
)


@dataclass(frozen=True, slots=True)
class KextStage:
    """What a model without drivers does with a driver: how macOS retired them.

    macOS calls them kernel extensions, and took them away in steps. The boot option
    `kexts=` chooses a step. It changes nothing where the model takes drivers anyway.

    Attributes:
        number: the constant KEXTS_ of the kernel.
        name: what the boot option calls it.
        since: the version of macOS that brought the step, and its year.
        words: what happens to a driver, in a few words.
        operator: what the operator of the machine may do about it: "approve" or
            "nothing".
        warns: whether a driver that loads is told to be out of date.
        waits: whether an approval counts only from the next start on, and drivers are
            loaded only while the machine starts.
        source: where it is said.
    """

    number: int
    name: str
    since: str
    words: str
    operator: str
    warns: bool
    waits: bool
    source: str


KEXT_STAGES: Final = (
    KextStage(
        number=0,
        name="approve",
        since="10.13 (2017)",
        words="a driver loads after the user has approved it",
        operator="approve",
        warns=False,
        waits=False,
        source="Apple, Technical Note TN2459, User-Approved Kernel Extension Loading",
    ),
    KextStage(
        number=1,
        name="warn",
        since="10.15.4 (2020)",
        words="an approved driver loads, with a warning that this will end",
        operator="approve",
        warns=True,
        waits=False,
        source="support.apple.com/HT210999",
    ),
    KextStage(
        number=2,
        name="refuse",
        since="11 (2020)",
        words="no driver loads",
        operator="nothing",
        warns=False,
        waits=False,
        source="developer.apple.com/support/kernel-extensions",
    ),
    KextStage(
        number=3,
        name="reduced",
        since="11 (2020), on Apple silicon with reduced security",
        words="an approved driver loads from the next start on",
        operator="approve",
        warns=False,
        waits=True,
        source="support.apple.com/guide/deployment/depa5fb8376f",
    ),
)
KEXTS_BY_DEFAULT: Final = "refuse"


@dataclass(frozen=True, slots=True)
class Policy:
    """What one model allows: it loads third-party plugins of these kinds.

    Attributes:
        number: the constant MODEL_ of the kernel.
        name: the word of the boot option `model=`.
        kinds: the kinds of plugins that it takes.
        words: what it stands for, in a few words.
        after_fault: what follows a fault of ring 0, the name of a row of AFTER_FAULTS.
        hooks_on_caller: whether a driver is told of an event on the thread of whoever
            caused it, as by a security hook of Linux. Otherwise on its own thread.
        has_modules: whether drivers are kernel modules, as in Linux: one that is in use
            is not unloaded, and the kernel keeps what it says for `dmesg`.
        has_boot_menu: whether a menu of command lines takes the place of the recovery
            environment.
        has_feed: whether ring 3 may subscribe to security events.
        on_demand: the kinds of plugins of `user/services.ini` that this model does not
            start by itself, although it takes them.
    """

    number: int
    name: str
    kinds: tuple[Kind, ...]
    words: str
    after_fault: str = "stop_machine"
    hooks_on_caller: bool = False
    has_modules: bool = False
    has_boot_menu: bool = False
    has_feed: bool = False
    on_demand: tuple[Kind, ...] = ()


POLICIES: Final = (
    Policy(
        0,
        "windows",
        (Kind.DRIVER, Kind.USER_DRIVER),
        "third-party drivers run in ring 0",
    ),
    Policy(
        1,
        "macos",
        (Kind.EXTENSION, Kind.USER_DRIVER),
        "third-party code stays in ring 3",
        has_feed=True,
    ),
    Policy(
        2,
        "linux",
        (Kind.DRIVER, Kind.EXTENSION, Kind.USER_DRIVER, Kind.BPF),
        "third-party code runs in ring 0: as a module, or verified before it runs",
        after_fault="oops",
        hooks_on_caller=True,
        on_demand=(Kind.EXTENSION,),
        has_modules=True,
        has_boot_menu=True,
    ),
)

BY_NAME: Final = {policy.name: policy for policy in POLICIES}
COMPARED: Final = ("windows", "macos")  # the two that the story is about

if {kind for policy in POLICIES for kind in policy.kinds} != set(Kind):
    raise AssertionError("no model takes one of the kinds of plugins")


def taking(kind: Kind) -> Policy:
    """The first model that takes plugins of this kind."""
    return next(it for it in POLICIES if kind in it.kinds)


def kinds_taken(model: str, options: Mapping[str, str]) -> tuple[Kind, ...]:
    """The kinds of plugins that a machine with these boot options takes."""
    named = options.get("plugins")
    if named is None:
        return BY_NAME[model].kinds
    return tuple(kind for kind in Kind if kind.value in named.split(","))


def after_fault(model: str, options: Mapping[str, str]) -> AfterFault:
    """What follows a fault of ring 0 on a machine with these boot options."""
    name = options.get("after_fault", BY_NAME[model].after_fault)
    return next(it for it in AFTER_FAULTS if it.name == name)
