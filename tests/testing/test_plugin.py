"""The pytest plugin, in projects that have it only by installing minios."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from xml.etree import ElementTree as ET

import pytest

from minios.machine import allowance
from minios.session import recording
from minios.testing import (  # noqa: F401 - once
    budgets,
    contents,
    failure,
    loans,
    pair,
    stock,
)
from tests.testing.projects import run


def test_loading_the_plugin_loads_no_emulator() -> None:
    """Every run of pytest of every project with minios pays for this import."""
    code = (
        "import sys, minios.testing.plugin\n"
        "heavy = {'unicorn', 'msgspec', 'capstone', 'textual', 'elftools', 'ctypes'}\n"
        "rooms = {f'minios.{it}' for it in ('lab', 'machine', 'session', 'image')}\n"
        "print(sorted((heavy | rooms) & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_tests_that_use_nothing_of_it_are_left_alone(
    pytester: pytest.Pytester,
) -> None:
    """No property, no section: the report is what it would be without minios."""
    done = run(pytester, "def test_one(): assert 0", "--junitxml=it.xml")

    done.assert_outcomes(failed=1)
    tree = ET.parse(pytester.path / "it.xml")  # noqa: S314 - our own
    assert tree.find(".//properties") is None
    assert "the screen" not in done.stdout.str()


def test_booted_labs_of_both_models_are_given_to_tests(
    pytester: pytest.Pytester,
) -> None:
    """One fixture for each world, and one for the two."""
    done = run(
        pytester,
        """
        def test_windows(windows):
            windows.push("channel-291-bad")
            assert windows.run_until(Bugcheck(), within=seconds(5)).ring == 0

        def test_macos(macos):
            macos.push("channel-291-bad")
            assert macos.run_until(Death(), within=seconds(5)).ring == 3

        def test_pair(pair):
            pair.push("channel-291-bad")
            crash = pair.run_until(Bugcheck() | Death(), within=seconds(5))
            assert (crash.windows.ring, crash.macos.ring) == (0, 3)

        def test_cold(lab):
            cold = lab("windows", cold=True)
            assert cold.machine.instructions == 0
            cold.boot()
        """.replace("\n        ", "\n"),
    )

    done.assert_outcomes(passed=4)


def test_marks_become_properties_of_the_report(pytester: pytest.Pytester) -> None:
    """A grader reads them from any format that pytest writes."""
    run(
        pytester,
        """
        @pytest.mark.points(2.5)
        @pytest.mark.hidden
        def test_one():
            '''The ring decides.

            More words.
            '''

        def test_two(content): pass
        """.replace("\n        ", "\n"),
        "--junitxml=it.xml",
    )

    tree = ET.parse(pytester.path / "it.xml")  # noqa: S314 - our own
    found = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in tree.iter("testcase")
    }
    assert found == {
        "test_one": {
            "minios_title": "The ring decides",
            "minios_points": "2.5",
            "minios_hidden": "True",
        },
        "test_two": {
            "minios_title": "test_two",
            "minios_points": "1.0",
            "minios_hidden": "False",
        },
    }


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("points()", "points takes one number. Write a number that is not"),
        ("points('two')", "points('two') is no number of points"),
        ("points(-1)", "points(-1) is no number of points"),
        ("points(True)", "points(True) is no number of points"),
        ("hidden(1)", "hidden takes nothing. Write @pytest.mark.hidden"),
        ("budget()", "budget takes instructions=, virtual= or both. Name what is"),
        ("budget(5)", "budget takes instructions=, virtual= or both"),
        ("budget(instruction=5)", "no 'instruction'. Write instructions="),
        ("budget(time=5)", "no 'time'. Write instructions= or virtual="),
        ("budget(virtual=5)", "means 5 ns, which is hardly an instruction. Write "),
        ("budget(virtual=0.5)", "budget(virtual=0.5) is not a whole number of at"),
        ("budget(instructions=0)", "budget(instructions=0) is not a whole number"),
        ("hiden", "there is no mark 'hiden'. Did you mean hidden?"),
        ("point(2)", "there is no mark 'point'. Did you mean points?"),
        ("Budget(instructions=5)", "there is no mark 'Budget'. Did you mean budget?"),
    ],
)
def test_a_wrong_mark_is_an_error_of_collection(
    pytester: pytest.Pytester, mark: str, words: str
) -> None:
    """It is found before anything runs, and says what to write instead."""
    test = f"@pytest.mark.{mark}\ndef test_one(windows): pass"
    # pytest warns of marks that it knows not, and describes at length why it ends.
    done = run(pytester, test, "-Wdefault", "--continue-on-collection-errors")

    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines([f"*test_it.py::test_one: *{words.replace('[', '[[]')}*"])


def test_marks_of_other_people_are_left_alone(pytester: pytest.Pytester) -> None:
    """One that resembles none of ours, and one that a project tells pytest of."""
    pytester.makeini("[pytest]\nmarkers = point: of a map")
    test = "@pytest.mark.slow\n@pytest.mark.point\ndef test_one(windows): pass"
    done = run(pytester, test, "-Wdefault")

    done.assert_outcomes(passed=1)


def test_a_test_that_runs_a_machine_that_is_off_ends(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No time passes there, so no budget of time or instructions would end it."""
    monkeypatch.setattr(allowance, "_MOST_STILL", 1_000)
    done = run(
        pytester,
        """
def test_one(windows):
    windows.type("off\\r")
    while windows.now < seconds(9):
        windows.run_for(seconds(1))
""",
    )

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*used up its budget of 1,000 runs in which no time*"])


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ("instructions=50_000", "of 50,000 instructions. Look"),
        ("virtual=seconds(0.01)", "of 0.01 s of virtual time. Look"),
    ],
)
def test_a_test_fails_that_exceeds_its_budget(
    pytester: pytest.Pytester, budget: str, words: str
) -> None:
    """Also one that catches every exception: a loop without an end has to end."""
    done = run(
        pytester,
        f"""
@pytest.mark.budget({budget})
def test_one(lab):
    for _ in range(10):
        try:
            lab("windows").run_for(seconds(3600))
        except Exception:
            pass
""",
    )

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines([f"The scenario has used up its budget {words} *"])


