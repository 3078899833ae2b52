"""The boot menu of the model linux: command lines on the disk, before any module."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from minios.lab import (
    ConditionNotMetError,
    Happened,
    Lab,
    Ready,
    Reset,
    events,
    recovery,
    seconds,
)
from minios.lab.booted import BootedLabs

BOOT_CFG = "/SYSTEM/BOOT.CFG"
BAD = "/SYSTEM/CONTENT/C-000291.SYS"
# A machine that panics at each oops, and starts again after a second: a loop.
STOPS = {"panic_on_oops": "1", "panic": "1", "first_event_ms": "300"}
QUIET = {"event_ms": "0"}
SOON = seconds(5)
HARMLESS = seconds(130)  # longer than what settles a start
MachineWith = Callable[..., Lab]


@pytest.fixture
def machine_with(labs: BootedLabs) -> MachineWith:
    """A machine that was never started, with a file of entries on its disk."""

    def made(
        text: bytes | None, options: Mapping[str, str] = QUIET, model: str = "linux"
    ) -> Lab:
        key = model, *options.items()
        lab = labs.at_start(key, lambda: Lab(model=model, options=options))
        if text is None:
            lab.files().delete(BOOT_CFG)
        else:
            lab.files().write(BOOT_CFG, text)
        return lab

    return made


def shown(lab: Lab) -> list[str]:
    """The entries that the menu on the console offers, by their names."""
    menu = lab.console_text.replace("\r", "").rpartition("BOOT MENU")[2]
    return re.findall(r"^  \d  (\S+)", menu, re.MULTILINE)


@pytest.fixture
def looping(labs: BootedLabs) -> Lab:
    """Two starts have failed: the menu comes up, and counts down."""

    def boot() -> Lab:
        lab = Lab(model="linux", options=STOPS)
        lab.boot()
        lab.push("channel-291-bad")
        for _ in range(2):
            lab.run_until(Reset(), within=SOON)
        lab.run_until(Happened(events.RecoveryEntered), within=SOON)
        lab.run_for(seconds(0.5))
        return lab

    return labs.at_start("looping", boot)


@pytest.fixture
def quiet(labs: BootedLabs) -> Lab:
    """A machine that runs well."""

    def boot() -> Lab:
        lab = Lab(model="linux", options=QUIET)
        lab.boot()
        lab.wait_for_prompt()
        return lab

    return labs.at_start("quiet", boot)


# ---- When it comes, and what it shows.


def test_two_failed_starts_lead_into_the_menu(looping: Lab) -> None:
    """It has the machine's three entries, and no module is loaded yet."""
    entered = looping.last(events.RecoveryEntered)
    since = [it for it in looping.events if it.t > looping.last(events.Booted).t]

    assert (entered.what, entered.failed_starts) == ("boot menu", 2)
    assert shown(looping) == ["current", "previous", "blocklist"]
    assert "2 starts in a row have failed." in looping.console_text
    assert not [it for it in since if isinstance(it, events.ModuleLoaded)]
    started = [it.name for it in since if isinstance(it, events.ProcessStarted)]
    assert started == ["bootmenu"]


def test_f8_leads_into_the_menu(quiet: Lab) -> None:
    """As in the other models."""
    assert recovery.enter(quiet).what == "boot menu"
    assert quiet.console_text.endswith("boot> ")


def test_the_start_before_can_ask_for_the_menu(quiet: Lab) -> None:
    """`reset menu` in the shell; the machine then waits for ever."""
    quiet.type("reset menu\r")
    quiet.run_until(Happened(events.RecoveryEntered), within=SOON)
    quiet.run_for(seconds(60))

    assert quiet.console_text.endswith("boot> ")


def test_an_ordinary_start_has_no_menu(quiet: Lab) -> None:
    """Nor does it say anything of the file, whose default adds nothing."""
    assert not quiet.all(events.RecoveryEntered)
    assert not quiet.all(events.BootEntryChosen)
    assert "BOOT" not in quiet.console_text


