"""The text of a lesson: Markdown as values, and as lines for a listener.

`read` says what a text names: links, facts such as `[F12]`, pieces of code that are cut
from a file. `lines` writes it so that a screen reader reads it well: no signs that are
for the eye, and each row of a table with the names of its columns.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from minios.tutor import facts

_CUT: Final = re.compile(r"<!-- cut from (?P<file>[^\s:]+)(?:: (?P<piece>.+?))? -->\s*")
_COMMENT: Final = re.compile(r"\s*<!--.*?-->\s*", re.DOTALL)
_NO_ANCHOR: Final = re.compile(r"[^\w\- ]")
_LANGUAGES: Final = {"c": "C", "sh": "commands", "toml": "TOML", "python": "Python"}
_INDENT: Final = "    "


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    line: int
    words: str
    target: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that belong together: a paragraph, an item of a list, a row of a table."""

    line: int
    words: str

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that it names, such as "F12"."""
        return facts.names_in(self.words)


@dataclass(frozen=True, slots=True)
class Prose:
    """A text that has been read. Lines are counted from 1.

    Attributes:
        anchors: what `#...` can lead to: the headings, in small letters, with hyphens.
        passages: all that is said, without headings and code.
        links: what leads somewhere.
        quotes: the pieces that are cut from files: "drivers/a.c: loop".
        uncut: the blocks of code that are cut from no file: the line of each, and its
            language.
        foreign: the lines with HTML or a picture, which no interface shows.
    """

    anchors: frozenset[str]
    passages: tuple[Passage, ...]
    links: tuple[Link, ...]
    quotes: tuple[str, ...]
    uncut: tuple[tuple[int, str], ...]
    foreign: tuple[int, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that are named, in order."""
        return tuple(name for passage in self.passages for name in passage.facts)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def read(text: str) -> Prose:
    """What a text in Markdown names."""
    reader = _Reader()
    for before, token in pairwise((Token("", "", 0), *_parser().parse(text))):
        reader.take(before, token)
    return Prose(
        frozenset(reader.anchors),
        tuple(reader.passages),
        tuple(reader.links),
        tuple(reader.quotes),
        tuple(reader.uncut),
        tuple(dict.fromkeys(reader.foreign)),
    )


class _Reader:
    def __init__(self) -> None:
        self.anchors: set[str] = set()
        self.passages: list[Passage] = []
        self.links: list[Link] = []
        self.quotes: list[str] = []
        self.uncut: list[tuple[int, str]] = []
        self.foreign: list[int] = []
        self._line = 1
        self._row: list[str] | None = None

    def take(self, before: Token, token: Token) -> None:
        """Read the token that follows `before`."""
        if token.map:
            self._line = token.map[0] + 1
        if token.type == "tr_open":
            self._row = []
        elif token.type == "tr_close" and self._row is not None:
            self.passages.append(Passage(self._line, " | ".join(self._row)))
            self._row = None
        elif token.type == "inline":
            self._inline(before.type, token.children or ())
        elif token.type == "html_block":
            self._html(token.content)
        elif token.type == "fence" and not _CUT.fullmatch(before.content):
            self.uncut.append((self._line, token.info.strip()))

    def _inline(self, opening: str, tokens: Sequence[Token]) -> None:
        words = _words(tokens)
        self.links += _links(tokens, self._line)
        self.foreign += _foreign(tokens, self._line)
        if opening == "heading_open":
            self.anchors.add(anchor(words))
        elif self._row is not None:
            self._row.append(words)
        else:
            self.passages.append(Passage(self._line, words))

    def _html(self, content: str) -> None:
        if found := _CUT.fullmatch(content):
            file, piece = found["file"], found["piece"]
            self.quotes.append(file if piece is None else f"{file}: {piece}")
        elif not _COMMENT.fullmatch(content):
            self.foreign.append(self._line)


def anchor(heading: str) -> str:
    """What leads to a heading: "What a ring is" is `#what-a-ring-is`."""
    return _NO_ANCHOR.sub("", heading.casefold()).replace(" ", "-")


def _words(tokens: Sequence[Token]) -> str:
    """What is read of a paragraph: without stars and targets, but with `code`."""
    return "".join(_word(it) for it in tokens)


