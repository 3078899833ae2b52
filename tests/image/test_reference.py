"""The reference page describes the whole SDK."""

from __future__ import annotations

import re

from minios.image import checks, reference
from minios.image.recipe import ROOT


def test_the_page_has_every_function_with_its_description() -> None:
    """A student finds there whatever a plugin may call."""
    page = reference.page_text()
    described = {
        name
        for heading, text in re.findall(
            r"^### (.*)\n\n```c\n(?:.*\n)+?```\n\n(\w.*)", page, re.MULTILINE
        )
        for name in re.findall(r"`(\w+)`", heading)
        if text
    }

    header = ROOT / "minios/abi/include/minios/plugin.h"
    assert checks.declared_names(header) - {"plugin_fail_fast"} <= described
    assert {"name", "start", "event", "message", "control", "stop"} <= described
