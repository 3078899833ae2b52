"""Every key on every screen that shows it; every size, and many of them quickly.

Deep: every key of the screens whose keys have tests of their own, four of the six
screens that are sent through a storm of sizes, two dialogs at every height, and four
machines on a very small terminal.
"""

from __future__ import annotations

import random
import re

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from minios.session import catalogue
from minios.session.catalogue import LabCard
from minios.tui.app import MiniosApp
from minios.tui.screens.dialogs import ErrorScreen
from minios.tui.screens.help import HelpScreen
from minios.tui.screens.keys import HEADINGS, on
from minios.tui.screens.lab import LabScreen
from minios.tui.screens.pointing import PointScreen
from minios.tui.widgets.guest_console import GuestConsole
from minios.tui.widgets.key_bar import rows_of
from minios.tui.widgets.pane import Pane
from tests.tui.places import KINDS, SCREENS, bindings, go_to, suffer
from tests.tui.stage import entered, play_from, up
from tests.tui.walking import assert_readable, footer, lab_of, play, shown, ticks

TWO = catalogue.find("two-worlds")
FREE = catalogue.find("free-play")
AT_EIGHTY = ("p", "w", "question_mark", "q", "space", "i", "b", "plus", "x")
BEFORE: dict[tuple[str, str], str] = {
    # a key that has to be pressed before, so that there is something to do
    ("start", "up"): "down",
    ("help", "up"): "down",
    ("editor", "ctrl+g"): "ctrl+n",
    ("help", "k"): "down",
    ("glossary", "up"): "down",
    ("term", "pageup"): "pagedown",
    ("point", "up"): "down",
    ("help", "pageup"): "pagedown",
    ("plugin", "up"): "down",
    ("build", "up"): "down",
    ("build", "pageup"): "pagedown",
    ("goals", "pageup"): "pagedown",
    ("pipeline", "0"): "4",
    ("pipeline", "pageup"): "pagedown",
    ("slow pass", "N"): "n",
    ("slow pass", "left"): "n",
    ("slow pass", "up"): "down",
    ("lab", "1"): "2",
    ("lab", "escape"): "t",
    ("lab", "b"): "t",
}
# The answer to "why" is short: only with the reasons is there something to scroll.
SCROLLING = ("up", "k", "pageup", "down", "j", "space", "pagedown")
BEFORE |= {("why", key): "d" for key in (*SCROLLING, "left", "backspace")}
# These work only in a lab that has plugins of one's own, has crimes, or follows a
# scenario; or where there is a folder for recordings.
# The third and the fourth machine have a test of their own.
ELSEWHERE = {
    ("lab", key)
    for key in ("ctrl+b", "enter", "backspace", "a", "ctrl+s", "C", "3", "4")
}
# The usual tests press the keys of these, too: in files about these screens.
OWN_TESTS = {"editor", "cost", "crimes", "why", "goals", "plugin", "pipeline"}
SMALL = {  # so that there is something to scroll
    "build": (100, 22),
    "why": (70, 16),
    "help": (100, 22),
    "term": (40, 10),
    "slow pass": (80, 12),
    "pipeline": (60, 16),
    "cost": (40, 10),
}
SHORT = {"why", "goals", "slow pass"}  # where one key may leave the next nothing to do
REFUSALS = ("Choose", "Nothing", "There is no")  # how a key says that it cannot
PAGES = 7  # of the inspector; then it closes


def keys(name: str) -> list[str]:
    """Every key that a screen's help lists; the one that ends minios is the last.

    Without F1, which is pressed on every screen by the tests of the help.
    """
    found = [it.key for it in bindings(name) if it.tooltip and it.key != "f1"]
    return sorted(found, key=lambda key: key == "ctrl+q")


