"""Names become addresses, and a machine runs to them."""

from __future__ import annotations

import pytest

from minios.abi import memory_map
from minios.errors import ScenarioError
from minios.lab import (
    Bugcheck,
    ConditionNotMetError,
    Death,
    Happened,
    Lab,
    Ready,
    events,
    milliseconds,
    seconds,
)
from minios.machine.breakpoints import Breakpoint

WITHIN = seconds(5)


def test_a_lab_runs_to_the_kernels_first_line_of_c() -> None:
    """Before anything has been said on the console."""
    with Lab(model="windows") as lab:
        stop = lab.run_to("kernel_main", within=WITHIN)

        assert stop.address == lab.address_of("kernel_main")
        assert lab.machine.registers()["rip"] == stop.address
        assert lab.console_text == ""
        assert lab.machine.ring == 0


def test_a_driver_is_stopped_before_its_first_match(windows: Lab) -> None:
    """In ring 0, in the module that the kernel has placed."""
    stop = windows.run_to("sentinel.sys!interpreter_matches", within=WITHIN)

    module = windows.module_at(stop.address)
    assert module is not None
    assert (module.name, windows.machine.ring) == ("sentinel.sys", 0)


def test_the_instruction_at_fault_is_reached_before_it_faults(windows: Lab) -> None:
    """Module and offset of a bugcheck lead back to it."""
    windows.push("channel-291-bad")
    before = windows.snapshot()
    crash = windows.run_until(Bugcheck(), within=WITHIN)
    windows.restore(before)

    stop = windows.run_to(f"{crash.module}+{crash.offset}", within=WITHIN)
    assert stop.address == crash.rip
    while not any(isinstance(event, events.Faulted) for event in windows.events):
        windows.machine.step()

    assert windows.machine.now < crash.t


def test_a_program_is_named_before_it_runs_and_met_only_there() -> None:
    """All programs begin at one address; the second start is a new process."""
    with Lab(model="macos") as lab:
        first = lab.run_to("sentinel.ext!_start", within=WITHIN)
        started = [e.name for e in lab.events if isinstance(e, events.ProcessStarted)]
        assert started[-1] == "sentinel.ext"
        assert len(started) > 2
        assert lab.machine.ring == 3
        assert first.address >= memory_map.USER_IMAGE

        lab.run_until(Ready(), within=WITHIN)
        lab.push("channel-291-bad")
        lab.run_until(Death("sentinel.ext"), within=WITHIN)
        second = lab.run_to("sentinel.ext!_start", within=WITHIN)
        assert second.address == first.address
        here = lab.module_at(second.address)
        assert here is not None
        assert here.name == "sentinel.ext"


def test_several_places_are_waited_for_at_once() -> None:
    """Whichever comes first, one after the other."""
    with Lab(model="windows") as lab:
        names = ["kernel_main", "trap_common", "switch_to_next"]
        reached = [lab.run_to(names, within=WITHIN).address for _ in range(3)]

        assert reached[0] == lab.address_of("kernel_main")
        assert len(set(reached)) > 1
        assert set(reached) <= {lab.address_of(name) for name in names}


def test_an_address_and_an_address_space_are_places_too() -> None:
    """The same address is come to in two processes; a breakpoint can mean one."""
    with Lab(model="macos") as lab:
        start = lab.address_of("init!_start")
        before = lab.snapshot()
        spaces = []
        for _ in range(2):
            assert lab.run_to(start, within=WITHIN).address == start
            spaces.append(lab.machine.registers()["cr3"])
        lab.restore(before)

        lab.run_to([Breakpoint(start, cr3=spaces[1])], within=WITHIN)

        assert spaces[0] != spaces[1] == lab.machine.registers()["cr3"]


def test_two_meanings_of_one_address_are_not_mixed_up() -> None:
    """Another program at the address is neither the one named nor the space given."""
    with Lab(model="macos") as lab:
        nowhere = Breakpoint(lab.address_of("init!_start"), cr3=1)

        lab.run_to(["updater!_start", nowhere], within=WITHIN)

        started = [it for it in lab.events if isinstance(it, events.ProcessStarted)]
        assert started[-1].name == "updater"


def test_a_place_that_is_not_reached_says_so(windows: Lab) -> None:
    """With what the machine says."""
    with pytest.raises(ConditionNotMetError, match=r"kernel_main.*0\.02 s"):
        windows.run_to("kernel_main", within=milliseconds(20))


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("kernel_mian", "Did you mean kernel_main"),
        ("interpreter_matches", r"Did you mean sentinel\.sys!interpreter_matches"),
        ("sentinel.sys!interpreter_match", r"sentinel\.sys!interpreter_matches"),
        ("sentinel.dll!main", "Loaded now: kernel, sentinel.sys"),
        ("", "Write a symbol"),
        ("0xffffffffffffffffff", "Write a symbol"),
        ("kernel_main+0xffffffffffffffff", "kernel_main"),
    ],
)
def test_an_unknown_name_is_answered_with_near_ones(
    windows: Lab, name: str, advice: str
) -> None:
    """One error, and what to write instead."""
    with pytest.raises(ScenarioError, match=advice):
        windows.address_of(name)


def test_the_forms_of_a_name(windows: Lab) -> None:
    """A symbol, with its module, with an offset; module and offset; a number."""
    loaded = next(e for e in windows.events if isinstance(e, events.ModuleLoaded))
    main = windows.address_of("kernel_main")

    assert windows.address_of("kernel!kernel_main") == main
    assert windows.address_of("kernel_main+0x10") == main + 16
    assert windows.address_of(hex(main)) == windows.address_of(str(main)) == main
    assert windows.address_of("sentinel.sys+0x20") == loaded.base + 0x20
    assert windows.address_of("0016") == 16
    assert windows.address_of("kernel+16") == memory_map.KERNEL_BASE + 16


def test_a_driver_that_is_not_loaded_yet_is_not_known() -> None:
    """Where it will be is the kernel's choice, which it has not made."""
    with Lab(model="windows") as lab:
        with pytest.raises(ScenarioError, match="Loaded now: kernel"):
            lab.address_of("sentinel.sys!interpreter_matches")

        lab.run_until(Happened(events.ModuleLoaded), within=WITHIN)
        assert lab.address_of("sentinel.sys!interpreter_matches")
