"""Recovery over the update link: a fix that is fetched, and a race that is won.

Deep: a race against the crash is run twice. That the same seed gives the same run is
a usual test of the machine.
"""

from __future__ import annotations

from typing import Final

import pytest

from minios.abi.disk_layout import FIX_MAGIC, UPDATE_MAGIC
from minios.errors import ScenarioError
from minios.lab import (
    Bugcheck,
    Happened,
    Lab,
    Ready,
    Reset,
    content_files,
    events,
    fixes,
    milliseconds,
    recovery,
    seconds,
    update_frame,
)
from minios.lab.cloud import Cloud
from minios.lab.crimes import CRIMES, Scene
from minios.lab.fixes import Fix
from minios.lab.gallery import Gallery
from minios.machine.events import LinkOutput

SETTLE = seconds(130)


def test_a_fetched_fix_ends_the_loop(in_recovery: Lab) -> None:
    """The bad file is kept aside, the last good one is back, the sensor runs."""
    lab = in_recovery
    good = lab.files().read("/SYSTEM/CONTENT/C-000291.LKG")
    lab.withdraw()
    lab.offer_fix("channel-291")
    recovery.choose(lab, "fetch a fix")
    lab.run_until(Ready(), within=seconds(2))
    boots = lab.boots
    lab.run_for(SETTLE)

    steps = [it.step for it in lab.events if isinstance(it, events.FixApplied)]
    assert [step.split()[0] for step in steps] == ["mv", "cp"]
    assert lab.boots == boots
    assert isinstance(lab.events[-1], events.StartSettled)
    assert lab.files().read("/SYSTEM/CONTENT/C-000291.SYS") == good
    assert "sentinel runs in ring 0 with content version 1" in lab.console("sensor")


def test_the_question_names_the_stop_code_and_the_module(in_recovery: Lab) -> None:
    """A cloud with a fix for another module has none for this one."""
    lab = in_recovery
    heard = bytearray()
    lab.machine.observe(LinkOutput, lambda output: heard.extend(output.data))
    lab.type("5\r")
    lab.run_for(seconds(1))

    assert b"fix? stop=0x50 module=sentinel.sys\n" in heard
    assert "the vendor knows no fix for this" in lab.console_text
    assert not [it for it in lab.events if isinstance(it, events.FixApplied)]


def test_without_an_answer_the_menu_comes_back(in_recovery: Lab) -> None:
    """Ten seconds, then a sentence; the machine can still be recovered by hand."""
    in_recovery.cloud.latency = (seconds(60), seconds(60))
    in_recovery.type("5\r")
    in_recovery.run_for(seconds(12))

    assert "nobody answers on the update link" in in_recovery.console_text
    in_recovery.wait_for_prompt()
    assert "type a number" in in_recovery.console("0")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("rm /BIN/INIT", "only files below /SYSTEM/"),
        ("mv /SYSTEM/SERVICES.INI /BIN/X", "only files below /SYSTEM/"),
        ("format /SYSTEM/X", "there is no such step"),
        ("rm", "out of range"),
        ("cp /SYSTEM/NOTHING /SYSTEM/X", "no such file"),
        ("svc nobody auto", "no such file"),
        ("svc shell sometimes", "out of range"),
    ],
)
def test_a_step_that_must_not_or_cannot_be_done_ends_the_fix(
    in_recovery: Lab, step: str, words: str
) -> None:
    """What stands behind it is not done, and the machine stays in the menu."""
    lab = in_recovery
    text = f"{step}\nrm /SYSTEM/CONTENT/C-000291.LKG\n"
    lab.cloud.offer(Fix("mine", "sentinel.sys", text))  # past the check of the lab
    before = lab.files().read("/BIN/INIT")
    lab.type("5\r")
    lab.run_for(seconds(2))

    assert words in lab.console_text.partition("the fix failed at this step: ")[2]
    assert not [it for it in lab.events if isinstance(it, events.FixApplied)]
    assert lab.files().read("/BIN/INIT") == before
    assert lab.files().read("/SYSTEM/CONTENT/C-000291.LKG")


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        (("mv {}.SYS {}.BAD",), {"BAD": "SYS", "LKG": "LKG"}),
        (("rm {}.SYS",), {"LKG": "LKG"}),
        (("rm {}.SYS", "cp {}.LKG {}.SYS"), {"SYS": "LKG", "LKG": "LKG"}),
        (("mv {}.SYS {}.BAD", "mv {}.LKG {}.SYS"), {"BAD": "SYS", "SYS": "LKG"}),
        (("cp {}.LKG {}.SYS", "rm {}.SYS"), {"LKG": "LKG"}),
        (("mv {}.NIL {}.BAD", "rm {}.NIL"), {"SYS": "SYS", "LKG": "LKG"}),
    ],
)
def test_what_a_fix_takes_away_is_gone_in_the_end(
    in_recovery: Lab, steps: tuple[str, ...], left: dict[str, str]
) -> None:
    """Unless a step has put another file in its place."""
    lab = in_recovery
    base = "/SYSTEM/CONTENT/C-000291"
    text = "".join(f"{step.replace('{}', base)}\n" for step in steps)
    before = {kind: lab.files().read(f"{base}.{kind}") for kind in ("SYS", "LKG")}
    lab.withdraw()  # or the updater would fetch it again
    lab.cloud.offer(Fix("mine", "sentinel.sys", text))
    recovery.choose(lab, "fetch a fix")

    found = {it.name: lab.files().read(it.path) for it in lab.files().list(base[:15])}
    assert "the fix has been applied" in lab.console_text
    assert found == {f"C-000291.{new}": before[old] for new, old in left.items()}


