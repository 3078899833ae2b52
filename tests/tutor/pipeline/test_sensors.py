"""The sensors of the pipeline are real builds of one source.

Deep: compiles every shipped variant. The usual tests compile one with each number of
inputs.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from minios import paths
from minios.errors import ImageError
from minios.image import plugins, toolchain
from minios.image.variants import SHIPPED, USUAL, Variant
from minios.tutor.pipeline import sensors

SENTINEL = paths.DRIVERS / "sentinel"
PLAIN = """
#ifndef SENTINEL_BUILD_H
#define SENTINEL_BUILD_H
#include <minios/plugin.h>
#endif
"""


def test_the_switches_leave_no_trace_in_the_usual_sensor(tmp_path: Path) -> None:
    """The usual sensor is, byte for byte, that of a source without any switch."""
    folder = tmp_path / "sentinel"
    folder.mkdir()
    for file in SENTINEL.glob("*.*"):
        text = file.read_text("utf-8")
        text = re.sub(r"(?ms)^#if SENSOR_INPUTS.*?^#endif\n", "", text)
        text = text.replace("MAY_READ(i) ? INPUT_AT(inputs, i) : NULL", "inputs[i]")
        text = text.replace("FIELDS(instance)", "instance->fields")
        text = text.replace(
            "WANTED(instance, criterion)", "(const char *)instance + criterion->offset"
        )
        text = text.replace("SENSOR_INPUTS", "CONTENT_FILE_IPC_INPUTS_SUPPLIED")
        text = text.replace("SENSOR_FIELDS", "IPC_FIELDS_DECLARED")
        (folder / file.name).write_text(text if file.name != "build.h" else PLAIN)
    plain, usual = plugins.build(folder), sensors.plugin_of(USUAL)
    assert [it.bare for it in plain.images] == [it.bare for it in usual.images]


def test_the_usual_macros_are_the_values_in_the_recipe() -> None:
    """Who names 21 fields, 20 inputs and no check gets the usual sensor."""
    named = plugins.build(SENTINEL, USUAL.flags)
    usual = sensors.plugin_of(USUAL)
    assert [it.bare for it in named.images] == [it.bare for it in usual.images]


USUALLY = (Variant(inputs=20, bounds="wrong"), Variant(inputs=21, bounds="right"))
RARELY = [it for it in SHIPPED if it not in USUALLY]


@pytest.mark.parametrize(
    "variant",
    [*USUALLY, *(pytest.param(it, marks=pytest.mark.deep) for it in RARELY)],
    ids=lambda it: it.name,
)
def test_a_shipped_variant_is_what_the_compiler_makes_now(variant: Variant) -> None:
    """An installed wheel needs no compiler, and has no old sensor."""
    made = plugins.build(SENTINEL, variant.flags)
    shipped = sensors.plugin_of(variant)
    assert [it.bare for it in shipped.images] == [it.bare for it in made.images]


def test_no_two_variants_are_the_same_code() -> None:
    """Each differs from the usual sensor, and those that abort from the others."""
    drivers = {it: sensors.plugin_of(it).images[0].bare for it in (USUAL, *SHIPPED)}
    with_20 = [code for it, code in drivers.items() if it.inputs == 20]
    assert len(set(with_20)) == 3
    assert drivers[USUAL] not in [drivers[it] for it in SHIPPED]


def test_the_compiler_refuses_a_sensor_with_too_few_inputs() -> None:
    """The comparison is an assertion in the source, and the message the compiler's."""
    said = sensors.compile_check(21)
    assert said.startswith("build.h:")
    assert "static assertion failed" in said
    assert "21 == 20" in said
    assert sensors.compile_check(20) == ""


def test_without_a_compiler_the_built_sensor_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A wheel without the compiler comes to the same verdict."""

    def missing() -> Path:
        raise ImageError("the C compiler is not installed")

    monkeypatch.setattr(toolchain, "ziglang", missing)
    monkeypatch.setattr(sensors, "_compared", {})
    assert sensors.compile_check(21) == (
        "the definitions declare 21 fields, but the code in the built sensor "
        "supplies 20"
    )
    assert sensors.compile_check(20) == ""


def test_no_variant_lies_on_the_guests_disk() -> None:
    """A student's machine has the sensor of July 2024, and no other."""
    assert not list(paths.GUEST_DISK.rglob("*21-2*"))
