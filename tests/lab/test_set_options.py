"""Boot options that are changed while a machine runs: its next start finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.errors import ScenarioError
from minios.lab import Bugcheck, Lab, events, milliseconds, seconds
from minios.session import recording


def loop_without_recovery(lab: Lab) -> None:
    """Crash three times in a row; with recovery the third start would not crash."""
    lab.push("channel-291-bad")
    lab.run_until(Bugcheck().count(3), within=seconds(5))


def test_the_next_start_finds_the_new_options(windows: Lab) -> None:
    """And the others stay as they were."""
    windows.set_options({"recovery": "no"})

    loop_without_recovery(windows)

    assert not windows.all(events.RecoveryEntered)
    assert windows.machine.command_line == "model=windows seed=1 recovery=no"


def test_a_snapshot_brings_the_old_options_back(windows: Lab) -> None:
    """They belong to the machine."""
    before = windows.snapshot()
    windows.set_options({"recovery": "no"})
    windows.restore(before)

    windows.push("channel-291-bad")
    windows.run_until(Bugcheck().count(2), within=seconds(5))
    windows.run_for(seconds(1))

    assert windows.last(events.RecoveryEntered).failed_starts == 2


def test_a_recording_has_them(windows: Lab, tmp_path: Path) -> None:
    """They come from outside, as keys do."""
    windows.set_options({"recovery": "no"})
    loop_without_recovery(windows)
    path = tmp_path / "it.jsonl"
    recording.save(recording.of_labs([windows]), path)

    (frame,) = recording.play(recording.load(path))

    assert frame.instructions == windows.machine.instructions


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"recover": "no"}, "there is no boot option 'recover'"),
        ({"recovery": "maybe"}, "recovery is no or yes, not 'maybe'"),
        ({"model": "macos"}, "model cannot be changed"),
        ({"date": 3}, "date is"),
        ("recovery=no", "a value of the type str cannot be used here"),
    ],
)
def test_what_is_no_option_is_refused(
    windows: Lab, options: dict[str, str], said: str
) -> None:
    """With what is wrong; nothing has changed then."""
    with pytest.raises(ScenarioError, match=said):
        windows.set_options(options)

    assert windows.machine.command_line == "model=windows seed=1"


@pytest.mark.parametrize(
    ("option", "word"),
    [("model", "beos"), ("after_fault", "nothing"), ("plugins", "extention")],
)
def test_the_kernel_itself_refuses_a_word_that_it_does_not_know(
    option: str, word: str
) -> None:
    """Another boot loader does not check the command line before."""
    before = "driver," if option == "plugins" else ""
    with Lab() as lab:
        lab.machine.set_command_line(f"{option}={before}{word}")
        lab.machine.reset()
        lab.run_for(milliseconds(20))

        assert f"boot option {option}: there is no '{word}'" in lab.console_text
