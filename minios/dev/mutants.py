"""Mutants: small wrong changes of our own source, one at a time.

    find("minios/machine/paging.py", text)
    Mutant(path, line=93, start=4012, end=4014, after="<=", words="`<` becomes `<=`")

Python is parsed to a tree. C and assembly are read line by line, in the form that the
formatter gives them. Code that cannot change the behaviour of the program is left
alone: comments, texts, annotations, assertions.

Left out: two changes at once, changes of declarations, and everything that would need a
tree of the C code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

_SWAPS: Final = {
    "==": "!=",
    "!=": "==",
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "&&": "||",
    "||": "&&",
    "and": "or",
    "or": "and",
    "is": "is not",
    "is not": "is",
    "in": "not in",
    "not in": "in",
    "+": "-",
    "-": "+",
    "&": "|",
    "|": "&",
    "^": "|",
    "<<": ">>",
    ">>": "<<",
    "*": "+",
    "//": "*",
    "/": "*",
    "%": "+",
    "true": "false",
    "false": "true",
    "True": "False",
    "False": "True",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: the characters from `start` to `end` become `after`."""

    path: str
    line: int
    start: int
    end: int
    after: str
    words: str

    @property
    def name(self) -> str:
        """Its place and its change, in one line."""
        return f"{self.path}:{self.line}: {self.words}"

    def apply(self, text: str) -> str:
        """The file with this change in it."""
        return text[: self.start] + self.after + text[self.end :]


def find(path: str, text: str) -> list[Mutant]:
    """All mutants of a file, in the order of the text."""
    make = {".py": _python, ".c": _c, ".h": _c, ".S": _assembly}[PurePath(path).suffix]
    found = {
        (start, end, after): Mutant(
            path, text.count("\n", 0, start) + 1, start, end, after, words
        )
        for start, end, after, words in make(text)
        if text[start:end] != after
    }
    return [found[key] for key in sorted(found)]


_Change = tuple[int, int, str, str]


def _replaced(text: str, start: int, end: int, after: str) -> _Change:
    before = " ".join(text[start:end].split())
    then = " ".join(after.split())
    what = "is left out" if then in ("", "pass", ";") else f"becomes `{then}`"
    return start, end, after, f"`{before}` {what}"


# ---- Python.


def _python(text: str) -> Iterator[_Change]:
    tree = _Tree(text)
    for node in tree.nodes():
        yield from tree.changes(node)


