"""eBPF objects made of a few lines of text, and machines that load them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from minios.bpf import assembly, image
from minios.lab import Lab
from tests.trust import probe

ACTOR: Final = "probe program /SYSTEM/EXTENS/PROBE.EXT auto normal {}"
PIPE_NAME: Final = 152
"""Where the name of the pipe stands in a `struct event`."""
FILE_PATH: Final = 112
PROCESS_PATH: Final = 136


def made_of(*programs: tuple[str, str], maps: Sequence[image.Map] = ()) -> bytes:
    """An image of these programs: for each its hook and its text."""
    names = [it.name for it in maps]
    return image.pack(
        [
            image.Program(f"p{at}", hook, assembly.assemble(text, maps=names))
            for at, (hook, text) in enumerate(programs)
        ],
        maps,
    )


def disk_of(  # noqa: PLR0913 - all by name
    objects: Mapping[str, bytes],
    *,
    actor: str = "",
    rights: str = "-",
    events: tuple[str, ...] = (),
    without: tuple[str, ...] = ("sentinel.sys", "sentinel.ext"),
    more: Mapping[str, bytes] | None = None,
) -> bytes:
    """A disk with objects by name; `actor` is the C of a program that acts."""
    files = {f"/SYSTEM/BPF/{name.upper()}.BPF": it for name, it in objects.items()}
    lines = [
        f"{name}.bpf bpf /SYSTEM/BPF/{name.upper()}.BPF system normal -"
        for name in objects
    ]
    if actor:
        entitled = tuple(it.upper() for it in rights.split(",") if it != "-")
        files |= probe.built(actor, events, entitled)
        lines.append(ACTOR.format(rights))
    return probe.disk_with({**files, **(more or {})}, *lines, without=without)


def machine_of(disk: bytes, options: Mapping[str, str] | None = None) -> Lab:
    """A machine of the model linux with this disk."""
    return probe.machine("linux", disk, options)


def machine(  # noqa: PLR0913 - all by name
    objects: Mapping[str, bytes],
    *,
    actor: str = "",
    rights: str = "-",
    events: tuple[str, ...] = (),
    options: Mapping[str, str] | None = None,
    more: Mapping[str, bytes] | None = None,
) -> Lab:
    """A machine that loads these objects when it starts."""
    disk = disk_of(objects, actor=actor, rights=rights, events=events, more=more)
    return machine_of(disk, options)
