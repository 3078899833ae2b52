"""What pytest needs to test a guest: fixtures, markers, and reports of failures.

    def test_the_bad_file_stops_the_machine(windows: Lab) -> None:
        windows.push("channel-291-bad")
        stop = windows.run_until(Bugcheck(), within=seconds(5))
        assert stop.ring == 0

The fixtures are `lab`, `windows`, `macos`, `pair`, `content`, `plugin_builder` and
`submission`; the names here are their types. pytest loads `plugin.py` in every project
that has minios installed, so neither that file nor this one imports the emulator.

Reading order: `plugin.py`, `marks.py`, `loans.py`, `stock.py`, `pair.py`, `failure.py`,
`tracebacks.py`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from minios.testing.contents import ContentMaker
    from minios.testing.loans import Labs
    from minios.testing.pair import Pair, Worlds
    from minios.testing.plugins import PluginBuilder
    from minios.testing.submission import Submission

__all__ = ["ContentMaker", "Labs", "Pair", "PluginBuilder", "Submission", "Worlds"]

_HOMES: Final = {
    "ContentMaker": "contents",
    "Labs": "loans",
    "Pair": "pair",
    "PluginBuilder": "plugins",
    "Submission": "submission",
    "Worlds": "pair",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - one of several classes
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