def test_a_fix_can_disable_the_sensor(in_recovery: Lab) -> None:
    """The machine is up, and says that it is unprotected."""
    lab = in_recovery
    lab.offer_fix("sensor-off")
    recovery.choose(lab, "fetch a fix")
    lab.run_until(Ready(), within=seconds(2))
    lab.wait_for_prompt()

    assert "unprotected" in lab.console("sensor")
    assert "sentinel.sys  driver    disabled stopped" in lab.console("svc")
    assert "the policy of this model forbids it" in lab.console(
        "load /SYSTEM/DRIVERS/SENTINEL.SYS"
    )


TRIES: Final = 8


def race(seed: int, first_event: int) -> Lab:
    """A machine in the loop, the repaired file published, the network slow."""
    options = {"first_event_ms": str(first_event)}
    lab = Lab(model="windows", seed=seed, options=options)
    lab.boot()
    lab.push("channel-291-bad")
    lab.run_until(Reset(), within=seconds(5))
    lab.cloud.latency = (milliseconds(300), seconds(3))
    lab.publish("channel-291-good")
    return lab


def test_a_machine_that_crashes_late_can_win_the_race() -> None:
    """Some start is slow enough to crash for the file to come first; nobody helps."""
    with race(seed=2, first_event=600) as lab:
        lab.run_until(Happened(events.UpdateStored), within=seconds(600))
        boots = lab.boots
        lab.run_for(SETTLE)

        assert 3 < boots <= TRIES
        assert lab.boots == boots
        assert any(isinstance(it, events.StartSettled) for it in lab.events)
        good = content_files.find("channel-291-good").data
        assert lab.files().read("/SYSTEM/CONTENT/C-000291.SYS") == good


@pytest.mark.deep
def test_the_same_seed_is_won_by_the_same_start() -> None:
    """At the same instruction."""

    def won() -> tuple[int, int]:
        with race(seed=2, first_event=600) as lab:
            lab.run_until(Happened(events.UpdateStored), within=seconds(600))
            return lab.boots, lab.machine.instructions

    assert won() == won()


def test_a_machine_that_crashes_at_once_never_wins() -> None:
    """The same network, the same seed: the first pipe event always comes before."""
    with race(seed=2, first_event=50) as lab:
        stored = lab.run_while_waiting(
            Happened(events.UpdateStored), within=seconds(250)
        )
        bugchecks = [it for it in lab.events if isinstance(it, events.BugcheckEvent)]

    assert stored is None
    assert len(bugchecks) > TRIES


def test_a_machine_that_was_down_gets_what_it_missed() -> None:
    """It asks when it has come up; a machine that has the newest file gets nothing."""
    with Lab(model="macos") as lab:
        lab.publish("channel-291-good")
        lab.boot()
        lab.run_until(Happened(events.UpdateStored), within=seconds(5))
        lab.console("")
        lab.type("reset\r")
        lab.run_until(Ready(), within=seconds(5))
        again = lab.run_while_waiting(Happened(events.UpdateStored), within=seconds(5))

    assert again is None


