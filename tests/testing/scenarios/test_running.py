"""What the verbs of a scenario do, and what is reported when a step fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from minios.lab import Happened, content_files, events, seconds
from minios.session import recording as recordings
from minios.testing import Labs, stock
from minios.testing.budgets import Budget
from minios.testing.scenarios.outcome import Failure, Outcome
from minios.testing.scenarios.reading import parse
from minios.testing.scenarios.running import run
from minios.testing.submission import Submission

WINDOWS = "[machines.windows]\n"
MACOS = "[machines.macos]\n"


class Bench:
    """Runs steps on machines that come from the stock."""

    def __init__(self, labs: Labs, folder: Path) -> None:
        self.labs = labs
        self.folder = folder
        self.submission: Submission | None = None

    def __call__(self, steps: str, machines: str = WINDOWS, head: str = "") -> Outcome:
        """Run steps; [[steps]] stands before each block that a blank line ends."""
        blocks = "".join(f"[[steps]]\n{it}\n" for it in steps.strip().split("\n\n"))
        text = f'title = "x"\n{head}{machines}{blocks}'
        (scenario,) = parse(text, self.folder / "a.scenario.toml")
        budget = Budget(**scenario.limits)
        labs = Labs(stock.of_process(), budget, self.labs.plugins)
        try:
            return run(scenario, labs, submission=self.submission)
        finally:
            labs.give_back()

    def failure(self, steps: str, machines: str = WINDOWS, head: str = "") -> Failure:
        """The failure of steps that must fail."""
        found = self(steps, machines, head).failure
        assert found is not None
        return found


@pytest.fixture
def bench(lab: Labs, tmp_path: Path) -> Bench:
    """A folder for scenarios, and machines."""
    return Bench(lab, tmp_path)


def test_a_step_is_done_on_every_machine_in_their_order(bench: Bench) -> None:
    """Two machines in one scenario, and each step says what it has seen."""
    outcome = bench(
        'push = "channel-291-bad"\n\n'
        'on = "b"\nwait_for = { event = "death" }\nwithin = "5s"',
        '[machines.a]\nworld = "windows"\n[machines.b]\nworld = "macos"\n',
    )

    assert outcome.passed
    assert [(it.verb, it.machine) for it in outcome.steps] == [
        ("push", "a"),
        ("push", "b"),
        ("wait_for", "b"),
    ]
    assert outcome.steps[2].saw.startswith("sentinel.ext (process 4) dies")


def test_a_failure_shows_its_line_and_what_was_there(bench: Bench) -> None:
    """The report that a person reads: where, the step, expected, found, records."""
    outcome = bench(
        'push = "channel-291-good"\n\n'
        'wait_for = { event = "bugcheck", ring = 0 }\nwithin = "1s"\n'
        'message = "Look at the 21st field."'
    )

    expected = "a record 'bugcheck' with ring = 0"
    report = outcome.report().splitlines()
    assert report[:8] == [
        f"wait_for failed on windows: {bench.folder / 'a.scenario.toml'}:5",
        "    [[steps]]",
        '    wait_for = { event = "bugcheck", ring = 0 }',
        '    within = "1s"',
        '    message = "Look at the 21st field."',
        f"expected: {expected} within 1s",
        f"found:    {expected} has not happened within 1 s of virtual time",
        "Look at the 21st field.",
    ]
    assert report[8] == "the latest records of windows:"
    assert "the sensor loads C-000291.SYS, version 2" in report[-1]


FAILING = {
    "none of": (
        (
            'push = "channel-291-bad"\n\n'
            'wait_for = { none_of = [{ event = "bugcheck" }] }\nwithin = "5s"'
        ),
        "none of: a record 'bugcheck' within 5s",
        "has happened",
    ),
    "the latest record": (
        'assert = { event = "ready", boot = 2 }',
        "the latest of them is a record 'ready' with boot = 2",
        "boot = 1 (all services are running)",
    ),
    "no record": (
        'assert = { event = "bugcheck" }',
        "a record 'bugcheck'",
        "there is none so far",
    ),
    "a count": (
        'assert = { event = "ready", count = { at_least = 2 } }',
        "a record 'ready': count at least 2",
        "count = 1",
    ),
    "a file that is missing": (
        'assert = { file = "/NO.TXT" }',
        "there is a file /NO.TXT",
        "there is no file /NO.TXT",
    ),
    "a file with other contents": (
        'assert = { file = "/SYSTEM/SERVICES.INI", contains = "sentinal" }',
        "/SYSTEM/SERVICES.INI contains 'sentinal'",
        "bytes without it, which begin with",
    ),
    "other content": (
        (
            'assert = { file = "/SYSTEM/CONTENT/C-000291.SYS", same_as = '
            '"channel-291-bad" }'
        ),
        "/SYSTEM/CONTENT/C-000291.SYS has the bytes of channel-291-bad",
        "448 other bytes",
    ),
    "a service": (
        'assert = { service = "updater", running = false }',
        "updater does not run",
        "it runs, start auto",
    ),
    "a service's start": (
        'assert = { service = "updater", start = "demand" }',
        "updater has the start 'demand'",
        "it runs, start auto",
    ),
    "protection": (
        "assert = { protected = false }",
        "no sensor sees events",
        "a sensor sees events",
    ),
    "time without protection": (
        (
            'cut_power = true\n\nadvance = "1ms"\n\n'
            'assert = { unprotected_time = { at_most = "10us" } }'
        ),
        "unprotected for at most 10us",
        "1ms",
    ),
    "the console": (
        'assert = { console = "no such line" }',
        "'no such line' on the console",
        "its last lines are",
    ),
    "the screen": (
        'assert = { screen = "no such line" }',
        "'no such line' on the screen",
        "its last lines are",
    ),
    "an answer of the shell": (
        'console = "echo one"\nexpect = "two"',
        "an answer with 'two'",
        "'one'",
    ),
    "a machine that is off": (
        (
            'type = "off\\r"\n\nwait_for = { event = "powered_off" }\nwithin = "5s"\n\n'
            "reset = true"
        ),
        "the step can be done",
        "the machine is off",
    ),
    "nothing to withdraw": (
        "withdraw = true",
        "the step can be done",
        "nothing was pushed or published",
    ),
    "a submission that was not handed in": (
        'push = "submission/mine.toml"',
        "the step can be done",
        "there is no submission",
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_step_that_fails_says_what_was_expected_and_found(
    bench: Bench, name: str
) -> None:
    """Each verb and each claim, with what a person has to know."""
    steps, expected, found = FAILING[name]

    failure = bench.failure(steps)

    assert failure.expected == expected
    assert found in failure.found


@pytest.mark.parametrize("name", ["sentinel", "sentinel.ext"])
def test_an_extension_may_be_named_without_its_ending(bench: Bench, name: str) -> None:
    """As `Death("sentinel")` in Python: in waiting, counting and comparing."""
    fields = f'event = "death", name = "{name}"'
    outcome = bench(
        f'push = "channel-291-bad"\n\nwait_for = {{ {fields} }}\nwithin = "5s"\n\n'
        f"assert = {{ {fields} }}\n\nassert = {{ {fields}, count = 1 }}\n\n"
        f'wait_for = {{ event = "restart", name = "{name}" }}\nwithin = "9s"',
        MACOS,
    )

    assert outcome.passed, outcome.report()


def test_a_process_that_a_world_refuses_is_counted_but_not_waited_for(
    bench: Bench,
) -> None:
    """It is none so far, which may be claimed; and there will be none."""
    dies = '{ event = "death", name = "sentinel"'
    outcome = bench(
        f"assert = {dies}, count = 0 }}\n\nwait_for = {dies} }}\nwithin = '5s'"
    )

    assert [it.verb for it in outcome.steps] == ["assert"]
    assert outcome.failure is not None
    assert "this model allows no extensions" in outcome.failure.found


def test_a_service_that_no_plugin_has_brought_is_refused(bench: Bench) -> None:
    """With plugins, the list is known when the machine is made."""
    failure = bench.failure(
        'assert = { service = "countr" }', MACOS + 'plugins = ["counter"]\n'
    )

    assert failure.expected == "the step can be done"
    assert "there is no service 'countr'. Did you mean counter.sys?" in failure.found


@pytest.mark.parametrize(
    "step", ["wait_for = {}\nwithin = '5s'", "assert = {}"], ids=["wait", "assert"]
)
def test_a_program_that_no_plugin_has_brought_is_refused(
    bench: Bench, step: str
) -> None:
    """What is on the disk is known when the machine is made; nothing is waited for."""
    wanted = '{ event = "death", name = "countr" }'
    failure = bench.failure(step.format(wanted), MACOS + 'plugins = ["counter"]\n')

    assert failure.found == (
        "there is no program 'countr' on this machine's disk. Did you mean counter.ext?"
    )


def test_a_snapshot_turns_a_machine_back_but_not_its_budget(bench: Bench) -> None:
    """Otherwise a scenario that restores again and again would have no end."""
    rounds = '\n\nadvance = "4s"\n\nrestore = "start"'
    failure = bench.failure('snapshot = "start"' + 3 * rounds, head='budget = "10s"\n')

    assert (failure.line, failure.verb) == (14, "advance")
    assert failure.expected == "a budget of 10s and 100,000,000 instructions is enough"
    assert failure.found == "it is used up"


def test_a_wait_ends_with_the_budget(bench: Bench) -> None:
    """The budget is for all steps together."""
    failure = bench.failure(
        'advance = "3s"\n\nwait_for = { event = "bugcheck" }\nwithin = "4s"',
        head='budget = "5s"\n',
    )

    assert failure.expected == "a budget of 5s and 100,000,000 instructions is enough"


def test_restoring_forgets_what_has_happened_since(bench: Bench) -> None:
    """The records of the crash are gone, and it happens again."""
    crash = 'wait_for = { event = "bugcheck" }\nwithin = "5s"'
    outcome = bench(
        'push = "channel-291-bad"\n\nsnapshot = "pushed"\n\n'
        f'{crash}\n\nrestore = "pushed"\n\n'
        'assert = { event = "bugcheck", count = 0 }\n\n'
        f'{crash}\n\nassert = {{ event = "bugcheck", count = 1 }}'
    )

    assert outcome.passed, outcome.report()


def test_keys_lead_into_the_recovery_environment(bench: Bench) -> None:
    """F8 after a reset, as a person would press it."""
    outcome = bench(
        'reset = true\n\npress = "F8"\ntimes = 8\n\n'
        'wait_for = { event = "recovery" }\nwithin = "5s"\n\n'
        'wait_for = { console = "recovery> " }\nwithin = "5s"\n\n'
        'console = "4"\nexpect = "recovery: shell"'
    )

    assert outcome.passed, outcome.report()


def test_a_cold_machine_has_not_started_yet(bench: Bench) -> None:
    """The first step finds it before its first instruction."""
    outcome = bench(
        'assert = { event = "boot", count = 0 }\n\n'
        'wait_for = { event = "ready" }\nwithin = "5s"',
        WINDOWS + "cold = true\n",
    )

    assert outcome.passed, outcome.report()


def test_content_can_stand_in_the_file(bench: Bench) -> None:
    """The table of a content file, in the step that pushes it."""
    outcome = bench(
        "[steps.push]\nchannel = 291\nversion = 7\n"
        '[[steps.push.instance]]\ntemplate = "ipc"\ndetection = 0x2001\n'
        '[steps.push.instance.match]\npipe_name = "mojo.*"\n\n'
        'wait_for = { event = "content_loaded", version = 7, instances = 1 }\n'
        'within = "5s"\n\n'
        'wait_for = { event = "detection", detection = "0x2001" }\nwithin = "5s"'
    )

    assert outcome.passed, outcome.report()


def test_services_and_options_are_those_of_the_file(bench: Bench) -> None:
    """Without the sensor the bad file harms nobody, and nobody is protected."""
    outcome = bench(
        'push = "channel-291-bad"\n\n'
        'wait_for = { none_of = [{ event = "bugcheck" }] }\nwithin = "5s"\n\n'
        "assert = { protected = false }",
        WINDOWS + 'services = { sentinel = "disabled" }\n'
        "options = { first_event_ms = 200 }\n",
    )

    assert outcome.passed, outcome.report()


def test_answers_are_compared_with_the_machine(bench: Bench) -> None:
    """With a value, a field, or an address; a student is not told what is right."""
    answers = hand_in(bench) / "answers.toml"
    steps = (
        'push = "channel-291-bad"\n\n'
        'wait_for = { event = "bugcheck" }\nwithin = "5s"\n\n'
        'answer = "stop_code"\nevent = "bugcheck"\nfield = "code"\n\n'
        'answer = "where"\nequals = "sentinel.sys"\n\n'
        'answer = "entry"\naddress_of = "kernel_main"'
    )
    address = hex(bench.labs("windows").address_of("kernel_main"))
    answers.write_text(
        f'stop_code = "0x50"\nwhere = " Sentinel.sys"\nentry = {address}'
    )
    assert bench(steps).passed

    answers.write_text('stop_code = 0x7E\nwhere = "sentinel.sys"\n')
    failure = bench.failure(steps)
    assert failure.expected == "the right answer for 'stop_code'"
    assert (failure.source, failure.found) == ('answer = "stop_code"', "126")

    answers.write_text('stopcode = 0x50\nwhere = "sentinel.sys"\n')
    failure = bench.failure(steps)
    assert failure.expected == "an answer 'stop_code'"
    assert failure.found == "Did you mean stopcode?"


@pytest.mark.posix
def test_a_content_file_can_be_handed_in(bench: Bench) -> None:
    """As source text or compiled; a link that leads out of the folder is refused."""
    folder = hand_in(bench)
    bad = content_files.find("channel-291-bad").data
    (folder / "mine.sys").write_bytes(bad)
    (bench.folder / "outside.sys").write_bytes(bad)
    (folder / "link.sys").symlink_to(bench.folder / "outside.sys")

    assert bench('push = "submission/mine.sys"').passed
    for path in ("link.sys", "../outside.sys", "none.sys"):
        failure = bench.failure(f'push = "submission/{path}"')
        assert f"the submission has no '{path}'" in failure.found


def test_a_machine_that_cannot_be_made_fails_at_its_line(bench: Bench) -> None:
    """A plugin that was not handed in, for example."""
    hand_in(bench)

    failure = bench.failure(
        "reset = true", WINDOWS + 'plugins = ["submission/plugin"]\n'
    )

    assert (failure.line, failure.verb) == (2, "the start")
    assert "the submission has no 'plugin'" in failure.found


def test_what_a_guest_writes_cannot_reach_the_terminal(bench: Bench) -> None:
    """Control codes in an answer, in a report and in what a step has seen."""
    outcome = bench('console = "echo \\u001b[31mred"\nexpect = "blue"')

    assert not outcome.passed
    assert outcome.report().isprintable() is False  # it has lines
    assert all(line.isprintable() for line in outcome.report().splitlines())


def hand_in(bench: Bench) -> Path:
    """An empty folder that is handed in."""
    folder = bench.folder / "handed-in"
    folder.mkdir()
    bench.submission = Submission(folder)
    return folder


def test_a_recording_of_a_session_can_be_handed_in(bench: Bench, lab: Labs) -> None:
    """What somebody did by hand is done again, and then looked at."""
    folder = hand_in(bench)
    hands = lab("windows", cold=True)
    hands.boot()
    hands.push("channel-291-bad")
    hands.run_until(Happened(events.RecoveryEntered), within=seconds(5))
    hands.run_for(seconds(0.1))
    hands.withdraw()
    hands.console("shell")
    hands.console("rm /system/content/c-000291.sys")
    recordings.save(recordings.of_labs([hands]), folder / "mine.jsonl")
    machine = WINDOWS + 'recording = "submission/mine.jsonl"\n'
    steps = (
        'assert = { file = "/SYSTEM/CONTENT/C-000291.SYS", exists = false }\n\n'
        'console = "exit"\n\ntype = "continue\\r"\n\n'
        'wait_for = { event = "ready" }\nwithin = "5s"'
    )

    outcome = bench(steps, machine)
    assert outcome.passed, outcome.report()

    failure = bench.failure(steps, machine + "seed = 2\n")
    assert failure.verb == "the start"
    assert "has no machine 'windows' made as this test asks" in failure.found


def test_a_recording_that_was_changed_is_noticed(bench: Bench, lab: Labs) -> None:
    """Its end would not be the one that was recorded."""
    folder = hand_in(bench)
    hands = lab("windows", cold=True)
    hands.boot()
    hands.type("help\r")
    hands.run_for(seconds(1))
    recordings.save(recordings.of_labs([hands]), folder / "mine.jsonl")
    text = (folder / "mine.jsonl").read_text()
    (folder / "mine.jsonl").write_text(text.replace("help", "ps"))

    failure = bench.failure(
        "reset = true", WINDOWS + 'recording = "submission/mine.jsonl"\n'
    )

    assert "the machine has not ended as it was recorded" in failure.found


def test_a_plugin_runs_beside_the_sensor_in_both_rings(bench: Bench) -> None:
    """A shipped one by its name; its values are records like any other."""
    outcome = bench(
        'wait_for = { event = "value", plugin = "counter" }\nwithin = "20s"',
        '[machines.windows]\nplugins = ["counter"]\n'
        '[machines.macos]\nplugins = ["counter"]\n',
    )

    assert outcome.passed, outcome.report()


def test_a_plugin_that_cannot_be_built_fails_with_its_line(bench: Bench) -> None:
    """A student reads where the compiler stopped."""
    folder = hand_in(bench) / "plugin"
    folder.mkdir()
    (folder / "plugin.toml").write_text(
        'name = "mine"\nversion = "1"\nlicense = "MIT"\ndescription = "x"\n'
        'kinds = ["driver"]\nevents = []\nrights = []\n'
    )
    (folder / "mine.c").write_text("#include <minios/plugin.h>\nint x = ;\n")

    failure = bench.failure(
        "reset = true", WINDOWS + 'plugins = ["submission/plugin"]\n'
    )

    assert "mine.c:2:9" in failure.found
    assert "expected expression" in failure.found


def test_an_option_can_be_changed_for_the_next_start(bench: Bench) -> None:
    """Without the recovery environment the machine crashes for ever."""
    outcome = bench(
        'set_option = { recovery = "no" }\n\npush = "channel-291-bad"\n\n'
        'wait_for = { event = "bugcheck", count = 4 }\nwithin = "5s"\n\n'
        'assert = { event = "recovery", count = 0 }'
    )

    assert outcome.passed, outcome.report()
