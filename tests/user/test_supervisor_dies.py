"""The supervisor is a program, too: what holds when it dies and is started again."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final, TypeVar

import pytest

from minios.lab import Bugcheck, Death, Happened, Lab, events, milliseconds, seconds
from tests.trust import probe

E = TypeVar("E", bound=events.Event)
PLANNED: Final = Happened(events.RestartPlanned, name="sentinel.ext")
RESTART: Final = Happened(events.RestartEvent, name="sentinel.ext")
MEMORY: Final = "/SYSTEM/SUPERVIS.MEM"


@pytest.fixture(scope="module", name="booted")
def booted_machine() -> Iterator[Lab]:
    """A machine that each test restores. Its shell may end what is protected."""
    with Lab(model="macos", options={"protection": "off"}) as lab:
        lab.boot()
        lab.run_for(seconds(1))
        yield lab


@pytest.fixture(name="mac")
def restored_machine(booted: Lab) -> Iterator[Lab]:
    """A machine on which nothing has happened yet."""
    before = booted.snapshot()
    yield booted
    booted.restore(before)


def process_of(lab: Lab, name: str) -> int:
    """The process of a program, as the machine has told."""
    started = all_of(lab, events.ProcessStarted)
    return next(it.process_id for it in reversed(started) if it.name == name)


def all_of(lab: Lab, kind: type[E]) -> list[E]:
    """The records of a kind."""
    return [it for it in lab.events if isinstance(it, kind)]


def kill(lab: Lab, name: str) -> None:
    """End a program, as a person at the console."""
    lab.console(f"kill {process_of(lab, name)}")
    lab.run_for(milliseconds(100))


def keep(lab: Lab) -> list[str]:
    """How the supervisor keeps the sensor."""
    return lab.console("super").splitlines()[2].split()


def test_a_running_extension_is_taken_over(mac: Lab) -> None:
    """It runs on as the same process, and its death is heard as before."""
    sensor, supervisor = process_of(mac, "sentinel.ext"), process_of(mac, "supervis")
    start = mac.machine.now
    kill(mac, "supervis")

    assert process_of(mac, "supervis") != supervisor
    assert f"sentinel.ext runs on as process {sensor}" in mac.console_text
    assert mac.unprotected_time(since=start) == 0

    mac.push("channel-291-bad")
    death = mac.run_until(Death("sentinel.ext"), within=seconds(5))
    again = mac.run_until(RESTART, within=seconds(1))
    assert (death.process_id, again.attempt) == (sensor, 1)


def test_a_dead_extension_is_started_at_the_time_that_was_planned(mac: Lab) -> None:
    """The new supervisor counts on, and gives up at the same death."""
    mac.push("channel-291-bad")
    for _ in range(3):
        plan = mac.run_until(PLANNED, within=seconds(20))
    mac.run_for(seconds(2))
    kill(mac, "supervis")
    again = mac.run_until(RESTART, within=seconds(10))
    gave_up = mac.run_until(Happened(events.GaveUp), within=seconds(5))

    assert (plan.delay, again.attempt, gave_up.failures) == (seconds(8), 4, 5)
    assert again.t - plan.t == pytest.approx(seconds(8), abs=milliseconds(50))


def test_a_death_that_nobody_has_seen_is_found(mac: Lab) -> None:
    """The second time init waits for a second: the sensor dies meanwhile."""
    mac.console("hold sentinel.ext")
    mac.console("release sentinel.ext")
    mac.push("channel-291-bad")
    mac.run_until(RESTART, within=seconds(5))
    mac.run_for(milliseconds(50))
    kill(mac, "supervis")
    mac.console(f"kill {process_of(mac, 'supervis')}")
    mac.run_until(Death("sentinel.ext"), within=seconds(0.9))
    mac.run_until(RESTART, within=seconds(5))

    assert "sentinel.ext (process" in mac.console_text
    assert "died: nobody has seen why" in mac.console_text
    assert keep(mac)[3:5] == ["2", "2"]


def test_what_is_held_or_given_up_stays_so(mac: Lab) -> None:
    """Otherwise whoever kills the supervisor could start it again."""
    mac.console("hold sentinel.ext")
    kill(mac, "sentinel.ext")
    kill(mac, "supervis")
    mac.run_for(seconds(5))

    assert keep(mac)[1:3] == ["held", "held"]
    assert not all_of(mac, events.RestartEvent)


def test_a_damaged_memory_is_none(mac: Lab) -> None:
    """Then the extension is started, as by the first supervisor."""
    mac.console("hold sentinel.ext")
    kill(mac, "sentinel.ext")
    mac.console(f"cp /SYSTEM/SERVICES.INI {MEMORY}")
    kill(mac, "supervis")
    mac.run_for(seconds(1))

    assert keep(mac)[1:3] == ["runs", "-"]


def test_a_machine_without_deaths_writes_no_memory(mac: Lab) -> None:
    """Nor does the supervisor remember another start of the machine."""
    mac.run_for(seconds(5))
    assert not mac.files().exists(MEMORY)

    mac.console("hold sentinel.ext")
    mac.run_for(milliseconds(200))
    assert mac.files().exists(MEMORY)

    mac.reset()
    mac.boot()
    assert keep(mac)[1:3] == ["runs", "-"]


def test_without_init_the_machine_stops(mac: Lab) -> None:
    """Nobody is left who could start the supervisor again."""
    mac.type("kill 1\n")
    stop = mac.run_until(Bugcheck(), within=seconds(1))

    assert stop.code == 0xEF


WATCHES = """
static long watch(uint64_t process)
{
    long port = call(SYSCALL_PORT_CREATE, (uint64_t)"watches", 0, 0);
    return port < 0 ? port : call(SYSCALL_PROCESS_WATCH, process, (uint64_t)port, 0);
}