class _Tree:
    """The tree of a module, and the places of its nodes in the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._lines = text.splitlines()

    def nodes(self) -> Iterator[ast.AST]:
        """The nodes whose change is a change of behaviour."""
        waiting: list[ast.AST] = [ast.parse(self._text)]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += [it for it in ast.iter_child_nodes(node) if not _idle(node, it)]

    def changes(self, node: ast.AST) -> Iterator[_Change]:
        """The possible changes of one node."""
        match node:
            case ast.Compare(left=left, comparators=[right]):
                yield from self._between(left, right)
            case ast.BinOp(left=left, right=right):
                yield from self._between(left, right)
            case ast.BoolOp(values=[left, right, *_]):
                yield from self._between(left, right)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield self._put(node, self._source(operand))
            case ast.Constant(value=bool() as value):
                yield self._put(node, str(not value))
            case ast.Constant(value=int() as value):
                yield self._put(node, str(value + 1))
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield self._put(test, f"(not ({self._source(test)}))")
            case ast.stmt():
                yield from self._statement(node)

    def _statement(self, node: ast.stmt) -> Iterator[_Change]:
        match node:
            case ast.Return(value=ast.expr() as value):
                yield self._put(value, "None")
            case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
                yield self._put(node, "pass")
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
                yield self._put(node, "pass")

    def _offset(self, line: int, column: int) -> int:
        """The offset of a column, which counts bytes of UTF-8."""
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)

    def _span(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, ast.expr | ast.stmt)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno, node.end_col_offset),
        )

    def _source(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self._text[start:end]

    def _put(self, node: ast.AST, after: str) -> _Change:
        return _replaced(self._text, *self._span(node), after)

    def _between(self, left: ast.AST, right: ast.AST) -> Iterator[_Change]:
        """The operator between two operands; there may be brackets and comments."""
        start, end = self._span(left)[1], self._span(right)[0]
        found = re.match(
            r"[\s)]*(is not|not in|[a-z]+|[^\s\w(]+)", self._text[start:end]
        )
        if found and found[1] in _SWAPS:
            at = start + found.start(1)
            yield _replaced(self._text, at, at + len(found[1]), _SWAPS[found[1]])


def _idle(parent: ast.AST, node: ast.AST) -> bool:
    """Whether nothing under this node can change what happens."""
    if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Raise) and "AssertionError" in ast.dump(node):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(parent, ast.Raise | ast.JoinedStr):
        return True  # the words of a message
    if isinstance(node, ast.arg):
        return True
    decorators = getattr(parent, "decorator_list", ())
    return node in decorators or node in (
        getattr(parent, "annotation", None),
        getattr(parent, "returns", None),
    )


# ---- C.

_C_QUIET: Final = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    r"|^ *#(?!define)[^\n]*|^_Static_assert[^;]*;",
    re.DOTALL | re.MULTILINE,
)
_C_OPERATOR: Final = re.compile(
    r"(?<= )(==|!=|<=|>=|<<|>>|&&|\|\||[<>+&|^%/-])(?=\s)|\b(?:true|false)\b"
)
_C_NUMBER: Final = re.compile(r"(?<![\w.])(0x[0-9a-fA-F]+|\d+)([UL]*)\b")
_C_CONDITION: Final = re.compile(r"\b(?:if|while) (?=\()")
_C_NOT: Final = re.compile(r"(?<=[(\s])!(?=[\w(])")
# A call or an assignment: a declaration has two words in front.
_C_STATEMENT: Final = re.compile(
    r" +((?!return|goto|break|case|continue)(?:\(void\))?[\w.>\[\]()*-]+(?:\+\+|--)?"
    r"(?: volatile)?(?:\(.*\)| [|&^+-]?=[^=;{]*)?);"
)


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    """The text with spaces in place of all matches, so that offsets stay the same."""
    return pattern.sub(lambda it: re.sub(r"\S", " ", it[0]), text)


def _c(text: str) -> Iterator[_Change]:
    code = _blanked(_C_QUIET, text)
    for found in _C_OPERATOR.finditer(code):
        yield _replaced(text, *found.span(), _SWAPS[found[0]])
    for found in _C_NUMBER.finditer(code):
        number = int(found[1], 0 if "x" in found[1] else 10) + 1
        yield _replaced(text, *found.span(), f"{number}{found[2]}")
    for found in _C_NOT.finditer(code):
        yield _replaced(text, *found.span(), "")
    for found in _C_CONDITION.finditer(code):
        end = _closing(code, found.end())
        yield _replaced(text, found.end(), end, f"(!{text[found.end() : end]})")
    yield from _without_statements(text, code)


def _without_statements(text: str, code: str) -> Iterator[_Change]:
    """Mutants that leave out a statement on its own line."""
    at, before = 0, ";"
    for line in code.splitlines(keepends=True):
        found = _C_STATEMENT.match(line)
        if found and before[-1] in ";{}:":
            yield _replaced(text, at + found.start(1), at + found.end(1) + 1, ";")
        at += len(line)
        before = line.strip() or before


def _closing(code: str, at: int) -> int:
    """The offset behind the bracket that closes the one at this offset."""
    depth = 0
    for end in range(at, len(code)):
        depth += (code[end] == "(") - (code[end] == ")")
        if depth == 0:
            return end + 1
    return len(code)


# ---- Assembly.

_INSTRUCTION: Final = re.compile(r"^ +([a-z][^/\n\\]*[^/\s\\])", re.MULTILINE)


def _assembly(text: str) -> Iterator[_Change]:
    """Mutants of assembly that leave out an instruction."""
    for found in _INSTRUCTION.finditer(text):
        yield _replaced(text, *found.span(1), "")
