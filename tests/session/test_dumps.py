"""The dump of a crash is read inside the lab, as `minios inspect` reads it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.dump import parts, post_mortem, report
from minios.lab import content_files, events, seconds
from minios.lab.inputs import Push
from minios.session import dumps
from minios.session.frames import Frame
from minios.session.orders import GoBack, RunTo
from minios.session.session import Session


@pytest.fixture(name="session")
def crashed() -> Iterator[Session]:
    """A machine that has crashed and started again."""
    session = Session("windows")
    session.do(RunTo(seconds(0.1)))
    session.do(Push(content_files.find("channel-291-bad")))
    session.do(RunTo(seconds(3), ("dump_saved",)))
    yield session
    session.close()


def number_of(frame: Frame, kind: type[events.Event]) -> int:
    """The number of the first record of a kind."""
    return next(n for n, it in enumerate(frame.log) if isinstance(it, kind))


def test_what_was_written_is_what_inspect_reads_from_the_disk(
    session: Session,
) -> None:
    """Also from the record of the start that saved it as a file."""
    frame = session.frame()
    written = dumps.read(frame, number_of(frame, events.DumpWritten))
    saved = dumps.read(frame, number_of(frame, events.DumpSaved))
    data = session.lab.files().read("/SYSTEM/DUMPS/MINI0001.DMP")
    inspected = report.explanation(post_mortem.examine(parts.parse(data)))

    assert written is not None
    assert saved is not None
    assert written.headline == saved.headline == inspected.headline
    assert written.headline.startswith(
        "STOP 0x50 PAGE_FAULT_IN_NONPAGED_AREA in sentinel"
    )
    blame = next(it for it in inspected.evidence if it.title == "Who is to blame")
    assert blame in written.evidence
    assert blame in saved.evidence


def test_other_records_have_no_dump(session: Session) -> None:
    """Nor has one whose dump is not kept."""
    frame = session.frame()

    assert dumps.read(frame, number_of(frame, events.BugcheckEvent)) is None


def test_after_going_back_the_dump_is_not_there(session: Session) -> None:
    """It has not been written yet."""
    frame = session.do(GoBack(seconds(0.1)))

    assert not frame.dumps
