"""The files of a new plugin: a small one that works, to be changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from minios.abi import policies
from minios.abi.plugins import Kind

_MANIFEST: Final = """\
name = "{name}"
version = "1.0"
license = "MIT"
description = "counts how often named pipes are created and opened"
kinds = [{kinds}]
# The plugin gets no other events, and may use no other rights. All names are listed by
# `minios plugin reference`.
events = ["PIPE_CREATE", "PIPE_OPEN"]
rights = ["EVENTS", "REPORT"]
"""

_SOURCE: Final = """\
// {name}: counts how often named pipes are created and opened.
#include <minios/plugin.h>

// One thread calls all functions of a plugin, so these need no lock.
static uint64_t creates, opens;

// Called first. A plugin that returns something else than 0 does not run.
static int {name}_start(void)
{{
    plugin_log("I run in ring %d", plugin_ring());
    static const uint32_t types[] = {{EVENT_PIPE_CREATE, EVENT_PIPE_OPEN}};
    return plugin_subscribe(types, sizeof(types) / sizeof(types[0]));
}}

// Called for each event. A test of the plugin can wait for the numbers.
static void {name}_event(const struct event *event)
{{
    if (event->type == EVENT_PIPE_CREATE) {{
        plugin_report_value("creates", ++creates);
    }} else {{
        plugin_report_value("opens", ++opens);
    }}
}}

const struct plugin plugin = {{
    .name = "{name}",
    .start = {name}_start,
    .event = {name}_event,
}};
"""

_SCENARIO: Final = """\
title = "{name} counts the pipes that are opened"
{machines}
# The workload opens a pipe about every 0.4 s.
[[steps]]
wait_for = {{ event = "value", plugin = "{name}", what = "opens", value = 3 }}
within = "3s"
"""

_MACHINE: Final = """
[machines.{machine}]
plugins = ["."]
"""

_README: Final = """\
# {name}

Counts how often named pipes are created and opened. Change it into what you want.

    pip install "minios[plugins]"   the C compiler, once
    minios plugin build             compile: mistakes are shown with file and line
    minios plugin check             compile, look for mistakes, run the scenarios
    minios plugin reference         every function, event and right that there is

- `plugin.toml`: what the plugin is called, in which rings it runs, what it may do
- `{name}.c`: the plugin. All C files in this folder belong to it
- `{name}.scenario.toml`: a test. It says what is done to a machine, and what happens

A driver runs in ring 0: a mistake in it stops the machine. An extension runs in ring 3:
a mistake ends one process. Try it. Begin `{name}_event` with a division by zero:

    static volatile uint64_t zero;  // volatile: the compiler must not see that it is 0
    plugin_report_value("nothing", opens / zero);
"""


_BPF_MANIFEST: Final = """\
name = "{name}"
version = "1.0"
license = "MIT"
description = "counts how often named pipes are opened"
# No events and no rights: a program gets the events of its hook, and can do no more
# than its helpers do.
kinds = ["bpf"]
"""

_BPF_SOURCE: Final = """\
// {name}: counts how often each process opens a named pipe. The kernel verifies this
// program before it runs it.
#include <minios/bpf.h>

// Process id -> how often. Programs of ring 3 can read it, too.
BPF_MAP struct bpf_map opens = {{
    .kind = BPF_MAP_HASH,
    .key_size = sizeof(uint32_t),
    .value_size = sizeof(uint64_t),
    .entries = 64,
}};

// The hook: the kernel calls this each time after a pipe was opened. All hooks and
// helpers are listed in <minios/bpf.h>.
BPF_PROGRAM("notify/pipe_open") long opened(const struct event *event)
{{
    static const char text[] = "process %u has opened %lu pipes";
    uint32_t process_id = event->actor.process_id;
    uint64_t first = 1;
    uint64_t *count = bpf_map_lookup_elem(&opens, &process_id);
    if (count == NULL) {{  // without this line the verifier refuses the program
        return bpf_map_update_elem(&opens, &process_id, &first, BPF_UPDATE_ANY);
    }}
    *count += 1;
    return bpf_trace_printk(text, sizeof(text), process_id, *count, 0);
}}
"""

_BPF_SCENARIO: Final = """\
title = "{name} is verified, and counts the pipes that are opened"
{machines}
# The programs are verified while the machine starts: that is over here. If they were
# refused, `minios bpf check {name}.bpf.c` says why.
[[steps]]
message = "The verifier must accept {name}.bpf."
assert = {{ event = "bpf_loaded", name = "{name}.bpf" }}

# The workload opens a pipe about every 0.4 s.
[[steps]]
wait_for = {{ console = "has opened 3 pipes" }}
within = "3s"
"""

_BPF_README: Final = """\
# {name}

Counts how often each process opens a named pipe, as an eBPF program: code for ring 0
that the kernel verifies before it runs it. Change it into what you want.

    pip install "minios[plugins]"     the C compiler, once
    minios bpf check {name}.bpf.c     ask the verifier, and read its log
    minios plugin check               compile, and run the scenario
    minios lab linux --plugin .       start a machine with it

In the machine, `bpf list` shows the programs, and `bpf maps` their maps.

- `plugin.toml`: what the plugin is called
- `{name}.bpf.c`: the programs and maps. There is no linker, so all is in this one file
- `{name}.scenario.toml`: a test. It says what is done to a machine, and what happens

Try it: take away the comparison with NULL, and read what the verifier says.
"""


def _bpf_files(words: dict[str, str]) -> dict[str, str]:
    name = words["name"]
    return {
        "plugin.toml": _BPF_MANIFEST.format_map(words),
        f"{name}.bpf.c": _BPF_SOURCE.format_map(words),
        f"{name}.scenario.toml": _BPF_SCENARIO.format_map(words),
        "README.md": _BPF_README.format_map(words),
    }


def files(name: str, kinds: Sequence[Kind]) -> dict[str, str]:
    """The files of a new plugin: name -> text."""
    models = (policies.taking(kind).name for kind in kinds)
    machines = "".join(_MACHINE.format(machine=model) for model in models)
    words = {
        "name": name,
        "kinds": ", ".join(f'"{kind.value}"' for kind in kinds),
        "machines": machines,
    }
    if tuple(kinds) == (Kind.BPF,):
        return _bpf_files(words)
    return {
        "plugin.toml": _MANIFEST.format_map(words),
        f"{name}.c": _SOURCE.format_map(words),
        f"{name}.scenario.toml": _SCENARIO.format_map(words),
        "README.md": _README.format_map(words),
    }
