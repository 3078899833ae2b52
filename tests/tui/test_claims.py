"""What help and README files say of this kernel and of other systems is so."""

from __future__ import annotations

import pytest

from minios import paths
from minios.plain import menu
from minios.session import catalogue, doors
from minios.tui.pages.tables import DescriptorsView
from minios.tui.screens.dialogs import PowerScreen
from minios.tui.screens.lab_keys import RINGS
from minios.tui.widgets.ring_view import RingView

NUMBERS = {1: "one", 2: "two", 3: "three"}


def spoken(title: str) -> str:
    """What the plain menu tells of a choice."""
    return next(it.more for it in menu.CHOICES if it.words.startswith(title))


@pytest.mark.parametrize(
    "said", [RingView.HELP, spoken("the rings")], ids=["drawn", "plain"]
)
def test_help_names_every_door_between_the_rings_and_calls_none_the_only(
    said: str,
) -> None:
    """The manual has more doors than this kernel sets up."""
    said = said.replace("system call", "syscall")

    assert all(name in said for _, name in (*doors.DOWN, *doors.UP))
    assert "only doors" not in said
    assert "only ways" not in said


@pytest.mark.parametrize(
    "said", [DescriptorsView.HELP, spoken("descriptors")], ids=["drawn", "plain"]
)
def test_the_tss_gives_a_stack_for_gates_and_none_for_a_syscall(said: str) -> None:
    """SYSCALL loads no RSP."""
    assert "which stack the CPU takes for a fault, an interrupt or int n" in said
    assert "syscall changes no stack" in said


@pytest.mark.parametrize(
    "said", [PowerScreen.HELP, spoken("reset, cut")], ids=["drawn", "plain"]
)
def test_f8_is_not_said_to_work_on_windows_today(said: str) -> None:
    """It is ignored there unless the legacy boot menu was chosen."""
    assert "real one" not in said
    assert "Windows has ignored F8 by default since version 8" in said


def test_a_program_dies_alone_only_if_the_system_can_do_without_it() -> None:
    """The first process takes the machine with it."""
    assert "dies alone, unless the system cannot do without it" in RINGS


def test_no_lab_says_that_two_worlds_lived_through_that_day() -> None:
    """Only the fault is that of the day."""
    first = catalogue.LABS[0]

    assert "2024" not in first.title
    assert first.will_see.startswith("the fault of 19 July 2024")


def test_the_kernels_reading_order_counts_its_files_of_assembly() -> None:
    """Those that there are."""
    kernel = paths.PACKAGE / "kernel"
    files = NUMBERS[len(list(kernel.rglob("*.S")))]

    words = " ".join((kernel / "README.md").read_text().split())
    assert f"{files} files of assembly" in words
