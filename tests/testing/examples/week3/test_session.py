"""What the recording of a session in the interface must end with."""

from minios.lab import Bugcheck, events
from minios.testing import Labs, Submission


def test_the_machine_lives(lab: Labs, submission: Submission) -> None:
    """The machine has loaded the latent file, and has never stopped."""
    windows = lab.replay(submission.path("session.jsonl"))
    assert windows.last(events.ContentLoaded).version == 2
    assert windows.all(Bugcheck()) == ()
