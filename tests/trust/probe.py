"""A plugin called `probe`, made of a few lines of C, and a machine that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from minios.abi import disk_layout
from minios.disk import DiskFullError, SectorsOfBuffer, Volume, make_image
from minios.host_files import temporary_folder
from minios.image import plugins
from minios.lab import Lab, content_files
from minios.lab.system_disk import FOLDERS, system_files

EXTENSION: Final = "probe.ext extension /SYSTEM/EXTENS/PROBE.EXT auto normal {}"
DRIVER: Final = "probe.sys driver /SYSTEM/DRIVERS/PROBE.SYS {} normal -"
PROGRAM: Final = "probe program /SYSTEM/EXTENS/PROBE.EXT {} normal {}"
_SECTOR: Final = 512
_QUIET: Final = {"event_ms": "0"}

_HEAD: Final = """\
#include <minios/plugin.h>

// A system call by hand: what any program can do, whatever the SDK offers.
[[gnu::unused]] static long call(long number, uint64_t a, uint64_t b, uint64_t c)
{
    long result;
    register uint64_t d __asm__("r10") = 0;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(d)
                     : "rcx", "r11", "memory");
    return result;
}

[[gnu::unused]] static long tell(const char *port, const char *text)
{
    struct message message = {.type = MESSAGE_TEXT, .size = (uint32_t)strlen(text) + 1};
    memcpy(message.body, text, message.size);
    long handle = call(SYSCALL_PORT_CONNECT, (uint64_t)port, 0, 0);
    return handle < 0 ? handle
                      : call(SYSCALL_PORT_SEND, (uint64_t)handle, (uint64_t)&message,
                             0);
}
"""


@lru_cache(maxsize=32)
def built(
    body: str,
    events: tuple[str, ...] = (),
    rights: tuple[str, ...] = (),
    name: str = "probe",
    kinds: tuple[str, ...] = ("driver", "extension"),
) -> Mapping[str, bytes]:
    """The builds of a probe, path on the guest's disk to contents."""
    with temporary_folder(name) as folder:
        manifest = (
            f'name = "{name}"\nversion = "1.0"\nlicense = "MIT"\n'
            f'description = "tries things"\nkinds = {list(kinds)}\n'
            f"events = {list(events)}\nrights = {list(rights)}\n"
        )
        (folder / "plugin.toml").write_text(manifest.replace("'", '"'), "utf-8")
        (folder / f"{name}.c").write_text(_HEAD + body, "utf-8")
        images = plugins.build(folder).images
        return {f"/{image.on_disk}": image.bare for image in images}


def upstairs(
    body: str,
    events: tuple[str, ...] = (),
    rights: tuple[str, ...] = (),
    name: str = "probe",
) -> Mapping[str, bytes]:
    """Its build for ring 3 alone, which takes half of the time."""
    return built(body, events, rights, name, ("extension",))


def disk_with(
    files: Mapping[str, bytes], *services: str, without: tuple[str, ...] = ()
) -> bytes:
    """A disk with these files as well, and these lines in its service list."""
    whole = {**system_files(), **files}
    whole[disk_layout.CONTENT_PATH] = content_files.find("channel-291-factory").data
    lines = whole[disk_layout.SERVICES_PATH].decode().splitlines()
    kept = [it for it in lines if it.split(" ")[0] not in without]
    listed = "\n".join([*kept, *services]) + "\n"
    whole[disk_layout.SERVICES_PATH] = listed.encode()
    return make_image(whole, directories=FOLDERS)


def filled(image: bytes) -> bytes:
    """The disk with files on it that leave no cluster free."""
    disk = bytearray(image)
    volume = Volume(SectorsOfBuffer(disk))
    size, number = len(disk), 0
    while size >= _SECTOR:
        number += 1
        try:
            volume.write(f"/FULL{number}.BIN", bytes(size))
        except DiskFullError:
            size //= 2
    return bytes(disk)


def machine(model: str, disk: bytes, options: Mapping[str, str] | None = None) -> Lab:
    """A machine with that disk, on which nothing happens by itself."""
    return Lab(model=model, disk=disk, options={**_QUIET, **(options or {})})


def said(lab: Lab) -> list[str]:
    """What the probe has said on the console."""
    lines = lab.console_text.replace("\r", "").splitlines()
    return [line.partition(": ")[2] for line in lines if "probe." in line.split(":")[0]]