def sent_in(lab: Lab) -> list[tuple[str, bool]]:
    """Which files the vendor has sent because the machine asked, and which again."""
    found = [it for it in lab.events if isinstance(it, events.UpdateSent)]
    return [(it.name, it.again) for it in found]


def test_a_deleted_file_comes_again_until_the_vendor_withdraws_it(macos: Lab) -> None:
    """The record says that it is the same file; a withdrawn one does not come."""

    def start_without_the_file() -> None:
        macos.console("rm /SYSTEM/CONTENT/C-000291.SYS")
        macos.type("reset\r")
        macos.run_until(Ready(), within=seconds(5))
        macos.run_while_waiting(Happened(events.UpdateStored), within=seconds(2))
        macos.console("")

    macos.push("channel-291-good")
    macos.run_until(Happened(events.UpdateStored), within=seconds(5))
    macos.console("")
    assert sent_in(macos) == []
    start_without_the_file()
    assert sent_in(macos) == [("channel-291-good", True)]
    macos.withdraw()
    start_without_the_file()
    assert sent_in(macos) == [("channel-291-good", True)]


def test_a_file_that_was_only_offered_is_sent_for_the_first_time(macos: Lab) -> None:
    """At the next start, when the machine asks."""
    macos.publish("channel-291-good")
    macos.type("reset\r")
    macos.run_until(Happened(events.UpdateStored), within=seconds(5))

    assert sent_in(macos) == [("channel-291-good", False)]


def test_going_back_takes_the_cloud_along(macos: Lab) -> None:
    """What was published after a snapshot has not been published."""
    before = macos.snapshot()
    macos.publish("channel-291-good")
    macos.restore(before)
    macos.wait_for_prompt()
    macos.type("reset\r")
    macos.run_until(Ready(), within=seconds(5))
    stored = macos.run_while_waiting(Happened(events.UpdateStored), within=seconds(5))

    assert stored is None


ASKED = b"update? C-000291.SYS checksum=0x0\n"


def test_a_cloud_answers_whole_questions_only() -> None:
    """Noise, halves and questions about other files are none; several at once are."""
    cloud = Cloud(seed=1)
    file = content_files.find("channel-291-good")
    cloud.publish(file)
    assert cloud.hear(b"\xff\x00 hello\nupdate? C-0002") == []
    assert cloud.hear(b"91.SYS checksum=") == []
    sent = update_frame.frame(UPDATE_MAGIC, "C-000291.SYS", file.data)
    assert [it.data for it in cloud.hear(b"0x0\nstored X\n" + ASKED)] == [sent, sent]
    assert cloud.hear(b"update? OTHER.SYS checksum=0x0\n") == []
    cloud.hear(ASKED[:20])
    cloud.machine_was_reset()
    assert cloud.hear(ASKED[20:]) == []


def test_a_cloud_that_is_sending_does_not_send_again() -> None:
    """The machine asked before it could know what is on its way."""
    cloud = Cloud(seed=1)
    cloud.publish(content_files.find("channel-291-good"))

    assert cloud.hear(ASKED, is_sending=True) == []
    assert len(cloud.hear(ASKED)) == 1


def test_an_offer_is_for_one_module() -> None:
    """Others get an empty answer, which says that there is no fix."""
    cloud = Cloud(seed=1)
    cloud.offer(fixes.find("channel-291"))
    (mine,) = cloud.hear(b"fix? stop=0x50 module=sentinel.sys\n")
    (other,) = cloud.hear(b"fix? stop=0x50 module=villain.sys\n")

    assert b"mv /SYSTEM" in mine.data
    assert other.data == update_frame.frame(FIX_MAGIC, "none", b"")


def test_a_push_that_recovery_has_swallowed_comes_again(in_recovery: Lab) -> None:
    """Whoever asks for a fix reads the link; the updater asks later, and gets it."""
    lab = in_recovery
    lab.offer_fix("channel-291")
    lab.push("channel-291-good")
    lab.run_for(seconds(1))
    recovery.choose(lab, "fetch a fix")
    lab.run_until(Happened(events.UpdateStored), within=seconds(5))
    good = content_files.find("channel-291-good").data

    assert lab.files().read("/SYSTEM/CONTENT/C-000291.SYS") == good


