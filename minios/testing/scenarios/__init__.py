"""Scenario files: `NAME.scenario.toml` says what is done to machines, and what happens.

Reading order: `model.py`, `reading.py`, `running.py`, `collecting.py`; `showing.py` for
the interface.
"""

from __future__ import annotations

from typing import Final

SUFFIX: Final = ".scenario.toml"
"""How the name of a scenario file ends."""
