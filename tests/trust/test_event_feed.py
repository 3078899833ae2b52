"""The feed of security events: who is told, who is asked, and who waits for how long.

The C itself, built for this host, with a table of two hundred types.
"""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from minios.abi import enumerations as numbers
from minios.abi import events, generate, ports, security_events, structures
from minios.abi.errors import BY_NAME as ERRORS
from minios.abi.security_events import SecurityEvent
from tests import c_library

pytestmark = pytest.mark.witness

TYPES: Final = 200
LIMIT: Final = structures.EVENT_CLIENTS_LIMIT
SOURCES: Final = (
    *(f"minios/kernel/events/{name}.c" for name in ("event", "client", "verdict")),
    "minios/kernel/library/text.c",
)
ALLOW: Final = numbers.EVENT_VERDICT["ALLOW"]
DENY: Final = numbers.EVENT_VERDICT["DENY"]
KEEP: Final = numbers.EVENT_VERDICT["KEEP"]
DENIED: Final = -ERRORS["DENIED"]
FILE: Final = next(it for it in security_events.SUBJECTS if it.name == "event_file")
TICK: Final = 1_000_000_000 // ports.TICK_HZ
FIRST: Final = len(security_events.SECURITY_EVENTS)
"""The first of the types that the test adds: they are about files."""


