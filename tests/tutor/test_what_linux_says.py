"""What the lessons about Linux show of a report and of a log is what a machine prints.

Numbers differ from build to build, so each of them counts as any other.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from minios.image.recipe import ROOT
from minios.lab import Happened, Lab, events, seconds
from minios.lab.bpf import BpfMachine, Question
from minios.lab.system_disk import system_files

LESSONS: Final = ROOT / "lessons"
NAIVE: Final = "/SYSTEM/BPF/NAIVE.BPF"
COLLECT: Final = "/SYSTEM/BPF/COLLECT.BPF"
AGAIN: Final = f"bpf load {COLLECT} again"


def shape(text: str) -> str:
    """The same text with # for each number."""
    return re.sub(r"(?<![A-Za-z])(0x)?\d[0-9a-f]*|\b[0-9a-f]{16}\b", "#", text)


def quoted(lesson: str) -> list[str]:
    """The lines of the first block of text in a lesson."""
    page = Path(LESSONS, lesson, "README.md").read_text("utf-8")
    return page.split("```text\n")[1].split("```")[0].splitlines()


def test_the_report_in_the_lesson_is_that_of_an_oops() -> None:
    """Line by line, in this order; a real report has more lines."""
    with Lab("linux", content="channel-291-bad", options={"event_ms": "200"}) as lab:
        lab.boot()
        lab.run_until(Happened(events.OopsReport), within=seconds(5))
        said = iter(map(shape, lab.console_text.replace("\r", "").splitlines()))

    assert len(quoted("21_oops")) > 3
    for line in map(shape, quoted("21_oops")):
        assert any(it.endswith(line) for it in said), line


def test_the_registers_in_the_lesson_are_those_of_the_log() -> None:
    """The table explains each kind that the refusal of the naive sensor shows."""
    page = Path(LESSONS, "22_refused/README.md").read_text("utf-8")
    explained = re.findall(r"^\| `(R|stack-)\d+=(.+?)` \|", page, re.MULTILINE)
    with BpfMachine() as machine:
        (answer,) = machine.ask([Question.check(system_files()[NAIVE])])
    line = next(it for it in answer.log.splitlines() if "R1=" in it)
    shown = re.findall(r"(R|stack-)\d+=(.+?)(?= R\d+=| stack-\d+=|$)", line)

    assert {(what, shape(it)) for what, it in explained} == {
        (what, shape(it)) for what, it in shown
    }


def test_the_command_in_the_lesson_leads_into_the_defect_and_only_there() -> None:
    """The object is accepted in both machines, and nothing in it faults."""
    assert quoted("23_verified") == [AGAIN]
    services = {"collect.bpf": "system", "sentinel.sys": "disabled"}
    oopses = []
    for defect in ("missing_page", "none"):
        options = {"event_ms": "200", "bpf_defect": defect}
        with Lab("linux", options=options, services=services) as lab:
            lab.boot()
            lab.run_for(seconds(2))
            assert not lab.all(events.Oops)
            lab.console(AGAIN)
            lab.run_for(seconds(2))
            loaded = [it.name for it in lab.all(events.BpfLoaded)]
            assert loaded == ["collect.bpf", "again"]
            oopses.append({it.function for it in lab.all(events.Oops)})

    assert oopses == [{"call_program"}, set()]
