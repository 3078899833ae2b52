"""The service list on the guest's disk, and which of its services run.

The list may have been changed by hand, by the recovery environment or by a hostile
guest, so a line that is no service is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Final, NoReturn

from minios.abi.disk_layout import SERVICES_PATH
from minios.abi.plugins import Form, Kind, kind_of, without_ending
from minios.abi.policies import AfterFault
from minios.disk import Volume
from minios.lab import protection, service_list
from minios.lab.combining import NeverError, Watched
from minios.lab.events import Event
from minios.lab.mistakes import NotFoundError, WrongValueError, nearest
from minios.lab.system_disk import system_files

_PROCESSES: Final = tuple(it for it in Kind if it.row.form is Form.PROGRAM)
_PROGRAMS: Final = ("/BIN", *(it.row.folder for it in _PROCESSES))


@dataclass(frozen=True, slots=True)
class Service(service_list.Service):
    """A line of the list, in the words that stand there, and whether it runs now.

    `kind` is "program" or the name of a kind of plugin, `image` a path on the guest's
    disk, `start` one of `service_list.STARTS`, `rights` has commas between them.
    """

    runs: bool = False


class Services(dict[str, Service]):
    """The services by name, in the order of the list.

    Raises NotFoundError, with the nearest name, for a name that is not there.
    """

    def __missing__(self, name: str) -> NoReturn:
        raise NotFoundError(
            f"there is no service {name!r}",
            where=SERVICES_PATH,
            advice=nearest(name, self),
        )


def read(volume: Volume, recorded: Iterable[Event]) -> Services:
    """The services of a disk. Raises DiskError if there is no readable list."""
    running = {name for name, _ in protection.after_all(recorded).parts}
    text = volume.read(SERVICES_PATH).decode("latin-1")
    return Services(
        (it.name, Service(**asdict(it), runs=_image_name(it.image) in running))
        for it in service_list.read(text)
    )


def _image_name(path: str) -> str:
    """What the kernel calls the driver or the process of an image file."""
    return path.rpartition("/")[2].lower()


def programs(volume: Volume) -> frozenset[str]:
    """The names that a process can have: those of the image files of programs.

    Raises DiskError if the guest has damaged its disk.
    """
    return frozenset().union(*(_images(volume, folder) for folder in _PROGRAMS))


def refused(volume: Volume, taken: Collection[Kind]) -> frozenset[str]:
    """Those of them that are plugins of other kinds than the model takes.

    Raises DiskError as `programs` does.
    """
    folders = (it.row.folder for it in _PROCESSES if it not in taken)
    return frozenset().union(*(_images(volume, folder) for folder in folders))


def _images(volume: Volume, folder: str) -> frozenset[str]:
    if not volume.exists(folder):
        return frozenset()
    return frozenset(it.name.lower() for it in volume.list(folder))


def shipped_programs() -> frozenset[str]:
    """The same for the disk that ships, without plugins of one's own."""
    return frozenset(
        _image_name(path) for path in system_files() if path.startswith(_PROGRAMS)
    )


def is_called(process: str, name: str) -> bool:
    """Whether a process is meant by a name: the ending of an extension may be left out.

    `sentinel.ext` is also called `sentinel`.
    """
    return name in (process, without_ending(process))


def require_program(known: frozenset[str], name: str, follows: AfterFault) -> None:
    """Raise WrongValueError if no process can be called so.

    `follows` is what follows a fault of ring 0. If nothing is known, only the names of
    drivers are refused.
    """
    if kind_of(name) is Kind.DRIVER:
        raise WrongValueError(
            f"{name} is a driver, and no process that could die alone",
            advice=_of_a_driver(follows),
        )
    if known and not any(is_called(it, name) for it in known):
        raise WrongValueError(
            f"there is no program {name!r} on this machine's disk",
            advice=nearest(name, known) or "`ls /BIN` lists the programs",
        )


def require_possible(lab: Watched, name: str) -> None:
    """Raise WrongValueError if no process of a lab can be called so.

    Raises NeverError if only this world refuses such a process: of two conditions the
    other may still be met.
    """
    follows = lab.setup.after_fault
    require_program(lab.process_names, name, follows)
    refused = [it for it in lab.refused_names if is_called(it, name)]
    if refused:
        kind = kind_of(refused[0]) or Kind.EXTENSION
        raise NeverError(
            f"this model allows no {kind.value}s, so {refused[0]} is no process here. "
            f"{_of_a_driver(follows)}"
        )


def _of_a_driver(follows: AfterFault) -> str:
    """What to wait for instead, when the code runs in ring 0."""
    return f"A fault in a driver {follows.does}: wait for {follows.wait_for}"