def test_a_fix_that_was_cut_short_can_be_applied_again(in_recovery: Lab) -> None:
    """The power goes between its two steps; the second try does the rest."""
    lab = in_recovery
    lab.withdraw()
    lab.offer_fix("channel-291")
    lab.type("5\r")
    lab.run_until(Happened(events.FixApplied), within=seconds(5))
    lab.cut_power()
    lab.run_until(Happened(events.RecoveryEntered), within=seconds(2))
    lab.run_for(seconds(0.5))
    recovery.choose(lab, "fetch a fix")
    lab.run_until(Ready(), within=seconds(2))
    lab.wait_for_prompt()

    assert "content version 1" in lab.console("sensor")


def test_the_fix_is_asked_for_whom_the_stop_screen_blames() -> None:
    """A heap that finds a double free is not to blame for it."""
    crime = next(it for it in CRIMES if it.name == "dblfree")
    with Gallery() as gallery:
        lab = gallery.at_prompt(crime, Scene.DRIVER)
        lab.type("run commit dblfree\r")
        lab.run_until(Bugcheck(), within=seconds(2))
        lab.run_until(Reset(), within=seconds(2))
        lab.type(recovery.F8 * 8)
        lab.run_until(Happened(events.RecoveryEntered), within=seconds(2))
        lab.wait_for_prompt()
        heard = bytearray()
        lab.machine.observe(LinkOutput, lambda output: heard.extend(output.data))
        lab.type("5\r")
        lab.run_for(seconds(1))

        assert "Last crash: stop 0xc2 BAD_POOL_CALLER in villain.sys\n" in (
            lab.console_text.replace("\r", "")
        )
        assert b"fix? stop=0xc2 module=villain.sys\n" in heard


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"rm /SYSTEM/X\n", "names one module"),
        (b"# for: a\n# for: b\nrm /SYSTEM/X\n", "names one module"),
        (b"# for: a and b\nrm /SYSTEM/X\n", "names one module"),
        (b"# for: a\n", "has no step"),
        (b"# for: a\nreboot now\n", "has an unknown step"),
        (b"# for: a\nrm /SYSTEM/X # why\n", "the wrong number of words"),
        (b"# for: a\nrm /BIN/INIT\n", "outside of /SYSTEM/"),
        (b"# for: a\nrm /SYSTEM/" + b"x" * 64 + b"\n", "too long"),
        (b"# for: a\n" + b"#" * 3000, "at most 2048"),
        ("# for: ä\n".encode(), "is not ASCII text"),
    ],
)
def test_a_fix_that_cannot_be_sent_is_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, words: str
) -> None:
    """One sentence: what, where, what to do."""
    path = tmp_path_factory.mktemp("fixes") / "bad.fix"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=words):
        fixes.find(path)


def test_a_fix_whose_name_cannot_travel_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Before it is offered, not when a machine asks for it."""
    path = tmp_path_factory.mktemp("fixes") / "r\u00e9paration.fix"
    path.write_bytes(b"# for: sentinel.sys\r\nrm /SYSTEM/X\r\n")
    with pytest.raises(ScenarioError, match="not printable ASCII"):
        fixes.find(path)
    plain = path.rename(path.with_name("plain.fix"))

    assert fixes.find(plain).text == "# for: sentinel.sys\nrm /SYSTEM/X\n"


def test_a_fix_that_is_not_there_is_refused() -> None:
    """And the shipped ones are named."""
    with pytest.raises(ScenarioError, match="channel-291, sensor-off"):
        fixes.find("nothing")


def test_a_bugcheck_ends_what_is_on_the_line(windows: Lab) -> None:
    """A connection does not outlive a reset: half a file is not continued."""
    windows.push("channel-291-bad")
    windows.run_until(Bugcheck(), within=seconds(5))
    windows.push("channel-291-good")
    windows.run_until(Reset(), within=seconds(1))

    assert windows.machine.devices["link"].waiting == 0  # type: ignore[attr-defined]
