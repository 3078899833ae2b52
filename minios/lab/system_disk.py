"""The disk from which a world boots: the built guest, with one content file.

The image depends only on its inputs. So it is made once in each process and shared. A
machine writes to its own overlay.
"""

from __future__ import annotations

from functools import lru_cache

from minios import paths
from minios.abi import disk_layout
from minios.disk import make_image
from minios.errors import ImageError
from minios.lab import service_list


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


@lru_cache(maxsize=8)
def system_disk(content: bytes, starts: tuple[tuple[str, str], ...] = ()) -> bytes:
    """A 16 MiB image with this content file and the service list of minios.

    Both are also stored as the last good ones. `starts` are services with other start
    types than usual. Raises ScenarioError if there is no such service or start type.
    """
    files = system_files()
    services = files[disk_layout.SERVICES_PATH]
    if starts:
        text = service_list.changed(services.decode(), (), dict(starts))
        services = text.encode()
    files[disk_layout.CONTENT_PATH] = files[disk_layout.CONTENT_GOOD_PATH] = content
    files[disk_layout.SERVICES_PATH] = services
    files[disk_layout.SERVICES_GOOD_PATH] = services
    return make_image(files, directories=("/SYSTEM/DUMPS",))
