"""From the value to a TOML source, as a person would write it.

`rewrite_source` changes a source as little as it can, so that comments, order and the
way in which numbers are spelled stay. It works on lines, and not on all that TOML
allows; but what it gives is read again, and written anew if it does not mean the file.
"""

from __future__ import annotations

import difflib
import json
import re
from itertools import zip_longest
from typing import Final

from minios.content.errors import ContentError, SourceError
from minios.content.model import (
    Action,
    ChannelFile,
    Criterion,
    CriterionKind,
    Instance,
    spoken,
)
from minios.content.source import WILDCARD, criterion, read_source
from minios.content.verdict import where

_INTRODUCTION: Final = """\
# A line that begins with # is not read; a field that is "*" or not named is a wildcard.
# * stands for any text, ? for one character.
"""
_INSTANCE: Final = "[[instance]]"
_MATCH: Final = "[instance.match]"
_VALUE: Final = r"""[ \t]*("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"']+)"""
_BEGIN: Final = re.compile(r"^(?:[ \t]*#.*\n)*\[\[instance\]\]", re.MULTILINE)


def write_source(file: ChannelFile) -> str:
    """The source of a file; what is a wildcard stands in it as a comment.

    Raises `ContentError` if the file says what no source can say.
    """
    for number, instance in enumerate(file.instances, 1):
        _refuse_untold(instance, number)
    head = f"{_INTRODUCTION}channel = {file.channel}\nversion = {file.version}\n"
    return "\n".join((head, *map(_block, file.instances)))


def _refuse_untold(instance: Instance, number: int) -> None:
    """In bytes a pattern may lack * and ?, and a text that is no pattern have them."""
    names = instance.template_type.fields
    for index, given in enumerate(instance.criteria):
        place = where(number, index, names[index])
        if (
            given.kind is not CriterionKind.ANY
            and criterion(given.text, place) != given
        ):
            raise ContentError(
                f"{given.kind.value} {spoken(given.text)} cannot be written in TOML",
                where=place,
                advice="Push the file as it is, or change it with `minios content`",
            )


def _block(instance: Instance) -> str:
    """The lines of an instance."""
    says_more = instance.action is not Action.REPORT
    head = (
        _INSTANCE,
        f"template = {_quoted(instance.template)}",
        f"detection = {instance.detection:#x}",
        *([f"action = {_quoted(instance.action.value)}"] if says_more else []),
        _MATCH,
    )
    lines = map(_line, instance.template_type.fields, instance.criteria)
    return "".join(f"{it}\n" for it in (*head, *lines))


def _line(name: str, given: Criterion) -> str:
    if given.kind is CriterionKind.ANY:
        return f"# {name} = {_quoted(WILDCARD)}"
    return f"{name} = {_quoted(given.text)}"


def _quoted(text: str) -> str:
    """A TOML string; for printable ASCII JSON's are the same."""
    return json.dumps(text)


def rewrite_source(text: str, file: ChannelFile) -> str:
    """A source changed so that it means this file; the same if it does so already.

    Raises `ContentError` if the file says what no source can say.
    """
    try:
        before = read_source(text)
        if before == file:
            return text
        patched = _patched(text, before, file)
        if read_source(patched) == file:
            return patched
    except SourceError:
        pass
    return write_source(file)


def _patched(text: str, before: ChannelFile, after: ChannelFile) -> str:
    head, *blocks = _blocks(text)
    if len(blocks) != len(before.instances):
        return text  # instances are written in another way
    for key in ("channel", "version"):
        if getattr(before, key) != getattr(after, key):
            head = _with_line(head, key, f"{key} = {getattr(after, key)}")
    same = difflib.SequenceMatcher(None, before.instances, after.instances)
    made = [head]
    for _, a, b, c, d in same.get_opcodes():
        was = zip(blocks[a:b], before.instances[a:b], strict=True)
        for old, new in zip_longest(was, after.instances[c:d]):
            if new is None:
                continue
            made.append(f"\n{_block(new)}" if old is None else _changed(old, new))
    return "".join(made)


def _blocks(text: str) -> list[str]:
    """The head, and an instance each with the comments that stand right above it."""
    text = text if text.endswith("\n") else f"{text}\n"
    starts = [found.start() for found in _BEGIN.finditer(text)]
    ends = [*starts, len(text)]
    return [text[a:b] for a, b in zip([0, *starts], ends, strict=True)]


def _changed(known: tuple[str, Instance], new: Instance) -> str:
    block, old = known
    if (old.template, old.action) != (new.template, new.action):
        return f"\n{_block(new)}"
    if old.detection != new.detection:
        block = _with_line(block, "detection", f"detection = {new.detection:#x}")
    names = new.template_type.fields
    for name, was, now in zip(names, old.criteria, new.criteria, strict=True):
        if was != now:
            block = _with_line(block, name, _line(name, now))
    return block


def _with_line(block: str, key: str, line: str) -> str:
    """With this line instead of that of the key, or at the end; what follows stays."""
    for pattern in (rf"^[ \t]*{key}[ \t]*={_VALUE}", rf'^# {key} = "\*"'):
        found = re.search(pattern, block, re.MULTILINE)
        if found:
            return block[: found.start()] + line + block[found.end() :]
    body = block.rstrip("\n")
    match = "" if _MATCH in body else f"\n{_MATCH}"
    return f"{body}{match}\n{line}{block[len(body) :] or chr(10)}"
