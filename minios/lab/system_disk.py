"""The disk from which a world boots: the built guest, with one content file.

The image depends only on its inputs. So it is made once in each process and shared. A
machine writes to its own overlay.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from minios import paths
from minios.abi import disk_layout, dump, policies
from minios.abi.plugins import Kind, without_ending
from minios.disk import make_image
from minios.errors import ImageError
from minios.image import variants
from minios.lab import content_files, service_list
from minios.lab.setup import Setup

FOLDERS: Final = (dump.DUMPS_FOLDER, disk_layout.EPITAPHS_FOLDER)
"""Folders that must be on the disk, because the guest cannot make one."""

_BLOCKED: Final = 7
"""How many names the boot option `module_blacklist` takes."""

_RULES: Final = service_list.Service(
    Kind.EXTENSION.file_name(variants.RULES),
    Kind.EXTENSION.value,
    Kind.EXTENSION.path(variants.RULES),
    "demand",
    "normal",
    "report,bpf",
)
"""The second half of the sensor's eBPF programs: it is where they are."""


def system_files() -> dict[str, bytes]:
    """The files of the guest: path on its disk to contents.

    Raises ImageError if the guest has not been built.
    """
    root = paths.GUEST_DISK
    files = {
        "/" + path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
    if not files:
        raise ImageError(
            "the guest's programs have not been built",
            where=str(root),
            advice="Build them with `minios dev build`",
        )
    return files


def disk_of(setup: Setup) -> bytes:
    """The disk from which a machine of this setup boots.

    Raises ScenarioError if the service list cannot be as the setup wants it, and
    DiskError if a plugin does not fit.
    """
    if setup.disk is not None:
        return setup.disk
    content = setup.content or content_files.find(content_files.FACTORY)
    policy = policies.BY_NAME[setup.model]
    is_changed = setup.plugins or setup.services or policy.on_demand
    if not is_changed and not policy.has_boot_menu:
        return system_disk(content.data)
    manifests = [it.manifest for it in setup.plugins]
    shipped = service_lines(setup.model)
    starts = service_list.on_demand(shipped, policy.on_demand) | setup.services
    services = service_list.changed(shipped, manifests, starts)
    images = [
        (image.kind.path(it.name), image.bare)
        for it in setup.plugins
        for image in it.images
    ]
    if policy.has_boot_menu:
        images.append((disk_layout.BOOT_MENU_PATH, _boot_menu(services)))
    return system_disk(content.data, services.encode(), tuple(images))


def service_lines(model: str) -> str:
    """The service list of a fresh disk for a model, before anything else is asked for.

    Raises ImageError if the guest has not been built.
    """
    files = system_files()
    shipped = files[disk_layout.SERVICES_PATH].decode()
    has_programs = Kind.BPF in policies.BY_NAME[model].kinds
    return _with_programs(shipped, files) if has_programs else shipped


def _with_programs(listed: str, files: Iterable[str]) -> str:
    """The list with the eBPF programs of the disk, and with what gives them rules.

    The supervisor cannot give an extension a right that it does not have itself.
    """
    listed = service_list.with_files(listed, Kind.BPF, files)
    return service_list.with_right(listed, "supervisor", "bpf") + f"{_RULES}\n"


def _boot_menu(services: str) -> bytes:
    """The command lines of a fresh disk (`kernel/disk/boot_entries.c` says the form).

    The blocklist has the modules that are loaded while the machine starts.
    """
    lines = [
        "# A name, and the boot options that it adds. The default has a *.",
        "*current",
        "previous",
    ]
    names = [
        without_ending(it.name)
        for it in service_list.read(services)
        if it.kind == Kind.DRIVER.value and it.start not in ("demand", "disabled")
    ]
    if names:
        lines.append(f"blocklist module_blacklist={','.join(names[:_BLOCKED])}")
    return "".join(f"{it}\n" for it in lines).encode()


@lru_cache(maxsize=8)
def system_disk(
    content: bytes,
    services: bytes | None = None,
    images: tuple[tuple[str, bytes], ...] = (),
) -> bytes:
    """A 16 MiB image with this content file and service list, and more images.

    Content and list are also stored as the last good ones. Without a list it is the
    one of minios.
    """
    files = system_files() | dict(images)
    services = services or files[disk_layout.SERVICES_PATH]
    files[disk_layout.CONTENT_PATH] = files[disk_layout.CONTENT_GOOD_PATH] = content
    files[disk_layout.SERVICES_PATH] = services
    files[disk_layout.SERVICES_GOOD_PATH] = services
    return make_image(files, directories=FOLDERS)
