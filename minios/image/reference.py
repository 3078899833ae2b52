"""The reference page of the SDK, `SDK.md`: made from its header and from the abi.

`minios dev gen` writes it, and a test finds out whether it is up to date. So a function
is described in one place, the header.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from minios.abi import errors, events, security_events, structures, syscalls

PAGE: Final = Path(__file__).with_name("SDK.md")
_HEADER: Final = Path(__file__).parents[1] / "abi/include/minios/plugin.h"

_COMMENT: Final = re.compile(r" *// ?(.*)")
_NAME: Final = re.compile(r"(\w+)\)?(?:\(|;$)")
_STRUCTURES: Final = (
    security_events.EVENT,
    security_events.EVENT_ACTOR,
    *security_events.SUBJECTS,
    structures.MESSAGE,
    structures.RECORD,
)


def page_text() -> str:
    """The whole text of SDK.md."""
    header = _HEADER.read_text(encoding="utf-8")
    start, end = header.index("struct plugin {"), header.index("// The ring")
    introduction, _, _ = header.partition("#ifndef")
    parts = [
        "# The plugin SDK",
        "This page is made from the header `minios/plugin.h`.",
        *_paragraphs(introduction.splitlines()),
        "## `struct plugin`: what a plugin is",
        "Leave out what the plugin does not need.",
        *_entries(header[start:end].partition("};")[0].splitlines()[1:]),
        "## Functions",
        *_entries(header[end:].splitlines()),
        "## Events and rights in plugin.toml",
        *_table("event", security_events.EVENT_TYPE.rows),
        *_table("right", [row for row in syscalls.RIGHTS if row[1]]),
        "## Error numbers",
        "A function returns one with a minus sign: `-ERROR_NO_MEMORY`.",
        *_table("error", errors.ERRORS),
        "## Structures",
    ]
    for structure in _STRUCTURES:
        parts += [f"### `struct {structure.name}`", structure.words]
        parts += _fields(structure)
    parts += _records()
    return "\n\n".join(parts) + "\n"


def is_fresh() -> bool:
    """Whether the committed page is the one that the header gives."""
    return PAGE.exists() and PAGE.read_text(encoding="utf-8") == page_text()


def write() -> None:
    """Write the page."""
    PAGE.write_text(page_text(), encoding="utf-8", newline="\n")


def _paragraphs(lines: Iterable[str]) -> Iterator[str]:
    """Text of comments: what is indented is an example."""
    comments = [
        found[1]
        for line in lines
        if (found := _COMMENT.fullmatch(line)) and "SPDX" not in line
    ]
    for paragraph in re.split(r"\n\n+", "\n".join(comments).strip()):
        if paragraph.startswith("  "):
            yield f"```text\n{paragraph}\n```"
        elif paragraph:
            yield paragraph


def _entries(lines: Iterable[str]) -> Iterator[str]:
    """Declarations under their name, with the comment that stands before them.

    A declaration that follows another one without a blank line shares its comment.
    """
    comments: list[str] = []
    code: list[str] = []
    for line in [*lines, ""]:
        if line.strip().startswith("//") and not code:
            comments.append(line)
        elif line.strip() and not line.startswith("#"):
            code.append(line)
        elif code:
            yield from _entry(code, comments)
            comments, code = [], []


def _entry(code: list[str], comments: list[str]) -> Iterator[str]:
    text = textwrap.dedent("\n".join(code))
    bare = re.sub(r"\[\[.*?\]\]|__attribute__.*|\{.*\}", "", text, flags=re.DOTALL)
    found = (_NAME.search(line) for line in re.split(r"(?<=;)\n", bare))
    names = dict.fromkeys(it[1] for it in found if it)
    yield "### " + ", ".join(f"`{name}`" for name in names)
    yield f"```c\n{text}\n```"
    yield from _paragraphs(comments)


def _table(kind: str, rows: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    lines = [f"| {kind} | meaning |", "|---|---|"]
    told = ((name, words.replace("|", r"\|")) for name, _, words in rows)
    yield "\n".join([*lines, *(f"| {name} | {words} |" for name, words in told)])


def _fields(structure: structures.Structure) -> Iterator[str]:
    lines = ["| type | field | meaning |", "|---|---|---|"]
    for field in structure.fields:
        if structure is security_events.EVENT and field.name == "subject":
            lines += _subjects()
            continue
        count = f"[{field.count}]" if field.count else ""
        lines.append(f"| {field.c_type} | {field.name}{count} | {field.words} |")
    yield "\n".join(lines)


def _subjects() -> Iterator[str]:
    """The members of the union: which of them holds depends on the type."""
    for subject in security_events.SUBJECTS:
        cells = f"struct {subject.name}", security_events.member_of(subject)
        types = security_events.types_with(subject)
        yield f"| {' | '.join(cells)} | only for {types} |"


def _records() -> Iterator[str]:
    """What a plugin fills in, for each kind of record that it may send."""
    yield "A plugin fills in these members. The kernel fills in `name`."
    lines = ["| kind | meaning | members |", "|---|---|---|"]
    for kind in events.RECORDS:
        if kind.speaker == "plugin":
            members = ["text"] * any(it.place == "text" for it in kind.fields)
            members += [f"{kind.name}.{it.name}" for it in kind.values]
            cells = f"`RECORD_{kind.name.upper()}`", kind.tells, ", ".join(members)
            lines.append(f"| {' | '.join(cells)} |")
    yield "\n".join(lines)
