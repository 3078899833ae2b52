"""Both ends of a named pipe are told of when they are closed."""

from __future__ import annotations

from minios.lab import milliseconds
from tests.trust import probe

CLOSES = """
static void use_a_pipe(void *argument)
{
    (void)argument;
    long server = call(SYSCALL_PIPE_CREATE, (uint64_t)"probe.pipe", 0, 0);
    long client = call(SYSCALL_PIPE_OPEN, (uint64_t)"probe.pipe", 0, 0);
    (void)call(SYSCALL_CLOSE, (uint64_t)client, 0, 0);
    (void)call(SYSCALL_CLOSE, (uint64_t)server, 0, 0);
}

static int probe_start(void)
{
    static const uint32_t types[] = {EVENT_PIPE_CREATE, EVENT_PIPE_OPEN,
                                     EVENT_PIPE_CLOSE};
    return plugin_defer(use_a_pipe, NULL, 0) < 0 ? -1 : plugin_subscribe(types, 3);
}

static void probe_event(const struct event *event)
{
    plugin_log("%u %s", event->type, event->pipe.name);
}

const struct plugin plugin = {
    .name = "probe", .start = probe_start, .event = probe_event};
"""


def test_the_close_of_a_pipe_is_told_at_both_ends() -> None:
    """Made, opened, closed by the client, closed by the server."""
    names = ("PIPE_CREATE", "PIPE_OPEN", "PIPE_CLOSE")
    files = probe.upstairs(CLOSES, events=names, rights=("EVENTS",))
    disk = probe.disk_with(files, probe.EXTENSION.format("events"))
    with probe.machine("macos", disk) as lab:
        lab.boot()
        lab.run_for(milliseconds(50))

        assert probe.said(lab) == [f"{type_} probe.pipe" for type_ in (0, 1, 2, 2)]
