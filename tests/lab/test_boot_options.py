"""A wrong word on the kernel's command line is refused, not left alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from minios.abi import boot_options
from minios.errors import ScenarioError
from minios.lab import Lab

GUEST = Path(__file__).parents[2] / "minios"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("bogus", "1", "there is no boot option 'bogus'; there are model, plugins, "),
        (
            "plugins",
            "drivers",
            "plugins is driver or extension or user_driver or bpf, or several",
        ),
        ("plugins", "driver,", "or none, not 'driver,'"),
        ("pool", "Guarded", "pool is guarded or plain, not 'Guarded'"),
        ("recovery", "never", "recovery is no or yes, not 'never'"),
        ("recovery_s", "-1", "recovery_s is a number, not '-1'"),
        ("event_ms", "1 pool=guarded", "event_ms is a number"),
        ("event_ms", "\u0663", "event_ms is a number"),
        ("model", "macos", "model is an argument of its own"),
        ("crime", "x" * 300, "bytes are too many for a command line. 255 fit"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_starts(
    name: str, value: str, said: str
) -> None:
    """What, and what there is instead."""
    with pytest.raises(ScenarioError, match=re.escape(said)):
        Lab(options={name: value})


def test_the_table_has_every_option_that_the_guest_asks_for() -> None:
    """And no other."""
    asked = re.compile(r'(?:boot_option|talk_option)\("(\w+)"')
    sources = [*GUEST.glob("kernel/**/*.c"), *GUEST.glob("user/**/*.[ch]")]
    found = {it for path in sources for it in asked.findall(path.read_text("utf-8"))}

    assert found == {it.name for it in boot_options.BOOT_OPTIONS}
