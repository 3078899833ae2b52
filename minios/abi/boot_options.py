"""The words of the kernel's command line: `name=value`, with blanks between them.

The kernel and the programs of the guest read the words that they know, and ignore the
others, as on other systems. So the code that writes the command line checks the words
(`minios/lab/lab.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from minios.abi import bpf, plugins, policies, restart_policies
from minios.abi.enumerations import AFTER_FAULT, KEXTS

COMMAND_LINE_BYTES: Final = 256  # that the kernel keeps, the NUL included
RECOVERY_SECONDS: Final = 30  # that recovery waits for an answer, unless it is told
RECOVERY_SECONDS_AT_MOST: Final = 3600
_NUMBER: Final = r"[0-9]{1,9}"
_KINDS: Final = "|".join(plugins.NAMES)


@dataclass(frozen=True, slots=True)
class BootOption:
    """An option. The whole value must match `pattern`; `values` says so in words.

    `early` is one that the kernel has used before it can read its disk. So a boot menu
    on the disk cannot change it.
    """

    name: str
    pattern: str
    values: str
    words: str
    early: bool = False

    @property
    def form(self) -> str:
        """What a boot menu checks: NUMBER, WHOLE_NUMBER (may be below 0) or TEXT."""
        return {_NUMBER: "NUMBER", f"-?{_NUMBER}": "WHOLE_NUMBER"}.get(
            self.pattern, "TEXT"
        )


def _number(name: str, words: str) -> BootOption:
    return BootOption(name, _NUMBER, "a number", words)


BOOT_OPTIONS: Final = (
    BootOption(
        "model",
        "|".join(policies.BY_NAME),
        " or ".join(policies.BY_NAME),
        "what the policies allow",
        early=True,
    ),
    BootOption(
        "plugins",
        f"none|({_KINDS})(,({_KINDS}))*",
        f"{' or '.join(plugins.NAMES)}, or several with commas, or none",
        "the kinds of plugins that are taken, instead of those of the model",
        early=True,
    ),
    _number("seed", "the rhythm of the workload, the moments of the kernel's looks"),
    _number("first_event_ms", "from the start of the workload to its first pipe event"),
    _number("event_ms", "from one pipe event to the next; 0: none"),
    BootOption(
        "after_fault",
        "|".join(AFTER_FAULT.names.values()),
        "one of " + ", ".join(AFTER_FAULT.names.values()),
        "what the kernel does after a fault in ring 0 (default: what the model does)",
        early=True,
    ),
    BootOption(
        "panic_on_oops",
        "0|1",
        "0 or 1",
        "whether an oops stops the machine; only where an oops can be",
    ),
    BootOption(
        "panic",
        f"-?{_NUMBER}",
        "a whole number",
        "after a panic: 0 stand still, N reset after N s, -1 at once",
    ),
    _number("oops_limit", "so many oopses stop the machine; 0: no number does"),
    _number(
        "hung_task_s", "how long a task waits for a lock until it is told; 0: never"
    ),
    BootOption(
        "kexts",
        "|".join(KEXTS.names.values()),
        "one of " + ", ".join(KEXTS.names.values()),
        "what a model without drivers does with one",
        early=True,
    ),
    BootOption(
        "restart",
        "|".join(restart_policies.BY_NAME),
        "one of " + ", ".join(restart_policies.BY_NAME),
        "when the supervisor starts an extension again that has died",
    ),
    BootOption(
        "bpf_defect",
        "|".join(it.name for it in bpf.DEFECTS),
        "one of " + ", ".join(it.name for it in bpf.DEFECTS),
        "a defect of the kernel's eBPF that is planted",
    ),
    BootOption(
        "pool",
        "guarded|plain",
        "guarded or plain",
        "pages round every block",
        early=True,
    ),
    BootOption(
        "date",
        r"(19[89][0-9]|20[0-9]{2}|210[0-7])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
        "a day from 1980-01-01 to 2107-12-31",
        "of the files that are written",
        early=True,
    ),
    BootOption(
        "protection",
        "on|off",
        "on or off",
        "whether security clients and critical processes are protected",
    ),
    BootOption(
        "module_blacklist",
        r"[a-z0-9_]{1,8}(\.sys)?(,[a-z0-9_]{1,8}(\.sys)?){0,6}",
        "up to seven names of plugins, with commas",
        "modules that are not loaded",
    ),
    BootOption("recovery", "no|yes", "no or yes", "whether failures alone lead there"),
    _number("recovery_s", "how long recovery waits for an answer; 0: for ever"),
    BootOption(
        "crime",
        r"[a-z0-9]+",
        "small letters and digits",
        "what `commit` commits at once",
    ),
)


def trouble(name: str, value: object) -> str:
    """What is wrong with an option, and what would be right; "" if nothing is wrong."""
    option = next((it for it in BOOT_OPTIONS if it.name == name), None)
    if option is None:
        known = [it.name for it in BOOT_OPTIONS]
        near = get_close_matches(str(name), known)
        asked = f"did you mean {' or '.join(near)}?" if near else ""
        found = asked or f"there are {', '.join(known)}"
        return f"there is no boot option {name!r}; {found}"
    if not isinstance(value, str):
        return f"{name} is {option.values}, and must be a text in quotes, not {value!r}"
    if re.fullmatch(option.pattern, value) is None:
        return f"{name} is {option.values}, not {value!r}"
    return ""
