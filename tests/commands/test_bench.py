"""`minios dev bench` measures what there is, or says what would do."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios import cli, paths
from minios.dev import bench_against, bench_sensors
from minios.errors import ScenarioError
from minios.image import variants
from minios.lab import Lab, events


@pytest.mark.parametrize("text", ["-1", "0", "nan", "inf", "soon", ""])
def test_a_time_that_is_none_is_refused(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, exit code 2, and nothing is measured."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["dev", "bench", "--tui", f"--seconds={text}"])

    assert ended.value.code == 2
    said = capsys.readouterr()
    assert not said.out
    assert f"{text!r} is not a number of seconds of at least 1" in said.err


def test_a_ratio_is_made_of_the_two_runs_of_a_pair() -> None:
    """A host that becomes twice as slow from pair to pair does not show."""
    pairs = [({"boot_ms": 3.0 * slow}, {"boot_ms": 2.0 * slow}) for slow in (1, 2, 4)]

    found = bench_against.compare(pairs)["boot_ms"]

    assert (found.ratio, found.middle_half) == (1.5, (1.5, 1.5))
    assert (found.here, found.there) == (6.0, 4.0)


def test_one_strange_pair_is_not_the_result() -> None:
    """It is the median that counts, and the middle half says how sure that is."""
    pairs = [({"x": here}, {"x": 10.0}) for here in (9.0, 10.0, 11.0, 12.0, 900.0)]

    found = bench_against.compare(pairs)["x"]

    assert (found.ratio, found.middle_half) == (1.1, (1.0, 1.2))


def test_who_is_measured_first_changes_from_pair_to_pair() -> None:
    """So neither of them always finds the host as the other has left it."""
    order: list[str] = []

    def measured(name: str) -> dict[str, float]:
        order.append(name)
        return {name: 1.0}

    pairs = bench_against.alternate(
        lambda: measured("here"), lambda: measured("there"), 3
    )

    assert order == ["here", "there", "there", "here", "here", "there"]
    assert pairs == [({"here": 1.0}, {"there": 1.0})] * 3


def test_a_folder_that_is_no_checkout_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, before anything is measured."""
    code = cli.main(["dev", "bench", "--against", str(tmp_path)])

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert f"{tmp_path}: the folder is no checkout of minios" in said.err
    assert said.err.count("\n") == 1


def test_a_checkout_is_run_by_its_own_interpreter(tmp_path: Path) -> None:
    """That of its .venv, where there is one."""
    for name in ("minios/dev/bench.py", ".venv/bin/python"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()

    assert bench_against.interpreter_of(tmp_path) == [
        str(tmp_path / ".venv/bin/python")
    ]


def test_code_of_another_folder_is_not_measured(tmp_path: Path) -> None:
    """An interpreter that finds this checkout's code says nothing of the other."""
    says = tmp_path / "python"
    package = paths.PACKAGE / "__init__.py"
    says.write_text(
        f'#!/bin/sh\necho \'{{"package": "{package}", "figures": {{}}}}\'\n'
    )
    says.chmod(0o755)

    with pytest.raises(ScenarioError, match="Python ran another checkout"):
        bench_against.probe([str(says)], tmp_path)


def test_the_visits_of_the_verifier_are_those_that_the_kernel_reports() -> None:
    """A machine that starts with the same programs says how often it has looked."""
    small = [it for it in variants.PORTS if it.name != variants.RULES]
    found = dict(bench_sensors.of_the_verifier(small))
    with Lab("linux", sensor="bpf-collector") as lab:
        lab.boot()
        (loaded,) = lab.all(events.BpfLoaded)

    assert found["verifier_visits_collect"] == loaded.visits
    assert all(value > 0 for value in found.values())


def test_an_event_costs_more_if_it_has_to_reach_a_process() -> None:
    """The interpreter is the same machine code: the way is what is paid for."""
    found = dict(bench_sensors.of_events_in(["module", "extension", "collector"]))

    assert 0 < found["event_ns_module"] < found["event_ns_extension"]
    assert found["event_ns_extension"] < found["event_ns_collector"]
