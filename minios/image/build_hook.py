"""The hook with which hatchling builds the guest before it makes a wheel.

It runs for editable and ordinary wheels in an isolated build. `ziglang`, `pyelftools`,
`capstone` and `msgspec` are installed there (`[build-system]` in pyproject.toml), but
`minios` is not. So the hook changes `sys.path`.

The wheel stays `py3-none-any`: it contains code for the guest, not for the host.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GuestBuildHook(BuildHookInterface[Any]):  # hatchling leaves the type open
    """Builds kernel, programs and plugins into `minios/guest/`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is out of date. `version` is "editable" or "standard"."""
        sys.path.insert(0, self.root)
        from minios.errors import MiniosError  # noqa: PLC0415 - importable from here
        from minios.image import guest  # noqa: PLC0415 - on

        try:
            built = guest.build(Path(self.root))
        except MiniosError as error:
            self.app.abort(f"minios: {error}")
        for name in built:
            self.app.display_info(f"built {name}")
        if version != "editable":
            build_data["force_include"].update(_shared_folders(Path(self.root)))


def _shared_folders(root: Path) -> dict[str, str]:
    """The folders beside the package that the installed program also needs."""
    names = ("assets", "lessons", "drivers")
    return {
        str(root / name): f"minios/share/{name}"
        for name in names
        if (root / name).is_dir()
    }
