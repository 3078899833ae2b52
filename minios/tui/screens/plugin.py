"""A plugin of one's own: choose its folder, build it, read the messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from minios.errors import MiniosError
from minios.session import catalogue, own_plugins
from minios.session.catalogue import LabCard, OwnPlugins
from minios.session.own_plugins import WAYS, Folders
from minios.session.script import Script
from minios.tui.screens.modal import Modal
from minios.tui.widgets.fields import Field, after_typing, move
from minios.tui.widgets.key_bar import told

_PAGE: Final = 8  # lines of a message


class BuildScreen(Modal[LabCard | Script | None]):
    """Build in the background: the result is the lab with its plugins, or a scenario.

    If that fails, the message stays until the user has read it and tries again.
    """

    TITLE: ClassVar[str] = "build a plugin"
    HELP: ClassVar[str] = (
        "The C files of the plugin are compiled and linked, and a scenario is run. If "
        "there is a mistake in a file, you read here what it is, with the file and the "
        "line. Mend it in your editor, save the file, and press enter to build again."
    )
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter,ctrl+b", "build", "Build again", priority=True): (
                "Build again, after you have changed a file"
            ),
            Binding("escape,q", "dismiss", "Close"): "Back to where you were",
            Binding("pagedown,down", "move(1)", "Down", priority=True): (
                "Go down in the message"
            ),
            Binding("pageup,up", "move(-1)", "Up", priority=True): (
                "Go up in the message"
            ),
        }
    )
    heading = "building"

    def __init__(self, what: str, build: Callable[[], LabCard | Script]) -> None:
        super().__init__()
        self._what = what
        self._build = build
        self._is_building = False

    def inside(self) -> ComposeResult:
        """What goes on, or what went wrong."""
        with VerticalScroll(can_focus=False):
            yield Static("", id="said", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        self.action_build()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Nothing to repeat or to read while it is built."""
        return not self._is_building or action not in ("build", "move")

    def action_build(self) -> None:
        """Build in another thread; the screen goes on meanwhile."""
        self._is_building = True
        self.run_worker(self._try(), exclusive=True)
        self._say("building", f"{self._what} ...", is_error=False)

    async def _try(self) -> None:
        try:
            found = await asyncio.to_thread(self._build)
        except MiniosError as error:
            self._is_building = False
            self._say("that did not work", str(error), is_error=True)
        else:
            self.dismiss(found)

    def _say(self, heading: str, text: str, *, is_error: bool) -> None:
        self.query_one(".dialog").border_title = Content(heading)
        said = self.query_one("#said", Static)
        said.set_class(is_error, "error")
        said.update(text)
        self.refresh_bindings()

    def action_move(self, pages: int) -> None:
        """Scroll the message."""
        scrolled = self.query_one(VerticalScroll)
        scrolled.scroll_relative(y=pages * _PAGE, animate=False)


class PluginScreen(Modal[LabCard | None]):
    """Choose a folder, a lab, and whether the sensor runs as well."""

    TITLE: ClassVar[str] = "a plugin of your own"
    HELP: ClassVar[str] = (
        "A plugin is a folder with a plugin.toml and C files. It can be a driver, "
        "which runs in ring 0, or an extension, which runs in ring 3, or both. Type "
        "the path of its folder, or choose one below with the arrows: first those that "
        "you used last, then those that come with minios. Enter builds the plugin, and "
        "opens the lab with it in every machine. The plugin runs beside the sensor; "
        "ctrl+t puts it in the place of the sensor, which then does not start."
    )
    BINDINGS: ClassVar[list[BindingType]] = told(
        {
            Binding("enter", "build", "Build and open", priority=True): (
                "Build the plugin, and open the lab with it"
            ),
            Binding("escape", "dismiss", "Cancel"): "Back to the list of labs",
            Binding("ctrl+t", "next_way", "Beside/instead"): (
                "Run it beside the sensor, or in the place of the sensor"
            ),
            Binding("ctrl+l", "next_lab", "Which lab"): "Choose the next lab",
            Binding("down", "move(1)", "Down", priority=True): "The next folder",
            Binding("up", "move(-1)", "Up", priority=True): "The folder before",
        }
    )
    heading = "your own plugin: which folder?"

    def __init__(self, folders: Folders) -> None:
        super().__init__()
        self._folders = folders
        self._offered = folders.offered
        self._instead = False
        self._lab = 0

    def inside(self) -> ComposeResult:
        """A field for the path, the folders that are known, and what else is chosen."""
        yield Field(placeholder="path of a folder with a plugin.toml")
        yield OptionList(*self._offered, markup=False)
        yield Static("", id="chosen", classes="words", markup=False)
        yield Static("", id="trouble", classes="error", markup=False)

    def on_mount(self) -> None:
        """Offer the folder that was used last."""
        self.query_one(OptionList).can_focus = False
        self.query_one(OptionList).highlighted = 0
        self.query_one(Field).focus()
        self._tell()

    def _tell(self) -> None:
        card = catalogue.LABS[self._lab]
        words = f"\nIt runs {WAYS[self._instead]}, in the lab: {card.title}"
        self.query_one("#chosen", Static).update(words)

    def on_option_list_option_highlighted(
        self, event: OptionList.OptionHighlighted
    ) -> None:
        """Put the folder into the field, chosen: what is typed takes its place."""
        field = self.query_one(Field)
        field.value = self._offered[event.option_index]
        field.select_all()

    def action_move(self, by: int) -> None:
        """Choose another folder while typing."""
        move(self.query_one(OptionList), by)

    def action_next_way(self) -> None:
        """Beside the sensor, or in its place."""
        self._instead = not self._instead
        self._tell()

    def action_next_lab(self) -> None:
        """The next lab of the list, or the first one again."""
        self._lab = (self._lab + 1) % len(catalogue.LABS)
        self._tell()

    def on_input_changed(self, _event: Input.Changed) -> None:
        """What was wrong with another path is wrong no more."""
        self.query_one("#trouble", Static).update("")

    @after_typing
    def action_build(self) -> None:
        """Build it, and return the lab with it."""
        folder = own_plugins.folder_of(self.query_one(Field).value.strip())
        if not folder:
            self.query_one("#trouble", Static).update("Type the path of a folder")
            return
        own = OwnPlugins((folder,), self._instead)
        card = catalogue.LABS[self._lab]

        def built(found: LabCard | Script | None) -> None:
            if isinstance(found, LabCard):
                self._folders.note(folder)
                self.dismiss(found)

        build = partial(own_plugins.with_plugins, card, own)
        self.app.push_screen(BuildScreen(f"building {folder}", build), built)
