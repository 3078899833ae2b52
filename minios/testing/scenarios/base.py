"""What the tables of a scenario file have in common: times, texts and paths."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta


class Span(int):
    """Virtual nanoseconds, written as a text with a unit: "2s", "50ms", "10us"."""


DEFAULT_BUDGET: Final = Span(60_000_000_000)
LONGEST_BUDGET: Final = Span(3600_000_000_000)
DEFAULT_WITHIN: Final = Span(5_000_000_000)

Text: TypeAlias = Annotated[str, Meta(max_length=4096)]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64)]
Path: TypeAlias = Annotated[str, Meta(min_length=1, max_length=255)]
"""A file beside the scenario ("mine/bad.toml") or of the submission ("submission/...").
Neither may leave its folder."""
Content: TypeAlias = Path | dict[str, Any]
"""A content file: the name of a shipped one, the path of another (`.toml` is compiled),
or the table itself, as in `assets/content/*.toml`."""
Options: TypeAlias = dict[Name, Annotated[int, Meta(ge=0)] | Name]
"""Words for the kernel's command line: `{ recovery = "no" }`."""
Yes: TypeAlias = Literal[True]
"""For a verb that needs nothing more: `reset = true`."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file. A key that is no field is a mistake."""
