"""Which pages are watched. `test_deadly_code.py` asks whether that is enough."""

from __future__ import annotations

import pytest

from minios.machine.code_pages import PAGE, CodePages, Rights

CODE, WATCHED = Rights.CODE, Rights.WATCHED
ADD = b"\x01\xf0"  # add eax, esi: the last byte could be a LOCK
BIT_TEST = b"\x0f\xa3\xd1"  # bt ecx, edx


class Ram:
    """Pages that can be read as code."""

    def __init__(self, count: int) -> None:
        self.bytes = bytearray(b"\x90" * PAGE * count)
        self.pages = CodePages(memoryview(self.bytes), lambda *_: None)

    def put(self, page: int, *, start: bytes = b"", end: bytes = b"") -> None:
        """Say as a device with which bytes a page begins, and with which it ends."""
        first, stop = page * PAGE, (page + 1) * PAGE
        self.bytes[first : first + len(start)] = start
        self.bytes[stop - len(end) : stop] = end
        self.pages.written(first, stop)
        self.pages.settle()

    def read(self, *pages: int) -> list[Rights]:
        """Read each page as code. Returns what the rights of the pages are then."""
        for page in pages:
            if page not in self.pages.rights:
                assert not self.pages.may_read(page * PAGE, page * PAGE, 0)
            self.pages.settle()
        return [self.pages.rights[page] for page in pages]


@pytest.mark.parametrize("first", [b"\xf0", b"\xf0\x66", b"\xf0\x0f", b"\xf0\x0f\xa3"])
def test_how_a_page_ends_is_no_reason_to_watch_it(first: bytes) -> None:
    """Or each change of a program could move a byte F0 there."""
    ram = Ram(3)
    ram.put(1, end=first)

    assert ram.read(0, 1, 2) == [CODE, CODE, CODE]


def test_how_expected_pages_end_is_no_reason_to_watch_them() -> None:
    """They stay together."""
    ram = Ram(3)
    for page in range(3):
        ram.put(page, start=b"\x0f\xb6\xc0", end=ADD)
    ram.pages.expect(0, 3 * PAGE)
    ram.read(1)

    assert ram.pages.rights == {0: CODE, 1: CODE, 2: CODE}


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 2), (2, 0)])
def test_of_two_pages_that_are_deadly_together_the_later_one_is_watched(
    order: tuple[int, int],
) -> None:
    """Wherever they lie: the guest may map one behind the other."""
    ram = Ram(3)
    ram.put(0, end=ADD)
    ram.put(1, start=BIT_TEST)
    ram.put(2, start=BIT_TEST)

    assert ram.read(*order) == [CODE, WATCHED]


def test_a_page_that_is_deadly_behind_itself_is_watched() -> None:
    """It may be mapped twice, side by side."""
    ram = Ram(1)
    ram.put(0, start=BIT_TEST, end=ADD)

    assert ram.read(0) == [WATCHED]


def test_expected_pages_that_are_deadly_together_are_watched_one_by_one() -> None:
    """The others are code as before."""
    ram = Ram(3)
    ram.put(0, end=ADD)
    ram.put(2, start=BIT_TEST)
    ram.pages.expect(0, 3 * PAGE)

    assert ram.read(0, 1, 2) == [CODE, CODE, WATCHED]


@pytest.mark.parametrize("changed", [0, 1])
def test_pages_of_code_that_a_device_makes_deadly_together_are_looked_at_again(
    changed: int,
) -> None:
    """Whichever of the two is written to."""
    ram = Ram(2)
    for page, start, end in ((0, b"", ADD), (1, BIT_TEST, b"")):
        if page != changed:
            ram.put(page, start=start, end=end)
    assert ram.read(0, 1) == [CODE, CODE]
    if changed:
        ram.put(1, start=BIT_TEST)
    else:
        ram.put(0, end=ADD)

    assert changed not in ram.pages.rights
    assert ram.read(changed) == [WATCHED]


def test_an_end_that_is_no_longer_code_is_forgotten() -> None:
    """Then the other page need not be watched."""
    ram = Ram(2)
    ram.put(0, end=ADD)
    ram.put(1, start=BIT_TEST)
    ram.read(0)
    ram.pages.stored(0)
    ram.pages.settle()

    assert ram.read(1) == [CODE]
    assert ram.read(0) == [WATCHED]


def test_a_watched_page_is_read_up_to_what_a_page_of_code_makes_deadly() -> None:
    """The first of the two is not watched, so it cannot say where it would end."""
    ram = Ram(2)
    ram.put(0, end=ADD)
    ram.put(1, start=BIT_TEST)
    assert ram.read(0, 1) == [CODE, WATCHED]
    behind = 2 * PAGE  # the block begins in another page

    assert ram.pages.may_read(PAGE, behind, 0)
    assert ram.pages.may_read(PAGE + 1, behind, 0)
    assert not ram.pages.may_read(PAGE + 2, behind, 0)
    assert ram.pages.danger is not None
    assert not ram.pages.danger.code