def test_a_test_without_a_mark_has_a_budget_too(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest that never waits ends the test, not the evening."""
    monkeypatch.setattr(budgets, "DEFAULT_INSTRUCTIONS", 10_000_000)
    done = run(
        pytester,
        """
def test_one(windows):
    windows.type(f"run bench rounds {1 << 40}\\r")
    windows.run_for(seconds(3600))
""",
    )

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        ["*used up its budget of 10,000,000 instructions, the usual *"]
    )


def test_a_failure_shows_screen_console_and_records(pytester: pytest.Pytester) -> None:
    """Of each machine, as it stood when the test failed."""
    done = run(
        pytester,
        """
def test_one(windows, macos):
    windows.push("channel-291-bad")
    windows.run_until(Bugcheck(), within=seconds(5))
    windows.run_for(500_000)
    macos.console("echo h\\x1b]0;title\\x07i")
    assert False
""",
        "--junitxml=it.xml",
    )

    done.stdout.fnmatch_lines(
        [
            "*- windows: the screen -*",
            "*PAGE_FAULT_IN_NONPAGED_AREA*",
            "*- windows: the last lines of the console -*",
            "*** STOP 0x00000050 PAGE_FAULT_IN_NONPAGED_AREA*",
            "*- windows: the latest records -*",
            "  0.*s  outside  channel-291-bad is pushed (440 bytes)",
            "  0.*s  ring 0   STOP 0x50 PAGE_FAULT_IN_NONPAGED_AREA in sentinel.sys*",
            "*- macos: the screen -*",
        ]
    )
    assert "\x1b" not in done.stdout.str()
    ET.parse(pytester.path / "it.xml")  # noqa: S314 - our own


def test_a_console_that_is_on_the_screen_is_not_told_twice(
    pytester: pytest.Pytester,
) -> None:
    """Before a crash they hold the same lines; long ones are broken on the screen."""
    done = run(
        pytester,
        """
def test_one(windows):
    windows.console("echo " + "x y " * 50)
    assert False
""",
    )

    said = done.stdout.str()
    assert "windows: the screen" in said
    assert "the last lines of the console" not in said


def test_a_report_stays_short(pytester: pytest.Pytester) -> None:
    """Whatever a guest writes, and however many machines there are."""
    done = run(
        pytester,
        """
def test_one(lab):
    labs = [lab("macos", seed=seed) for seed in range(1, 7)]
    for _ in range(20):
        labs[-1].console("echo " + "x" * 70 + " " + "y" * 70)
    labs[-1]._recorder.memory.console += b"z" * 100_000
    assert False
""",
        "--minios-recordings=kept",
    )

    done.assert_outcomes(failed=1)
    assert max(map(len, done.outlines)) < 250
    assert len(done.outlines) < 6 * 60
    (path,) = (pytester.path / "kept").iterdir()
    assert [it.seed for it in recording.load(path).machines] == [3, 4, 5, 6]


@pytest.mark.parametrize(
    "last",
    [
        "raise AssertionError(macos.console_text)",
        "print(macos.console_text); assert False",
        "assert macos.console_text == ''",
        "assert ''.join(macos.screen) == '', macos.console_text",
        "pytest.fail(macos.console_text, pytrace=False)",
        (
            "try: raise ValueError(macos.console_text)\n"
            "    except ValueError as e: raise TypeError(macos.console_text) from e"
        ),
    ],
)
def test_a_guest_cannot_write_to_the_terminal(
    pytester: pytest.Pytester, last: str
) -> None:
    """Whichever way its words come into the report; XML can hold them, too."""
    done = run(
        pytester,
        f"""
def test_one(macos):
    macos.console("echo h\\x1b]0;title\\x07\\x9bi")
    assert "\\x1b" in macos.console_text
    {last}
""",
        "--junitxml=it.xml",
        "-ojunit_logging=all",
    )

    done.assert_outcomes(failed=1)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.stdout.str())
    text = ET.tostring(ET.parse(pytester.path / "it.xml").getroot(), "unicode")  # noqa: S314
    assert "title" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_a_machine_that_does_not_come_up_is_shown(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Booting fails in the fixture; the report says how far it came, each time."""
    monkeypatch.setattr(stock, "_BOOT", 200_000)
    monkeypatch.setattr(stock, "of_process", cache(stock.Stock))

    done = run(
        pytester,
        """
@pytest.mark.parametrize("again", [1, 2])
def test_one(lab, again):
    lab("macos")
""",
    )

    done.assert_outcomes(failed=2)
    words = [
        "E *AllowanceError: macos: the machine does not come up: it computes without*",
        "*- macos: the latest records -*",
        "* ring 0   the kernel starts (boot 1)",
    ]
    done.stdout.fnmatch_lines(words * 2)


_WRONG = """
def push(lab):
    lab.push("chanel-291-bad")

def test_one(windows):
    push(windows)
"""


@pytest.mark.parametrize(
    ("test", "line", "error"),
    [
        (_WRONG, "lab.push(*", "FileError: chanel-291-bad: there is no such file*"),
        (
            """
def test_one(pair):
    pair.run_until(Death)
""",
            "pair.run_until(Death)",
            "WrongTypeError: *Write pair.run_until(Bugcheck() | Death(), within=*",
        ),
        (
            """
def test_one(windows):
    wrong = lambda record: record.cod == 1
    windows.run_until(wrong, within=seconds(1))
""",
            "windows.run_until(wrong, within=seconds(1))",
            "NoSuchNameError: the lambda in line *",
        ),
        (
            """
def test_one(content):
    content({"channel": 291, "version": 2, "instances": []})
""",
            "content({*",
            "SourceError: *there is no key 'instances'*",
        ),
        (
            """
def test_one(windows):
    windows.run_for(milliseconds(1))
    windows.push(chanel)
""",
            "windows.push(chanel)",
            "NameError: name 'chanel' is not defined",
        ),
    ],
)
def test_the_report_of_a_mistake_ends_at_its_line(
    pytester: pytest.Pytester, test: str, line: str, error: str
) -> None:
    """Neither the lines of minios nor its machines help whoever made it."""
    done = run(pytester, test, "-p", "no:cacheprovider")

    done.stdout.fnmatch_lines([f">*{line}", f"E *{error}"])
    said = done.stdout.str()
    assert "test_it.py:" in said
    assert not re.search(
        r"minios/\w+/\w+\.py:|the screen|latest records|--replay", said
    )


def test_a_short_report_names_the_line_of_the_test(pytester: pytest.Pytester) -> None:
    """With --tb=line there is no other one."""
    done = run(pytester, _WRONG, "--tb=line")

    done.stdout.fnmatch_lines(["*test_it.py:6: *FileError: chanel-291-bad: *"])


@pytest.mark.parametrize("option", ["--tb=native", "--full-trace"])
def test_the_lines_of_minios_are_there_for_whoever_wants_them(
    pytester: pytest.Pytester, option: str
) -> None:
    """For a mistake in minios itself."""
    done = run(pytester, _WRONG, option)

    assert "content_files.py" in done.stdout.str()


@pytest.mark.parametrize(
    "last",
    [
        "windows.run_until(Death(), within=milliseconds(1))",
        "windows.last(events.BugcheckEvent)",
        "assert windows.now == 0",
    ],
)
def test_what_the_machines_have_not_done_shows_them(
    pytester: pytest.Pytester, last: str
) -> None:
    """A wait or a claim that has failed is about the machines."""
    done = run(pytester, f"def test_one(windows):\n    {last}\n", "--tb=line")

    done.stdout.fnmatch_lines(
        ["*windows: the screen*", "*windows: the latest records*"]
    )
    done.stdout.fnmatch_lines(["*test_it.py:5: *"])


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("assert windows.boots == 5", "assert 1 == 5 + where 1 = "),
        ("windows.last(events.GaveUp)", "windows: no GaveUp has been recorded. Wait "),
        ("windows.run_for(seconds(90))", "The scenario has used up its budget of "),
        ("raise ValueError", "ValueError"),
    ],
)
def test_a_recording_says_which_test_has_failed_and_why(
    pytester: pytest.Pytester, last: str, reason: str
) -> None:
    """Whoever opens it has only the file."""
    test = (
        "@pytest.mark.budget(virtual=seconds(20))\n"
        f"def test_one(windows):\n    '''It boots five times.'''\n    {last}\n"
    )

    run(pytester, test, "--minios-recordings=kept")

    (path,) = (pytester.path / "kept").iterdir()
    found = recording.load(path)
    assert found.title == "It boots five times"
    assert found.reason.startswith(reason)


def test_a_recording_of_a_scenario_says_what_was_found(
    pytester: pytest.Pytester,
) -> None:
    """And not where the scenario lay: a recording is handed on."""
    text = """
title = "It boots twice"
[machines.windows]
[[steps]]
assert = { event = "ready", boot = 2 }
"""
    (pytester.path / "it.scenario.toml").write_text(text)

    pytester.runpytest_inprocess("--minios-recordings=kept")

    (path,) = (pytester.path / "kept").iterdir()
    found = recording.load(path)
    assert found.title == "It boots twice"
    assert found.reason.startswith("on windows expected: ")
    assert str(pytester.path) not in path.read_text()


def test_the_failure_of_a_fixture_is_one_frame(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is written in the test."""
    monkeypatch.setattr(stock, "_BOOT", 200_000)
    monkeypatch.setattr(stock, "of_process", cache(stock.Stock))

    done = run(pytester, "def test_one(windows): pass")

    done.stdout.fnmatch_lines(
        [
            "*def windows(*",
            "> *return _minios_labs(*",
            "E *AllowanceError: windows: the machine does not come up*",
            "*testing*plugin.py:*: AllowanceError",
        ]
    )
    assert "loans.py" not in done.stdout.str()
