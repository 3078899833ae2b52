"""What the C text of a stranger's plugin may not say: it would leave the folder.

`#include` is stopped by the compiler itself, which sees no file but the plugin's own
and the SDK's (`sandbox.py`). Other ways remain, and are refused here:

- `#embed` puts the bytes of a file into the image. It is refused in the source text,
  before anything is compiled, in whatever way its letters are split.
- The assembler has directives that read files (.incbin, .include) or write sections. So
  the text of inline assembly may hold only instructions and labels.
- `#pragma comment` names files to the linker. Only harmless pragmas are allowed.
- `#line` can name any file as the place of a mistake. Only known ones are allowed.

The last three are looked for after the preprocessor has run: macros, splices and
_Pragma hide nothing any more. The compiler then gets the same files with the same
flags, so it sees the tokens that have been checked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from minios.errors import ImageError
from minios.visible import visible

_SPLICE: Final = re.compile(r"\\[ \t]*\n")
_TRIGRAPH: Final = re.compile(r"\?\?[=/]")
# Whatever does not print counts as a blank, as some of it does for the compiler. With a
# comment in between, the directive is refused whatever it is.
_EMBED: Final = re.compile(r"(?:#|%:)[^!-~]*+(?:embed|/\*)")
# To the end of the line: a macro can make a `#` that is no directive for the compiler,
# so code could stand behind it.
_PRAGMA: Final = re.compile(
    r"""\#[ \t]*pragma[ \t]+(?:
        once
      | pack[ \t]*\([\w \t,]*\)
      | (?:GCC|clang)[ \t]+diagnostic[ \t]+\w+(?:[ \t]+"-W[\w+=-]*")?
    )""",
    re.VERBOSE | re.ASCII,
)
_TOKEN: Final = re.compile(
    r"""
      (?P<marker>    ^\#[ ]\d+[ ]"[^"\n]*"[ \d]*$ )
    | (?P<directive> \#.*$ )
    | (?P<string>    " (?: [^"\\\n] | \\. )*+ " )
    | (?P<character> ' (?: [^'\\\n] | \\. )*+ ' )
    | (?P<word>      [^\W\d][\w$]*+ )
    | (?P<newline>   \n )
    | (?P<other>     \S )
    """,
    re.VERBOSE | re.MULTILINE,
)
_MOST_TEXT: Final = 1 << 20  # the SDK makes 60 KiB
_MARKER: Final = re.compile(r'# (\d+) "(.*)"[ \d]*')
_BUILT_IN: Final = frozenset({"<built-in>", "<command line>"})
_ASM: Final = frozenset({"asm", "__asm", "__asm__"})
_QUALIFIERS: Final = frozenset(
    f"{before}{word}{after}"
    for word in ("volatile", "inline", "goto")
    for before, after in (("", ""), ("__", ""), ("__", "__"))
)
# Labels, a mnemonic and its operands. No point, with which directives begin; no quote,
# no backslash, and no braces, which choose between two dialects.
_STATEMENT: Final = re.compile(
    r"(?:\w++:[ \t]*+)*+(?:[a-z]\w*+[ \t\w%$(),:*+\[\]-]*+)?", re.ASCII | re.IGNORECASE
)


class _Token(NamedTuple):
    kind: str
    text: str
    file: str
    line: int


def check_source(name: str, text: str) -> None:
    """Check the text of a file before the compiler sees it.

    Raises ImageError with the file and the line.
    """
    joined = _SPLICE.sub("", text)
    for found in (_TRIGRAPH.search(text), _EMBED.search(joined)):
        if found:
            line = found.string.count("\n", 0, found.start()) + 1
            raise _refused(f"`{found[0]}`", name, line)


def check_tokens(text: str, known: Collection[str]) -> None:
    """Check what the preprocessor has made of a source file.

    Args:
        text: its output.
        known: how the names of the files begin that it may have read.

    Raises ImageError with the file and the line.
    """
    if len(text) > _MOST_TEXT:
        raise ImageError(
            f"refused: with its macros it has more than {_MOST_TEXT >> 10} KiB of text",
            advice="Make the source simpler: look for macros that grow",
        )
    code = []
    for token in _tokens(text):
        if token.kind == "marker":
            _check_file(token, known)
        elif token.kind != "directive":
            code.append(token)
        elif not _PRAGMA.fullmatch(token.text.strip()):
            raise _refused(f"`{token.text.strip()[:40]}`", token.file, token.line)
    following = iter(code)
    for token in following:
        if token.text in _ASM:
            _check_assembly(token, following)


def _tokens(text: str) -> Iterator[_Token]:
    """The tokens of preprocessed text, each with its place in the sources."""
    file, line = "", 1
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "newline":
            line += 1
            continue
        marker = _MARKER.fullmatch(found[0]) if kind == "marker" else None
        if marker:
            file, line = marker[2], int(marker[1][:9]) - 1  # its own newline comes yet
        yield _Token(kind, found[0], file, line)


def _check_file(token: _Token, known: Collection[str]) -> None:
    """Refuse a marker that names another file: only `#line` can have made it."""
    is_known = token.file.startswith(tuple(known)) and ".." not in token.file
    if not is_known and token.file not in _BUILT_IN:
        raise _refused(f"the file name in `{token.text.strip()[:80]}`", "", 0)


def _check_assembly(start: _Token, tokens: Iterator[_Token]) -> None:
    """Check one asm("..." "..." ...), whose first word has been read."""
    words = (token for token in tokens if token.text not in _QUALIFIERS)
    opening = next(words, start)
    text, ending = "", start
    for token in tokens:
        ending = token
        if token.kind != "string":
            break
        text += token.text[1:-1]
    if opening.text != "(" or ending.text not in {":", ")"}:
        raise _refused("assembly that is no plain string", start.file, start.line)
    for statement in re.split(r"\\n|;", text.replace(r"\t", " ")):
        if not _STATEMENT.fullmatch(statement.strip()):
            what = f"the assembly `{statement.strip()[:40]}`"
            raise _refused(what, start.file, start.line)


def _refused(what: str, file: str, line: int) -> ImageError:
    return ImageError(
        f"refused: {visible(what)} is not allowed in a plugin",
        where=visible(f"{file}:{line}") if file else "",
        advice="A plugin is built from the C text in its folder alone, and its assembly"
        " holds only instructions and labels",
    )
