"""What `minios lab` opens: a lab, perhaps with own plugins; a recording; a scenario."""

from __future__ import annotations

import argparse
from dataclasses import replace

from minios.errors import ScenarioError
from minios.session import catalogue, files, own_plugins, recording, sensor_forms
from minios.session.catalogue import LabCard, OwnPlugins
from minios.session.files import Files
from minios.session.own_plugins import Folders
from minios.session.script import Script


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
    _require_one(card, arguments)
    card, replay = recording.for_lab(card, arguments.replay)
    if replay is not None and arguments.at is not None:
        replay = replace(replay, at_end=arguments.at == "end")
    script = _script(arguments)
    if script is not None:
        card = script.card
    if arguments.sensor:
        lab = card or catalogue.find(sensor_forms.USUAL_LAB)
        card = sensor_forms.with_sensor(lab, arguments.sensor)
    if arguments.plugin:
        named = tuple(map(own_plugins.folder_of, arguments.plugin))
        own = OwnPlugins(named, arguments.instead)
        card = own_plugins.with_plugins(card or catalogue.LABS[0], own)
        for folder in named:
            folders.note(folder)
    record, cast = arguments.record, arguments.cast
    return card, Files(replay, record, cast, known, visits, user, folders, script)


def _script(arguments: argparse.Namespace) -> Script | None:
    """Run the scenario that was named, so that it can be followed."""
    if arguments.scenario is None:
        return None
    from minios.testing.scenarios import showing  # noqa: PLC0415 - only when needed

    return showing.script_of(
        arguments.scenario, arguments.submission, arguments.variant
    )


def _require_one(card: LabCard | None, arguments: argparse.Namespace) -> None:
    """Raises ScenarioError for options that say nothing together."""
    has_replay, has_scenario = arguments.replay is not None, bool(arguments.scenario)
    for option, given, needed, is_there in (
        ("--at", arguments.at, "--replay", has_replay),
        ("--submission", arguments.submission, "--scenario", has_scenario),
        ("--variant", arguments.variant, "--scenario", has_scenario),
    ):
        if given is not None and not is_there:
            raise ScenarioError(
                f"it has an effect only with {needed}",
                where=option,
                advice=f"Add {needed} FILE, or leave it out",
            )
    chosen = "--sensor" if arguments.sensor else "--plugin" if arguments.plugin else ""
    if has_scenario and (card is not None or has_replay or chosen):
        raise ScenarioError(
            "a scenario has its own machines, plugins and sensors",
            where="--scenario",
            advice="Leave out the lab's name, --replay, --plugin and --sensor",
        )
    if has_replay and chosen:
        raise ScenarioError(
            "a recording is played with the plugins and sensors that it was made with",
            where=chosen,
            advice=f"Leave out --replay, or {chosen}",
        )
    if arguments.instead and not arguments.plugin:
        raise ScenarioError(
            "no plugin is to take the place of the sensor",
            where="--instead",
            advice="Name its folder with --plugin FOLDER",
        )
    if arguments.instead and arguments.sensor:
        raise ScenarioError(
            "the plugin takes the place of every form of the sensor",
            where="--instead",
            advice="Leave it out, or leave out --sensor",
        )
