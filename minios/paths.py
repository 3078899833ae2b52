"""Where things lie on the host: the only module that knows.

In a checkout, `assets/`, `lessons/` and `drivers/` stand beside the package; in an
installed wheel they are inside it, under `minios/share/`. What the guest is built from
and what is built always stands in the package.

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
"""The tree of files that goes on the guest's volume as it is."""


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
            "this command works on the sources of minios, which are not there",
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
            "has not been built",
            where=str(path),
            advice="Build it: `minios dev build`",
        )
    return path


def user_data() -> Path:
    """The folder for what a learner makes: progress, saved machines.

    Made if it is not there.
    """
    import platformdirs  # noqa: PLC0415 - 3 ms that most commands need not pay

    return Path(
        platformdirs.user_data_path("minios", appauthor=False, ensure_exists=True)
    )
