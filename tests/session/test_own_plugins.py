"""A lab with a learner's own plugins: beside the sensor, or in its place."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from minios import paths
from minios.errors import MiniosError
from minios.lab import milliseconds, seconds
from minios.lab.inputs import PressReset, Type
from minios.lab.own_plugins import sensors, shipped
from minios.lab.protection import Protection
from minios.session import catalogue, own_plugins
from minios.session.catalogue import OwnPlugins
from minios.session.orders import RunTo
from minios.session.own_plugins import Folders
from minios.session.session import Session
from minios.session.status import Health, State

MAC = catalogue.find("macos")


@pytest.fixture(scope="module")
def guardian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sensor of another name: what a student may hand in."""
    folder = tmp_path_factory.mktemp("own") / "guardian"
    shutil.copytree(paths.DRIVERS / "sentinel", folder)
    for name in ("plugin.toml", "sentinel.c"):
        text = (folder / name).read_text()
        (folder / name).write_text(
            text.replace('name = "sentinel"', 'name = "guardian"')
        )
    return folder


def test_a_plugin_in_the_place_of_the_sensor_is_shown_as_the_sensor(
    guardian: Path,
) -> None:
    """Whoever has reported that it watches protects the machine until it dies."""
    own = OwnPlugins((str(guardian),), instead=True)
    setup = own_plugins.with_plugins(MAC, own).machines[0]
    options = {**setup.options, "protection": "off"}
    session = Session(msgspec.structs.replace(setup, options=options))
    up = session.do(RunTo(milliseconds(10))).status
    sensors = {it.name: it.state for it in up.parts if it.is_sensor}
    assert sensors == {"guardian.sys": State.REFUSED, "guardian.ext": State.RUNNING}
    assert up.health is Health.PROTECTED

    process = up.part("guardian.ext")
    assert process is not None
    session.do(Type(f"kill {process.process_id}\r"))
    dead = session.do(RunTo(seconds(1), stops=("process_exited",))).status
    assert dead.health is Health.UNPROTECTED
    assert session.do(RunTo(milliseconds(500))).status.health is Health.PROTECTED
    again = session.do(PressReset()).status
    assert (again.protected, again.sensors) == (False, up.sensors)
    session.close()


def test_a_plugin_beside_the_sensor_protects_when_the_sensor_is_dead(
    guardian: Path,
) -> None:
    """Each sensor counts for itself."""
    own = OwnPlugins((str(guardian),))
    session = Session(own_plugins.with_plugins(MAC, own).machines[0])
    status = session.do(RunTo(milliseconds(10))).status
    assert status.protection.sensors == {"sentinel.ext", "guardian.ext"}
    assert not replace(status, protection=Protection()).protected
    session.close()


def test_a_changed_copy_of_the_sensor_runs_in_its_place() -> None:
    """It has kept the name: what is switched off then is not the learner's own."""
    own = OwnPlugins(("sentinel",), instead=True)
    session = Session(own_plugins.with_plugins(MAC, own).machines[0])
    assert session.do(RunTo(milliseconds(10))).status.health is Health.PROTECTED
    session.close()


def test_a_plugin_that_is_no_sensor_is_none() -> None:
    """It runs, and nobody takes it for protection."""
    own = OwnPlugins(("villain",), instead=True)
    session = Session(own_plugins.with_plugins(MAC, own).machines[0])
    status = session.do(RunTo(seconds(1))).status
    assert status.health is Health.UNPROTECTED
    assert status.sensors == sensors()
    session.close()


def test_a_lab_is_built_again_from_the_folder_as_it_is_now(
    guardian: Path, tmp_path: Path
) -> None:
    """Other sources, another image; the machines are otherwise the same."""
    folder = tmp_path / "guardian"
    shutil.copytree(guardian, folder)
    card = own_plugins.with_plugins(MAC, OwnPlugins((str(folder),)))
    source = folder / "sentinel.c"
    source.write_text(source.read_text() + "\nint more(void) { return 1; }\n")

    again = own_plugins.built_again(card)

    assert again.own_plugins == card.own_plugins
    assert again.machines[0].services == card.machines[0].services
    assert again.machines[0].plugins != card.machines[0].plugins


def test_a_plugin_that_does_not_compile_names_its_file_and_line(
    guardian: Path, tmp_path: Path
) -> None:
    """So that it can be mended."""
    folder = tmp_path / "guardian"
    shutil.copytree(guardian, folder)
    (folder / "sentinel.c").write_text("int x = ;\n")

    with pytest.raises(MiniosError, match=r"sentinel\.c:1:9: error: expected"):
        own_plugins.with_plugins(MAC, OwnPlugins((str(folder),)))


def test_folders_are_remembered_the_latest_first(tmp_path: Path) -> None:
    """A few of them, each once; those that come with minios are offered anyway."""
    folders = Folders(tmp_path)
    for name in ("a", "b", "a", "sentinel"):
        folders.note(name)

    assert Folders(tmp_path).known == ("a", "b")
    assert folders.offered == ("a", "b", *shipped())
    for number in range(20):
        folders.note(f"folder {number}")
    assert len(folders.known) == 8


@pytest.mark.parametrize("text", ["", "nonsense", '{"a": 1}', "[1]"])
def test_folders_that_cannot_be_read_count_as_none(tmp_path: Path, text: str) -> None:
    """A list of folders is never worth an error."""
    (tmp_path / "plugins.json").write_text(text)

    assert Folders(tmp_path).known == ()


def test_a_folder_is_kept_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found again from another folder; a name stays a name."""
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)

    assert own_plugins.folder_of("mine") == str(tmp_path / "mine")
    assert own_plugins.folder_of("sentinal") == "sentinal"
    assert own_plugins.folder_of("sentinel") == "sentinel"