def _word(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    if token.type == "code_inline":
        return f"`{token.content}`"
    return token.content


def _placed(tokens: Sequence[Token], line: int) -> Iterator[tuple[int, Token]]:
    for token in tokens:
        yield line, token
        line += token.type in {"softbreak", "hardbreak"}


def target_of(href: str) -> str:
    """Where a link of a parsed text leads: `glossary:stop%20code` has a space."""
    return unquote(href)


def _links(tokens: Sequence[Token], line: int) -> Iterator[Link]:
    opened: tuple[int, str] | None = None
    words: list[str] = []
    for at, token in _placed(tokens, line):
        if token.type == "link_open":
            opened, words = (at, target_of(str(token.attrs["href"]))), []
        elif token.type == "link_close" and opened is not None:
            yield Link(opened[0], "".join(words), opened[1])
            opened = None
        elif opened is not None:
            words.append(_word(token))


def _foreign(tokens: Sequence[Token], line: int) -> Iterator[int]:
    for at, token in _placed(tokens, line):
        if token.type in {"html_inline", "image"}:
            yield at


# ---- As lines.


def lines(text: str, width: int | None = None) -> tuple[str, ...]:
    """A text in Markdown for somebody who hears it.

    A paragraph is one line, broken only if there is a `width`, in characters. Code is
    never broken. An empty line stands between any two blocks, and nowhere else.
    """
    root = SyntaxTreeNode(_parser().parse(text))
    written: list[str] = []
    for block in _blocks(root.children):
        if written:
            written.append("")
        for line, is_code in block:
            written += [line] if width is None or is_code else _broken(line, width)
    return tuple(written)


def _broken(line: str, width: int) -> list[str]:
    """A line in pieces; all but the first stand below the first word of an item."""
    item = re.match(r" *(?:- |\d+\. )?", line)
    assert item is not None
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=" " * min(len(item[0]), width // 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> Iterator[list[tuple[str, bool]]]:
    """Each block as lines, and whether they are code."""
    origin = ""
    for node in nodes:
        if node.type == "html_block" and _COMMENT.fullmatch(node.content):
            found = _CUT.fullmatch(node.content)
            origin = f" from {found['file']}" if found else ""
            continue
        block = _block(node, origin)
        origin = ""
        if block:
            yield block


def _block(node: SyntaxTreeNode, origin: str) -> list[tuple[str, bool]]:
    if node.type in {"fence", "code_block"}:
        return _code(node, origin)
    if node.type in {"bullet_list", "ordered_list"}:
        return _list(node)
    if node.type == "blockquote":
        inner = [line for block in _blocks(node.children) for line in block]
        return [("Quotation:", False), *inner, ("End of the quotation.", False)]
    return [(line, False) for line in _plain_block(node)]


def _plain_block(node: SyntaxTreeNode) -> Iterator[str]:
    if node.type == "table":
        yield from _table(node)
    elif node.type == "html_block":
        yield from node.content.strip().splitlines()
    elif spoken := _spoken(node):
        yield f"Section: {spoken}" if node.type == "heading" else spoken


def _spoken(node: SyntaxTreeNode) -> str:
    tokens = [it for child in node.children for it in child.children]
    words = "".join(_heard(it) for it in tokens)
    return facts.FACT.sub(r"(\1)", words).strip()


def _heard(node: SyntaxTreeNode) -> str:
    if node.token is not None:
        return _word(node.token)
    return "".join(_heard(it) for it in node.children)


def _code(node: SyntaxTreeNode, origin: str) -> list[tuple[str, bool]]:
    kind = _LANGUAGES.get(node.info, "") if node.type == "fence" else ""
    rows = node.content.rstrip("\n").split("\n")
    return [
        (f"Code{f' in {kind}' if kind else ''}{origin}:", False),
        *((f"{_INDENT}{it}".rstrip(), True) for it in rows),
        ("End of the code.", False),
    ]


def _list(node: SyntaxTreeNode) -> list[tuple[str, bool]]:
    written: list[tuple[str, bool]] = []
    first = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, first):
        sign = "- " if node.type == "bullet_list" else f"{number}. "
        inner = [line for block in _blocks(item.children) for line in block]
        for at, (line, is_code) in enumerate(inner or [("", False)]):
            before = " " * len(sign) if at else sign
            written.append((f"{before}{line}".rstrip(), is_code))
    return written


def _table(node: SyntaxTreeNode) -> Iterator[str]:
    rows = [row for part in node.children for row in part.children]
    names, *others = [[_spoken(cell) for cell in row.children] for row in rows]
    yield f"Table: {', '.join(filter(None, names))}."
    for number, row in enumerate(others, 1):
        cells = [
            f"{name}: {cell}" if name else cell
            for name, cell in zip(names, row, strict=False)
            if cell
        ]
        yield f"Row {number}. {'; '.join(cells)}"
