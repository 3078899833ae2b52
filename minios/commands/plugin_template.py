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


def files(name: str, kinds: Sequence[Kind]) -> dict[str, str]:
    """The files of a new plugin: name -> text."""
    models = (policies.taking(kind).name for kind in kinds)
    machines = "".join(_MACHINE.format(machine=model) for model in models)
    words = {
        "name": name,
        "kinds": ", ".join(f'"{kind.value}"' for kind in kinds),
        "machines": machines,
    }
    return {
        "plugin.toml": _MANIFEST.format_map(words),
        f"{name}.c": _SOURCE.format_map(words),
        f"{name}.scenario.toml": _SCENARIO.format_map(words),
        "README.md": _README.format_map(words),
    }
