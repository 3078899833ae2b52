"""`minios dev fuzz content` and `plugins`: a sample, and what the judge notices.

Deep: a hundred content files and eighty plugins. The usual tests try the first few.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from minios import cli, paths
from minios.content import Verdict
from minios.dev.fuzz import (
    content_trials,
    judge,
    plugin_cases,
    plugin_trials,
    trials,
)
from minios.dev.fuzz.children import Finding, Job
from minios.dev.fuzz.content import ContentBench
from minios.dev.fuzz.plugins import PluginBench
from minios.image import elf
from minios.lab import ContentFile, Lab
from minios.lab.inputs import Push
from minios.session import recording
from minios.testing.scenarios.reading import read

SAMPLES = pytest.mark.parametrize(
    "share",
    [pytest.param(1, id="some"), pytest.param(10, id="all", marks=pytest.mark.deep)],
)


def tried(
    make: trials.Make, seed: int, count: int, folder: Path
) -> tuple[Counter[tuple[str, str]], list[Finding]]:
    """The first cases of a seed: how they ended, and what was found."""
    ends: Counter[tuple[str, str]] = Counter()
    found = []
    for tally in trials.work(make, folder, Job(seed, None, 0, count), ctypes.c_int64()):
        ends += tally.results
        found += tally.findings
    return ends, found


@SAMPLES
def test_a_sample_of_content_files_breaks_nothing(tmp_path: Path, share: int) -> None:
    """Both rings refuse the same files, and crash with the same files."""
    cases = 10 * share
    ends, found = tried(ContentBench, 1, cases, tmp_path)

    assert [it.problem for it in found] == []
    refused = {name for world, name in ends if name.startswith("refused")}
    assert all(ends["windows", name] == ends["macos", name] for name in refused)
    assert ends["windows", "harmless"] == ends["macos", "harmless"] >= share
    assert ends["windows", "bugcheck"] > share
    assert ends["macos", "death, restart"] > share
    assert ends.total() == 2 * cases


@SAMPLES
def test_a_sample_of_plugin_images_breaks_nothing(tmp_path: Path, share: int) -> None:
    """Some are refused, some run, some crash: the machine or one process."""
    cases = 8 * share
    ends, found = tried(PluginBench, 3, cases, tmp_path)

    assert [it.problem for it in found] == []
    assert ends["windows", "harmless"] > share < ends["macos", "harmless"]
    assert ends["windows", "bugcheck"] > 0 < ends["macos", "death"]
    assert any(name.startswith("refused") for _, name in ends)
    assert ends.total() == 2 * cases


def test_another_verdict_than_the_validator_s_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the validator believes everything. The finding is kept and can be played."""
    everything = Verdict("ACCEPTED", "")
    monkeypatch.setattr(content_trials, "check", lambda _: everything)
    bench = ContentBench(1)
    number = next(
        n for n in range(20) if bench.run(n)["windows"].end.startswith("refused")
    )
    tally = next(
        trials.work(
            lambda _: bench,
            tmp_path,
            Job(1, None, number, number + 1),
            ctypes.c_int64(),
        )
    )

    (finding,) = tally.findings
    assert "windows: refused as" in finding.problem
    assert finding.number == number
    name = tmp_path / f"content-1-{number}"
    assert name.with_suffix(".content").read_bytes() == bench.case(number).data
    (scenario,) = read(name.with_suffix(".scenario.toml"))
    assert scenario.machines.keys() == {
        "windows",
        "macos",
    }
    frames = recording.play(recording.load(name.with_suffix(".jsonl")))
    pushed = Push(ContentFile(f"fuzz-{number}", bench.case(number).data))
    assert [[given for _, given in it.inputs] for it in frames] == [[pushed]] * 2


def test_an_image_that_must_be_refused_and_is_not_is_a_finding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Here every image must be refused, and number 2 runs in both rings."""
    monkeypatch.setattr(plugin_trials, "must_be_refused", lambda *_: "it is told so")

    found = PluginBench(1).run(2)

    assert {trial.problems for trial in found.values()} == {
        ("it is loaded, though it is told so",)
    }


def ends_of(labs: Sequence[Lab]) -> list[tuple[int, int, int]]:
    """Where machines stand: virtual time, instructions, records."""
    return [(it.machine.now, it.machine.instructions, it.records) for it in labs]


def test_a_plugin_case_is_the_same_from_power_on() -> None:
    """So its recording shows what was found at the snapshot."""
    bench = PluginBench(1)
    bench.run(4)
    worlds = bench._worlds.values()
    before = ends_of([lab for world in worlds for lab, _ in world._starts.values()])

    assert ends_of(bench.labs(4)) == before


def test_a_content_case_is_the_same_from_power_on() -> None:
    """Number 9 is on the disk when the machine starts."""
    bench = ContentBench(1)
    bench.run(9)
    before = ends_of([world.lab for world in bench._worlds.values()])

    assert ends_of(bench.labs(9)) == before


def test_an_image_is_the_same_whenever_it_is_made() -> None:
    """It depends on the seed and its number, not on the cases before it."""
    once, twice = plugin_cases.case(7, 3), plugin_cases.case(7, 3)

    assert (once.plugin, once.images) == (twice.plugin, twice.images)
    assert once.images != plugin_cases.case(8, 3).images


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A booted machine of the world in which ring 3 may harm nobody."""
    with Lab(model="macos") as found:
        found.boot()
        yield found


def test_a_sound_machine_has_no_problems(lab: Lab) -> None:
    """Nothing was done to it."""
    assert list(judge.problems(lab, 0)) == []


def test_the_judge_sees_what_was_done_to_kernel_and_disk(lab: Lab) -> None:
    """A byte of the kernel's code; a cluster chain that leads nowhere."""
    before = lab.snapshot()
    code = elf.read(paths.KERNEL).segments[1].physical + 8
    lab.machine.write_physical(code, bytes([lab.machine.ram[code] ^ 1]))
    first_fat = lab.files().geometry.reserved_sectors
    disk = lab.machine.disk
    assert disk is not None
    disk.write(
        first_fat,
        disk.read(first_fat)[:40] + b"\x01\x7f" * 20 + disk.read(first_fat)[80:],
    )

    found = list(judge.problems(lab, 0))
    lab.restore(before)

    assert any(it.startswith("the disk is damaged") for it in found)
    assert any(it.startswith("the kernel's memory") for it in found)


def test_a_reset_of_a_machine_with_extensions_only_is_a_problem(lab: Lab) -> None:
    """In that world nothing that was pushed or loaded may stop the machine."""
    before = lab.snapshot()
    first = len(lab.events)
    lab.reset()
    found = list(judge.problems(lab, first))
    lab.restore(before)

    assert found == [
        "ring 3 has stopped the machine: the machine resets (asked for from outside)"
    ]


def test_one_case_alone_by_its_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a finding prints at its end."""
    words = ("dev", "fuzz", "content", "--seed", "3", "--only", "5", "--jobs", "1")

    status = cli.main([*words, "--save", str(tmp_path / "found")])

    said = capsys.readouterr().out.splitlines()
    assert status == 0
    assert said[0].split() == ["end", "windows", "macos"]
    assert said[-1].startswith("1 cases in both worlds")
    assert not (tmp_path / "found").exists()
