"""Whether a pack is fit to be given to learners: it can be done, and its texts hold.

`proof.py` takes each lesson. Here are the rules for its texts: links lead somewhere, no
HTML, a claim about the real world names its fact in the `FACTS.md` of the pack, and a
translation names the same facts and the same code.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from minios import glossary, host_files
from minios.errors import MiniosError
from minios.interrupts import before_the_end
from minios.testing.grading.processes import PATIENCE, Processes
from minios.tutor import (
    attempts,
    checks,
    facts,
    languages,
    model,
    proof,
    prose,
    reading,
    texts,
)
from minios.tutor.facts import FACTS_NAME
from minios.tutor.packs import OURS, Pack
from minios.tutor.prose import Link, Prose

_SHOWN: Final = 60  # characters of a link
_QUOTED: Final = frozenset({"c", "asm", "toml"})  # languages of our own files
_SAID: Final = frozenset({"question", "hints", "say", "says", "learned"})
_NO_LINK: Final = "this is read as no link. Write %20 for a space in it"
_NO_END: Final = f"the process has died, or did not end in {PATIENCE} seconds"

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:")
_OWN_WORDS: Final = r"(?!-like| machines?\b| sides?\b| models?\b)"
_REAL: Final = re.compile(
    r"\b(?:CrowdStrike|Falcon|csagent|Channel File 291|19 July|July 2024|8[.,]5 million"
    r"|Microsoft|WinRE|BitLocker|Defender|Apple|Endpoint Security|launchd|systemd|MINIX"
    rf"|Hubris|Delta Air Lines|Windows{_OWN_WORDS}|macOS{_OWN_WORDS})\b"
)
"""Names of the real world. A passage with one of them is a claim about it."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a lesson, in sentences, and how many seconds it took."""

    lesson: str
    problems: tuple[str, ...]
    seconds: float


def examined(
    pack: Pack, lessons: Collection[str] = (), *, root: Path | None = None
) -> Iterator[Report]:
    """A report for each lesson of a pack, in order, or only for those named.

    Several are examined at the same time. `root` is the folder in which links may lead
    to files; without it that is the pack's own.
    """
    place = pack.folder.resolve()
    names = [it.name for it in pack.folders if not lessons or it.name in lessons]
    top = place if root is None else root.resolve()
    with (
        host_files.temporary_folder("lessons") as scratch,
        Processes(os.cpu_count() or 1, scratch) as processes,
        before_the_end(processes.kill),
    ):
        at_work = {
            name: processes.submit(report, place / name, pack.head.name, top)
            for name in names
        }
        for name, future in at_work.items():
            try:
                yield future.result()
            except BrokenExecutor:
                yield Report(name, (f"{name}: {_NO_END}",), PATIENCE)


def report(folder: Path, pack: str, root: Path) -> Report:
    """Examine one lesson."""
    start = time.perf_counter()
    found = [*text_problems(folder, pack, root), *_proof_problems(folder, pack)]
    return Report(folder.name, tuple(found), time.perf_counter() - start)


def _proof_problems(folder: Path, pack: str) -> Iterator[str]:
    try:
        lesson = reading.read(folder, pack)
    except MiniosError:  # text_problems has told it
        return
    yield from proof.problems(lesson)


def text_problems(folder: Path, pack: str, root: Path) -> Iterator[str]:
    """What is wrong with the texts of a lesson; nothing is taken, nothing is built."""
    try:
        known = facts.listed(folder.parent)
        for language in languages.languages_of(folder):
            reading.read(folder, pack, language)
            for name in (model.TEXT_NAME, f"solution/{model.TEXT_NAME}"):
                path = folder / languages.file_name(name, language)
                if path.exists():
                    yield from _page_problems(path, folder / name, root, known)
                    if pack == OURS:
                        yield from _uncut(path)
            yield from _table_problems(folder, language, known)
        for path in sorted(folder.glob("mistakes/*.toml")):
            attempts.read(path)
        for task in reading.read(folder, pack).tasks:
            if isinstance(task.work, Path):
                checks.read(task.work)
    except MiniosError as error:
        yield str(error)


