"""A pack of two lessons, for tests that take lessons: machines, and files in C."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PACK: Final = """\
name = "two"
title = "Two lessons"
version = "1.0"
license = "CC-BY-4.0"
"""
MACHINES: Final = """\
title = "A file that crashes"
about = "A bad file is pushed"
minutes = 5
learned = "A fault in ring 0 stops the machine."

[machines.windows]
options = { recovery = "no", event_ms = "50" }

[[tasks]]
name = "crash"
ask = "Push the bad file, and wait for the blue screen"
see = [{ event = "bugcheck", ring = 0 }]
hints = ["Use {push}.", "Use {push}, then go on.", "The bad file comes first."]

[[tasks.mistakes]]
see = [{ event = "update_refused" }]
say = "The sensor refused this file. Use {push} with another one."

[[tasks]]
name = "element"
ask = "Find out which element was read"
question = "Which element of the array was read?"
answer = { equals = 20 }
hints = ["Count from 0.", "It is 20."]

[[tasks.mistakes]]
answer = "0x15"
say = "It is counted from 0."

[[tasks]]
name = "who"
ask = "Say who checks the ring"
question = "Who checks it?"
answer = { equals = "The CPU.", options = ["The kernel.", "The CPU."] }
hints = ["It is hardware.", "It is the CPU."]

[[tasks.mistakes]]
answer = "The kernel."
say = "The kernel only sets up the tables."
"""
TEXT: Final = """\
# A file that crashes

Use {push}.

## The second part

Type `ps` with {console}.
"""
GERMAN: Final = """\
title = "Eine Datei, die abstürzen lässt"
learned = "Ein Fehler in Ring 0 hält die Maschine an."

[tasks.crash]
ask = "Sende die Datei"
hints = ["Nimm {push}.", "Zwei.", "Drei."]
says = ["Der Sensor hat die Datei abgelehnt."]

[tasks.who]
question = "Wer prüft ihn?"
options = ["Der Kernel.", "Die CPU."]
says = ["Der Kernel baut nur die Tabellen."]
"""
FILES: Final = """\
title = "A plugin of your own"
about = "C code, and a question"
minutes = 5
learned = "A driver is code in ring 0."

[machines.windows]

[[tasks]]
name = "five"
ask = "Report the number 5"
work = "checks/five.scenario.toml"
hints = ["Look at mine.c.", "Write 5."]

[[tasks]]
name = "ring"
ask = "Say in which ring it runs"
question = "In which ring?"
answer = { equals = 0 }
hints = ["It is a driver.", "0."]
"""
CHECK: Final = """\
title = "It reports 5"

[machines.windows]
plugins = ["submission/mine"]

[[steps]]
assert = { event = "value", plugin = "mine", value = 5 }
message = "The plugin reports another number than 5."
"""
MANIFEST: Final = """\
name = "mine"
version = "1.0"
license = "MIT"
description = "reports a number"
kinds = ["driver"]
rights = ["REPORT"]
"""
SOURCE: Final = """\
#include <minios/plugin.h>

static int mine_start(void)
{
    plugin_report_value("number", 4);
    return 0;
}

const struct plugin plugin = {.name = "mine", .start = mine_start};
"""
RIGHT: Final = SOURCE.replace("4)", "5)")
MISSPELT: Final = SOURCE.replace("plugin_report_value", "plugin_report_valu")


def write(folder: Path, changed: dict[str, str] | None = None) -> Path:
    """Write the pack into a folder, with some files changed."""
    files = {
        "pack.toml": PACK,
        "01_crash/lesson.toml": MACHINES,
        "01_crash/README.md": TEXT,
        "01_crash/lesson.de.toml": GERMAN,
        "01_crash/README.de.md": "# Eine Datei\n\nNimm {push}.\n",
        "01_crash/solution/README.md": "# The solution\n\nUse {push}.\n",
        "02_plugin/lesson.toml": FILES,
        "02_plugin/README.md": "# A plugin\n\nUse {edit} to change mine.c.\n",
        "02_plugin/checks/five.scenario.toml": CHECK,
        "02_plugin/start/mine/mine.c": SOURCE,
        "02_plugin/start/mine/plugin.toml": MANIFEST,
        **(changed or {}),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return folder
