"""Who goes down with a fault, and why: the words say no more than what is so."""

from __future__ import annotations

from minios.lab import Bugcheck, Death, Lab, events, explain, seconds

SOON = seconds(5)
UD2 = b"\x0f\x0b"


def test_that_the_machine_stops_is_told_as_a_choice_of_this_kernel(
    windows: Lab,
) -> None:
    """It follows from no rule of the CPU: Linux goes on after a fault like this."""
    windows.push("channel-291-bad")
    stop = windows.run_until(Bugcheck(), within=SOON)
    said = str(explain(windows, stop))

    assert "cannot know what is still correct" in said
    assert "That is a choice" in said
    assert "above" not in said


def test_a_process_that_the_system_can_do_without_dies_alone(macos: Lab) -> None:
    """The sensor in ring 3."""
    macos.push("channel-291-bad")
    said = str(explain(macos, macos.run_until(Death(), within=SOON)))

    assert said.startswith("Only the process sentinel.ext ended, ")
    assert "Nothing else stopped." in said


def test_the_first_process_does_not_die_alone() -> None:
    """A fault of its own in ring 3, and yet the whole machine stops."""
    with Lab(model="macos") as lab:
        start = lab.run_to("init!_start", within=SOON).address
        place = lab.machine.walk(start).physical
        assert place is not None
        lab.machine.write_physical(place, UD2)
        stop = lab.run_until(Bugcheck(0xEF), within=SOON)
        died = next(it for it in lab.events if isinstance(it, events.DeathEvent))
        of_death, of_stop = (str(explain(lab, it)) for it in (died, stop))

    assert died.ring == 3
    assert of_death.startswith("The machine stopped: it cannot run without the proc")
    assert "Nothing else stopped" not in of_death
    assert "Then it stopped the machine" in of_death
    assert "It had broken a rule of the CPU in ring 3" in of_stop
    assert "The fault came from ring 0" not in of_stop
