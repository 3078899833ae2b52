"""Plain mode and what has happened: any entry explained, and the ways back."""

from __future__ import annotations

import pytest

from minios.lab import events
from minios.lab.explain import brief
from minios.lab.explanation import Depth, compare
from minios.plain.past import Listing
from minios.session.frames import Frame
from minios.session.orders import Order
from minios.session.spoken import why
from minios.session.worker import InlinePlayer
from tests.plain.talking import BAD, MAC, TWO, WINDOWS, Talker, lab_of, talk

_CRASHED = (">go on for", "10", *BAD, ">go on for", "100 ms")


def listing_after(*answers: str) -> tuple[Listing, tuple[Frame, ...]]:
    """The timeline of two worlds after these answers, and the frames it is of."""
    talker = Talker(*answers, "0")
    lab = lab_of(TWO, talker)
    lab.run()
    frames = lab.conductor.frames
    lab.close()
    return Listing(frames, lab.names, lab.filter), frames


def test_the_entries_are_told_a_page_at_a_time_with_their_numbers() -> None:
    """The last ones first; an entry keeps its number."""
    talker = talk(TWO, *_CRASHED, ">what has", "older", "older", "newer", "newer", "0")
    heads = [line for line in talker.lines if line.startswith("Events ")]

    most = int(heads[0].split()[5].rstrip(","))
    assert 20 < most < 40
    last = f"Events {most - 19} to {most} of {most}, the story."
    assert heads == [last, f"Events 1 to {most - 20} of {most}, the story.", last]
    left_out = next(it for it in talker.lines if "not listed" in it)
    assert left_out.endswith(" others are not listed: filter lists them.")
    assert "There are no older events." in talker.lines
    assert "There are no newer events." in talker.lines
    assert "1. 0.000000 s, windows: a snapshot, power on" in talker.lines


def test_one_machine_alone_or_some_words_are_told_and_listed() -> None:
    """Each on top of the other, until all is wanted again."""
    both = (*_CRASHED, ">which events", "6", ">which events", "8", "DIES")
    listing, _ = listing_after(*both)
    talker = talk(
        *(TWO, *both, ">go on for", "400 ms", ">how the", ">which events", "7"),
        *(">which events", "7", ">what has", "0", "0"),
    )

    assert 0 < listing.most < 4
    assert "You will hear: the story of macos." in talker.lines
    assert "You will hear: the story of macos with 'DIES'." in talker.lines
    assert "You hear: the story of macos with 'DIES'." in talker.text
    later = talker.after("You will hear: the story of macos with")
    end = next(n for n, line in enumerate(later) if line.startswith("It is "))
    told = [line for line in later[:end] if line[0].isdigit()]
    assert told
    assert all("macos: " in line and "dies" in line for line in told)
    assert "You will hear: the story with 'DIES'." in talker.lines
    assert "You will hear: the story." in talker.lines
    assert any(line.endswith(", the story.") for line in talker.lines)


def test_an_entry_without_a_fault_is_told_what_it_means() -> None:
    """With the words that the screen has for it."""
    listing, frames = listing_after(*_CRASHED)
    number, event = next(
        (n, event)
        for n in range(1, listing.most + 1)
        if (entry := listing.entry(str(n))) is not None
        and not entry.is_mark
        and isinstance(event := listing.event(entry), events.UpdateStored)
    )
    talker = talk(TWO, *_CRASHED, ">what has", str(number), "1", "1", "0")
    told = compare([("windows", brief(event))])

    assert frames[0].log.total > 0
    assert talker.after("What to do?")[:3] == ["In windows:", *told.own[0][1].answer]
    assert talker.after("How much more?")[:-3] == why(told, Depth.EVIDENCE)
    assert events.row_of(event).means in talker.lines


def test_any_fault_is_explained_not_only_the_latest() -> None:
    """The first of several, which was answered by a death."""
    lived = (">go on for", "10", *BAD, ">go on for", "3 s")
    talker = talk(MAC, *lived, ">what has", "filter", "2", "2", "1", "2", "0")
    told = talker.after("You will hear: faults and restarts.")

    assert sum(" dies" in line for line in told) > 1
    assert "the CPU refuses " in told[2]
    assert ": the page is not present" in told[2]
    assert any(
        line.startswith("sentinel.ext+0x")
        and line.endswith(" broke a rule of the CPU in ring 3.")
        for line in told
    )
    assert "It blames the process." in told


def test_an_entry_can_be_gone_back_to() -> None:
    """To the moment before it, so that it happens again."""
    talker = talk(MAC, *_CRASHED, ">what has", "filter", "2", "3", "3", "1", "0")
    listed = talker.after("You will hear: faults and restarts.")
    event = listed[3].removeprefix("3. ").removesuffix(", with a snapshot")

    assert " dies" in event
    assert talker.after("Choice? 1")[0] == event


def test_a_snapshot_among_the_entries_can_be_gone_back_to() -> None:
    """Power on is the first."""
    talker = talk(MAC, "1", ">what has", "1", "1", "0")

    assert talker.lines[-2] == "It is 0.000000 s again."


