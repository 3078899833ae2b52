"""`minios lab` with arguments that cannot be: one sentence, before it opens."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from minios import cli, paths
from minios.session import catalogue, recording
from minios.session.recording import End, Recording
from tests.plain.talking import number_of


@pytest.fixture
def visit(tmp_path: Path) -> Path:
    """A recording of two worlds in which nothing was done."""
    path = tmp_path / "two.jsonl"
    two = catalogue.find("two-worlds")
    made = Recording(two.name, two.machines, ((), ()), (End(), End()))
    recording.save(made, path)
    return path


@pytest.fixture
def listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who has told every program to speak plainly, with a folder to keep."""
    monkeypatch.setenv("ACCESSIBLE", "1")
    monkeypatch.setattr(paths, "user_data", lambda: tmp_path)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `minios lab --plain` says of these arguments."""
    assert cli.main(["lab", "--plain", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_a_recording_of_another_lab_is_refused(
    visit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the right command is named."""
    said = refused(capsys, "windows", "--replay", str(visit))

    assert "this is a recording of the lab two-worlds, not of windows" in said
    assert f"minios lab --replay {visit}" in said


def test_a_place_that_cannot_be_written_to_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not when the session is over."""
    path = tmp_path / "nowhere" / "mine.jsonl"

    assert "cannot be written" in refused(capsys, "windows", "--record", str(path))


@pytest.mark.parametrize(
    ("option", "words"),
    [("--cast", "no screen to film"), ("--theme", "no colours to choose")],
)
def test_plain_mode_refuses_what_only_a_screen_can_follow(
    option: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not silently ignored; not even if it is what the screen has anyway."""
    said = refused(capsys, option, str(tmp_path / "minios"))

    assert f"{option}: --plain has {words}. Leave one out" in said