def state(app: MiniosApp) -> tuple[object, ...]:
    """All that a key may have an effect on."""
    labs = [screen for screen in app.screen_stack if isinstance(screen, LabScreen)]
    machines = [
        (
            lab.conductor.running,
            lab.conductor.pace_number,
            [(frame.t, frame.instructions) for frame in lab.conductor.frames],
            [len(frame.marks) for frame in lab.conductor.frames],
        )
        for lab in labs
    ]
    said = [it.message for it in app._notifications]
    chosen = [it.highlighted for it in app.screen.query(OptionList)]
    seen = shown(app), app.screen_stack[:], app.focused, chosen
    pointed = app.screen.chosen if isinstance(app.screen, PointScreen) else None
    return *seen, pointed, machines, said, app._exit


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.deep] * (name in OWN_TESTS))
        for name in SCREENS
    ],
)
def test_every_key_does_something(name: str) -> None:
    """On every screen whose help lists it; and never an error."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for key in keys(name):
            if (name, key) in ELSEWHERE:
                continue
            if name in SHORT or not isinstance(app.screen, KINDS[name]):
                await go_to(pilot, app, name)
            if isinstance(app.focused, GuestConsole):
                await pilot.press("escape")
            if (name, key) in BEFORE:
                await pilot.press(BEFORE[name, key])
                await pilot.pause()
            if (name, key) == ("lab", "w"):
                await suffer(pilot, app)
            app.clear_notifications()
            before = state(app)
            await pilot.press(key)
            await pilot.pause()
            assert state(app) != before, key
            said = [it.message for it in app._notifications]
            assert not [it for it in said if it.startswith(REFUSALS)], key
            if name != "error":
                errors = [it for it in app.screen_stack if isinstance(it, ErrorScreen)]
                assert not errors, key

    play_from(entered, walk, size=SMALL.get(name, (200, 50)))


@pytest.mark.parametrize("number", [3, 4])
def test_a_machine_that_is_there_has_a_key_that_chooses_it(number: int) -> None:
    """In a lab with four."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press(str(number))
        await pilot.pause()
        assert lab_of(app).active == number - 1
        assert f"▶{number} " in shown(app)

    play_from(up, walk, card=FREE)


@pytest.mark.parametrize("key", ["ctrl+p", "ctrl+q"])
@pytest.mark.parametrize("name", ["start", "lab", "push", "help", "jump"])
def test_the_keys_of_the_application_work_everywhere(name: str, key: str) -> None:
    """The palette opens, minios ends: over dialogs, too."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, name)
        before = state(app)
        await pilot.press(key)
        await pilot.pause()
        assert state(app) != before

    play_from(entered, walk)


@pytest.mark.parametrize("name", SCREENS)
def test_every_key_has_words(name: str) -> None:
    """What the footer shows has a sentence for help and palette, too."""
    shown = [it for it in bindings(name) if it.show]

    assert shown or name == "jump"
    assert all(it.tooltip for it in shown)


def test_every_key_of_the_lab_has_a_heading_and_says_what_its_name_says() -> None:
    """So that the palette finds what somebody types who has read the footer."""
    for it in bindings("lab"):
        if it.tooltip:
            assert it.group in HEADINGS
            words = re.findall("[a-z0-9]{3,}", it.description.lower())
            assert any(word in it.tooltip.lower() for word in words), it


def test_at_eighty_columns_the_footer_shows_what_matters() -> None:
    """Whole keys: nothing is cut at the edge."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, "lab")
        found = footer(app)
        assert set(AT_EIGHTY) <= {it.binding.key for it in found}
        assert all(it.region.right <= 80 for it in found)
        assert {it.region.y for it in found} == {0, 1}

    play_from(entered, walk, size=(80, 24))


