"""QEMU runs the same crimes and must print the same lines.

Deep: QEMU boots for each crime in each place. The usual tests see each kind of end once
in each ring: a stop, an exception, a refusal.
"""

from __future__ import annotations

import re

import pytest

from minios.dev import qemu
from minios.dev.oracle import until
from minios.lab import Lab, gallery, seconds
from minios.lab.conditions import Happened
from minios.lab.crimes import CRIMES, Crime, Scene
from minios.lab.events import ResetEvent

pytestmark = pytest.mark.witness

ERROR_CODE = "QEMU counts 16 bytes a gate in the error code of a long-mode #GP"
# A `ret` to a non-canonical address: a CPU faults at the `ret`, QEMU where it leads to.
OTHER_RIP_ON_QEMU = {"smashnc"}
# They keep the CPU busy for a second or more, until somebody loses patience. Others end
# in the same way, and sooner.
SLOW = {
    ("loop", Scene.PROGRAM),
    ("dpcagain", Scene.DRIVER),
    ("dpcpair", Scene.DRIVER),
}


def _usual() -> set[tuple[str, Scene]]:
    """One crime for each kind of end in each ring, of those committed in turn."""
    found = {
        (crime.expected(scene).split()[0], scene.ring): (crime.key, scene)
        for at, crime in enumerate(CRIMES)
        for scene in crime.scenes[at % len(crime.scenes) :][:1]
        if not crime.typed
        and crime.name not in OTHER_RIP_ON_QEMU
        and (crime.name, scene) not in SLOW
    }
    return set(found.values())


USUAL = _usual()
CELLS = [
    pytest.param(
        crime,
        scene,
        id=f"{crime.key} {scene.value}",
        marks=[
            *[pytest.mark.xfail(reason=ERROR_CODE)] * (crime.name == "intgate"),
            *[pytest.mark.deep] * ((crime.key, scene) not in USUAL),
        ],
    )
    for crime in CRIMES
    for scene in crime.scenes
    if not crime.typed and crime.name not in OTHER_RIP_ON_QEMU
]


# The clock decides which thread was interrupted, which one would have come next, and on
# which stack it was (parameters 1 to 3 of 0xB8). It also decides where the watchdog
# finds a deferred call (0x133). QEMU's clock is not ours.
OF_THE_CLOCK = {
    "STOP 0xb8 ": re.compile(r"(?<=^\*\*\* parameters )\w+ \w+ \w+", re.MULTILINE),
    "STOP 0x133 ": re.compile(r"(?<=^\*\*\* in villain\.sys)\+\w+", re.MULTILINE),
}


@pytest.fixture(autouse=True)
def _needs_qemu() -> None:
    if not qemu.is_installed():
        pytest.skip("qemu-system-x86_64 is not installed")


def last_line(crime: Crime, scene: Scene) -> str:
    """What stands in the line that decides; nothing where QEMU ends with the reset."""
    expected = crime.expected(scene)
    decides = {
        "reset: reset control": f"commits {crime.name}",  # microvm has no such port
        "reset": "",
        "STOP": "",
        "hangs": f"commits {crime.name}",
        "#": "killed in ring 3",
        "INT": "killed in ring 3",
    }
    if scene is not Scene.PROGRAM:
        decides[""] = f"commit: {crime.name}:"
    elif expected.startswith("never"):
        decides[""] = f"init: {crime.name} does not say"
    else:
        decides[""] = f"init: {crime.name} "
    return next(line for start, line in decides.items() if expected.startswith(start))


def consoles(disk: bytes, words: dict[str, str], last: str) -> tuple[list[str], ...]:
    """What both machines print, up to the deciding line or to the reset."""
    options = {name: value for name, value in words.items() if name != "model"}
    with Lab(model=words["model"], options=options, disk=disk) as lab:
        for _ in range(60):
            if lab.run_while_waiting(Happened(ResetEvent), within=seconds(0.1)):
                break
            if last and until(lab.console_text.rpartition("\n")[0], last):
                break
        ours = lab.console_text
    theirs = qemu.run(
        disk,
        " ".join(f"{name}={value}" for name, value in {**words, "seed": "1"}.items()),
        enough=lambda text: bool(last and until(text.rpartition("\n")[0], last)),
    ).console
    return tuple(
        list(until(text, last)) if last else text.replace("\r", "").splitlines()
        for text in (ours, theirs)
    )


def without_the_clock(lines: list[str], expected: str) -> list[str]:
    """The lines without what the clock decides, for a crime that must end so."""
    text = "\n".join(lines)
    for start, found in OF_THE_CLOCK.items():
        if expected.startswith(start):
            text = found.sub("", text)
    return text.splitlines()


@pytest.mark.parametrize(("crime", "scene"), CELLS)
def test_qemu_prints_the_same_lines(crime: Crime, scene: Scene) -> None:
    """The whole console up to the reset, or up to the line that decides."""
    words = {"model": gallery.model_of(scene), "event_ms": "0", "protection": "off"}
    words.update(crime.options)
    if scene is Scene.PROGRAM:
        line = f"{crime.name} program /BIN/{crime.name.upper()} auto normal -"
        disk = gallery.disk(scene, service=line)
    else:
        disk = gallery.disk(scene, commits=True)
        words["crime"] = crime.name
    last = last_line(crime, scene)

    ours, theirs = consoles(disk, words, last)

    expected = crime.expected(scene)
    assert without_the_clock(ours, expected) == without_the_clock(theirs, expected)
    assert ours


def test_qemu_agrees_on_the_death_of_a_critical_process() -> None:
    """With the right to kill, the program that is refused without it stops both."""
    line = "killinit program /BIN/KILLINIT auto normal spawn"
    words = {"model": "macos", "event_ms": "0", "protection": "off"}

    ours, theirs = consoles(gallery.disk(Scene.PROGRAM, service=line), words, "")

    assert ours == theirs
    assert any("STOP 0x000000ef" in line for line in ours)


@pytest.mark.parametrize("after_fault", ["end_task", "end_plugin"])
@pytest.mark.parametrize(
    "crime",
    ["null", *(pytest.param(it, marks=pytest.mark.deep) for it in ("smash", "sysdiv"))],
)
def test_qemu_goes_on_in_the_same_way(crime: str, after_fault: str) -> None:
    """Who ended, and what whoever had asked the driver then hears."""
    words = {"model": "windows", "event_ms": "0", "after_fault": after_fault}
    disk = gallery.disk(Scene.DRIVER, commits=True)
    last = "stays held" if crime == "sysdiv" else f"commit: {crime}:"

    ours, theirs = consoles(disk, {**words, "crime": crime}, last)

    assert ours == theirs
    assert any("*** the kernel goes on without" in line for line in ours)
