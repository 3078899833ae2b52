"""A driver in the model linux is a module: use counts, force, a blocklist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from minios.abi.enumerations import TAINT
from minios.abi.syscalls import BY_NAME, RIGHTS
from minios.dev.fuzz.hostile_calls import Call
from minios.dev.fuzz.hostile_machine import HostileMachine, Round
from minios.errors import ScenarioError
from minios.lab import (
    Happened,
    Lab,
    events,
    milliseconds,
    protection,
    seconds,
)
from minios.lab.booted import BootedLabs

RIGHT: Final = {name: bit for name, bit, _ in RIGHTS}
EACH: Final = {"event_ms": "500"}
SOON: Final = seconds(5)


@pytest.fixture
def limping(labs: BootedLabs) -> Lab:
    """One task was ended in the sensor's code; the machine goes on."""

    def boot() -> Lab:
        lab = Lab(model="linux", options=EACH)
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_until(Happened(events.Oops), within=SOON)
        lab.run_for(milliseconds(10))
        lab.wait_for_prompt()
        return lab

    return labs.at_start("limping", boot)


@pytest.fixture
def machine(labs: BootedLabs) -> Lab:
    """A machine on which nothing happens by itself."""

    def boot() -> Lab:
        lab = Lab(model="linux", options={"event_ms": "0"})
        lab.boot()
        lab.wait_for_prompt()
        return lab

    return labs.at_start("machine", boot)


def used(lab: Lab, module: str) -> int:
    """The use count that `lsmod` shows."""
    lines = [it.split() for it in lab.console("lsmod").splitlines()]
    return next(int(it[2]) for it in lines if it[:1] == [module])


def taint(lab: Lab) -> str:
    """The letters that `uname -a` shows."""
    return lab.console("uname -a").partition("ainted")[2].splitlines()[0].strip(": ")


def test_a_module_in_which_a_task_was_ended_is_not_unloaded(limping: Lab) -> None:
    """The task never leaves its code, so its count never comes back."""
    said = limping.console("rmmod sentinel")
    refused = limping.last(events.UnloadRefused)

    assert said.strip() == "rmmod: ERROR: Module sentinel is in use"
    assert (refused.name, refused.users, refused.dead) == ("sentinel.sys", 1, 1)
    assert "workload[" in limping.console("lsmod")


def test_the_module_fires_again_for_the_next_task(limping: Lab) -> None:
    """It is still in its hooks: another task opens a pipe, and is ended, too."""
    first = next(it for it in limping.events if isinstance(it, events.Oops))
    limping.console("rmmod sentinel")
    again = limping.run_until(Happened(events.Oops), within=SOON)

    assert (again.module, again.offset) == (first.module, first.offset)
    assert again.ended != first.ended
    assert used(limping, "sentinel") == 2


def test_the_old_command_is_refused_as_well(limping: Lab) -> None:
    """`unload` of every model and `rmmod` are one rule."""
    assert "it is being changed, or used" in limping.console("unload sentinel.sys")


def test_force_takes_the_module_away_and_marks_the_kernel(limping: Lab) -> None:
    """R: unloaded by force. Nobody faults in it any more, because it is gone."""
    assert taint(limping).split() == ["G", "D", "O"]  # an oops, a module of others
    limping.console("rmmod -f sentinel")
    faults = limping.all(events.Oops)
    limping.run_for(seconds(2))

    unloaded = limping.last(events.ModuleUnloaded)

    assert (unloaded.name, unloaded.forced) == ("sentinel.sys", "yes")
    assert taint(limping).split() == ["G", "R", "D", "O"]
    assert "sentinel" not in limping.console("lsmod")
    assert limping.all(events.Oops) == faults


def test_force_is_no_mark_if_nobody_is_inside(machine: Lab) -> None:
    """Linux looks at the count first, and asks for force only if it is not 0."""
    machine.console("rmmod -f sentinel")

    assert taint(machine).split() == ["G", "O"]
    assert "sentinel" not in machine.console("lsmod")


