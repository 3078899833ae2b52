"""What a story has cost its machine, measured at its end."""

from __future__ import annotations

from collections import Counter

import pytest

from minios.lab import events
from minios.lab.explain import describe
from minios.lab.idle_options import notes
from minios.lab.story import Plan, Story, tell

BAD = "channel-291-bad"
PIPES = {"spoolss", "lsass", "wkssvc", "mojo.workload"}  # of user/programs/workload


@pytest.fixture(scope="module")
def limping() -> Story:
    """The sensor as a module of Linux: each fault is an oops."""
    return tell("linux", Plan(BAD))


def test_each_oops_ends_the_task_that_made_a_pipe(limping: Story) -> None:
    """The hook runs on its thread, and init starts it again."""
    end = limping.end

    assert limping.losses.tasks == Counter({"workload": 4})
    assert (end.oopses, end.tasks_ended, end.init_restarts) == (4, 4, 4)
    assert (end.panics, end.bugchecks, end.deaths) == (0, 0, 0)
    assert describe(end).startswith("went on, limping: 4 oopses")


def test_the_story_says_why_there_is_no_fifth_oops(limping: Story) -> None:
    """Each pipe of the workload is taken by a process that is no more."""
    said = " ".join(limping.losses.sentences)

    assert set(limping.losses.pipes) == PIPES
    assert limping.losses.refused > len(PIPES)
    assert "That is why there is no further oops" in said


def test_the_module_counts_those_that_died_in_it(limping: Story) -> None:
    """So nobody can unload it; a kernel that is out of tree and has died says so."""
    assert limping.losses.modules == (("sentinel.sys", 4),)
    assert limping.losses.taint == "G D O"
    assert "sentinel.sys cannot be unloaded" in limping.losses.words


def test_linux_names_its_fault_in_its_own_words(limping: Story) -> None:
    """The kernel's report on the console begins with the same words."""
    oops = next(it for it in limping.events if isinstance(it, events.Oops))
    said = describe(oops)

    assert said.startswith("BUG: unable to handle page fault for address: ffff8405")
    assert "PAGE_FAULT_IN_NONPAGED_AREA" not in said


def test_a_panic_after_oopses_is_what_is_explained() -> None:
    """Else the answer would be about the oops, and the table about the panic."""
    story = tell("linux", Plan(BAD, options={"oops_limit": "2"}))
    assert isinstance(story.crash, events.BugcheckEvent)
    assert story.why is not None

    assert story.crash.panic.startswith("Oopsed too often")
    assert "The machine stopped" in story.why.answer[0]
    assert any("An oops came before it" in it for it in story.why.reasons)
    assert (story.end.oopses, story.end.panics, story.end.outcome) == (1, 1, "crash")
    assert story.losses.sentences == ()


def test_a_stop_costs_all_that_ran() -> None:
    """Init, shell, supervisor, updater and workload, at each of three stops."""
    story = tell("windows", Plan(BAD))
    assert story.losses.stopped == (5, 5, 5)
    assert story.losses.words.startswith("everything that ran: 5 processes, 3 times")


def test_an_isolated_sensor_costs_itself_alone() -> None:
    """As often as the supervisor started it again."""
    story = tell("macos", Plan(BAD))
    assert story.losses.crashed == Counter({"sentinel.ext": story.end.deaths})
    assert "only the process sentinel.ext" in story.losses.words


@pytest.mark.parametrize(
    ("model", "option", "idle"),
    [
        ("linux", "kexts", True),
        ("windows", "kexts", True),
        ("macos", "kexts", False),
        ("windows", "panic_on_oops", True),
        ("linux", "panic_on_oops", False),
        ("macos", "bpf_defect", True),
        ("linux", "crime", True),
        ("linux", "event_ms", False),
    ],
)
def test_an_option_that_changes_nothing_is_named(
    model: str, option: str, idle: bool
) -> None:
    """A person would look for a difference that cannot be."""
    found = list(notes(model, {option: "warn"}))
    assert len(found) == idle
    assert all(f"changes nothing in {model}" in it for it in found)


def test_an_option_counts_where_another_one_makes_it() -> None:
    """With after_fault=oops, Windows' faults are oopses, too."""
    assert not list(notes("windows", {"after_fault": "oops", "panic_on_oops": "1"}))


def test_end_plugin_ends_no_plugin_where_hooks_run_on_the_caller() -> None:
    """The thread that faults is the caller's, so the kernel ends that."""
    option = {"after_fault": "end_plugin"}
    (said,) = notes("linux", option)
    story = tell("linux", Plan(BAD, options=option))

    assert "ends no plugin in linux" in said
    assert "so the kernel ends that task" in said
    assert set(story.losses.tasks) == {"workload"}
    assert not list(notes("windows", option))


@pytest.mark.parametrize(
    ("defect", "crime"),
    [("bounds32", "or32"), ("helper_length", "longcopy"), ("missing_page", "nothing")],
)
def test_a_defect_names_a_program_that_leads_there(defect: str, crime: str) -> None:
    """The crimes' own tests commit it: it is an oops with this defect alone."""
    (said,) = notes("linux", {"bpf_defect": defect})
    assert f"`minios crimes {crime}`" in said
    assert not list(notes("linux", {"bpf_defect": "none"}))