def test_whoever_asked_all_programs_for_plain_words_is_refused_by_that_name(
    listening: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """ACCESSIBLE=1 is what was said, not --plain."""
    del listening
    assert cli.main(["lab", "windows", "--theme", "minios"]) == 2

    said = capsys.readouterr().err
    assert said == (
        "minios: --theme: ACCESSIBLE=1 has no colours to choose. Leave one out\n"
    )


@pytest.mark.parametrize("arguments", [[], ["lab"], ["lab", "macos"]])
def test_accessible_opens_plain_mode(
    arguments: list[str],
    listening: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also of `minios` alone, and where there is no terminal."""
    del listening
    monkeypatch.setattr(sys, "stdin", io.StringIO("0\n"))

    assert cli.main(arguments) == 0
    said = capsys.readouterr().out
    assert "Which one? " in said or "Choice? " in said
    assert said.endswith(" 0\n")  # what was answered is said where nobody echoes it


@pytest.mark.parametrize("value", [None, "0", ""])
def test_without_accessible_minios_alone_is_the_screen_or_the_help(
    value: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Here there is no terminal: the help."""
    monkeypatch.delenv("ACCESSIBLE", raising=False)
    if value is not None:
        monkeypatch.setenv("ACCESSIBLE", value)

    assert cli.main([]) == 0
    assert "COMMAND" in capsys.readouterr().out


def test_the_names_of_the_labs_are_no_table_for_a_listener(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A name, a colon, what it is."""
    assert cli.main(["lab", "--list", "--plain"]) == 0

    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == len(catalogue.LABS)
    assert not any("  " in row for row in rows)


@pytest.mark.posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_talk_that_is_ended_from_outside_keeps_its_recording(
    name: str, tmp_path: Path
) -> None:
    """A terminal that is closed, a service that is stopped."""
    path = tmp_path / "mine.jsonl"
    command = [sys.executable, "-m", "minios", "lab", "macos", "--plain"]
    with subprocess.Popen(
        [*command, "--record", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path)},
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{number_of('push a content file')}\n1\n1\n")
        process.stdin.flush()
        assert any("is pushed" in line for line in process.stdout)
        process.send_signal(getattr(signal, name))
        process.stdout.read()

    assert process.returncode == 128 + getattr(signal, name)
    assert [len(inputs) for inputs in recording.load(path).inputs] == [1]


def test_the_lab_of_a_recording_need_not_be_named(visit: Path) -> None:
    """It is in the file."""
    card, found = recording.for_lab(None, visit)

    assert card is not None
    assert card.name == "two-worlds"
    assert found is not None


@pytest.mark.posix
def test_the_interface_starts_in_a_browser(tmp_path: Path) -> None:
    """As textual-serve starts it: no terminal, but a driver that it names."""
    environment = os.environ | {
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "XDG_DATA_HOME": str(tmp_path),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "minios", "lab", "windows"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)

    assert first == b"__GANGLION__\n"
    assert (process.returncode, complaint) == (130, b"")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--instead"], "--instead: no plugin is to take the place of the sensor"),
        (["windows", "--sensor", "module"], "--sensor: no machine of the lab windows"),
        (["guarded-window", "--sensor", "module"], "its own form of the sensor"),
        (
            ["--sensor", "module", "--plugin", "villain", "--instead"],
            "--instead: the plugin takes the place of every form",
        ),
        (["--sensor", "module", "--scenario", "it"], "--scenario: a scenario has its"),
        (["--plugin", "sentinal"], "Did you mean sentinel?"),
        (["--at", "end"], "--at: it has an effect only with --replay"),
        (["--submission", "mine"], "--submission: it has an effect only with --scen"),
        (["macos", "--scenario", "it"], "--scenario: a scenario has its own machines"),
        (["--scenario", "nowhere"], "nowhere"),
    ],
    ids=lambda it: it if isinstance(it, str) else " ".join(it),
)
def test_options_that_cannot_be_are_refused_in_a_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is built or opened."""
    assert words in refused(capsys, *arguments)


@pytest.mark.parametrize(
    ("option", "value"), [("--plugin", "sentinel"), ("--sensor", "bpf-checked")]
)
def test_a_recording_is_not_played_with_other_plugins_or_sensors(
    option: str, value: str, visit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would come out differently."""
    said = refused(capsys, "--replay", str(visit), option, value)

    assert f"{option}: a recording is played with the plugins and sensors that" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sensor", "bpf"], "invalid choice: 'bpf' (choose from 'module'"),
        (["--model", "linux"], "a lab is opened by its name: write minios lab linux"),
    ],
    ids=lambda it: it if isinstance(it, str) else " ".join(it),
)
def test_what_is_no_form_and_no_option_of_a_lab_is_refused_in_a_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the way to the help."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["lab", *arguments])

    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.endswith("(see: minios lab --help)\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scenario", "latent-file"], "This is a scenario with 5 steps."),
        (["macos", "--plugin", "villain", "--instead"], "macos: third-party code"),
        (["--plugin", "villain"], "One fault, in two worlds"),
        (["--sensor", "bpf-naive"], "A kernel that goes on: on Linux the sensor is"),
        (
            ["--sensor", "module"],
            "A goal to try: Push the bad file, and see the kernel",
        ),
        (
            ["three-worlds", "--sensor", "bpf-checked", "--plugin", "villain"],
            "One fault, in three worlds: on Linux the sensor is eBPF programs",
        ),
    ],
    ids=lambda it: it if isinstance(it, str) else " ".join(it),
)
def test_scenarios_own_plugins_and_forms_of_the_sensor_are_opened(
    arguments: list[str],
    words: str,
    listening: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Named on the command line; without a lab it is the first one that fits."""
    del listening
    monkeypatch.setattr(sys, "stdin", io.StringIO("0\n"))
    scenario = str(paths.ASSETS / "scenarios" / "latent-file.scenario.toml")
    given = [scenario if it == "latent-file" else it for it in arguments]

    assert cli.main(["lab", *given]) == 0
    assert words in capsys.readouterr().out


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize(("at", "words"), [("start", "0 inputs"), ("end", "the end")])
def test_a_recording_opens_where_it_is_told_to(
    at: str,
    words: str,
    visit: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever the file says."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("0\n"))

    assert cli.main(["lab", "--replay", str(visit), "--at", at]) == 0
    assert words in capsys.readouterr().out