def _page_problems(
    path: Path, english: Path, root: Path, known: Collection[str] | None
) -> Iterator[str]:
    page = prose.read(texts.read_prose(path))
    for line in page.foreign:
        yield f"{path}:{line}: there is HTML or a picture. Write Markdown without them"
    for link in page.links:
        if trouble := _link_trouble(link, page, path, root):
            yield f"{path}:{link.line}: the link {link.target[:_SHOWN]!r} {trouble}"
    for passage in page.passages:
        if "](glossary:" in passage.words:
            yield f"{path}:{passage.line}: {_NO_LINK}"
        for fact in passage.facts:
            if known is not None and fact not in known:
                yield f"{path}:{passage.line}: there is no fact {fact} in {FACTS_NAME}"
        if known is not None and (trouble := _claim_trouble(passage.words)):
            yield f"{path}:{passage.line}: this passage {trouble}"
    if path != english:
        yield from _differences(page, path, english)


def _claim_trouble(words: str) -> str:
    """Why a claim about the real world is none that can be checked; "" if it can."""
    found = _REAL.search(words)
    if found is None or facts.names_in(words):
        return ""
    return (
        f"speaks of {found[0]} and names no fact. Write its number behind the claim, "
        "such as [F12]"
    )


def _uncut(path: Path) -> Iterator[str]:
    """Code in a lesson of ours that could go stale: it is cut from no file."""
    for line, language in prose.read(texts.read_prose(path)).uncut:
        if language in _QUOTED:
            yield (
                f"{path}:{line}: this {language} code is cut from no file. Cut it from "
                "one, or call it text if it stands in none"
            )


def _differences(page: Prose, path: Path, english: Path) -> Iterator[str]:
    """What a translation has lost."""
    original = prose.read(texts.read_prose(english))
    here, there = Counter(page.facts), Counter(original.facts)
    for fact in sorted((here - there) | (there - here)):
        yield (
            f"{path}: the fact {fact} is named {here[fact]} times, and {there[fact]} "
            "times in English"
        )
    if page.quotes != original.quotes:
        yield f"{path}: it does not quote the same code as the English text"


def _table_problems(
    folder: Path, language: str, known: Collection[str] | None
) -> Iterator[str]:
    path = folder / languages.file_name(model.FILE_NAME, language)
    if not path.exists():
        yield f"{path} is missing: the tasks are not translated"
        return
    text, table = texts.read_toml(path)
    if known is not None:
        yield from _fact_problems(path, text, table, known)
    if language != languages.ENGLISH:
        _, english = texts.read_toml(folder / model.FILE_NAME)
        for task in english["tasks"]:
            if task["name"] not in table.get("tasks", {}):
                yield f"{path} does not translate the task {task['name']!r}"


def _fact_problems(
    path: Path, text: str, table: dict[str, Any], known: Collection[str]
) -> Iterator[str]:
    """Facts that are not listed, and claims without a fact."""
    for number, line in enumerate(text.split("\n"), 1):
        for fact in facts.names_in(line):
            if fact not in known:
                yield f"{path}:{number}: there is no fact {fact} in {FACTS_NAME}"
    for place, words in texts.values(table):
        if not _SAID.isdisjoint(place) and (trouble := _claim_trouble(words)):
            yield f"{path}: {'.'.join(place)} {trouble}"


def _link_trouble(link: Link, page: Prose, path: Path, root: Path) -> str:
    """Why a link leads nowhere; "" if it leads somewhere."""
    target, _, at = link.target.partition("#")
    if target.startswith("glossary:"):
        return _word_trouble(link.target.removeprefix("glossary:"))
    if not target:
        return "" if at in page.anchors else "leads to no heading of this page"
    if target.startswith(("http://", "https://")):
        shown = link.words == link.target
        return "" if shown else "hides its address. Write the address as the text"
    if _SCHEME.match(target) or target.startswith("/") or "\\" in target:
        return "is none that a lesson may have. Write a path from this file"
    base = root if target.startswith("lessons/") else path.parent
    found = Path(os.path.normpath(base / target))
    if not found.is_relative_to(os.path.normpath(root)):
        return "leads out of the pack"
    is_there = os.path.exists(found)  # noqa: PTH110 - no error for a name too long
    return "" if is_there else "leads to no file"


def _word_trouble(word: str) -> str:
    try:
        glossary.find(word)
    except MiniosError as error:
        return f"names no term: {error.advice}"
    return ""