@pytest.mark.parametrize("card", [TWO, FREE], ids=lambda card: card.name)
def test_at_two_hundred_columns_the_footer_shows_everything(card: LabCard) -> None:
    """Each action once; a machine that is not there has no key, nor has letting go."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        shown = [it.binding.action for it in footer(app)]
        assert len(shown) == len(set(shown))
        absent = {f"machine({n})" for n in range(len(card.worlds) + 1, 5)}
        absent |= {"let_go", "crimes", "build", "next_step", "step_before", "all_steps"}
        wanted = {it.action for it in bindings("lab") if it.show}
        assert set(shown) == wanted - absent

    play_from(up, walk, card=card)


@pytest.mark.parametrize(
    "name",
    [
        *("push", "help"),
        *(pytest.param(name, marks=pytest.mark.deep) for name in ("why", "pause at")),
    ],
)
def test_a_dialog_hides_the_keys_of_the_lab(name: str) -> None:
    """They do nothing while it is open: at every height, also after another size."""

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, name)
        for height in (24, 36, 35, 50):
            assert "Run/pause" not in shown(app), height
            assert "Next event" not in shown(app), height
            await pilot.resize_terminal(200, height)
            await pilot.pause()
        assert "Run/pause" not in shown(app)

    play_from(entered, walk)


def test_a_lab_with_one_machine_has_no_keys_to_choose_one() -> None:
    """Neither in the footer, nor in the help, nor in the palette."""

    async def walk(_pilot: Pilot[None], app: MiniosApp) -> None:
        choosing = {"z", "F", "1", "2", "3", "4"}
        assert not choosing & {it.binding.key for it in footer(app)}
        assert not choosing & {it.pressed for it in on(app.screen)}
        offered = {it.help for it in app.get_system_commands(app.screen)}
        assert "key p" in offered
        assert not {f"key {it}" for it in choosing} & offered

    play_from(up, walk, card=catalogue.find("loop"))


@pytest.mark.parametrize("rows", [1, 2])
def test_a_footer_holds_whole_keys_the_weightiest_first(rows: int) -> None:
    """At every width; what is left out would not have fitted any more."""
    cells = {it.action: len(it.description) + 4 for it in bindings("lab") if it.show}
    for width in range(400):
        found = rows_of(cells.items(), width, rows)
        assert len(found) <= rows
        assert all(sum(cells[it] for it in row) <= width for row in found)
        assert all(row == sorted(row, key=list(cells).index) for row in found)
        left_out = set(cells) - {it for row in found for it in row}
        if len(found) == rows:
            free = [width - sum(cells[it] for it in row) for row in found]
            assert all(cells[it] > max(free) for it in left_out)


def test_every_pane_has_help() -> None:
    """In plain words: at least a sentence; those of the inspector, too.

    A lab with one machine has all of them.
    """
    asked: set[str] = set()

    async def ask(pilot: Pilot[None], app: MiniosApp, pane: Pane) -> None:
        pane.focus()
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert app.screen.sections[0].heading == f"The pane: {pane.TITLE}"
        assert pane.HELP in app.screen.sections[0].sentences
        asked.add(pane.TITLE)
        await pilot.press("escape")
        await pilot.pause()

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        panes = list(app.screen.query(Pane))
        assert all(len(pane.HELP) > 20 and pane.TITLE for pane in panes)
        for key in ("1", *"i" * PAGES, "d", "c"):
            await pilot.press(key)
            await ticks(pilot, app, 1)
            for pane in panes:
                if pane.can_focus and pane.region.area and pane.TITLE not in asked:
                    await ask(pilot, app, pane)
        assert asked == {pane.TITLE for pane in panes if pane.can_focus}

    play_from(up, walk, card=catalogue.find("macos"))


@pytest.mark.parametrize(
    "card",
    [None, pytest.param(FREE, marks=pytest.mark.deep)],
    ids=["two", "four"],
)
def test_forty_by_ten_is_survived(card: LabCard | None) -> None:
    """Nothing fits, nothing breaks, and there is something to read.

    On the other screens of two machines, see `test_every_screen.py`.
    """

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        for name in SCREENS if card is FREE else ():
            await go_to(pilot, app, name)
            assert_readable(app, name)
        await go_to(pilot, app, "lab")
        for key in (*"i" * PAGES, "i", "d", "d", "c", "escape", "slash", "escape"):
            await pilot.press(key)
            await ticks(pilot, app, 1)
            assert_readable(app, key)
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert_readable(app, "palette")

    play(walk, size=(40, 10), card=card)


@pytest.mark.parametrize(
    "name",
    [
        *("start", "lab"),
        *(
            pytest.param(name, marks=pytest.mark.deep)
            for name in ("push", "editor", "why", "help")
        ),
    ],
)
def test_after_a_storm_of_sizes_a_screen_is_as_it_was(name: str) -> None:
    """Nothing stays behind of the sizes between."""
    dice = random.Random(2)  # noqa: S311 - any sizes will do, the same each time

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await go_to(pilot, app, name)
        before = shown(app)
        for _ in range(4):
            width, height = dice.randrange(20, 250), dice.randrange(5, 80)
            await pilot.resize_terminal(width, height)
            await pilot.pause()
        await pilot.resize_terminal(200, 50)
        await pilot.pause()
        assert shown(app) == before

    play_from(entered, walk)


def test_a_storm_of_sizes_is_survived() -> None:
    """While the machines run, crash and are inspected: they go on all the same."""
    dice = random.Random(1)  # noqa: S311 - any sizes will do, the same each time

    async def walk(pilot: Pilot[None], app: MiniosApp) -> None:
        await pilot.press("p", "enter")
        for number in range(16):
            width, height = dice.randrange(20, 250), dice.randrange(5, 80)
            await pilot.resize_terminal(width, height)
            lab_of(app).tick()
            if not lab_of(app).conductor.running:
                await pilot.press("space")  # the decisive moment waits for that
            if number % 7 == 0:
                await pilot.press("i")
        await pilot.resize_terminal(200, 50)
        assert isinstance(app.screen, LabScreen)
        windows, macos = lab_of(app).conductor.frames
        assert windows.status.crashes >= 1
        assert macos.status.deaths >= 1
        assert f"crashes {windows.status.crashes}" in shown(app)

    play_from(up, walk, card=TWO)
