"""Crimes in a lab: commit one on its machines, and compare how it ended on each.

Nothing of it is remembered. What was committed is read from what was typed on a
machine's console, and how it ended from the records of that machine. So it holds in a
recording, and after going back in time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from minios.abi.plugins import Kind
from minios.errors import ScenarioError
from minios.lab import Explanation, crime_words, events, gallery
from minios.lab.crime_ends import PLACES, End, end_of
from minios.lab.crimes import GROUPS, Crime, Scene
from minios.lab.events import Event
from minios.lab.explanation import Section
from minios.lab.gallery import AFTERWARDS, ENDLESS, HANGS, LIMIT, EndOf
from minios.lab.inputs import Input, Type
from minios.machine.events import ResetReason
from minios.session.catalogue import LabCard, has_words
from minios.session.conductor import Conductor
from minios.session.frames import Frame
from minios.session.orders import MarkHere
from minios.session.status import State

_COMMAND: Final = "commit"
_CLEAR: Final = "\x03"  # ctrl+C, as the shell takes it while it reads a line
_FROM_OUTSIDE: Final = (ResetReason.REQUESTED.value, ResetReason.POWER_CUT.value)


def is_possible(card: LabCard) -> bool:
    """Whether the machines of a lab have the plugin that commits crimes."""
    plugins = set(gallery.PLUGINS.values())
    return all(plugins & set(setup.services) for setup in card.machines)


def offered(typed: str = "") -> list[tuple[str, list[Crime]]]:
    """The crimes in whose texts every typed word occurs, under their headings.

    A crime that needs a boot option of its own is not offered.
    """
    found = (
        (group, [it for it in crimes if not it.options and _matches(it, typed)])
        for group, crimes in GROUPS
    )
    return [(group, crimes) for group, crimes in found if crimes]


def _matches(crime: Crime, typed: str) -> bool:
    return has_words(typed, crime.name, crime_words.about(crime))


# ---- Commit it.


def scene_of(crime: Crime, kinds: Sequence[Kind]) -> Scene | None:
    """Where a machine that takes these kinds of plugins commits the crime.

    It is the first place for which the crime has an end. None if there is none.
    """
    return next((it for it in _scenes(kinds) if crime.expected(it)), None)


def _scenes(kinds: Sequence[Kind]) -> Iterator[Scene]:
    return (it for it in Scene if it.kind is None or it.kind in kinds)


def commit(crime: Crime, lab: Conductor, names: Sequence[str]) -> list[str]:
    """Make a snapshot, and type the command of a crime on all machines that can.

    Returns the names of these machines. Raises ScenarioError if one of them cannot
    commit it now; then nothing is typed.
    """
    typed = inputs(crime, lab.frames)
    for number in typed:
        reason = trouble(lab.frames[number])
        if reason:
            is_off = lab.frames[number].status.off
            raise ScenarioError(
                f"{names[number]} cannot commit it now: {reason}",
                advice="Switch it on first"
                if is_off
                else "Go on for a while, or reset the machine",
            )
    lab.send(MarkHere(f"before the crime {crime.name}"))
    for number, order in typed.items():
        lab.send(order, number)
    return [names[number] for number in typed]


def inputs(crime: Crime, frames: Sequence[Frame]) -> dict[int, Type]:
    """What to type on which machine, to commit the crime."""
    scenes = [scene_of(crime, frame.plugin_kinds) for frame in frames]
    return {
        machine: Type(_clearing(frames[machine]) + _typed(crime, scene))
        for machine, scene in enumerate(scenes)
        if scene is not None
    }


def _clearing(frame: Frame) -> str:
    """Clears the line that somebody has begun to type, if there is one."""
    typed = [it.text for _, it in frame.inputs if isinstance(it, Type)]
    return _CLEAR if typed and not typed[-1].endswith("\r") else ""


def _typed(crime: Crime, scene: Scene) -> str:
    lines = [crime.command(scene), *[crime.then] * bool(crime.then)]
    return "".join(f"{line}\r" for line in lines)


def trouble(frame: Frame) -> str:
    """Why a machine cannot commit a crime now; "" if it can."""
    status = frame.status
    if status.off:
        return "it is switched off"
    if status.stopped:
        return "it has stopped, and shows its blue screen"
    if not status.ready:
        return "it has not finished starting"
    return _of_plugin(frame)


def _of_plugin(frame: Frame) -> str:
    """Why the plugin that commits crimes cannot do so now; "" if it can."""
    scene = next(_scenes(frame.plugin_kinds))
    if scene.kind is None:  # a machine without plugins: programs commit its crimes
        return _of_latest(frame)
    plugin = frame.status.part(gallery.PLUGINS[scene])
    if plugin is None:
        return "its plugin villain does not run"
    if plugin.state is State.GAVE_UP:
        return "its supervisor has given up on the plugin villain"
    if plugin.state is not State.RUNNING:
        return f"its plugin villain is not running: {plugin.words(frame.t)}"
    return _of_latest(frame)


def _of_latest(frame: Frame) -> str:
    deed = latest(frame)
    return "" if deed is None or deed.is_reset else _of_deed(deed, frame)


def _of_deed(deed: Deed, frame: Frame) -> str:
    """Why the latest crime does not let another one be committed; "" if it does."""
    if deed.measured in (HANGS, ENDLESS):
        return "it is still busy with the crime before"
    # The command waits a little for its driver or extension. Until it has ended, its
    # end would be taken for that of the next crime.
    command = frame.status.part(_COMMAND)
    if not deed.measured or (command and command.state is State.RUNNING):
        return "the crime before has not ended yet"
    return ""


# ---- How it ended.


@dataclass(frozen=True, slots=True)
class Deed:
    """A crime that was committed on a machine, and how it ended.

    Attributes:
        crime: the crime.
        scene: where it was committed.
        t: when, in virtual nanoseconds.
        measured: the line that the table of crimes has for such an end; "" before it.
        is_final: whether nothing more can come of it.
        is_reset: whether the machine has been reset since.
    """

    crime: Crime
    scene: Scene
    t: int
    measured: str = ""
    is_final: bool = False
    is_reset: bool = False

    @property
    def end(self) -> End:
        """The end in words, as far as it is known."""
        found = end_of(self.measured, self.scene)
        if self.is_final:
            return found
        words = f"So far: {found.words[0].lower()}{found.words[1:]}"
        return replace(found, short=f"{found.short} so far", words=words)

    @property
    def is_as_expected(self) -> bool:
        """Whether it is the end that the table says."""
        return self.measured == self.crime.expected(self.scene)


def latest(frame: Frame) -> Deed | None:
    """The crime that was committed last on a machine. None if none was."""
    known = _by_text(frame.plugin_kinds)
    for t, given in reversed(frame.inputs):
        found = _crime_in(given, known)
        if found is not None:
            return _followed(Deed(*found, t), frame)
    return None


def _crime_in(
    given: Input, known: Mapping[str, tuple[Crime, Scene]]
) -> tuple[Crime, Scene] | None:
    if not isinstance(given, Type):
        return None
    return known.get(given.text.removeprefix(_CLEAR))


@cache
def _by_text(kinds: tuple[Kind, ...]) -> Mapping[str, tuple[Crime, Scene]]:
    """The crimes of a machine that takes these kinds, by what is typed for them."""
    crimes = [it for _, group in GROUPS for it in group if not it.options]
    scenes = ((it, scene_of(it, kinds)) for it in reversed(crimes))
    return {
        _typed(crime, scene): (crime, scene)
        for crime, scene in scenes
        if scene is not None
    }


def _followed(deed: Deed, frame: Frame) -> Deed:
    """What the records say of a crime since it was committed."""
    since = [it for it in frame.log if it.t >= deed.t]
    own = [it for it in since if not _is_from_outside(it)]
    deed = replace(
        deed, is_reset=any(isinstance(it, events.ResetEvent) for it in since)
    )
    ends = EndOf(gallery.committers(deed.crime, deed.scene))
    end = next((it for it in own if ends(it) and it.t <= deed.t + LIMIT), None)
    if end is None:
        return _without_end(deed) if frame.t > deed.t + LIMIT else deed
    until, is_final = end.t + AFTERWARDS, True
    if isinstance(end, events.ProcessExited):
        whole = EndOf()
        later = next((it for it in own if whole(it) and end.t <= it.t <= until), None)
        is_final = later is not None or deed.is_reset or frame.t >= until
        end = later or end
    recorded = [it for it in frame.log if it.t <= end.t]
    line = gallery.line_of(end, deed.scene, recorded)
    return replace(deed, measured=line, is_final=is_final)


def _is_from_outside(event: Event) -> bool:
    return isinstance(event, events.ResetEvent) and event.reason in _FROM_OUTSIDE


def _without_end(deed: Deed) -> Deed:
    """The program that asked for the crime waits for a moment only, and then ends.

    If it does not end, nothing runs but the code in ring 0. Ring 3 cannot do that.
    """
    line = HANGS if deed.scene.ring == 0 else ENDLESS
    return replace(deed, measured=line, is_final=True)


# ---- Tell it.


def told(frames: Sequence[Frame], names: Sequence[str]) -> Explanation | None:
    """The latest crime of a lab, on all its machines. None if it has not ended on all.

    Args:
        frames: the newest frame of each machine.
        names: what the machines are called.
    """
    known = _ended(frames, names)
    if not known:
        return None
    crime = next(iter(known.values())).crime
    ends = [deed.end for deed in known.values()]
    as_expected = all(it.is_as_expected for it in known.values())
    why = crime_words.why(crime, ends, as_expected=as_expected)
    places = (
        Section(f"In {name}, as {PLACES[deed.scene]}", (deed.end.words,))
        for name, deed in known.items()
    )
    return Explanation(
        (f"The crime {crime.name}: the code {crime.words}.", why),
        evidence=(Section("What it is", (crime_words.about(crime),)), *places),
    )


def short(frames: Sequence[Frame], names: Sequence[str]) -> str:
    """The ends in a line: `null: windows stops 0x7E, macos dies #PF`.

    "" as long as the crime has not ended on all machines.
    """
    known = _ended(frames, names)
    if not known:
        return ""
    crime = next(iter(known.values())).crime
    ends = (f"{name} {deed.end.short}" for name, deed in known.items())
    return f"{crime.name}: {', '.join(ends)}"


def _ended(frames: Sequence[Frame], names: Sequence[str]) -> dict[str, Deed]:
    """The latest crime, by machine; empty if it has not ended on all of them."""
    deeds = {name: latest(it) for name, it in zip(names, frames, strict=True)}
    known = {name: deed for name, deed in deeds.items() if deed is not None}
    newest = max(known.values(), key=lambda it: it.t, default=None)
    own = {n: it for n, it in known.items() if newest and it.crime is newest.crime}
    return own if all(it.measured for it in own.values()) else {}
