"""What the dying kernel says: codes that no crime of code earns, and where it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minios.lab import Bugcheck, Happened, Lab, events, seconds
from minios.lab.crimes import CRIMES, Scene
from minios.lab.events import BugcheckEvent
from minios.lab.gallery import Gallery

UD2 = b"\x0f\x0b"
NOWHERE = 0xFFFFDEAD00000000
PRESENT, RESERVED = 1, 1 << 51


@pytest.fixture(scope="module", name="gallery")
def open_gallery() -> Iterator[Gallery]:
    """A machine with the villain in ring 0, at its prompt."""
    with Gallery() as gallery:
        yield gallery


def committed(gallery: Gallery, name: str) -> tuple[Lab, BugcheckEvent]:
    """The machine when the dying kernel has said all, and its stop."""
    crime = next(it for it in CRIMES if it.name == name)
    lab = gallery.at_prompt(crime, Scene.DRIVER)
    lab.type(crime.command(Scene.DRIVER) + "\r")
    stop = lab.run_until(Bugcheck(), within=seconds(1))
    lab.run_until(Happened(events.DumpWritten), within=seconds(1))
    return lab, stop


def where_it_was(lab: Lab) -> tuple[str, str]:
    """What the console and the blue screen say of the place."""
    (said,) = (it for it in lab.console_text.splitlines() if it.startswith("*** in "))
    (shown,) = (it for it in lab.screen if "What failed: " in it)
    return said.removeprefix("*** in ").strip(), shown.partition(": ")[2].strip()


def test_a_disk_that_holds_no_volume_is_an_inaccessible_boot_device() -> None:
    """0x7B, said by the first thread: nothing has been loaded yet."""
    with Lab(model="windows", disk=bytes(16 << 20)) as lab:
        stop = lab.run_until(Bugcheck(), within=seconds(1))

        assert (stop.code, stop.params) == (0x7B, (12, 0, 0, 0))


def test_the_place_is_the_offset_of_the_instruction_in_its_module(
    gallery: Gallery,
) -> None:
    """On the console, on the screen and in the record: that of the `ud2`."""
    lab, stop = committed(gallery, "badop")
    function = lab.address_of("villain.sys!crime_badop")
    code = lab.machine.read_virtual(function, 32)
    assert code is not None
    address = function + code.index(UD2)
    place = f"villain.sys+{address - lab.address_of('villain.sys+0'):#x}"

    assert stop.rip == address
    assert where_it_was(lab) == (place, place)
    assert stop.place == place


@pytest.mark.parametrize("name", ["dpccopy", "callnull", "smash"])
def test_an_instruction_outside_of_the_blamed_module_has_no_offset_in_it(
    gallery: Gallery, name: str
) -> None:
    """RIP lies in the kernel, or nowhere: that is no offset in the driver."""
    lab, stop = committed(gallery, name)

    assert (stop.module, stop.offset) == ("villain.sys", None)
    assert where_it_was(lab) == ("villain.sys", "villain.sys")


def test_a_page_that_is_there_and_forbidden_has_a_number_of_our_own(
    gallery: Gallery,
) -> None:
    """A reserved bit in its entry: parameter 4 is not 3, "wrong session"."""
    crime = next(it for it in CRIMES if it.name == "wild")
    lab = gallery.at_prompt(crime, Scene.DRIVER)
    entry = lab.machine.walk(NOWHERE).levels[0].entry_address
    lab.machine.write_physical(entry, (RESERVED | PRESENT).to_bytes(8, "little"))
    lab.type(crime.command(Scene.DRIVER) + "\r")
    stop = lab.run_until(Bugcheck(), within=seconds(1))

    assert (stop.code, stop.params[3], stop.error_code) == (0x50, 0x100, 0x9)


def test_a_driver_that_was_interrupted_is_not_blamed_for_the_interrupt(
    gallery: Gallery,
) -> None:
    """It has called nobody: what fails is the kernel's own code."""
    crime = next(it for it in CRIMES if it.name == "loop")
    lab = gallery.at_prompt(crime, Scene.DRIVER)
    lab.type(crime.command(Scene.DRIVER) + "\r")
    lab.run_to("villain.sys!crime_loop", within=seconds(1))
    tick = lab.machine.walk(lab.address_of("thread_tick")).physical
    assert tick is not None
    lab.machine.write_physical(tick, UD2)
    stop = lab.run_until(Bugcheck(), within=seconds(1))

    assert (stop.code, stop.module, stop.function) == (0x1E, "kernel", "thread_tick")


def test_the_screen_says_what_the_record_says() -> None:
    """Stop code, name, place and parameters, and that there is a dump."""
    with Lab(content="channel-291-bad", options={"first_event_ms": "0"}) as lab:
        stop = lab.run_until(Bugcheck(), within=seconds(5))
        lab.run_to("power_reset", within=seconds(1))

        lines = [line.strip() for line in lab.screen if line.strip()]

    assert lines[4:] == [
        f"Stop code: 0x{stop.code:08x}",
        stop.name,
        f"What failed: {stop.module}+0x{stop.offset:x}",
        *(
            f"Parameter {number}: 0x{value:016x}"
            for number, value in enumerate(stop.params, 1)
        ),
        "A small dump was written to the disk.",
    ]


def test_the_console_says_what_the_record_says() -> None:
    """Three lines, which is what another emulator can be compared by."""
    with Lab(content="channel-291-bad", options={"first_event_ms": "0"}) as lab:
        stop = lab.run_until(Bugcheck(), within=seconds(5))
        said = lab.console_text.replace("\r", "")

    assert said[said.index("*** STOP") :].splitlines() == [
        f"*** STOP 0x{stop.code:08x} {stop.name}",
        "*** parameters " + " ".join(f"0x{value:016x}" for value in stop.params),
        f"*** in {stop.module}+0x{stop.offset:x}",
    ]