def test_other_models_keep_their_recovery_environment(
    machine_with: MachineWith,
) -> None:
    """The file on the disk means nothing to them."""
    text = b"current module_blacklist=sentinel\n"
    lab = machine_with(text, model="windows")
    lab.boot()
    assert lab.last(events.ModuleLoaded).name == "sentinel.sys"
    assert recovery.enter(lab).what == "recovery environment"


def test_failures_alone_do_not_lead_there_if_it_is_switched_off() -> None:
    """`recovery=no`: the loop goes on by itself."""
    with Lab(model="linux", options={**STOPS, "recovery": "no"}) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        for _ in range(4):
            lab.run_until(Reset(), within=SOON)

        assert not lab.all(events.RecoveryEntered)


# ---- What is chosen.


def test_nobody_chooses_and_the_default_is_taken(looping: Lab) -> None:
    """After `recovery_s` of virtual time, 30 s unless it is told."""
    began = looping.last(events.RecoveryEntered).t
    chosen = looping.run_until(Happened(events.BootEntryChosen), within=seconds(40))

    assert chosen.entry == "current"
    assert seconds(30) <= chosen.t - began < seconds(30.1)
    looping.run_until(Reset(), within=SOON)  # and so the loop is a loop


@pytest.mark.parametrize("answer", ["blocklist", "3"])
def test_the_blocklist_is_chosen_by_its_name_or_number(
    looping: Lab, answer: str
) -> None:
    """The machine starts without the module."""
    recovery.choose(looping, answer)
    looping.run_until(Ready(), within=SOON)

    assert looping.last(events.ModuleBlocked).name == "sentinel.sys"
    assert looping.last(events.BootEntryChosen).words == "module_blacklist=sentinel"


def test_the_blocklist_heals_a_machine_in_a_loop(looping: Lab) -> None:
    """Start without the module, delete the file in the shell, start again: well."""
    lab = looping
    lab.withdraw()
    recovery.choose(lab, "blocklist")
    lab.run_until(Ready(), within=SOON)
    lab.wait_for_prompt()

    assert "no sensor is running" in lab.console("sensor")
    assert lab.console(f"rm {BAD}") == ""
    lab.type("reset\r")
    lab.run_until(Ready(), within=SOON)
    boots = lab.boots
    lab.run_for(HARMLESS)
    assert lab.boots == boots
    assert lab.last(events.ModuleLoaded).t > lab.last(events.ModuleBlocked).t
    assert lab.last(events.StartSettled).boot == boots


@pytest.mark.parametrize("entry", ["current", "previous"])
def test_the_other_entries_start_the_machine_as_it_was(
    looping: Lab, entry: str
) -> None:
    """They add nothing on a fresh disk: the sensor is loaded, and faults."""
    recovery.choose(looping, entry)

    assert looping.last(events.BootEntryChosen).entry == entry
    looping.run_until(Reset(), within=SOON)


def test_a_choice_is_for_one_start(quiet: Lab) -> None:
    """The next one takes the default."""
    recovery.enter(quiet)
    recovery.choose(quiet, "blocklist")
    quiet.run_until(Ready(), within=SOON)
    quiet.wait_for_prompt()
    assert "sentinel" not in quiet.console("lsmod")
    quiet.type("reset\r")
    quiet.run_until(Ready(), within=SOON)
    quiet.wait_for_prompt()
    assert "sentinel" in quiet.console("lsmod")


def marked(lab: Lab) -> str:
    """The entry that the menu on the console shows as the default."""
    menu = lab.console_text.replace("\r", "").rpartition("[default]")[0]
    return menu.splitlines()[-1].split()[1]


def start_again(lab: Lab) -> str:
    """The words of the next start in which nobody chooses; "" if there are none."""
    lab.wait_for_prompt()
    lab.type("reset\r")
    lab.run_until(Ready(), within=SOON)
    lab.wait_for_prompt()
    boot = lab.last(events.Booted)
    chosen = [it for it in lab.all(events.BootEntryChosen) if it.t > boot.t]
    return chosen[0].words if chosen else ""