@pytest.mark.parametrize("model", ["windows", "linux"])
def test_an_unloaded_sensor_protects_no_more(model: str) -> None:
    """`unload` and `rmmod` are one rule, and the outside is told of both."""
    with Lab(model=model, options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        before = protection.after_all(lab.events)
        lab.console("unload sentinel.sys")
        unloaded = lab.last(events.ModuleUnloaded)
        later = protection.after_all(lab.events)

    assert (unloaded.name, unloaded.forced) == ("sentinel.sys", "no")
    assert (before.holds, later.holds) == (True, False)


def test_who_comes_back_into_a_module_that_was_taken_away_faults() -> None:
    """The count said that somebody sleeps in its code. Force does not wake anybody."""
    with Lab(model="linux", options=EACH) as lab:
        lab.boot()
        lab.wait_for_prompt()
        lab.console("insmod gate")
        lab.console("tell gate.sys slow")
        while used(lab, "gate") == 0:
            lab.run_for(milliseconds(100))
        assert "Module gate is in use" in lab.console("rmmod gate")
        lab.console("rmmod -f gate")
        fault = lab.run_until(Happened(events.Oops), within=SOON)

        assert fault.address == fault.rip  # it is fetched from there
        lab.run_for(milliseconds(50))
        assert lab.console("echo up").strip() == "up"


def test_a_module_can_be_unloaded_when_its_user_has_left() -> None:
    """Only who is dead stays counted."""
    with Lab(model="linux", options={"event_ms": "1000"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        lab.console("insmod gate")
        lab.console("tell gate.sys slow")
        while used(lab, "gate") == 0:
            lab.run_for(milliseconds(100))
        while used(lab, "gate") == 1:
            lab.run_for(milliseconds(100))

        assert "gate.sys: unloaded" in lab.console("rmmod gate")


def test_a_module_whose_own_thread_was_ended_stays(machine: Lab) -> None:
    """Nobody can say any more what of its code still runs. Force does not ask."""
    machine.console("insmod villain")
    machine.console("tell villain.sys null")
    line = machine.console("lsmod").splitlines()[-1]

    assert line.split(maxsplit=2)[2] == "0 (its thread has died)"
    assert "Module villain is in use" in machine.console("rmmod villain")
    assert "it is loaded already" in machine.console("insmod villain")
    assert "unloaded by force" in machine.console("rmmod -f villain")
    machine.console("insmod villain")
    assert "unloaded\n" in machine.console("rmmod villain")
    assert taint(machine) == "G R D O"


def test_a_module_is_not_loaded_twice(limping: Lab) -> None:
    """Also not after a fault: the old code is still there."""
    assert "it is loaded already" in limping.console("insmod sentinel")


def test_a_third_partys_module_taints_the_kernel_once(machine: Lab) -> None:
    """The kernel says it with the first of them, and never again."""
    machine.console("insmod gate")
    said = machine.console_text

    assert said.count("loading out-of-tree module taints kernel") == 1
    assert taint(machine) == "G O"
    assert TAINT["OUT_OF_TREE"] == 1 << 12  # Linux' number


def test_a_kernel_without_modules_is_not_tainted() -> None:
    """Nothing has happened to it."""
    options = {"event_ms": "0", "module_blacklist": "sentinel"}
    with Lab(model="linux", options=options) as lab:
        lab.boot()
        lab.wait_for_prompt()
        assert "Not tainted" in lab.console("uname -a")


def test_a_name_or_a_path_loads_a_module(machine: Lab) -> None:
    """Both lead to the same file."""
    machine.console("rmmod sentinel")
    machine.console("insmod /system/drivers/sentinel.sys")
    assert used(machine, "sentinel") == 0
    assert "no such file" in machine.console("insmod nothere")
    assert "longer than" in machine.console("insmod " + "a" * 80)
    assert "not currently loaded" in machine.console("rmmod " + "a" * 80)
    assert "not loaded" in machine.console("rmmod nothere")
    assert "usage" in machine.console("rmmod -f")


def test_the_size_that_is_shown_is_that_of_the_loaded_module(machine: Lab) -> None:
    """The beacon has said it, too."""
    loaded = machine.last(events.ModuleLoaded)
    line = machine.console("lsmod").splitlines()[1].split()

    assert line[:2] == ["sentinel", str(loaded.size)]


def test_the_letters_are_explained_where_they_are_shown(limping: Lab) -> None:
    """Nobody knows by heart that G says something good."""
    assert limping.console("uname -a").splitlines()[1:4] == [
        "  G: all modules are free software",
        "  D: the kernel has died before: an oops",
        "  O: a module was loaded that is not the kernel's own",
    ]


@pytest.mark.parametrize(
    ("typed", "instead"),
    [
        ("lsmod", "`svc`"),
        ("insmod gate", "`load FILE`"),
        ("rmmod -f sentinel", "`unload DRIVER`"),
        ("bpf list", "no other kernel"),
        ("dmesg", "keeps no log"),
    ],
)
def test_other_models_say_that_a_command_is_linux_own(typed: str, instead: str) -> None:
    """Windows has drivers, and no use counts: its own commands are named."""
    with Lab(model="windows", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        assert instead in lab.console(typed)
        assert not lab.all(events.ModuleUnloaded)


def test_the_help_has_the_commands_of_its_model_only() -> None:
    """A person tries what is listed. `uname` is everywhere."""
    own = {"lsmod", "insmod", "rmmod", "dmesg", "bpf"}
    listed = {}
    for model in ("windows", "macos", "linux"):
        with Lab(model=model, options={"event_ms": "0"}) as lab:
            lab.boot()
            lab.wait_for_prompt()
            said = lab.console("help")
            listed[model] = {it.split()[0] for it in said.splitlines() if it.strip()}
            assert ("[menu]" in said) == (model == "linux")
            assert ("lastgood" in said) == (model != "linux")
            assert "release EXTENSION" in said

    assert listed["linux"] >= own
    assert not (listed["windows"] | listed["macos"]) & own
    assert all("uname" in it and "reset" in it for it in listed.values())


def test_no_approvals_is_a_sentence(machine: Lab) -> None:
    """A table with a heading alone looks as if something were missing."""
    said = machine.console("sysext").strip()

    assert said.startswith("no plugin of this machine needs an approval")


# ---- The blocklist.


@pytest.mark.parametrize("listed", ["villain,sentinel", "sentinel.sys,villain"])
def test_a_module_on_the_blocklist_is_not_loaded_by_anybody(listed: str) -> None:
    """Not at the start, and not by hand; the name of its file means it, too."""
    options = {"event_ms": "0", "module_blacklist": listed}
    with Lab(model="linux", options=options) as lab:
        lab.boot()
        lab.wait_for_prompt()
        blocked = lab.last(events.ModuleBlocked)
        said = lab.console("insmod sentinel")

        assert blocked.name == "sentinel.sys"
        assert not lab.all(events.ModuleLoaded)
        assert not lab.all(events.ServiceFailed)
        assert "Module sentinel is blacklisted" in said
        assert "forbids it" in said
        assert "refused" in lab.console("svc").split("sentinel.sys")[1].split("\n")[0]
        assert "no sensor is running" in lab.console("sensor")
        lab.console("insmod gate")
        assert used(lab, "gate") == 0


@pytest.mark.parametrize("listed", ["sentine", "entinel", "sentinal"])
def test_a_part_of_a_name_blocks_nothing(listed: str) -> None:
    """Names are compared as a whole."""
    options = {"event_ms": "0", "module_blacklist": listed}
    with Lab(model="linux", options=options) as lab:
        lab.boot()
        assert lab.last(events.ModuleLoaded).name == "sentinel.sys"


@pytest.mark.parametrize("words", ["", "a b", "a,,b", "toolongname", "../x", "x.txt"])
def test_a_blocklist_that_makes_no_sense_is_refused_by_the_lab(words: str) -> None:
    """One sentence, before a machine is made."""
    with pytest.raises(ScenarioError, match="module_blacklist is up to seven names"):
        Lab(model="linux", options={"module_blacklist": words})


# ---- Ring 3 without the right.


def call(name: str, *arguments: int) -> Call:
    """A call by its name."""
    return Call(BY_NAME[name].number, (*arguments, *[0] * (6 - len(arguments))))


@pytest.fixture(scope="module")
def hostile() -> Iterator[HostileMachine]:
    """A program that makes any call; each round finds the machine as it was."""
    with HostileMachine("linux") as found:
        yield found


@pytest.mark.parametrize(("rights", "granted"), [(0, 0), (RIGHT["LOAD_DRIVER"], 1)])
def test_the_log_needs_a_right(
    rights: int, granted: int, hostile: HostileMachine
) -> None:
    """It has addresses of ring 0 in it."""
    arena = hostile.places.arena
    made = Round(rights, bytes(8), (call("log_read", arena, arena + 64, 64),))
    result = hostile.run(made)

    assert (result.made, result.granted, result.kind) == (1, granted, "")


def test_unloading_needs_a_right(hostile: HostileMachine) -> None:
    """By whatever call."""
    arena = hostile.places.arena
    calls = tuple(call("module_unload", arena, flags) for flags in (0, 1, 2))
    result = hostile.run(Round(0, b"sentinel.sys\0", calls))

    assert (result.made, result.granted, result.kind) == (3, 0, "")


def test_a_boot_entry_is_chosen_only_in_the_boot_menu(hostile: HostileMachine) -> None:
    """Later all boot options have been read."""
    calls = tuple(call("boot_choose", number) for number in (0, 1, 2, 99))
    result = hostile.run(Round(RIGHT["POWER"], b"", calls))

    assert (result.made, result.granted, result.kind) == (4, 0, "")
