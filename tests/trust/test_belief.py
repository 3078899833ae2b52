"""Whom init, the supervisor and the sensor believe: only those whom they must."""

from __future__ import annotations

from minios.lab import Death, Restart, events, milliseconds, seconds
from tests.trust import probe

LIES = """
static void lie(void *argument)
{
    (void)argument;
    static const char *const lies[] = {"failed 5 shell", "failed 5 sentinel.ext", "",
                                       "failed", "failed 5"};
    for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        (void)tell("init", lies[i]);
    }
    (void)tell("supervisor", "new content");
    struct message message = {.type = MESSAGE_CONTENT_LOAD, .size = 13};
    memcpy(message.body, "/BIN/WORKLOAD", 13);
    long handle = call(SYSCALL_PORT_CONNECT, (uint64_t)"sentinel.ext", 0, 0);
    (void)call(SYSCALL_PORT_SEND, (uint64_t)handle, (uint64_t)&message, 0);
    plugin_log("has lied");
}

static int probe_start(void)
{
    (void)tell("init", "ready");
    return (int)plugin_defer(lie, NULL, WHEN);
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""
SERVICE = probe.PROGRAM.format("auto", "-")


def disk(when: int) -> bytes:
    """With a program without rights that lies after so many nanoseconds."""
    body = LIES.replace("WHEN", str(when))
    return probe.disk_with(probe.upstairs(body), SERVICE)


def test_a_program_of_init_cannot_say_that_another_failed() -> None:
    """Else whoever may not do anything could have a critical service fail."""
    with probe.machine("macos", disk(milliseconds(20))) as lab:
        lab.boot()
        lab.run_for(milliseconds(500))

        assert "has lied" in probe.said(lab)
        assert not [it for it in lab.events if isinstance(it, events.ServiceFailed)]


def test_the_supervisor_is_still_believed() -> None:
    """An extension whose file is not there fails, and init is told."""
    missing = "ghost.ext extension /SYSTEM/EXTENS/GHOST.EXT auto normal -"
    with probe.machine("macos", probe.disk_with({}, missing)) as lab:
        lab.boot()
        failed = [it for it in lab.events if isinstance(it, events.ServiceFailed)]

        assert [it.name for it in failed] == ["ghost.ext"]


def test_only_the_updater_announces_new_content() -> None:
    """A lie would bring a dead sensor back before its time, and clear its count."""
    body = disk(milliseconds(600))
    options = {"event_ms": "50", "first_event_ms": "100"}
    with probe.machine("macos", body, options) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        for _ in range(2):
            lab.run_until(Death("sentinel.ext"), within=seconds(1))
        second = lab.events[-1].t
        again = lab.run_until(Restart(), within=seconds(3))

        assert "has lied" in probe.said(lab)
        assert again.attempt == 2
        assert again.t - second >= seconds(2)


def test_nobody_makes_the_sensor_load_another_file() -> None:
    """It reads the file that the updater stores, whoever asks it to load."""
    with probe.machine("macos", disk(milliseconds(20))) as lab:
        lab.boot()
        lab.run_for(milliseconds(500))
        refused = [it for it in lab.events if isinstance(it, events.ContentRefused)]
        loaded = [it for it in lab.events if isinstance(it, events.ContentLoaded)]

        assert "has lied" in probe.said(lab)
        assert refused == []
        assert len(loaded) == 1
