"""A plugin of one's own: choose its folder, and build it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from minios.errors import MiniosError
from minios.plain.asking import Asking, T, numbered, picked
from minios.session import catalogue, own_plugins
from minios.session.catalogue import LabCard, OwnPlugins
from minios.session.own_plugins import WAYS, Folders


class Building(Asking):
    """Build plugins, and hear what the compiler says."""

    def choose_plugin(self, folders: Folders) -> LabCard:
        """Ask for a folder and a lab. Returns the lab with the plugin in it.

        Raises DeclinedError if the user gives up.
        """
        self.say("Folders with a plugin:")
        offered = folders.offered
        self.tell(numbered(offered))
        answer = self.text("Which folder? (its number, or a path; 0 to cancel)")
        folder = picked(answer, offered) or own_plugins.folder_of(answer)
        instead = self.choose("Where does it run?", WAYS) == 1
        lab = self.choose("In which lab?", [it.title for it in catalogue.LABS])
        own = OwnPlugins((folder,), instead)
        build = partial(own_plugins.with_plugins, catalogue.LABS[lab], own)
        card = self.built(build, f"Building {folder}.")
        folders.note(folder)
        return card

    def built(self, build: Callable[[], T], what: str) -> T:
        """Build until there is no mistake any more, or raise DeclinedError."""
        while True:
            self.say(what)
            try:
                return build()
            except MiniosError as error:
                self.tell(str(error).splitlines())
            self.choose("What to do?", ["try again, after you have changed a file"])
