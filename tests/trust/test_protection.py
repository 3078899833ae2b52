"""Protection: who may end or stop a security client and a critical process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from minios.lab import Lab, events, milliseconds
from tests.trust import probe

TIDIES: Final = """
static int tidy_start(void)
{
    long port = call(SYSCALL_PORT_CREATE, (uint64_t)"tidy", 0, 0);
    (void)call(SYSCALL_SIGNAL_PORT, (uint64_t)port, 0, 0);
    for (;;) {
        struct message message;
        long error = call(SYSCALL_PORT_RECEIVE, (uint64_t)port, (uint64_t)&message,
                          UINT64_MAX);
        struct signal signal;
        memcpy(&signal, message.body, sizeof(signal));
        plugin_log("type %u: signal %u of process %u, as process %u: %d",
                   message.type, signal.number, signal.sender, message.sender,
                   (int)error);
        if (signal.number == SIGNAL_TERM) {
            return -1;
        }
    }
}

const struct plugin plugin = {.name = "tidy", .start = tidy_start};
"""


def machine(**options: str) -> Lab:
    """One with a program that takes its signals as messages."""
    image = probe.upstairs(TIDIES, name="tidy")
    files = {"/BIN/TIDY": image["/SYSTEM/EXTENS/TIDY.EXT"]}
    return probe.machine("macos", probe.disk_with(files), options)


@pytest.fixture(scope="module")
def protecting() -> Iterator[Callable[[], Lab]]:
    """Gives the same machine to each test, as it was after its boot."""
    with machine() as lab:
        lab.boot()
        start = lab.snapshot()

        def at_start() -> Lab:
            lab.restore(start)
            return lab

        yield at_start


def id_of(lab: Lab, name: str) -> int:
    """The process id of the latest process of this program."""
    started = [it for it in lab.all(events.ProcessStarted) if it.name == name]
    return started[-1].process_id


@pytest.mark.parametrize("name", ["init", "sentinel.ext"])
@pytest.mark.parametrize("signal", ["kill", "term", "usr1", "stop"])
def test_nobody_ends_or_stops_what_is_protected(
    protecting: Callable[[], Lab], name: str, signal: str
) -> None:
    """The shell may end processes, but not this one."""
    lab = protecting()

    said = lab.console(f"kill {id_of(lab, name)} {signal}")

    assert "this process is protected" in said
    lab.run_for(milliseconds(100))
    assert not lab.all(events.ProcessExited)
    assert lab.is_protected()


def test_other_processes_are_not_protected(protecting: Callable[[], Lab]) -> None:
    """The workload is no client of the security events."""
    lab = protecting()

    lab.console(f"kill {id_of(lab, 'workload')}")

    assert [it.name for it in lab.all(events.ProcessExited)] == ["workload"]


def test_without_protection_the_sensor_is_stopped_and_nothing_is_seen() -> None:
    """It is still there, and looks as if it ran. CONT lets it go on."""
    with machine(protection="off") as lab:
        lab.boot()
        number = id_of(lab, "sentinel.ext")

        assert "protected" not in lab.console(f"kill {number} stop")

        states = {
            line.split()[3]: line.split()[2] for line in lab.console("ps").splitlines()
        }
        assert (states["sentinel.ext"], states["workload"]) == ("stopped", "waits")
        lab.console(f"kill {number} cont")
        assert "sentinel runs in ring 3" in lab.console("sensor")


def test_a_program_that_wants_signals_as_messages_can_tidy_up(
    protecting: Callable[[], Lab],
) -> None:
    """The kernel vouches for the sender. Only KILL leaves no time."""
    lab = protecting()
    shell = id_of(lab, "shell")
    number = int(lab.console("run tidy &").split()[-1])

    for signal in ("usr1", "term"):
        lab.console(f"kill {number} {signal}")

    lines = [it.partition("tidy.ext: ")[2] for it in lab.console_text.splitlines()]
    assert [it.strip() for it in lines if it] == [
        f"type 7: signal 10 of process {shell}, as process 0: 0",
        f"type 7: signal 15 of process {shell}, as process 0: 0",
        "does not start: the caller lacks the right for this call",
    ]


def test_a_stopped_process_can_be_killed(protecting: Callable[[], Lab]) -> None:
    """It need not go on first."""
    lab = protecting()
    number = int(lab.console("run loop &").split()[-1])

    lab.console(f"kill {number} stop")
    lab.console(f"kill {number}")

    assert f"loop (process {number}) ended: killed" in lab.console("uptime")


@pytest.mark.parametrize("word", ["hup", "9", "KILL"])
def test_a_signal_has_to_exist(protecting: Callable[[], Lab], word: str) -> None:
    """One clear message."""
    lab = protecting()

    said = lab.console(f"kill {id_of(lab, 'workload')} {word}")

    assert "usage: kill PROCESS [kill|term|usr1|stop|cont]" in said
