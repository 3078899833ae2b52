"""The code on a page: each piece is cut from a file that is built, or that a test runs.

On the page, a comment above a block of code says what stands in it:

    <!-- cut from tests/testing/examples/test_first.py: one world -->

In that file the piece stands between the lines `# [one world]` and `# [/one world]`; in
C these are `// [one world]` and `// [/one world]`. Without a name it is the whole file.
`<!-- all records -->` stands above a table of the records, which is made from
`minios/lab/events.py`, and `<!-- all uses of commands -->` above one that is made from
the modules of the commands. The other tables are in `lesson_tables.py`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from minios import paths
from minios.dev import command_tables
from minios.errors import ScenarioError

_BLOCK: Final = re.compile(
    r"<!-- cut from (?P<file>[^\s:]+)(?:: (?P<piece>.+?))? -->\n"
    r"```(?P<kind>\w+)\n.*?^```$",
    re.DOTALL | re.MULTILINE,
)
_TABLE: Final = re.compile(r"<!-- (all [\w. ]+) -->\n(?:\|.*\n)*")
_MARK: Final = re.compile(r"^ *(?:#|//) \[.+\]\n", re.MULTILINE)
_OWN_TABLES: Final = ("all records", "all uses of commands")
_C: Final = frozenset((".c", ".h", ".S"))
_OF_EACH: Final = ("world", "t", "instructions")


@dataclass(frozen=True, slots=True)
class Page:
    """A page with examples, by its path in the repository."""

    name: str

    @property
    def path(self) -> Path:
        """Where it is on the host."""
        return paths.checkout() / self.name

    def is_fresh(self) -> bool:
        """Whether every block on the page is what stands in its file."""
        text = self.path.read_text(encoding="utf-8")
        return text == _filled(text)

    def write(self) -> None:
        """Fill every block anew."""
        text = _filled(self.path.read_text(encoding="utf-8"))
        self.path.write_text(text, encoding="utf-8", newline="\n")


PAGES: Final = (Page("README.md"), Page("minios/testing/README.md"))


def lesson_pages() -> tuple[Page, ...]:
    """The texts of the lessons and of their solutions, in each language."""
    root = paths.checkout()
    found = (root / "lessons").glob("**/README*.md")
    return tuple(Page(it.relative_to(root).as_posix()) for it in sorted(found))


def _filled(text: str) -> str:
    return _BLOCK.sub(_block, _TABLE.sub(_table, text))


def _table(found: re.Match[str]) -> str:
    comment, _, _ = found[0].partition("\n")
    return "\n".join((comment, *_rows(found[1]), ""))


def _rows(name: str) -> Iterator[str]:
    if name == "all records":
        return _records()
    if name == "all uses of commands":
        return command_tables.uses()
    from minios.dev import lesson_tables  # noqa: PLC0415 - brings the emulator

    if name not in lesson_tables.TABLES:
        known = ", ".join((*_OWN_TABLES, *lesson_tables.TABLES))
        raise ScenarioError(f"there is no table {name!r}", advice=f"There are: {known}")
    return lesson_tables.TABLES[name]()


def _block(found: re.Match[str]) -> str:
    comment, _, _ = found[0].partition("\n")
    body = _piece(found["file"], found["piece"])
    return f"{comment}\n```{found['kind']}\n{body}\n```"


def _piece(file: str, name: str | None) -> str:
    """The text between the marks of a piece. Raises ScenarioError if there is none."""
    path = paths.checkout() / file
    if not path.is_file():
        raise ScenarioError(
            "there is no such file to cut from",
            where=file,
            advice="Write its path from the folder of the sources",
        )
    text = path.read_text(encoding="utf-8")
    sign = "//" if path.suffix in _C else "#"
    if name is not None:
        word = re.escape(name)
        between = rf"^ *{sign} \[{word}\]\n(.*?)^ *{sign} \[/{word}\]$"
        found = re.search(between, text, re.DOTALL | re.MULTILINE)
        if found is None:
            raise ScenarioError(
                f"there is no piece {name!r}",
                where=file,
                advice=f"Write it between {sign} [{name}] and {sign} [/{name}]",
            )
        text = found[1]
    return textwrap.dedent(_MARK.sub("", text)).strip("\n")


def _records() -> Iterator[str]:
    """The rows of the table: each kind of record, what it tells, and its fields."""
    from minios.lab import events  # noqa: PLC0415 - slow; only this command needs it

    yield "| in Python | in TOML and JSON | what it tells | fields |"
    yield "|---|---|---|---|"
    for name, kind in events.KINDS.items():
        first, _, _ = (kind.__doc__ or "").partition("\n")
        fields = [f"`{it}`" for it in kind.__struct_fields__ if it not in _OF_EACH]
        tag = kind.__struct_config__.tag
        yield f"| `{name}` | `{tag}` | {first} | {', '.join(fields)} |"
