"""The plugin beside what pytest, its other plugins and its options do.

Deep: starts workers of pytest-xdist. The usual tests run scenarios in one process.
"""

from __future__ import annotations

import json

import pytest

from minios.session import recording
from minios.testing import contents, failure, loans, pair, stock  # noqa: F401 - once
from tests.testing.projects import run

_CRASH = """
@pytest.mark.parametrize("number", range(4))
def test_crash(windows, number, record_property):
    windows.push("channel-291-bad")
    stop = windows.run_until(Bugcheck(), within=seconds(5))
    assert (stop.ring, number == 2) == (0, False)
"""


@pytest.mark.deep
def test_workers_of_xdist_run_scenarios(pytester: pytest.Pytester) -> None:
    """Marks travel, each worker has machines of its own, the report comes back."""
    pytester.makepyfile(
        "import pytest\n"
        "from minios.lab import Bugcheck, seconds\n"
        "@pytest.mark.budget(virtual=seconds(2))\n"
        "@pytest.mark.points(2)" + _CRASH
    )

    done = pytester.runpytest_inprocess("-n", "2", "--junitxml=it.xml")

    done.assert_outcomes(passed=3, failed=1)
    done.stdout.fnmatch_lines(["*- windows: the screen -*", "minios lab --replay *"])
    xml = (pytester.path / "it.xml").read_text(encoding="utf-8")
    assert xml.count('name="minios_points" value="2.0"') == 4


def test_a_wrong_mark_is_told_by_a_worker(pytester: pytest.Pytester) -> None:
    """As one error of collection, and not as the crash of a worker."""
    pytester.makepyfile("import pytest\n@pytest.mark.points()\ndef test_one(): pass")

    done = pytester.runpytest_inprocess("-n", "1")

    done.stdout.fnmatch_lines(["*::test_one: points takes one number*"])
    done.stdout.no_fnmatch_line("*INTERNALERROR*")
    assert done.ret == pytest.ExitCode.TESTS_FAILED


def test_only_what_failed_is_run_again(pytester: pytest.Pytester) -> None:
    """`--lf` knows scenarios by their names."""
    run(pytester, _CRASH)

    done = pytester.runpytest_inprocess("--lf")

    done.assert_outcomes(failed=1)


_REPEATS = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for is_last in (False, True):
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if is_last or all(it.passed for it in reports):
            break
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
"""
_SECOND_TIME = """
tries = []
def test_once_more(windows):
    assert len(windows.all(Bugcheck())) == 0
    windows.push("channel-291-bad")
    windows.run_until(Bugcheck(), within=seconds(5))
    tries.append(windows)
    assert len(tries) == 2
"""
_FAILS_TWICE = """
title = "Ring 3 does not stop the machine"
[machines.macos]
[[steps]]
wait_for = { event = "bugcheck" }
within = "1s"
"""


def test_a_plugin_that_repeats_a_test_gets_fresh_machines(
    pytester: pytest.Pytester,
) -> None:
    """Plugins for flaky tests run the phases of a test again, in this way."""
    pytester.makeconftest(_REPEATS)
    pytester.makefile(".scenario.toml", never=_FAILS_TWICE)

    done = run(pytester, _SECOND_TIME)

    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*- macos: the screen -*", "minios lab --replay *"])


def test_without_a_cache_there_is_no_recording(pytester: pytest.Pytester) -> None:
    """Unless a folder is named for it."""
    done = run(pytester, _CRASH, "-p", "no:cacheprovider")

    done.assert_outcomes(passed=3, failed=1)
    done.stdout.no_fnmatch_line("*--replay*")

    done = pytester.runpytest_inprocess(
        *("-p", "no:cacheprovider", "--minios-recordings", "kept", "-k2"),
    )

    done.stdout.fnmatch_lines(["minios lab --replay kept/test_it.py-test_crash*"])
    assert len(list((pytester.path / "kept").iterdir())) == 1


def test_modules_are_imported_by_importlib(pytester: pytest.Pytester) -> None:
    """As new projects do it."""
    run(pytester, _CRASH, "--import-mode=importlib").assert_outcomes(passed=3, failed=1)


def test_classes_of_unittest_use_the_fixtures(pytester: pytest.Pytester) -> None:
    """By an autouse fixture, which is how such a class gets one; marks hold."""
    done = run(
        pytester,
        """
import unittest

@pytest.mark.points(4)
class TestOld(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _machines(self, lab):
        self.lab = lab

    def test_ready(self):
        self.assertEqual(self.lab("macos").boots, 1)

    def test_fails(self):
        self.assertEqual(self.lab("macos").boots, 2)

class TestNew:
    def test_ready(self, macos):
        assert macos.boots == 1
""",
        "--junitxml=it.xml",
    )

    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(["*- macos: the screen -*"])
    xml = (pytester.path / "it.xml").read_text(encoding="utf-8")
    assert xml.count('name="minios_points" value="4.0"') == 2


def test_expected_failures_and_skips_stay_what_they_are(
    pytester: pytest.Pytester,
) -> None:
    """A test that runs out of its budget does not pass as an expected failure."""
    done = run(
        pytester,
        """
@pytest.mark.xfail(strict=True)
def test_expected(windows):
    assert windows.boots == 2

@pytest.mark.xfail
@pytest.mark.budget(instructions=1000)
def test_endless(windows):
    windows.run_for(seconds(9))

def test_skipped(windows):
    pytest.skip("not here")
""",
    )

    done.assert_outcomes(xfailed=1, failed=1, skipped=1)


def test_a_project_may_have_fixtures_of_these_names(pytester: pytest.Pytester) -> None:
    """Its own come first, and the others work beside them."""
    done = run(
        pytester,
        """
@pytest.fixture
def lab():
    return "mine"

@pytest.fixture
def macos(macos):
    macos.run_for(seconds(1))
    return macos

def test_one(lab, windows, macos, pair):
    assert (lab, windows.model) == ("mine", "windows")
    assert macos.now > seconds(1) > pair.now
""",
    )

    done.assert_outcomes(passed=1)


def test_the_plugin_can_be_left_out(pytester: pytest.Pytester) -> None:
    """`-p no:minios` leaves nothing of it."""
    done = run(pytester, _CRASH, "-p", "no:minios")

    done.stdout.fnmatch_lines(["*fixture 'windows' not found*"])


def test_a_recording_ends_where_the_test_failed(pytester: pytest.Pytester) -> None:
    """Every machine of the test is in it, and stands where it stood."""
    done = run(
        pytester,
        """
def test_one(lab, pair):
    lab("windows", seed=7, cold=True).run_for(milliseconds(1))
    pair.push("channel-291-bad")
    pair.run_until(Bugcheck() | Death(), within=seconds(5))
    print([[it.machine.now, it.machine.instructions] for it in lab.borrowed])
    assert False
""",
        "--minios-recordings=kept",
    )
    done.stdout.fnmatch_lines(["minios lab --replay kept/*"])

    (path,) = (pytester.path / "kept").iterdir()
    found = recording.load(path)
    recording.play(found)  # it raises if a machine ends elsewhere
    assert [it.model for it in found.machines] == ["windows", "macos", "windows"]
    assert [it.seed for it in found.machines] == [1, 1, 7]
    stood = [[end.t, end.instructions] for end in found.ends]
    assert json.dumps(stood) in done.outlines
