"""What the kernel has said is kept for `dmesg`, in the model linux."""

from __future__ import annotations

from minios.lab import Happened, Lab, events, seconds
from tests.trust import probe

LOG_BYTES = 16384

MANY = """
static int probe_start(void)
{
    for (unsigned i = 0; i < 1000; i++) {
        plugin_log("line %u of a thousand", i);
    }
    return 0;
}

const struct plugin plugin = {.name = "probe", .start = probe_start};
"""


def said(lab: Lab, command: str) -> list[str]:
    """The lines that a command prints."""
    return lab.console(command).splitlines()


def test_the_log_has_what_the_kernel_said_and_nothing_of_programs() -> None:
    """The same lines as on the console, in the same order, without those of ring 3."""
    with Lab(model="linux", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        console = lab.console_text.replace("\r", "").splitlines()
        of_kernel = [it for it in console if not it.startswith(("init", "minios>"))]

        assert said(lab, "dmesg") == of_kernel
        assert said(lab, "dmesg") == of_kernel  # reading takes nothing away
        assert of_kernel[0] == "minios kernel, model linux"


def test_the_log_keeps_the_last_lines_if_there_are_too_many() -> None:
    """16 KiB are kept: the newest bytes, and so the oldest line may be cut."""
    disk = probe.disk_with(probe.built(MANY), probe.DRIVER.format("demand"))
    with Lab(model="linux", options={"event_ms": "0"}, disk=disk) as lab:
        lab.boot()
        lab.wait_for_prompt()
        lab.console("insmod probe")
        kept = lab.console("dmesg")
        whole = [f"probe.sys: line {n} of a thousand\n" for n in range(1000)]

        assert len(kept.encode()) == LOG_BYTES
        assert kept == "".join(whole)[-LOG_BYTES:]


def test_a_new_start_has_a_new_log() -> None:
    """It is kept in memory alone."""
    with Lab(model="linux", options={"event_ms": "0"}) as lab:
        lab.boot()
        lab.wait_for_prompt()
        lab.console("insmod gate")
        lab.type("reset\r")
        lab.boot()
        lab.wait_for_prompt()

        assert not [it for it in said(lab, "dmesg") if "gate" in it]


def test_the_report_of_an_oops_is_in_the_log_with_every_line() -> None:
    """The bytes of code, too, though their line is the longest of all."""
    options = {"first_event_ms": "300", "event_ms": "0"}
    with Lab("linux", content="channel-291-bad", options=options) as lab:
        lab.boot()
        lab.run_until(Happened(events.Oops), within=seconds(5))
        lab.wait_for_prompt()
        console = lab.console_text.replace("\r", "")
        begins = console.index("BUG: ")
        ends = console.index("---[ end trace", begins)
        report = console[begins:ends].splitlines()
        kept = said(lab, "dmesg")
    assert len([it for it in report if it.startswith("Code: ")]) == 1
    at = kept.index(report[0])
    assert kept[at : at + len(report)] == report
