"""The worlds side by side: a table that a student can read aloud.

Two worlds are two columns. More of them do not fit beside each other: then each
question has a paragraph, with a line for each answer and those who gave it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Final

from minios.abi.disk_layout import CONTENT_PATH
from minios.commands.narration import Style
from minios.content import inspect
from minios.disk import DiskError, MissingFileError, SectorsOfBuffer, Volume
from minios.lab import events, linux_words, protection
from minios.lab.evidence import page_fault_words
from minios.lab.quantities import short
from minios.lab.story import Story
from minios.visible import visible

_LABEL_WIDTH: Final = 20
_COLUMN_WIDTH: Final = 36
_BESIDE: Final = 2  # worlds that fit beside each other
_NAMES_WIDTH: Final = 24
_ANSWER_WIDTH: Final = 52
_NO_BREAK: Final = "\xa0"  # a space at which no line is broken
_PAGE_FAULT: Final = 14


def _sensor(story: Story) -> str:
    loaded = [it for it in story.events if isinstance(it, events.ContentLoaded)]
    if refusals := [it for it in story.events if isinstance(it, events.BpfRefused)]:
        return f"never: {refusals[0].name} was refused"
    if programs := [it for it in story.events if isinstance(it, events.BpfLoaded)]:
        return _with_programs(story, programs[0])
    if not loaded:
        return "never loaded content"
    rings = sorted({it.ring for it in loaded})
    return f"in ring {' and '.join(map(str, rings))}"


def _with_programs(story: Story, loaded: events.BpfLoaded) -> str:
    """Where a sensor ran that has eBPF programs: they, and who works with them."""
    up = [it for it in story.events if isinstance(it, events.SensorUp)]
    other = f"; {up[0].plugin}.ext in ring {up[0].ring}" if up else ""
    return f"{loaded.name} in ring 0, verified before{other}"


def _first_fault(story: Story) -> str:
    instruction = None if story.crash is None else story.crash.instruction
    return "none" if instruction is None else f"`{instruction}`"


def _bytes(story: Story) -> str:
    return "-" if story.crash is None else story.crash.bytes or "-"


def _where(story: Story) -> str:
    crash = story.crash
    if crash is None:
        return "-"
    return f"{crash.place} {crash.function} {crash.source}".rstrip()


def _access(story: Story) -> str:
    crash = story.crash
    if crash is None or crash.vector != _PAGE_FAULT or crash.error_code is None:
        return "-"
    return page_fault_words(crash.error_code, crash.ring)


def _address(story: Story) -> str:
    address = None if story.crash is None else story.crash.address
    return "-" if address is None else str(address)


def _rule(story: Story) -> str:
    return "-" if story.crash is None else story.crash.rule


def _kernel(story: Story) -> str:
    crash = story.crash
    if isinstance(crash, events.BugcheckEvent):
        return f"stopped the machine: {linux_words.title(crash).removeprefix('STOP ')}"
    if isinstance(crash, events.DeathEvent):
        return f"ended only process {crash.process_id} ({crash.name})"
    if isinstance(crash, events.Oops):
        is_linux = crash.world == "linux"  # the codes are those of Windows
        what = linux_words.bug(crash) if is_linux else f"{crash.code} {crash.name}"
        return f"went on without {crash.ended}: {what}"
    if story.refusal:
        return f"refused to load the sensor: {story.refusal}"
    return "did nothing: there was no fault"


def _afterwards(story: Story) -> str:
    end = story.end
    if end.bugchecks:
        usual = f"{end.bugchecks} bugchecks in {end.boots} boots{_content_now(story)}"
        return _panics(story) or usual
    if _is_off(story):
        return "the machine switched itself off"
    resets = sum(isinstance(it, events.ResetEvent) for it in story.events)
    if resets:
        return f"{resets} resets in {resets} boots, and no bugcheck"
    if end.outcome == "went on":
        oopses = f" after {end.oopses} oopses" if end.oopses > 1 else ""
        return f"the kernel went on{oopses}; what was broken in ring 0 stays broken"
    if end.deaths:
        moved = [it for it in story.events if isinstance(it, events.Quarantined)]
        tail = ", then the last good file was restored" if moved else ""
        return f"{end.deaths} deaths, {end.restarts} restarts in one boot{tail}"
    return _what_the_update_did(story)


def _panics(story: Story) -> str:
    """How often a kernel of Linux' kind has stopped, and how it ends; "" if never."""
    panics = [it for it in story.events if isinstance(it, events.KernelPanic)]
    if not panics:
        return ""
    if panics[-1].then == "stay":
        return "the machine stands still until somebody resets it"
    return f"{len(panics)} panics in {story.end.boots} boots{_content_now(story)}"


