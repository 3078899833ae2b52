"""The places of files on the host. No other module knows them.

In a checkout, `assets/`, `lessons/` and `drivers/` are beside the package. In an
installed wheel they are inside the package, in `minios/share/`. The sources of the
guest and what is built from them are always in the package.

Left out: places in the guest; those are in `minios/abi/disk_layout.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from minios.errors import ImageError, ScenarioError

PACKAGE: Final = Path(__file__).parent
GUEST: Final = PACKAGE / "guest"
KERNEL: Final = GUEST / "kernel.elf"
GUEST_DISK: Final = GUEST / "disk"
"""The tree of files that is copied to the guest's volume."""


def _beside(name: str) -> Path:
    checkout = PACKAGE.parent / name
    in_checkout = (PACKAGE.parent / "pyproject.toml").exists()
    return checkout if in_checkout else PACKAGE / "share" / name


ASSETS: Final = _beside("assets")
LESSONS: Final = _beside("lessons")
DRIVERS: Final = _beside("drivers")


def checkout() -> Path:
    """The folder of the sources. Raises ScenarioError in an installed wheel."""
    root = PACKAGE.parent
    if not (root / "pyproject.toml").exists():
        raise ScenarioError(
            "this command needs the sources of minios, which are not here",
            where=str(root),
            advice="Clone the repository and run it there",
        )
    return root


def guest_file(name: str) -> Path:
    """A built file of the guest, such as "kernel.elf" or "disk/bin/init".

    Raises ImageError if it has not been built.
    """
    path = GUEST / name
    if not path.exists():
        raise ImageError(
            "the file has not been built",
            where=str(path),
            advice="Build it with `minios dev build`",
        )
    return path


def user_data() -> Path:
    """The folder for what a student makes: progress, saved machines.

    It is made if it does not exist.
    """
    import platformdirs  # noqa: PLC0415 - 3 ms that most commands need not pay

    return Path(
        platformdirs.user_data_path("minios", appauthor=False, ensure_exists=True)
    )
