"""A machine of the model linux in a lab: oopses, taint, refusals, a panic, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from minios.lab import content_files, events, seconds
from minios.lab.explain import describe
from minios.lab.explanation import Depth, compare
from minios.lab.inputs import PressReset, Push
from minios.lab.setup import Setup
from minios.plain.words import state
from minios.session.explained import latest_explanation
from minios.session.frames import Frame
from minios.session.orders import RunTo
from minios.session.rooms import rooms
from minios.session.status import Health, State
from minios.tui.drawing.status import title
from tests.session.standing import Standing, standing

_OFF = {"sentinel.sys": "disabled"}
CHECKED = _OFF | {"checked.bpf": "system", "checked.ext": "auto"}
NAIVE = _OFF | {"naive.bpf": "system"}


@pytest.fixture(name="bad")
def machines_with_the_bad_file() -> Iterator[Callable[..., Standing]]:
    """Finds a machine that has had the bad file for two seconds."""
    found: list[Standing] = []
    push = Push(content_files.find("channel-291-bad"))

    def find(
        model: str = "linux", services: Mapping[str, str] | None = None, **options: str
    ) -> Standing:
        setup = Setup(model, services=dict(services or {}), options=dict(options))
        found.extend(standing([setup], RunTo(seconds(0.8)), push, RunTo(seconds(2.8))))
        return found[-1]

    yield find
    for machine in found:
        machine.close()


def heading(frame: Frame, width: int = 200) -> str:
    """The title of a machine as it is drawn."""
    rows = title(frame, 1, width, active=False, rows=2)
    return " ".join("".join(it.text for it in row) for row in rows)


def test_the_title_counts_oopses_and_names_the_taint(
    bad: Callable[..., Standing],
) -> None:
    """It runs on, so nothing else would show that it is not well."""
    frame = bad().frame
    reports = [it for it in frame.log if isinstance(it, events.OopsReport)]
    said = " ".join(state.machine(frame, "linux"))

    assert frame.status.oopses == len(reports) >= 2
    assert f"oopses {len(reports)}, tainted G D O" in heading(frame)
    assert f"oopses {len(reports)}" in heading(frame, 40)
    (row,) = title(frame, 1, 60, active=False)  # the only row that there may be
    assert f"oopses {len(reports)}" in "".join(it.text for it in row)
    assert f"The kernel had {len(reports)} oopses since its start." in said
    assert (
        "Taint G D O: G: all modules are free software; D: the kernel has died" in said
    )


def test_a_start_forgets_oopses_and_taint(bad: Callable[..., Standing]) -> None:
    """The taint word is in the memory of the kernel, and a reset clears it."""
    machine = bad()
    machine.send(PressReset())
    machine.send(RunTo(machine.frame.t + seconds(0.05)))
    frame = machine.frame

    assert (frame.status.oopses, frame.status.taint) == (0, 0)
    assert "tainted" not in heading(frame)


def test_an_oops_on_the_timeline_has_no_stop_code(
    bad: Callable[..., Standing],
) -> None:
    """The numbers of stop codes are those of Windows."""
    log = bad().frame.log
    found = next(it for it in log if isinstance(it, events.Oops))

    assert "; oops in sentinel.sys+0x" in describe(found)
    assert describe(found).endswith(f" ends {found.ended}")


def test_programs_that_were_refused_are_a_room_that_is_empty(
    bad: Callable[..., Standing],
) -> None:
    """They never ran; the machine is without a sensor, and unharmed."""
    frame = bad(services=NAIVE).frame
    basement = {it.name: it for it in rooms(frame, 0)}

    assert frame.status.health is Health.UNPROTECTED
    assert "naive.bpf refused" in heading(frame)
    assert basement["naive.bpf"].state is State.REFUSED
    assert "naive.bpf was refused" in state.machine(frame, "linux")[0]
    assert frame.status.deaths == frame.status.crashes == frame.status.oopses == 0


def test_why_after_a_refusal_explains_the_refusal(
    bad: Callable[..., Standing],
) -> None:
    """There was no crash and no death, but this is what went wrong."""
    found = latest_explanation(bad(services=NAIVE).frame)

    assert found is not None
    assert "its verifier has refused a program in it" in found.headline


def test_verified_programs_protect_a_machine(bad: Callable[..., Standing]) -> None:
    """Also with the bad file: nothing has gone wrong, so there is nothing to ask."""
    frame = bad(services=CHECKED).frame

    assert frame.status.health is Health.PROTECTED
    assert latest_explanation(frame) is None
    basement = {it.name: it for it in rooms(frame, 0)}
    assert basement["checked.bpf"].state is State.RUNNING
    assert basement["checked.bpf"].is_sensor


def test_three_worlds_are_told_apart_in_three_sentences(
    bad: Callable[..., Standing],
) -> None:
    """What is different is whom the kernel ends for the same code."""
    models = ("windows", "macos", "linux")
    found = [(it, latest_explanation(bad(it, recovery="no").frame)) for it in models]
    told = compare((name, it) for name, it in found if it is not None)
    shared, _ = told.at(Depth.ANSWER)

    windows, linux, macos = shared[0].lines
    assert windows.startswith("In windows the machine stopped, because the fault")
    assert linux.startswith(
        "In linux the same code ran in ring 0, too, but the kernel ended only workload"
    )
    assert macos.startswith("In macos the same code ran in ring 3")
    assert macos.endswith("so only that process ended.")


def test_a_panic_stops_the_machine_and_says_so(bad: Callable[..., Standing]) -> None:
    """With panic_on_oops=1 and panic=0 it stands still."""
    frame = bad(panic_on_oops="1", panic="0").frame
    kernel = rooms(frame, 0)[0]
    found = latest_explanation(frame)

    assert frame.status.health is Health.STOPPED
    assert "STOPPED" in heading(frame)
    assert kernel.doing.startswith("kernel panic, Fatal exception")
    assert found is not None
    assert (
        "With the boot option panic_on_oops=1, every oops is a panic." in found.answer
    )
