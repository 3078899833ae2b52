"""Both builds of one plugin on one machine: each runs, with a name of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.lab import Bugcheck, Death, Lab, Restart, events, kernel_view, seconds
from minios.lab.conditions import Happened

BOTH = {
    "plugins": "driver,extension",
    "recovery": "no",
    "first_event_ms": "300",
    "protection": "off",
}


@pytest.fixture(name="both", params=["windows", "macos"])
def machine(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A machine that takes drivers and extensions, whatever its model takes."""
    with Lab(model=request.param, options=BOTH) as lab:
        lab.boot()
        yield lab


def test_both_builds_of_the_sensor_run(both: Lab) -> None:
    """Each has a port of its own, and says in which ring it watches."""
    ports = {it.name for it in kernel_view.look(both).ports}

    assert {it.ring for it in both.all(events.SensorUp)} == {0, 3}
    assert {"sentinel.sys", "sentinel.ext"} <= ports
    assert "refused" not in both.console_text


def test_new_content_is_loaded_by_both(both: Lab) -> None:
    """The updater asks both, and the shell tells of both."""
    both.push("channel-291-latent")
    both.run_until(Happened(events.ContentLoaded).count(2), within=seconds(5))
    loaded = both.all(events.ContentLoaded)
    told = both.console("sensor")

    assert [it.ring for it in loaded[-2:]] == [0, 3]
    assert len({it.version for it in loaded[-2:]}) == 1
    for ring in (0, 3):
        assert f"sentinel runs in ring {ring} with content version" in told


def test_noise_is_refused_once(both: Lab) -> None:
    """Neither loads it, and the disk keeps what it had."""
    both.push("channel-291-random")
    refused = both.run_until(Happened(events.UpdateRefused), within=seconds(5))
    both.run_for(seconds(0.2))

    assert len(both.all(events.UpdateRefused)) == 1
    assert refused.reason
    assert not both.all(events.UpdateStored)


def test_the_bad_file_stops_the_machine_with_the_driver(both: Lab) -> None:
    """Both read past the array. What counts is the one in ring 0."""
    both.push("channel-291-bad")
    stop = both.run_until(Bugcheck(), within=seconds(5))

    assert (stop.code, stop.module, stop.ring) == (0x50, "sentinel.sys", 0)


def test_the_extension_alone_goes_on() -> None:
    """The same model that stops with its driver, once it takes extensions only."""
    options = {**BOTH, "plugins": "extension"}
    with Lab(model="windows", options=options) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_until(Death("sentinel.ext"), within=seconds(5))
        lab.run_until(Restart(), within=seconds(5))

        assert not lab.all(Bugcheck())
        assert [it.name for it in lab.all(events.PluginRefused)] == ["sentinel.sys"]


def test_the_driver_protects_the_machine_while_the_extension_is_gone(both: Lab) -> None:
    """They are two sensors: the end of one is not the end of the other."""
    (extension,) = (
        it for it in both.all(events.ProcessStarted) if it.name == "sentinel.ext"
    )
    both.type(f"kill {extension.process_id}\r")
    gone = both.run_until(Happened(events.ProcessExited), within=seconds(2))

    assert gone.name == "sentinel.ext"
    assert both.is_protected()


def test_a_machine_may_take_no_plugins_at_all() -> None:
    """Then it comes up, and nobody protects it."""
    with Lab(options={"plugins": "none"}) as lab:
        lab.boot()
        told = lab.console("sensor")

        assert "no sensor is running" in told
        assert not lab.all(events.SensorUp)
