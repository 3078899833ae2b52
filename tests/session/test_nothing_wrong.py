"""What is said when somebody asks why, and nothing has gone wrong."""

from __future__ import annotations

from minios.lab import content_files, milliseconds, sensors
from minios.lab.inputs import Push
from minios.lab.setup import Setup
from minios.session.explained import nothing_wrong
from minios.session.orders import RunTo
from minios.session.worker import InlinePlayer


def asked(setup: Setup, file: str, after: float) -> str:
    """What is said so many milliseconds after power on, with a file pushed there."""
    player = InlinePlayer(setup)
    player.send(Push(content_files.find(file)))
    player.send(RunTo(milliseconds(after)))
    player.close()
    return nothing_wrong([player.frame])


def test_who_asks_while_the_verifier_is_at_work_hears_that_no_sensor_runs() -> None:
    """Pipe events come and go meanwhile, and nobody looks at them."""
    setup = Setup("linux", services=sensors.services("linux", "bpf-checked", {}))
    said = asked(setup, "channel-291-bad", 10)
    assert said.endswith("A file has been pushed, but no sensor runs yet.")


def test_what_has_become_of_the_file_is_said() -> None:
    """Whether it is on its way, is used, or was refused."""
    macos = Setup("macos")
    assert asked(macos, "channel-291-latent", 30).endswith("at the next pipe event.")
    assert asked(macos, "channel-291-latent", 90).endswith("at each pipe event.")
    assert asked(macos, "channel-291-truncated", 90).endswith("refused the file.")