class Feed:
    """The compiled feed, with the clients of feed_host.c."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._kept: list[object] = []
        for name in ("subscribe", "set", "mute", "respond", "ask"):
            getattr(library, f"host_{name}").restype = ctypes.c_long
        for name in ("message_id", "ticks"):
            getattr(library, f"host_{name}").restype = ctypes.c_uint64
        library.host_has_left.restype = ctypes.c_bool
        library.host_act_as(7, b"/BIN/TOOL")

    def subscribe(self, client: int, kind: int, *, driver: bool = False) -> int:
        """Let a client hear of a type. Returns 0 or a negated error."""
        return int(
            self._library.host_subscribe(
                client, ctypes.c_uint32(kind), ctypes.c_bool(driver)
            )
        )

    def let(self, name: str, *values: int | bytes) -> int:
        """Call one of the simple functions of feed_host.c."""
        given = [it if isinstance(it, bytes) else ctypes.c_uint64(it) for it in values]
        return int(getattr(self._library, f"host_{name}")(*given) or 0)

    def meanwhile(self, work: Callable[[], object] | None) -> None:
        """What the clients do while somebody waits for them. None: nothing."""
        kind = ctypes.CFUNCTYPE(None)
        call = kind(lambda: work() and None) if work else kind()
        self._kept.append(call)
        self._library.host_meanwhile(call)

    def post(self, kind: int, path: bytes = b"/A") -> list[int]:
        """Post an event. Returns who was served, in order."""
        self._library.host_forget()
        self._library.host_post(ctypes.c_uint32(kind), path)
        return self.served

    def ask(self, kind: int, path: bytes = b"/A") -> int:
        """Ask all clients. Returns 0 or a negated error."""
        self._library.host_forget()
        result = int(self._library.host_ask(ctypes.c_uint32(kind), path))
        assert self._library.host_level() == 0  # as it was before
        return result

    @property
    def served(self) -> list[int]:
        """Who got the last event, in order."""
        count = self._library.host_count()
        return [int(self._library.host_served(at)) for at in range(count)]

    @property
    def message_ids(self) -> list[int]:
        """The numbers of these messages."""
        count = self._library.host_count()
        return [int(self._library.host_message_id(at)) for at in range(count)]

    @property
    def records(self) -> list[str]:
        """What was reported during the last event."""
        names = {it.number: it.name for it in events.RECORDS}
        count = self._library.host_record_count()
        return [names[self._library.host_record(at)] for at in range(count)]

    def answer_all(self, verdict: int) -> Callable[[], None]:
        """Work for `meanwhile`: each client gives this verdict on its message."""

        def answer() -> None:
            for client, message in zip(self.served, self.message_ids, strict=True):
                self.let("respond", client, message, verdict)

        return answer

    def has_left(self, client: int) -> bool:
        """Whether the feed does not use it any more."""
        return bool(self._library.host_has_left(client))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The feed for a table of 200 rows, which is there as long as its tests are."""
    folder = tmp_path_factory.mktemp("feed")
    more = (SecurityEvent(f"TOY_{it}", FILE, "", "") for it in range(FIRST, TYPES))
    table = (*security_events.SECURITY_EVENTS, *more)
    rows = tuple((it.name, at, it.words) for at, it in enumerate(table))
    header = folder / "minios/abi.h"
    header.parent.mkdir()
    flags = ["-std=c17", "-fPIC", "-ffreestanding", "-Iminios/kernel", f"-I{folder}"]
    flags.append("-DKERNEL_BUG=stop_panic")
    sources = [*SOURCES, "tests/trust/feed_host.c"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(security_events, "SECURITY_EVENTS", table)
        kinds = numbers.Enumeration("EVENT", "", rows)
        patch.setattr(security_events, "EVENT_TYPE", kinds)
        header.write_text(generate.header_text(), encoding="utf-8")
        yield c_library.build(folder / "feed.library", *flags, sources=sources)


@pytest.fixture
def feed(tmp_path: Path, library: Path) -> Feed:
    """One that nobody has used: a copy of the file is loaded with data of its own."""
    return Feed(ctypes.CDLL(str(shutil.copy(library, tmp_path))))


# ---- Telling.


def test_each_of_two_hundred_types_is_told_to_whom_it_concerns(feed: Feed) -> None:
    """Types in the same word, in the next one, and at the same place in another."""
    for client, kind in ((1, 0), (2, 64), (3, 63), (3, 128), (3, 199)):
        assert feed.subscribe(client, kind) == 0

    told = {kind: feed.post(kind) for kind in range(TYPES)}

    assert {kind: whom for kind, whom in told.items() if whom} == {
        0: [1],
        63: [3],
        64: [2],
        128: [3],
        199: [3],
    }


@pytest.mark.parametrize("kind", [TYPES, 255, 256, 1 << 31, (1 << 32) - 1])
def test_a_type_past_the_last_is_refused(feed: Feed, kind: int) -> None:
    """Before anything is shifted."""
    assert feed.subscribe(1, kind) == -ERRORS["BAD_ARGUMENT"]


def test_clients_hear_in_the_order_in_which_they_came_up_to_a_limit(feed: Feed) -> None:
    """One more than the limit is refused, until another leaves."""
    for client in range(1, LIMIT + 1):
        assert feed.subscribe(client, FIRST) == 0

    assert feed.subscribe(LIMIT + 1, FIRST) == -ERRORS["NO_SLOT"]
    assert feed.post(FIRST) == list(range(1, LIMIT + 1))

    feed.let("leave", 3)
    assert feed.subscribe(LIMIT + 1, FIRST) == 0
    assert feed.post(FIRST) == [1, 2, *range(4, LIMIT + 2)]


def test_one_process_cannot_take_every_place(feed: Feed) -> None:
    """One more is refused to it, and not to another; one that leaves makes room."""
    each = structures.EVENT_CLIENTS_EACH
    feed.let("subscribe_as", 50)
    for client in range(1, each + 1):
        assert feed.subscribe(client, FIRST) == 0
    assert feed.subscribe(each + 1, FIRST) == -ERRORS["NO_SLOT"]
    assert feed.subscribe(1, FIRST + 1) == 0  # no new client

    feed.let("subscribe_as", 51)
    assert feed.subscribe(each + 2, FIRST) == 0

    feed.let("subscribe_as", 50)
    feed.let("leave", 2)
    assert feed.subscribe(each + 1, FIRST) == 0


def test_drivers_are_no_process_and_have_no_such_limit(feed: Feed) -> None:
    """They may be as many as there are places."""
    for client in range(1, LIMIT + 1):
        assert feed.subscribe(client, FIRST, driver=True) == 0


def test_a_message_that_finds_no_room_leaves_a_gap_in_the_numbers(feed: Feed) -> None:
    """The other clients get it all the same, and the first loss is reported."""
    feed.subscribe(1, FIRST)
    feed.subscribe(2, FIRST)
    feed.let("set_room", 1, 1)

    assert feed.post(FIRST) == [1, 2]
    (first, _) = feed.message_ids
    assert feed.post(FIRST) == [2]
    assert feed.records == ["event_dropped"]
    assert feed.post(FIRST) == [2]
    assert feed.records == []
    feed.let("set_room", 1, 1)
    assert feed.post(FIRST) == [1, 2]
    assert feed.message_ids[0] == first + 3


# ---- Muting.

PROCESS: Final = numbers.EVENT_MUTE["PROCESS"]
PROGRAM: Final = numbers.EVENT_MUTE["PROGRAM"]
TARGET: Final = numbers.EVENT_MUTE["TARGET"]
LITERAL: Final = numbers.EVENT_MATCH["LITERAL"]
PREFIX: Final = numbers.EVENT_MATCH["PREFIX"]


@pytest.mark.parametrize(
    ("mute", "hidden"),
    [
        pytest.param((PROCESS, LITERAL, 7, b""), True, id="this-process"),
        pytest.param((PROCESS, LITERAL, 8, b""), False, id="another-process"),
        pytest.param((PROGRAM, LITERAL, 0, b"/BIN/TOOL"), True, id="this-program"),
        pytest.param((PROGRAM, LITERAL, 0, b"/BIN/TOO"), False, id="a-shorter-name"),
        pytest.param((PROGRAM, PREFIX, 0, b"/BIN/"), True, id="programs-in-a-folder"),
        pytest.param((PROGRAM, PREFIX, 0, b"/BIN/TOOLS"), False, id="a-longer-prefix"),
        pytest.param((TARGET, LITERAL, 0, b"/ETC/A"), True, id="this-target"),
        pytest.param((TARGET, PREFIX, 0, b"/ETC"), True, id="targets-in-a-folder"),
        pytest.param((TARGET, PREFIX, 0, b"/BIN"), False, id="targets-elsewhere"),
    ],
)
def test_a_list_hides_what_is_on_it_and_inverted_what_is_not(
    feed: Feed, mute: tuple[int | bytes, ...], *, hidden: bool
) -> None:
    """For telling and for asking."""
    invert = 1, numbers.EVENT_SETTING["INVERT"], *mute[:1]
    feed.subscribe(1, FIRST)
    assert feed.let("mute", 1, *mute, 1) == 0

    assert feed.post(FIRST, b"/ETC/A") == ([] if hidden else [1])

    feed.let("set", *invert)
    assert feed.post(FIRST, b"/ETC/A") == ([1] if hidden else [])
    assert feed.ask(FIRST, b"/ETC/A") == 0
    assert feed.served == ([1] if hidden else [])

    feed.let("set", *invert)
    assert feed.let("mute", 1, *mute, 0) == 0
    assert feed.post(FIRST, b"/ETC/A") == [1]


def test_a_list_of_muted_events_has_an_end(feed: Feed) -> None:
    """What is on it takes no further place; what is not, cannot be taken off."""
    feed.subscribe(1, FIRST)
    for at in range(16):
        assert feed.let("mute", 1, PROCESS, LITERAL, at, b"", 1) == 0

    assert feed.let("mute", 1, PROCESS, LITERAL, 3, b"", 1) == 0
    assert feed.let("mute", 1, PROCESS, LITERAL, 99, b"", 1) == -ERRORS["NO_MEMORY"]
    assert feed.let("mute", 1, PROCESS, LITERAL, 99, b"", 0) == -ERRORS["NOT_FOUND"]
    assert feed.let("mute", 1, 3, LITERAL, 1, b"", 1) == -ERRORS["BAD_ARGUMENT"]
    assert feed.let("mute", 1, PROGRAM, 2, 1, b"/A", 1) == -ERRORS["BAD_ARGUMENT"]


# ---- Asking.


def test_nobody_is_asked_who_does_not_want_to_be(feed: Feed) -> None:
    """Then the operation goes on at once."""
    assert feed.ask(FIRST) == 0
    feed.subscribe(1, FIRST + 1)
    assert feed.ask(FIRST) == 0
    assert feed.served == []


@pytest.mark.parametrize("driver", [True, False], ids=["driver", "process"])
@pytest.mark.parametrize("denier", [1, 2, 3])
def test_one_client_is_enough_to_deny(feed: Feed, denier: int, *, driver: bool) -> None:
    """All are asked, whichever says no."""
    for client in (1, 2, 3):
        feed.subscribe(client, FIRST, driver=driver)
        feed.let("set_verdict", client, DENY if client == denier else ALLOW)

    def answer() -> None:
        for client, message in zip(feed.served, feed.message_ids, strict=True):
            feed.let("respond", client, message, DENY if client == denier else ALLOW)

    feed.meanwhile(None if driver else answer)

    assert feed.ask(FIRST) == DENIED
    assert feed.served == [1, 2, 3]
    assert feed.records == ["denied"]

    feed.meanwhile(None if driver else feed.answer_all(ALLOW))
    feed.let("set_verdict", denier, ALLOW)
    assert feed.ask(FIRST) == 0
    assert feed.records == []


@pytest.mark.parametrize(
    ("mode", "result", "killed"),
    [("KILL", 0, 101), ("FAIL_OPEN", 0, 0), ("FAIL_CLOSED", DENIED, 0)],
)
def test_a_missed_deadline_ends_as_the_mode_says(
    feed: Feed, mode: str, result: int, killed: int
) -> None:
    """The asker waits for the deadline and no longer; the verdict is not kept."""
    feed.subscribe(1, FIRST)
    feed.let("set", 1, numbers.EVENT_SETTING["MISS_MODE"], numbers.EVENT_MISS[mode])
    before = feed.let("ticks")

    assert feed.ask(FIRST) == result

    waited = feed.let("ticks") - before
    assert waited == structures.EVENT_DEADLINE_NANOSECONDS // TICK + 1
    assert feed.let("killed") == killed
    assert feed.records[0] == "deadline_missed"
    late = feed.message_ids[0]
    assert feed.let("respond", 1, late, ALLOW) == -ERRORS["ANSWERED"]
    feed.meanwhile(feed.answer_all(ALLOW))
    assert feed.ask(FIRST) == 0  # it is asked again
    assert feed.served == [1]


@pytest.mark.parametrize("is_full", [True, False], ids=["full", "late"])
def test_what_the_kernel_denies_for_a_client_is_not_counted_as_its_own(
    feed: Feed, *, is_full: bool
) -> None:
    """Its inbox is full, or it is late: it has said nothing. Then it denies itself."""
    closed = numbers.EVENT_MISS["FAIL_CLOSED"]
    feed.subscribe(1, FIRST)
    feed.let("set", 1, numbers.EVENT_SETTING["MISS_MODE"], closed)
    feed.let("set_room", 1, 0 if is_full else 9)
    assert feed.ask(FIRST) == DENIED
    assert feed.let("denied", 1) == 0

    feed.let("set_room", 1, 9)
    feed.meanwhile(feed.answer_all(DENY))
    assert feed.ask(FIRST) == DENIED
    assert feed.let("denied", 1) == 1


def test_each_denial_of_a_driver_and_each_kept_one_is_counted(feed: Feed) -> None:
    """It was asked once, and its verdict holds for the second time."""
    feed.subscribe(1, FIRST, driver=True)
    feed.let("set_verdict", 1, DENY | KEEP)

    assert [feed.ask(FIRST), feed.ask(FIRST)] == [DENIED, DENIED]
    assert feed.let("denied", 1) == 2


def test_a_client_that_was_stopped_is_not_ended_for_its_silence(feed: Feed) -> None:
    """It could not answer. The deadline holds all the same: the asker goes on."""
    feed.subscribe(1, FIRST)
    feed.let("stop_clients")

    assert feed.ask(FIRST) == 0
    assert feed.let("killed") == 0
    assert feed.records == ["deadline_missed"]


@pytest.mark.parametrize(("mode", "result"), [("KILL", 0), ("FAIL_CLOSED", DENIED)])
def test_a_question_that_finds_no_room_is_decided_at_once(
    feed: Feed, mode: str, result: int
) -> None:
    """Allowed, but denied by a client that fails closed. Nobody is killed for it."""
    feed.subscribe(1, FIRST)
    feed.let("set", 1, numbers.EVENT_SETTING["MISS_MODE"], numbers.EVENT_MISS[mode])
    feed.let("set_room", 1, 0)
    before = feed.let("ticks")

    assert feed.ask(FIRST) == result
    assert feed.let("ticks") == before
    assert feed.let("killed") == 0
    assert feed.records[0] == "event_dropped"


def test_a_deadline_can_only_be_made_shorter(feed: Feed) -> None:
    """And not zero."""
    feed.subscribe(1, FIRST)
    setting = numbers.EVENT_SETTING["DEADLINE"]
    longer = structures.EVENT_DEADLINE_NANOSECONDS + 1

    assert feed.let("set", 1, setting, longer) == -ERRORS["BAD_ARGUMENT"]
    assert feed.let("set", 1, setting, 0) == -ERRORS["BAD_ARGUMENT"]
    assert feed.let("set", 1, setting, 50_000_000) == 0
    assert feed.let("set", 1, setting, 50_000_001) == -ERRORS["BAD_ARGUMENT"]
    assert feed.let("set", 1, 99, 0) == -ERRORS["BAD_ARGUMENT"]


def test_an_answer_counts_once_and_only_from_whom_it_was_asked(feed: Feed) -> None:
    """Twice, somebody else's, one that was never sent, and no verdict at all."""
    feed.subscribe(1, FIRST)
    feed.subscribe(2, FIRST)
    seen: list[int] = []

    def answer() -> None:
        (mine, other) = feed.message_ids
        seen.extend(
            feed.let("respond", client, message, verdict)
            for client, message, verdict in (
                (1, other, ALLOW),
                (1, mine + 1, ALLOW),
                (1, 99 << 32 | 1, ALLOW),
                (1, 0, ALLOW),
                (1, mine, 0),
                (1, mine, 3),
                (1, mine, DENY),
                (1, mine, ALLOW),
                (2, other, ALLOW),
            )
        )

    feed.meanwhile(answer)

    assert feed.ask(FIRST) == DENIED
    assert [-it for it in seen] == [
        ERRORS["NOT_PERMITTED"],
        ERRORS["NOT_FOUND"],
        ERRORS["NOT_FOUND"],
        ERRORS["NOT_FOUND"],
        ERRORS["BAD_ARGUMENT"],
        ERRORS["BAD_ARGUMENT"],
        0,
        ERRORS["ANSWERED"],
        0,
    ]


def test_a_change_of_a_folder_ends_the_verdicts_about_all_that_is_in_it(
    feed: Feed,
) -> None:
    """Not those about its neighbour, whose name begins in the same way."""
    feed.subscribe(1, FIRST, driver=True)
    feed.let("set_verdict", 1, ALLOW | KEEP)
    paths = (b"/D", b"/D/E/A", b"/DE/A")
    for path in paths:
        feed.ask(FIRST, path)
    feed.let("forget_path", b"/D")

    asked = []
    for path in paths:
        feed.ask(FIRST, path)
        asked.append(bool(feed.served))
    assert asked == [True, True, False]


@pytest.mark.parametrize("driver", [True, False], ids=["driver", "process"])
@pytest.mark.parametrize(("verdict", "result"), [(ALLOW, 0), (DENY, DENIED)])
def test_a_kept_verdict_holds_for_the_same_target_until_it_changes(
    feed: Feed, verdict: int, result: int, *, driver: bool
) -> None:
    """For this actor, this type and this target; a change of the file ends it."""
    feed.subscribe(1, FIRST, driver=driver)
    feed.subscribe(1, FIRST + 1, driver=driver)
    feed.let("set_verdict", 1, verdict | KEEP)
    feed.meanwhile(None if driver else feed.answer_all(verdict | KEEP))

    asked = []
    for kind, path in (
        (FIRST, b"/A"),
        (FIRST, b"/A"),
        (FIRST, b"/B"),
        (FIRST + 1, b"/A"),
        (FIRST, b"/A"),
    ):
        assert feed.ask(kind, path) == result
        asked.append(bool(feed.served))
    assert asked == [True, False, True, True, False]

    feed.let("act_as", 8, b"/BIN/TOOL")
    feed.ask(FIRST)
    assert feed.served == [1]
    feed.let("forget_path", b"/A")
    feed.ask(FIRST)
    assert feed.served == [1]
    feed.let("forget_path", b"")  # a file that was deleted has no path
    feed.ask(FIRST)
    assert feed.served == []
    feed.let("set", 1, numbers.EVENT_SETTING["FORGET"], 0)
    feed.ask(FIRST)
    assert feed.served == [1]


def test_nobody_waits_for_a_client_that_leaves(feed: Feed) -> None:
    """What it has not answered is allowed."""
    feed.subscribe(1, FIRST)
    feed.meanwhile(lambda: feed.let("leave", 1))
    before = feed.let("ticks")

    assert feed.ask(FIRST) == 0
    assert feed.let("ticks") == before
    assert feed.has_left(1)


def test_a_thread_that_is_killed_waits_no_longer(feed: Feed) -> None:
    """It does not do what it has asked for."""
    feed.subscribe(1, FIRST)
    feed.meanwhile(lambda: feed.let("kill_asker"))

    assert feed.ask(FIRST) == -ERRORS["CLOSED"]
    late = feed.message_ids[0]
    assert feed.let("respond", 1, late, ALLOW) == -ERRORS["ANSWERED"]


@pytest.mark.parametrize(
    ("leaves", "served", "later"),
    [
        pytest.param(1, [1, 2, 3, 4], [2, 3, 4], id="an-earlier-one"),
        pytest.param(2, [1, 2, 3, 4], [1, 3, 4], id="itself"),
        pytest.param(3, [1, 2, 4], [1, 2, 4], id="the-next-one"),
        pytest.param(4, [1, 2, 3], [1, 2, 3], id="the-last-one"),
    ],
)
def test_a_client_may_leave_while_a_driver_is_asked(
    feed: Feed, leaves: int, served: list[int], later: list[int]
) -> None:
    """The others are asked all the same, and it is not called again."""
    for client in range(1, 5):
        feed.subscribe(client, FIRST, driver=True)
    feed.let("let_leave", 2, leaves)

    assert feed.ask(FIRST) == 0
    assert feed.served == served
    assert feed.has_left(leaves)
    feed.ask(FIRST)
    assert feed.served == later
