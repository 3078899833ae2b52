"""The service list on the guest's disk (`minios/user/services.ini`), read and changed.

A lab with plugins of one's own needs their lines in the list, and a scenario may
want a service not to start. The text keeps its comments: only lines that change are
written anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from minios import arguments
from minios.abi import disk_layout, enumerations
from minios.abi.plugins import Kind, without_ending
from minios.errors import ScenarioError
from minios.image.manifest import Manifest

STARTS: Final = tuple(name.lower() for name, _, _ in enumerations.START.rows)
"""When a service is started: the words of the column `start`."""

_WORDS: Final = 6


@dataclass(frozen=True, slots=True)
class Service:
    """A line of the list; the words are those of its columns."""

    name: str
    kind: str
    image: str
    start: str
    error_control: str
    rights: str = "-"

    def goes_by(self, name: str) -> bool:
        """Whether this is its name, with or without the ending of a plugin's kind."""
        return name in (self.name, without_ending(self.name))

    def __str__(self) -> str:
        return (
            f"{self.name:13} {self.kind:10} {self.image:28} {self.start:7} "
            f"{self.error_control:7} {self.rights}"
        )


def read(text: str) -> tuple[Service, ...]:
    """The services of a list. Lines that are no service are left out."""
    found = (_service(line) for line in text.splitlines())
    return tuple(it for it in found if it is not None)


def _service(line: str) -> Service | None:
    words = line.split()
    is_service = len(words) == _WORDS and not line.lstrip().startswith("#")
    return Service(*words) if is_service else None


def with_files(text: str, kind: Kind, paths: Iterable[str]) -> str:
    """The list with a line for each plugin of this kind on the disk, to be asked for.

    Systems that cannot use such plugins have no such lines, and read a shorter list.
    """
    folder = kind.row.folder + "/"
    found = sorted(path for path in paths if path.startswith(folder))
    lines = (
        Service(path.removeprefix(folder).lower(), kind.value, path, "demand", "normal")
        for path in found
    )
    return text + "".join(f"{line}\n" for line in lines)


def with_right(text: str, name: str, right: str) -> str:
    """The list with one more right for a service that has some."""
    lines = ((it, _service(it)) for it in text.splitlines())
    return "".join(
        f"{replace(found, rights=f'{found.rights},{right}')}\n"
        if found is not None and found.name == name
        else f"{line}\n"
        for line, found in lines
    )


def on_demand(text: str, kinds: Iterable[Kind]) -> dict[str, str]:
    """The start types with which no plugin of these kinds starts by itself."""
    names = {kind.value for kind in kinds}
    return {it.name: "demand" for it in read(text) if it.kind in names}


def changed(text: str, manifests: Iterable[Manifest], starts: Mapping[str, str]) -> str:
    """The list with these plugins in it, and with other start types by name.

    A plugin starts with the machine. One with the name of a service that is in the list
    already takes its place.

    Raises ScenarioError: there is no such service or start type, or the list has become
    too long for the machine.
    """
    lines = text.splitlines()
    for manifest in manifests:
        lines = [it for it in lines if not _is_of(it, manifest.name)]
        lines += [str(_line_for(manifest, kind)) for kind in manifest.kinds]
    for name, start in starts.items():
        lines = _with_start(lines, name, start)
    whole = "\n".join(lines) + "\n"
    count = len(read(whole))
    if count > disk_layout.SERVICES_LIMIT or len(whole) >= disk_layout.SERVICES_BYTES:
        raise ScenarioError(
            f"the machine would have {count} services, but it reads only "
            f"{disk_layout.SERVICES_LIMIT}, in {disk_layout.SERVICES_BYTES - 1} bytes",
            where="plugins",
            advice="Use fewer plugins at once",
        )
    return whole


def _is_of(line: str, name: str) -> bool:
    service = _service(line)
    return service is not None and service.goes_by(name)


def _line_for(manifest: Manifest, kind: Kind) -> Service:
    rights = ",".join(manifest.rights).lower() if kind.row.is_granted_rights else ""
    return Service(
        kind.file_name(manifest.name),
        kind.value,
        kind.path(manifest.name),
        kind.row.start,
        "normal",
        rights or "-",
    )


def _with_start(lines: list[str], name: str, start: str) -> list[str]:
    arguments.require_known([start], STARTS, "start type", f"services: {name}")
    named = [it for it in lines if _is_of(it, name)]
    if not named:
        known = [service.name for service in read("\n".join(lines))]
        arguments.require_known([name], known, "service", "services")
    return [
        str(replace(service, start=start)) if line in named and service else line
        for line, service in ((line, _service(line)) for line in lines)
    ]