def test_a_person_can_make_an_entry_the_default(quiet: Lab) -> None:
    """The mark goes to that entry, and back; no other entry changes."""
    recovery.enter(quiet)
    quiet.console("default blocklist")
    assert marked(quiet) == "blocklist"
    recovery.choose(quiet, "current")
    quiet.run_until(Ready(), within=SOON)
    assert start_again(quiet) == "module_blacklist=sentinel"
    assert "sentinel" not in quiet.console("lsmod")

    recovery.enter(quiet)
    quiet.console("default 1")  # the way back
    assert marked(quiet) == "current"
    recovery.choose(quiet, "3")
    quiet.run_until(Ready(), within=SOON)
    assert start_again(quiet) == ""
    assert "sentinel" in quiet.console("lsmod")


def test_previous_is_what_an_entry_was_before(quiet: Lab) -> None:
    """Who has changed the default, and regrets it, has a way back."""
    recovery.enter(quiet)
    quiet.console("default current panic=5")
    quiet.console("default current panic=10 event_ms=7")
    said = quiet.console("default 1")

    assert "current is the default already" in said
    recovery.choose(quiet, "previous")
    assert quiet.last(events.BootEntryChosen).words == "panic=5"
    quiet.run_until(Ready(), within=SOON)
    assert start_again(quiet) == "panic=10 event_ms=7"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("current panic=0", "panic=0"),
        ("1 panic=-1 event_ms=9", "panic=-1 event_ms=9"),
        ("blocklist panic=0", "panic=0 module_blacklist=sentinel"),
        ("blocklist  module_blacklist=gate ", "module_blacklist=gate"),
    ],
)
def test_typed_options_are_for_one_start(quiet: Lab, typed: str, words: str) -> None:
    """They count more than those of the entry, and are kept nowhere."""
    before = quiet.files().read(BOOT_CFG)
    recovery.enter(quiet)
    recovery.choose(quiet, typed)
    quiet.run_until(Ready(), within=SOON)

    assert quiet.last(events.BootEntryChosen).words == words
    assert quiet.files().read(BOOT_CFG) == before
    assert start_again(quiet) == ""


@pytest.mark.parametrize(
    ("typed", "words"), [("panic=3", "panic=3"), ("none", "")], ids=["other", "none"]
)
def test_an_entry_can_be_edited(quiet: Lab, typed: str, words: str) -> None:
    """As with the key e of GRUB: what is typed takes the place of the entry's words."""
    recovery.enter(quiet)
    said = quiet.console("edit blocklist")
    assert "blocklist has now: module_blacklist=sentinel" in said
    quiet.console("")  # an empty line leads back
    assert quiet.console_text.endswith("boot> ")
    quiet.console("e 3")
    recovery.choose(quiet, typed)
    quiet.run_until(Ready(), within=SOON)

    chosen = quiet.last(events.BootEntryChosen)
    assert (chosen.entry, chosen.words) == ("blocklist", words)
    quiet.wait_for_prompt()
    assert "sentinel" in quiet.console("lsmod")


WRONG = {
    "no value": ("current panic", "panic: write an option as NAME=VALUE"),
    "unknown": ("current panik=0", "panik=0: there is no such boot option"),
    "too late": (
        "current model=windows",
        "too late, this start has used model already",
    ),
    "no number": ("current panic=soon", "panic=soon: panic is a whole number"),
    "below 0": ("current event_ms=-1", "event_ms=-1: event_ms is a number"),
    "nothing": ("current panic=", "panic=: panic is a whole number"),
    "too long": ("current " + "panic=1 " * 15 + "seed=1", "room for 119 characters"),
    "kept, unknown": ("default current x=1", "x=1: there is no such boot option"),
    "edit nothing": ("edit nothing", "nothing: there is no such entry"),
}


