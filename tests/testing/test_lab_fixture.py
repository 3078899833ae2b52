"""The fixture `lab`: how labs are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from minios.errors import MiniosError
from minios.lab import Happened, events, seconds
from minios.lab.mistakes import WrongTypeError
from minios.testing import Labs


def test_a_lab_has_all_that_was_asked_for(lab: Labs) -> None:
    """Each word reaches the guest."""
    it = lab(
        "macos",
        content="channel-291-latent",
        seed=3,
        options={"pool": "plain"},
        plugins=["counter"],
        services={"workload": "disabled"},
    )

    processes = it.console("ps")
    assert "counter.ext" in processes
    assert "workload" not in processes
    assert (it.setup.seed, it.setup.options) == (3, {"pool": "plain"})
    assert it.setup.content is not None
    assert it.setup.content.name == "channel-291-latent"


def test_a_lab_starts_from_a_disk(lab: Labs) -> None:
    """Such as one that another machine has left."""
    first = lab("macos")
    first.push("channel-291-latent")
    stored = first.run_until(Happened(events.UpdateStored), within=seconds(1))

    again = lab("macos", disk=first.disk_image())

    loaded = again.last(events.ContentLoaded)
    assert (loaded.file, loaded.version) == (stored.file, 2)


def test_a_cold_lab_stands_before_its_first_instruction(lab: Labs) -> None:
    """So a test can watch the start, or one that never gets ready."""
    it = lab("windows", cold=True)

    assert (it.machine.instructions, it.now, it.events) == (0, 0, ())
    assert it.boot().boot == 1


def test_all_labs_of_a_test_share_its_budget(lab: Labs) -> None:
    """And `lab` tells a test which labs there are."""
    labs = [lab("windows"), lab("macos"), lab("windows", cold=True)]

    for it in labs:
        it.run_for(seconds(0.001))

    assert lab.borrowed == labs
    assert len({id(it.machine.allowance) for it in labs}) == 1


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"model": "window"}, "there is no model 'window'. "),
        ({"seeds": 2}, "lab(...): there is no argument 'seeds'. Did you mean seed?"),
        ({"world": "macos"}, "there is no argument 'world'. Write model=\"macos\""),
        ({"wrld": 1}, "Choose one of: cold, content, disk, model, options, plugins, "),
        ({"content": "channel-291-bat"}, "there is no such file. "),
        ({"content": 5}, "a value of the type int is no content file. "),
        ({"options": "pool=plain"}, 'no dictionary. Write options={"first_event_ms": '),
        ({"options": {"poll": "plain"}}, "there is no boot option 'poll'"),
        ({"options": {"seed": "2"}}, "options: seed is an argument of its own"),
        ({"services": ["sentinel"]}, 'Write services={"sentinel": "disabled"}'),
        ({"services": {"sentinal": "auto"}}, "there is no service 'sentinal'"),
        ({"plugins": "counter"}, "`plugins` takes a list. Write plugins=[...]"),
        (
            {"plugins": ["countr"]},
            "plugins: there is no plugin 'countr'. Did you mean ",
        ),
        ({"disk": b"x", "plugins": ["counter"]}, "a disk of your own has its own plug"),
    ],
)
def test_a_mistake_is_one_sentence(
    lab: Labs, wishes: dict[str, Any], words: str
) -> None:
    """It is refused at once, and says what to write instead."""
    with pytest.raises(MiniosError) as caught:
        lab(**wishes)

    assert words in str(caught.value)
    assert lab.borrowed == []


def test_what_a_lab_is_made_from_is_named(lab: Any) -> None:  # noqa: ANN401 - a mistake
    """Only the model may come without its name."""
    with pytest.raises(
        WrongTypeError, match=r'Write lab\("windows", content="channel-'
    ):
        lab("windows", "channel-291-latent")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "push",
            "Labs has no 'push'. The fixture makes labs. Write lab(\"windows\").p",
        ),
        ("replays", "Labs has no 'replays'. Did you mean replay?"),
    ],
)
def test_the_fixture_is_no_lab(lab: Labs, name: str, words: str) -> None:
    """It makes them; what is asked of the fixture is meant for a lab."""
    with pytest.raises(MiniosError) as caught:
        getattr(lab, name)

    assert words in str(caught.value)