def _what_the_update_did(story: Story) -> str:
    refusals = [it for it in story.events if isinstance(it, events.UpdateRefused)]
    if refusals:
        return f"the sensor refused the file: {refusals[0].reason}"
    if not any(isinstance(it, events.UpdateStored) for it in story.events):
        return f"the update did not arrive{_why_not(story)}"
    return f"went on as before{f': {story.skipped}' if story.skipped else ''}"


def _why_not(story: Story) -> str:
    failed = [it for it in story.events if isinstance(it, events.UpdateFailed)]
    return f": {failed[-1].error}" if failed else ""


def _content_now(story: Story) -> str:
    """Whether the disk still holds the content that the sensor loaded last."""
    loaded = [it for it in story.events if isinstance(it, events.ContentLoaded)]
    if not loaded:
        return ""
    try:
        volume = Volume(SectorsOfBuffer(story.disk.contents()))
        file = inspect(volume.read(CONTENT_PATH)).file
    except MissingFileError:
        return ": the file is gone"
    except DiskError:
        return ": the disk cannot be read any more"
    if file is not None and file.version == loaded[-1].version:
        return ": the file is still on the disk"
    return ": another file is on the disk now"


def _cost(story: Story) -> str:
    return story.losses.words


def _protected(story: Story) -> str:
    return "yes" if story.end.sensor_running else "no"


def _unprotected(story: Story) -> str:
    """For how long no sensor ran since the push."""
    push = next((it.t for it in story.events if isinstance(it, events.Pushed)), None)
    if push is None:
        return "-"
    until = story.end.t
    time = protection.unprotected_time(story.events, push, until)
    return f"{short(time)} of the {short(until - push)} since the push"


def _is_off(story: Story) -> bool:
    return any(isinstance(it, events.PoweredOff) for it in story.events)


def _console(story: Story) -> str:
    if story.end.console_alive:
        return "answers"
    if _is_off(story):
        return "dead: the machine is off"
    is_loop = story.end.bugchecks > 1 or story.end.outcome == "reset loop"
    return "dead: the machine is in a loop" if is_loop else "dead: it does not answer"


_ROWS: Final[tuple[tuple[str, Callable[[Story], str]], ...]] = (
    ("the sensor ran", _sensor),
    ("refused instruction", _first_fault),
    ("its bytes", _bytes),
    ("its place", _where),
    ("address it used", _address),
    ("kind of access", _access),
    ("rule that it broke", _rule),
    ("the kernel", _kernel),
    ("afterwards", _afterwards),
    ("what it cost", _cost),
    ("without a sensor", _unprotected),
    ("sensor runs now", _protected),
    ("console", _console),
)


def table(stories: Sequence[Story], style: Style) -> str:
    """A table with a row for each question and a column for each world.

    More than two worlds stand below each other, and those with the same answer share
    one. In plain style, it is one line for each answer of each world.
    """
    lines = [style.bold("-- What happened, side by side --")]
    if style.plain:
        for story in stories:
            lines += [
                f"{story.world}: {name}: {visible(ask(story))}" for name, ask in _ROWS
            ]
        return "\n".join(lines)
    if len(stories) > _BESIDE:
        for name, ask in _ROWS:
            lines += ["", style.bold(name), *_answers(stories, ask)]
        return "\n".join(lines)
    lines.append(_row("", [story.world for story in stories]))
    lines.append("-" * (_LABEL_WIDTH + len(stories) * (_COLUMN_WIDTH + 2)))
    lines += [
        _row(name, [visible(ask(story)) for story in stories]) for name, ask in _ROWS
    ]
    return "\n".join(lines)


def _answers(stories: Sequence[Story], ask: Callable[[Story], str]) -> Iterator[str]:
    """The answers to a question, each after the worlds that gave it."""
    given: dict[str, list[str]] = {}
    for story in stories:
        given.setdefault(visible(ask(story)), []).append(story.world)
    for answer, worlds in given.items():
        whole = [it.replace(" ", _NO_BREAK) for it in worlds]
        names = "all of them" if len(given) == 1 else ", ".join(whole)
        left = textwrap.wrap(names, _NAMES_WIDTH, break_on_hyphens=False)
        right = textwrap.wrap(answer, _ANSWER_WIDTH) or [""]
        for name, part in zip_longest(left, right, fillvalue=""):
            shown = name.replace(_NO_BREAK, " ")
            yield f"  {shown:{_NAMES_WIDTH}}  {part}".rstrip()


def _row(label: str, cells: Sequence[str]) -> str:
    wrapped = [textwrap.wrap(cell, _COLUMN_WIDTH) or [""] for cell in cells]
    height = max(len(cell) for cell in wrapped)
    lines = []
    for number in range(height):
        text = f"{label if number == 0 else '':{_LABEL_WIDTH}}"
        for cell in wrapped:
            part = cell[number] if number < len(cell) else ""
            text += f"{part:{_COLUMN_WIDTH}}  "
        lines.append(text.rstrip())
    return "\n".join(lines)
