"""What `minios lab` opens: a lab, perhaps with plugins of one's own, or a recording."""

from __future__ import annotations

import argparse

from minios.errors import ScenarioError
from minios.session import catalogue, files, own_plugins, recording
from minios.session.catalogue import LabCard, OwnPlugins
from minios.session.files import Files
from minios.session.own_plugins import Folders


def opened(
    card: LabCard | None, arguments: argparse.Namespace
) -> tuple[LabCard | None, Files]:
    """The lab if one is chosen, and the files that it reads and writes.

    Raises MiniosError for a file or a plugin that cannot be used.
    """
    recording.require_room(arguments.record)
    known, visits = files.of_this_user()
    user = visits.parent if visits is not None else None
    folders = Folders(user)
    card, replay = recording.for_lab(card, arguments.replay)
    if _wants_plugins(arguments):
        named = tuple(map(own_plugins.folder_of, arguments.plugin))
        own = OwnPlugins(named, arguments.instead)
        card = own_plugins.with_plugins(card or catalogue.LABS[0], own)
        for folder in named:
            folders.note(folder)
    return card, Files(
        replay, arguments.record, arguments.cast, known, visits, user, folders
    )


def _wants_plugins(arguments: argparse.Namespace) -> bool:
    """Raises ScenarioError for options that cannot be given together."""
    if arguments.instead and not arguments.plugin:
        raise ScenarioError(
            "no plugin is to take the place of the sensor",
            where="--instead",
            advice="Name its folder with --plugin FOLDER",
        )
    if arguments.plugin and arguments.replay is not None:
        raise ScenarioError(
            "a recording is played with the plugins that it was made with",
            where="--plugin",
            advice="Leave out --replay, or --plugin",
        )
    return bool(arguments.plugin)
