"""Each death of an extension leaves a file on the disk that a person can read."""

from __future__ import annotations

from minios.abi.disk_layout import CONTENT_PATH
from minios.disk import make_image
from minios.lab import Death, Happened, Lab, content_files, events, seconds
from minios.lab.system_disk import system_files

FOLDER = "/SYSTEM/EPITAPHS"


def told(lab: Lab, number: int) -> dict[str, str]:
    """An epitaph of the sensor: what stands after each word."""
    text = lab.files().read(f"{FOLDER}/SENTINEL.{number:03}").decode()
    return {line[:12].strip(): line[12:] for line in text.splitlines()}


def listed(lab: Lab) -> list[str]:
    """The names of all epitaphs."""
    lines = lab.console(f"ls {FOLDER}").split()
    return sorted(it for it in lines if it.startswith("SENTINEL."))


def test_an_epitaph_says_who_died_of_what_and_what_followed() -> None:
    """The fault is the one that the machine has seen; then the last good content."""
    with Lab(model="macos") as lab:
        lab.boot()
        lab.push("channel-291-bad")
        death = lab.run_until(Death("sentinel.ext"), within=seconds(5))
        lab.run_until(Happened(events.Restored), within=seconds(60))
        lab.run_for(seconds(1))
        first, third, last = told(lab, 1), told(lab, 3), told(lab, 5)

        assert listed(lab) == [f"SENTINEL.{number:03}" for number in range(1, 6)]
        assert first["extension"] == "sentinel.ext"
        assert int(first["process"]) == death.process_id
        assert first["start"] == "1 of the machine"
        assert int(first["address"], 16) == death.address
        assert int(first["instruction"], 16) == death.rip
        assert first["vector"] == "14"
        assert first["cause"].startswith("#PF at 0x")
        assert abs(float(first["died"].split()[0]) - death.t / 1e9) < 0.2
        assert first["policy"] == "minix"
        assert first["verdict"] == "started again after 0.000000 s"
        assert (third["deaths"], third["restarts"]) == ("3 in a row", "2")
        assert third["verdict"] == "started again after 4.000000 s"
        assert float(third["without it"].split()[0]) > 2
        assert last["verdict"] == "the content is replaced by the last good one"
        assert lab.console(f"cat {FOLDER}/SENTINEL.001").startswith("extension   sent")


def test_only_the_latest_deaths_are_kept() -> None:
    """One number stays free for the next one, also after a reset."""
    with Lab(model="macos", options={"restart": "hubris", "event_ms": "50"}) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        deaths = 0
        while deaths < 12:
            lab.run_until(Death("sentinel.ext"), within=seconds(5))
            deaths += 1
        lab.console("hold sentinel.ext")
        lab.run_for(seconds(1))
        names = listed(lab)
        counts = [int(told(lab, int(it[-3:]))["deaths"].split()[0]) for it in names]

        assert len(names) == 8
        assert sorted(counts) == list(range(max(counts) - 7, max(counts) + 1))

        lab.reset()
        lab.boot()
        lab.run_until(Death("sentinel.ext"), within=seconds(5))
        lab.console("hold sentinel.ext")
        lab.run_for(seconds(1))
        starts = {told(lab, int(it[-3:]))["start"] for it in listed(lab)}

        assert len(listed(lab)) == 8
        assert starts == {"1 of the machine", "2 of the machine"}


def test_a_disk_without_the_folder_is_told_once_a_death() -> None:
    """Then there is no epitaph, and the restart is as good as with one."""
    factory = content_files.find("channel-291-factory").data
    disk = make_image({**system_files(), CONTENT_PATH: factory})
    with Lab(model="macos", disk=disk) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_until(Death("sentinel.ext"), within=seconds(5))
        lab.run_until(Happened(events.BackAgain), within=seconds(1))
        lab.run_for(seconds(0.1))

        assert "cannot write /SYSTEM/EPITAPHS/sentinel.001: no such" in lab.console_text
