"""Scenario files under pytest, in a project that has only installed minios.

Deep: starts a worker of pytest-xdist. The usual tests collect in one process.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from minios import paths
from minios.testing.scenarios import running  # noqa: F401 - imported once for all

GOOD = (paths.ASSETS / "scenarios/bad-file.scenario.toml").read_text()
BROKEN = GOOD.replace('name = "PAGE_FAULT_IN_NONPAGED_AREA", ring = 0', "ring = 3")


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in the project."""
    return pytester.runpytest_inprocess(*arguments)


def write(pytester: pytest.Pytester, **files: str) -> None:
    """Write scenario files."""
    for name, text in files.items():
        path = pytester.path / f"{name}.scenario.toml"
        path.write_text(text, encoding="utf-8")


def test_a_scenario_file_is_a_test(pytester: pytest.Pytester) -> None:
    """It has the name of its file, and passes without any Python."""
    write(pytester, good=GOOD)

    done = run(pytester, "-v")

    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["good.scenario.toml::good PASSED*"])


def test_a_failure_is_told_in_the_words_of_the_file(pytester: pytest.Pytester) -> None:
    """The line, the step, what was there, the screen; no traceback of ours."""
    write(pytester, broken=BROKEN)

    done = run(pytester)

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "wait_for failed on windows: *broken.scenario.toml:15",
            '    wait_for = { event = "bugcheck", ring = 3 }',
            "expected: a record 'bugcheck' with ring = 3 within 5s",
            "found:    ring = 0 (STOP 0x50 *",
            "the steps before it passed:",
            "    line 12: push on windows: channel-291-bad is pushed *",
            "    line 12: push on macos: channel-291-bad is pushed *",
            "*windows: the screen*",
            "*windows: the latest records*",
            "*minios lab --replay *",
            "FAILED *::broken - Failed: wait_for failed on windows*",
        ]
    )
    done.stdout.no_fnmatch_line("*running.py*")
    done.stdout.no_fnmatch_line("the latest records of *")  # pytest has shown them


def test_a_mistake_in_a_file_is_an_error_with_its_line(
    pytester: pytest.Pytester,
) -> None:
    """The other files of the project are still run."""
    write(pytester, good=GOOD, wrong=GOOD.replace("wait_for", "wait_fro"))

    done = run(pytester, "--continue-on-collection-errors")

    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(
        ["*wrong.scenario.toml:17:1: there is no verb 'wait_fro'*"]
    )


@pytest.mark.deep
def test_workers_last_failed_and_names_work_as_for_other_tests(
    pytester: pytest.Pytester,
) -> None:
    """Xdist runs them, --lf repeats the one that failed, -k and marks choose."""
    write(pytester, good=GOOD, broken=BROKEN)

    run(pytester, "-n", "1").assert_outcomes(passed=1, failed=1)
    run(pytester, "--lf").assert_outcomes(failed=1)
    run(pytester, "-k", "good").assert_outcomes(passed=1, deselected=1)
    run(pytester, "-m", "hidden").assert_outcomes(deselected=2)
    run(pytester, "broken.scenario.toml::broken").assert_outcomes(failed=1)


def test_title_points_and_visibility_are_properties(pytester: pytest.Pytester) -> None:
    """What a grader needs stands in the report for every scenario."""
    write(pytester, good=GOOD.replace("points = 2", "points = 2.5\nhidden = true"))

    run(pytester, "--junitxml=it.xml").assert_outcomes(passed=1)

    tree = ET.parse(pytester.path / "it.xml")  # noqa: S314 - our own
    assert {it.get("name"): it.get("value") for it in tree.iter("property")} == {
        "minios_title": "A bad content file stops the machine only if the sensor is in "
        "ring 0",
        "minios_points": "2.5",
        "minios_hidden": "True",
    }


def test_a_submission_is_named_on_the_command_line(
    pytester: pytest.Pytester, tmp_path: Path
) -> None:
    """The folder is that of the option, whoever runs the tests."""
    (tmp_path / "answers.toml").write_text('world = "windows"\n')
    write(
        pytester,
        answer='title = "x"\n[machines.windows]\n'
        '[[steps]]\nanswer = "world"\nevent = "ready"\nfield = "world"\n',
    )

    run(pytester, "--submission", str(tmp_path)).assert_outcomes(passed=1)
    done = run(pytester)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["found:*there is no submission*"])


def test_a_guest_that_computes_for_ever_ends_with_its_budget(
    pytester: pytest.Pytester,
) -> None:
    """However fast the host is: the budget counts instructions."""
    write(
        pytester,
        busy='title = "x"\ninstructions = 10_000_000\n[machines.windows]\n'
        '[[steps]]\ntype = "run loop\\r"\n[[steps]]\nadvance = "30s"\n',
    )

    done = run(pytester)

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*10,000,000 instructions*"])