@pytest.mark.parametrize(("typed", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_option_is_a_sentence_and_asked_again(
    quiet: Lab, typed: str, said: str
) -> None:
    """A kernel ignores what it does not know. A person wants to know of the mistake."""
    before = quiet.files().read(BOOT_CFG)
    recovery.enter(quiet)

    assert said in quiet.console(typed)
    assert quiet.console_text.endswith("boot> ")
    assert quiet.files().read(BOOT_CFG) == before


def test_the_menu_has_a_help(quiet: Lab) -> None:
    """It names every command, says what `previous` is, and lists the options."""
    recovery.enter(quiet)
    said = quiet.console("help")
    options = quiet.console("options")

    assert all(it in said for it in ("NAME [OPTIONS]", "edit NAME", "default NAME"))
    assert "`previous` is what an entry was" in said
    assert "panic " in options
    assert "module_blacklist" in options
    assert "model " not in options  # used before there is a menu


def test_what_is_no_entry_is_asked_again(quiet: Lab) -> None:
    """Nothing that is typed ends the menu by mistake."""
    recovery.enter(quiet)
    for typed in ("4", "0", "-1", "blocklists", "default nothing", ""):
        quiet.console(typed)

    assert quiet.console_text.count("type a number from 1 to 3, or a name") == 4
    assert "nothing: there is no such entry" in quiet.console_text
    assert "usage: default NAME" in quiet.console("default")
    with pytest.raises(ConditionNotMetError):
        recovery.choose(quiet, "blocklists")


def test_a_word_of_an_entry_counts_more_than_the_command_line(
    machine_with: MachineWith,
) -> None:
    """So a person can take back what the machine was told."""
    text = b"current event_ms=100 first_event_ms=0\n"
    lab = machine_with(text, {"event_ms": "0"})
    lab.boot()
    lab.wait_for_prompt()
    lab.run_for(seconds(1))
    assert lab.all(events.ProcessStarted)
    assert "start: entry current: event_ms=100 first_event_ms=0" in lab.console_text
    counted = int(lab.console("sensor").split(" events seen")[0].split()[-1])
    assert counted > 3


def test_a_menu_program_that_is_gone_does_not_keep_the_machine_down(
    looping: Lab,
) -> None:
    """The kernel says so and takes the default."""
    looping.reset()
    looping.files().delete("/BIN/BOOTMENU")
    chosen = looping.run_until(Happened(events.ModeChosen), within=SOON)

    assert chosen.mode == "normal"
    assert "cannot start /BIN/BOOTMENU" in looping.console_text


def test_modes_of_other_models_have_an_entry_near_to_them(quiet: Lab) -> None:
    """So the keys of the lab that start a machine in a mode work here, too."""
    recovery.boot_into(quiet, "safe")
    assert quiet.last(events.BootEntryChosen).entry == "blocklist"
    recovery.boot_into(quiet, "last good")
    assert quiet.last(events.BootEntryChosen).entry == "previous"
    recovery.boot_into(quiet, "normal")
    assert quiet.last(events.BootEntryChosen).entry == "current"


# ---- A file that somebody else has written.

HOSTILE = {
    "empty": (b"", "has no entry"),
    "comments alone": (b"# nothing\n\n   \n", "has no entry"),
    "100 KB": (b"current\n" * 12800, "is longer than 2048 bytes"),
    "100 KB in one line": (b"c" * 102400, "is longer than 2048 bytes"),
    "control characters": (b"curr\x1b[2Jent\n", "line 1: a name has at most 15"),
    "a bell in the words": (b"a\nb x=\x07\n", "line 2: the words have at most 119"),
    "letters beyond ASCII": ("ä\n".encode(), "line 1: a name has at most 15"),
    "a NUL": (b"current\nb\0c\n", "line 2: it has a NUL in it"),
    "a long name": (b"a" * 16 + b"\n", "line 1: a name has at most 15"),
    "long words": (b"a x=" + b"y" * 200 + b"\n", "line 1: the words have at most 119"),
    "many words": (b"a" + b" x=y" * 40 + b"\n", "line 1: the words have at most 119"),
    "no value": (b"a panic\n", "line 1: a word is no option"),
    "no name": (b"a =1\n", "line 1: a word is no option"),
    "a long option": (b"a " + b"n" * 40 + b"=1\n", "line 1: a word is no option"),
    "another model": (b"a model=windows\n", "line 1: a word is no option, or one that"),
    "nine entries": (
        b"".join(b"e%d\n" % n for n in range(9)),
        "line 9: there are",
    ),
    "twice": (b"a\nb\na\n", "line 3: there is such an entry already"),
    "two defaults": (b"*a\nb\n*c\n", "line 3: another entry is the default already"),
    "a default without a name": (b"* x=1\n", "line 1: a name has at most 15"),
}


@pytest.mark.parametrize(("text", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_bad_file_is_one_sentence_and_the_ordinary_start(
    text: bytes, said: str, machine_with: MachineWith
) -> None:
    """The machine's own command line counts, and nothing of the file."""
    lab = machine_with(text)
    lab.boot()
    complaints = [it for it in lab.console_text.splitlines() if BOOT_CFG in it]

    assert len(complaints) == 1
    assert said in complaints[0]
    assert "it is not used" in complaints[0]
    assert "\x1b" not in lab.console_text
    assert lab.last(events.ModuleLoaded).name == "sentinel.sys"
    assert not lab.all(events.BootEntryChosen)


@pytest.mark.parametrize(
    "text",
    [b"a event_ms=9", b"a event_ms=9\r\n", b"\n\n  a\t event_ms=9  \n#"],
    ids=["no newline at the end", "CR and LF", "blanks"],
)
def test_a_file_in_another_hand_is_understood(
    text: bytes, machine_with: MachineWith
) -> None:
    """Editors differ in what they put between lines."""
    lab = machine_with(text)
    lab.boot()
    chosen = lab.last(events.BootEntryChosen)

    assert (chosen.entry, chosen.words) == ("a", "event_ms=9")


@pytest.mark.parametrize(
    "text", [None, b"", b"a" * 3000], ids=["none", "empty", "long"]
)
def test_without_entries_the_recovery_environment_comes(
    text: bytes | None, machine_with: MachineWith
) -> None:
    """As a boot loader without its file leaves a shell that knows the disk."""
    lab = machine_with(text)
    lab.boot()
    assert recovery.enter(lab).what == "recovery environment"
    recovery.choose(lab, "continue")
    lab.run_until(Ready(), within=SOON)


def test_eight_long_entries_are_shown_and_kept(machine_with: MachineWith) -> None:
    """As many and as long as there is room for."""
    words = b"a=" + b"1" * 117
    lines = [b"entry%d012345678 " % n + words + b"\n" for n in range(8)]
    lab = machine_with(b"".join(lines))
    lab.boot()
    recovery.enter(lab)
    assert shown(lab) == [f"entry{n}012345678" for n in range(8)]
    lab.console("default entry7012345678")
    recovery.choose(lab, "8")

    assert lab.last(events.BootEntryChosen).entry == "entry7012345678"
    assert lab.last(events.BootEntryChosen).words == words[:63].decode()
    kept = [it.rstrip(b"\n") for it in lines]
    kept[-1] = b"*" + kept[-1]
    assert lab.files().read(BOOT_CFG).splitlines()[1:] == kept


def test_the_blocklist_of_a_new_disk_has_what_is_loaded_at_the_start() -> None:
    """Not only the sensor: any module may keep the machine from starting."""
    with Lab(model="linux", services={"villain.sys": "system"}) as lab:
        lines = lab.files().read(BOOT_CFG).decode().splitlines()
    with Lab(model="linux", services={"sentinel.sys": "disabled"}) as lab:
        without = lab.files().read(BOOT_CFG).decode().splitlines()

    assert lines[-1] == "blocklist module_blacklist=sentinel,villain"
    assert without[1:] == ["*current", "previous"]