static int probe_start(void)
{
    plugin_log("%ld %ld %ld", watch(2), call(SYSCALL_PROCESS_WATCH, 2, 99, 0),
               call(SYSCALL_PROCESS_WATCH, 4711, 3, 0));
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


@pytest.mark.parametrize(
    ("rights", "answers"),
    [
        pytest.param(("SPAWN",), "-7 -5 -2", id="allowed"),
        pytest.param((), "-20 -20 -20", id="not-allowed"),
    ],
)
def test_nobody_takes_a_process_from_its_living_watcher(
    rights: tuple[str, ...], answers: str
) -> None:
    """Process 2 was started by init, which lives; 99 is no port, 4711 no process."""
    service = probe.EXTENSION.format("spawn" if rights else "-")
    files = probe.upstairs(WATCHES, rights=rights)
    with probe.machine("macos", probe.disk_with(files, service)) as lab:
        lab.boot()

        assert probe.said(lab)[-1] == answers


# ---- The supervisor is protected, too, and nobody takes the sensor from it.

ACTS: Final = """
static uint32_t process_of(const char *name)
{
    struct process_entry entry;
    for (uint64_t i = 0;
         call(SYSCALL_PROCESS_LIST, i, (uint64_t)&entry, 0) >= 0; i++) {
        if (memcmp(entry.name, name, strlen(name) + 1) == 0) {
            return entry.process_id;
        }
    }
    return 0;
}

static int probe_start(void)
{
    long port = call(SYSCALL_PORT_CREATE, (uint64_t)"takes", 0, 0);
    long killed = call(SYSCALL_KILL, process_of("supervis"), 0, 0);
    (void)call(SYSCALL_SLEEP, 20000000, 0, 0);
    plugin_log("killed %ld, watched %ld", killed,
               call(SYSCALL_PROCESS_WATCH, process_of("sentinel.ext"), (uint64_t)port,
                    0));
    (void)tell("init", "ready");  // until then init starts nothing again
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


def with_a_killer(*rights: str, **options: str) -> Lab:
    """A machine whose last program ends the supervisor, and would watch the sensor."""
    service = probe.PROGRAM.format("auto", ",".join(rights).lower())
    disk = probe.disk_with(probe.upstairs(ACTS, rights=rights), service)
    return Lab(model="macos", disk=disk, options=options)


def test_a_program_ends_neither_the_supervisor_nor_takes_the_sensor() -> None:
    """With the right to end processes alone."""
    with with_a_killer("SPAWN") as lab:
        lab.boot()
        lab.run_for(seconds(2))

        assert probe.said(lab)[-1] == "killed -1, watched -1"
        assert "runs on as process" not in lab.console_text
        assert lab.is_protected()


def test_the_supervisor_takes_over_while_protection_is_on() -> None:
    """What may debug may end it. The next one is believed, and hears of the death."""
    with with_a_killer("SPAWN", "DEBUG") as lab:
        lab.boot()
        lab.run_for(seconds(2))
        sensor = process_of(lab, "sentinel.ext")

        assert probe.said(lab)[-1].startswith("killed 0")
        assert lab.is_protected()

        lab.push("channel-291-bad")
        death = lab.run_until(Death("sentinel.ext"), within=seconds(5))
        lab.run_until(RESTART, within=seconds(2))
        assert death.process_id == sensor


def test_a_sensor_that_somebody_else_watches_is_replaced_at_once() -> None:
    """Its successor finds the name of the port free, and no death is counted."""
    with with_a_killer("SPAWN", protection="off") as lab:
        lab.boot()
        lab.run_for(seconds(2))

        assert probe.said(lab)[-1] == "killed 0, watched 0"
        assert keep(lab)[1:5] == ["runs", "-", "0", "0"]
        assert lab.is_protected()
        assert not all_of(lab, events.RestartPlanned)


def test_who_starts_the_file_of_a_service_is_not_its_manager(mac: Lab) -> None:
    """It gets a process, and no service: `svc` says that it does not run."""
    for _ in range(2):  # after the second end init waits for a second
        kill(mac, "workload")
    mac.console("run workload &")
    services = mac.console("svc").splitlines()

    line = next(it for it in services if it.startswith("workload"))
    assert "running" not in line
    assert "stopped" in line


def test_nobody_else_writes_what_the_supervisor_remembers() -> None:
    """With a checksum that holds it could keep the sensor from being started."""
    with Lab(model="macos") as lab:
        lab.boot()
        for command in (f"cp /SYSTEM/SERVICES.INI {MEMORY}", f"rm {MEMORY}"):
            assert "lacks the right" in lab.console(command)

        assert not lab.files().exists(MEMORY)


def test_a_memory_that_cannot_be_is_none() -> None:
    """A state that there is not would be one of no name."""
    lives = struct.pack("<32sII", b"sentinel.ext", 0, 9).ljust(832, b"\0")
    bad = struct.pack("<QII", 1, 0, zlib.crc32(lives)) + lives
    disk = probe.disk_with({"/BAD.MEM": bad})
    with probe.machine("macos", disk, {"protection": "off"}) as lab:
        lab.boot()
        lab.console("hold sentinel.ext")
        kill(lab, "sentinel.ext")
        lab.console(f"cp /BAD.MEM {MEMORY}")
        kill(lab, "supervis")
        lab.run_for(seconds(1))

        assert keep(lab)[1:3] == ["runs", "-"]


def test_init_never_gives_up_the_supervisor(mac: Lab) -> None:
    """After many ends in a row it waits longer, but starts it."""
    for _ in range(6):
        kill(mac, "supervis")
        mac.run_for(seconds(1.2))
    before = process_of(mac, "supervis")
    mac.run_for(seconds(10))

    assert process_of(mac, "supervis") > before
    assert "is not started again" not in mac.console_text


def test_after_a_long_run_earlier_ends_do_not_count(mac: Lab) -> None:
    """Five restarts are for a program that ends again and again."""
    for _ in range(5):
        kill(mac, "workload")
        mac.run_for(seconds(1.2))
    mac.run_for(seconds(61))
    before = process_of(mac, "workload")
    kill(mac, "workload")

    assert process_of(mac, "workload") > before
    assert "is not started again" not in mac.console_text


def test_an_extension_that_was_stopped_does_not_hang(mac: Lab) -> None:
    """It cannot answer. When it goes on it does."""
    sensor = process_of(mac, "sentinel.ext")
    mac.console(f"kill {sensor} stop")
    mac.run_for(seconds(8))
    mac.console(f"kill {sensor} cont")
    mac.run_for(seconds(3))

    assert not all_of(mac, events.Unresponsive)
    assert process_of(mac, "sentinel.ext") == sensor
    assert "sentinel runs in ring 3" in mac.console("sensor")
