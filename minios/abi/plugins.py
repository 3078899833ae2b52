"""The kinds of plugins: what code of third parties can be built as, a row for each.

A plugin is C code of a third party. Its plugin.toml names the kinds as which it is
built. Each kind is also a kind of service in `services.ini`. From this table come the
words for both, the constants of `abi.h`, the files that the build makes, and how the
lab knows the kind of a plugin by the name of its file.

A *user driver* is an extension that has a device: the kernel lets its process use the
ports and the interrupt lines that its manifest names (`kernel/plugins/device.c`).

A new kind needs a row here and a loader: the part of the guest that starts plugins of
this kind. `minios/kernel/plugins/driver_load.c` loads drivers, and the supervisor
(`minios/user/programs/supervis/`) loads extensions and user drivers. Which kinds are
taken is decided by the model (`policies.py`).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, Self


class Form(enum.Enum):
    """What file the build makes of a plugin."""

    OBJECT = "code without an address, which the kernel links with itself"
    PROGRAM = "a program, which runs in a process of its own"
    BYTECODE = "eBPF programs, which the kernel verifies and interprets"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """One kind of plugin.

    Attributes:
        name: its name in plugin.toml and in the service list.
        number: the kind of service, SERVICE_NAME in C. 0 is a program.
        ring: in which ring it runs.
        runs: as what it runs there, in words.
        form: what file it is built as.
        ending: that of its file, and of the names of its service and of its port.
        folder: where its file is on the guest's disk.
        made_in: where the build puts it, below the folder `minios/guest/`.
        start: when a plugin that is added to a machine is started (START_).
        is_granted_rights: whether it has only those rights of its plugin.toml that the
            service list grants it, too. In ring 0 that would change nothing.
        has_device: whether it drives a device, which its plugin.toml must name.
    """

    name: str
    number: int
    ring: int
    runs: str
    form: Form
    ending: str
    folder: str
    made_in: str
    start: str
    is_granted_rights: bool
    has_device: bool = False


class Kind(enum.Enum):
    """What a plugin can be built as. The value is the kind's name, `row` its row."""

    _value_: str
    row: KindRow

    DRIVER = KindRow(
        name="driver",
        number=1,
        ring=0,
        runs="as part of the kernel",
        form=Form.OBJECT,
        ending=".sys",
        folder="/SYSTEM/DRIVERS",
        made_in="drivers",
        start="system",
        is_granted_rights=False,
    )
    EXTENSION = KindRow(
        name="extension",
        number=2,
        ring=3,
        runs="as a process",
        form=Form.PROGRAM,
        ending=".ext",
        folder="/SYSTEM/EXTENS",
        made_in="extensions",
        start="auto",
        is_granted_rights=True,
    )
    USER_DRIVER = KindRow(
        name="user_driver",
        number=3,
        ring=3,
        runs="as a process with a device of its own",
        form=Form.PROGRAM,
        ending=".drv",
        folder="/SYSTEM/USERDRV",
        made_in="userdrv",
        start="auto",
        is_granted_rights=True,
        has_device=True,
    )

    BPF = KindRow(
        name="bpf",
        number=4,
        ring=0,
        runs="as a program that the kernel has verified",
        form=Form.BYTECODE,
        ending=".bpf",
        folder="/SYSTEM/BPF",
        made_in="bpf",
        start="auto",
        is_granted_rights=False,
    )

    def __new__(cls, row: KindRow) -> Self:
        """Make the member of a row."""
        kind = object.__new__(cls)
        kind._value_ = row.name
        kind.row = row
        return kind

    def file_name(self, plugin: str) -> str:
        """What the guest calls the file of a plugin: "counter.sys"."""
        return plugin + self.row.ending

    def path(self, plugin: str) -> str:
        """Where this file is on the guest's disk: "/SYSTEM/DRIVERS/COUNTER.SYS"."""
        return f"{self.row.folder}/{self.file_name(plugin).upper()}"


NAMES: Final = tuple(kind.value for kind in Kind)


def kind_of(file_name: str) -> Kind | None:
    """The kind of plugin whose file has this name. None if it is no plugin's."""
    return next((it for it in Kind if file_name.endswith(it.row.ending)), None)


def plugin_of(file_name: str) -> str:
    """The plugin whose file has this name: "sentinel" for "sentinel.sys".

    "" if it is no plugin's.
    """
    kind = kind_of(file_name)
    return "" if kind is None else file_name.removesuffix(kind.row.ending)


def without_ending(name: str) -> str:
    """A name without the ending of a plugin's file; any other name as it is."""
    return plugin_of(name) or name