def test_one_can_go_back_to_a_snapshot_or_a_moment() -> None:
    """A number is a snapshot, a time has its unit; what has not been is asked again."""
    talker = talk(
        *(MAC, ">go on for", "20 ms", ">go back", "7 s", "99", "x", "1.5 ms"),
        *(">go back", "1", "0"),
    )
    wanted = "a time with its unit up to 0.020000 s."

    assert sum(line.endswith(wanted) for line in talker.lines) == 3
    assert "It is 0.001500 s again." in talker.lines
    assert talker.lines[-3:-1] == [
        "Back at the snapshot: power on.",
        "It is 0.000000 s again.",
    ]


def test_before_the_fault_is_offered_first_and_the_refused_instruction_is_next() -> (
    None
):
    """Of each machine; the code is read there, and the fault comes again."""
    talker = talk(
        *(TWO, *_CRASHED, ">go back", "1", ">where a machine", "1", ">step one"),
        *("1", "1", "0"),
    )
    offered = talker.after("Choice? " + talker.choice("go back"))

    assert offered[0].startswith("1. before the fault of windows, at 0.06")
    assert offered[1].startswith("2. before the fault of macos, at 0.06")
    arrived = "Back before the fault of windows: next is the refused instruction."
    assert arrived in talker.lines
    assert talker.after(arrived)[0].startswith("It is 0.06")
    assert "windows, ring 0, sentinel.sys, interpreter_matches+0x" in talker.text
    assert "Next: mov r11d, dword ptr [r10]" in talker.text


def test_the_decisive_moment_is_told_once_for_each_machine() -> None:
    """In the first lab; what else is said of it has to be asked for."""
    talker = talk(TWO, *_CRASHED, ">go on for", "300 ms", "0")
    other = talk(MAC, *_CRASHED, "0")

    stopped, died = (it for it in talker.lines if "decisive" in it)
    assert stopped == (
        "This is the decisive moment. windows has stopped: its kernel could not go "
        "on, and shows PAGE_FAULT_IN_NONPAGED_AREA."
    )
    assert died == (
        "This is the decisive moment. In macos the kernel has ended the process "
        "sentinel.ext, and the machine runs on."
    )
    assert "decisive" not in other.text


def test_the_decisive_moment_is_told_after_its_own_event() -> None:
    """Also if that came while the user skipped to an event of the other machine."""
    talker = talk(TWO, *_CRASHED[:-2], *[">skip"] * 12, "0")
    lines = talker.lines

    moment = next(n for n, it in enumerate(lines) if "windows has stopped" in it)
    stop = next(n for n, it in enumerate(lines) if "windows: STOP 0x50" in it)
    assert stop < moment


def test_waiting_is_skipped_to_the_next_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """And said how long it was. A machine alone gets there in few runs."""
    orders: list[Order] = []
    send = InlinePlayer.send

    def counted(player: InlinePlayer, order: Order) -> None:
        orders.append(order)
        send(player, order)

    monkeypatch.setattr(InlinePlayer, "send", counted)
    talker = talk(WINDOWS, *_CRASHED, ">go on for", "200 ms", ">skip", "0")
    told = talker.after("Choice? " + talker.choice("skip"))

    assert "continue" in told[0]
    assert told[1].startswith("Skipped 29.")
    assert len(orders) < 1000


def test_a_step_back_undoes_a_step() -> None:
    """The machine stands where it stood."""
    talker = talk(
        *(MAC, ">go on for", "5 ms", ">step one", "1"),
        *(">step one", "1", ">step back", "0"),
    )
    stands = [line for line in talker.lines if line.startswith("macos, ring")]

    assert len(stands) == 3
    assert stands[2] == stands[0] != stands[1]


def test_what_was_gone_back_from_is_not_told_again_until_it_happens_again() -> None:
    """Once before, once after."""
    talker = talk(MAC, "1", ">go back", "2 ms", ">how the machines", "1", "0")
    ready = [line for line in talker.lines if line.endswith("all services are running")]

    assert len(ready) == 2
    assert ready[0] == ready[1]


def test_a_snapshot_of_ones_own_is_offered() -> None:
    """By its moment."""
    talker = talk(MAC, ">go on for", "20 ms", ">make a snap", ">go back", "0", "0")

    assert "Snapshot made at 0.020000 s." in talker.lines
    assert "1. to the snapshot at 0.020000 s: marked" in talker.lines


@pytest.mark.parametrize("answer", ["100", "-3", "nothing", "1.5"])
def test_what_is_no_entry_is_asked_for_again(answer: str) -> None:
    """And said what would be one."""
    talker = talk(MAC, "1", ">what has", answer, "0", "0")

    assert any(
        "or one of the words older, newer and filter" in it for it in talker.lines
    )


def test_the_dump_of_a_crash_can_be_read_where_it_was_written() -> None:
    """Who is to blame, as `minios inspect` says it of a disk."""
    after_crash = (">go on for", "700 ms")
    find = (">which events", "5", "small dump")
    talker = talk(
        WINDOWS, *BAD, *after_crash, *find, ">what has happened", "1", "1", "2"
    )

    assert "Who is to blame:" in talker.text
