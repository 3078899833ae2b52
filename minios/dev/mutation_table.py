"""What `minios dev mutate` changes, which tests should notice, and what no test can.

The tests of a row run in this order, the nearest first, until one fails.
"""

from __future__ import annotations

from typing import Final

AREAS: Final = {
    "machine": "minios/machine/*.py",
    "traps": "minios/kernel/traps/*",
    "arch": "minios/kernel/arch/*",
    "memory": "minios/kernel/memory/*",
}
"""Parts of the source, by name. A sample takes the same number of mutants from each."""

_GUEST: Final = (
    "tests/user tests/drivers",
    "tests/dump",
    "tests/lab tests/disk/test_deaths.py",
    "tests/crimes/test_stop_codes.py tests/crimes/test_irql.py",
    "tests/recovery",
    "tests/crimes/test_integrity.py tests/crimes/test_gallery.py",
)

STAGES: Final = (
    ("minios/machine/disk_image.py", ("tests/devices", "tests/machine", *_GUEST)),
    ("minios/machine/*.py", ("tests/privilege", "tests/machine", *_GUEST)),
    ("minios/kernel/arch/*", ("tests/crimes/test_doors.py", *_GUEST)),
    ("minios/kernel/traps/dump*", ("tests/dump", *_GUEST)),
    ("minios/kernel/traps/integrity.*", ("tests/crimes/test_integrity.py", *_GUEST)),
    ("minios/kernel/memory/heap*", ("tests/crimes/test_pool_headers.py", *_GUEST)),
    ("minios/kernel/*", _GUEST),
)
"""The tests for a file: the first pattern that fits. Witnesses are not used."""

EQUIVALENT: Final[dict[tuple[str, str, str], str]] = {
    (
        "minios/machine/breakpoints.py",
        "self._reached = None",
        "`self._reached = None` is left out",
    ): "A run that has come to a breakpoint ends there, and has taken it.",
    (
        "minios/machine/routes.py",
        "if len(self._known) >= _REMEMBERED:",
        "`>=` becomes `>`",
    ): "One way more is remembered, which only takes memory.",
    (
        "minios/kernel/arch/descriptors.c",
        "gdt[SEGMENT_TASK_STATE / 8] = DESCRIPTOR_TSS | (sizeof(task_state) - 1) |",
        "`1` becomes `2`",
    ): "Only where the I/O map begins is cut off, and without one no port is allowed.",
    (
        "minios/kernel/main.c",
        "cpu_close_user_memory();",
        "`cpu_close_user_memory();` is left out",
    ): "A machine starts with AC clear: this only makes sure of it.",
}
"""Mutants that behave like the original, by file, source line and change, and why."""


def key(path: str, source: str, words: str) -> tuple[str, str, str]:
    """The key of a mutant in `EQUIVALENT`, without line numbers, which would change."""
    return path, source.strip(), words
