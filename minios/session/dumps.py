"""Read the dump of a crash inside a lab, as `minios inspect` reads it from a disk."""

from __future__ import annotations

from dataclasses import replace

from minios.dump import parts, post_mortem, report
from minios.lab import Explanation, events
from minios.lab.explain import describe
from minios.lab.explanation import Section
from minios.session.frames import Frame


def read(frame: Frame, number: int) -> Explanation | None:
    """What the dump says that a kernel wrote, or that the start after it saved.

    Args:
        frame: the machine.
        number: that of the record in the log of the frame.

    None if the record is about no dump, or if its dump is not kept any more.
    """
    event = frame.log.by_number(number)
    if not isinstance(event, events.DumpWritten | events.DumpSaved):
        return None
    written = [it for it in frame.dumps if it <= number]
    if not written:
        return None
    dump = parts.parse(frame.dumps[max(written)])
    if dump.is_empty:
        return None
    found = report.explanation(post_mortem.examine(dump))
    what = Section(
        "What was read here", (f"{describe(event)}.", events.row_of(event).means)
    )
    return replace(found, evidence=(what, *found.evidence))
