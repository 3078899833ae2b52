"""Typical mistakes in a scenario: each is refused at once, in one sentence.

Each error is a MiniosError that says what to write instead, and the error that Python
itself would raise for such a mistake.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import minios.lab
from minios.errors import MiniosError
from minios.lab import ConditionNotMetError, Event

# Without types, as somebody has them who makes such a mistake.
Bugcheck: Any = minios.lab.Bugcheck
Console: Any = minios.lab.Console
ContentFile: Any = minios.lab.ContentFile
Death: Any = minios.lab.Death
DiskWrite: Any = minios.lab.DiskWrite
Happened: Any = minios.lab.Happened
Lab: Any = minios.lab.Lab
Not: Any = minios.lab.Not
Reset: Any = minios.lab.Reset
Restart: Any = minios.lab.Restart
Screen: Any = minios.lab.Screen
events: Any = minios.lab.events
milliseconds: Any = minios.lab.milliseconds
recovery: Any = minios.lab.recovery
seconds: Any = minios.lab.seconds
SOON = seconds(1)


@pytest.fixture(scope="module")
def lab() -> Iterator[Any]:
    """A machine that is ready. The mistakes do not run it, so all share it."""
    with Lab(model="macos") as machine:
        machine.boot()
        yield machine


def no_answer(event: Event) -> None:
    """A condition whose author forgot the `return`."""
    assert event.t > 0


async def later(event: Event) -> bool:
    """A condition that would always seem to hold: a coroutine is true."""
    return event.t > 5


def run_until(what: object) -> Callable[[Any], object]:
    """A wait for this."""
    return lambda lab: lab.run_until(what, within=SOON)


def within(time: object) -> Callable[[Any], object]:
    """A wait for so long."""
    return lambda lab: lab.run_until(Bugcheck(), within=time)


CASES: dict[str, tuple[Callable[[Any], object], type[Exception], str]] = {
    # What is waited for.
    "a class": (
        run_until(Bugcheck),
        TypeError,
        r"Bugcheck is a class.*Write Bugcheck\(",
    ),
    "a kind": (
        run_until(events.GaveUp),
        TypeError,
        r"GaveUp is a class.*Write Happened\(events\.GaveUp\)",
    ),
    "a name": (run_until("Bugchek"), TypeError, r"'Bugchek'.*Write Bugcheck\(\)"),
    "a text": (
        run_until("boom!"),
        TypeError,
        r"Write Console\('boom!'\) or Screen\('boom!'\)",
    ),
    "a fact": (run_until(False), TypeError, "False is no condition.*write `assert`"),
    "a list": (run_until([Bugcheck()]), TypeError, r"a list .*Bugcheck\(\) \| Death\("),
    "a number": (run_until(0x50), TypeError, "the type int is no condition"),
    "or": (lambda _: Bugcheck() or Death(), TypeError, "Write `a | b` for `a or b`"),
    "not": (lambda _: not Bugcheck(), TypeError, r"`Not\(a\)` for `not a`"),
    "and": (lambda _: Bugcheck() & Reset(), TypeError, "could mean one record or two"),
    "or a list": (
        lambda _: Bugcheck() | [Death()],
        TypeError,
        "a list is no condition",
    ),
    "no return": (
        run_until(no_answer),
        TypeError,
        r"no_answer\(\) has returned a NoneType for the record .*Is a `return` missing",
    ),
    "async": (run_until(later), TypeError, "later is an async function"),
    "field": (
        run_until(lambda it: it.code == 0x50),
        AttributeError,
        (
            r"the lambda in line \d+ is asked about every record, and \w+ has no "
            r"field 'code'.*Happened\(events\.BugcheckEvent, code=0x50\)"
        ),
    ),
    "no argument": (run_until(lambda: True), TypeError, "takes 0 positional arguments"),
    "runs": (
        lambda lab: lab.run_until(lambda _: lab.run_for(SOON) is None, within=SOON),
        MiniosError,
        "which runs already",
    ),
    "in": (
        lambda lab: Bugcheck(0x50) not in lab.events,
        TypeError,
        r"no record is equal to one\. Ask lab\.all\(Bugcheck\(0x50\)\) for the",
    ),
    "equal": (
        lambda lab: lab.events[-1] == Death("shell"),
        TypeError,
        r"Death\('shell'\) is a condition",
    ),
    # Their arguments.
    "stop code": (lambda _: Bugcheck(50), ValueError, r"50\. Write 0x50"),
    "quoted": (lambda _: Bugcheck("0x50"), ValueError, r"Write 0x50"),
    "stop name": (
        lambda _: Bugcheck("PAGE_FAULT_IN_NONPAGED_ARIA"),
        ValueError,
        r"Did you mean PAGE_FAULT_IN_NONPAGED_AREA\?",
    ),
    "process": (
        run_until(Death("sentinal.ext")),
        ValueError,
        r"'sentinal\.ext' on this machine's disk\. Did you mean sentinel\.ext\?",
    ),
    "in a sum": (
        run_until(Not(Bugcheck() | Death("shel").count(2))),
        ValueError,
        r"Did you mean shell\?",
    ),
    "driver": (run_until(Death("sentinel.sys")), ValueError, r"wait for a bugcheck"),
    "restart": (
        lambda _: Restart("sentinel"),
        TypeError,
        r"Happened\(events\.RestartEvent, name='sentinel'\)",
    ),
    "no kind": (lambda _: Happened(), TypeError, "Happened needs a kind of record"),
    "text kind": (
        lambda _: Happened("bugcheck"),
        TypeError,
        r"bugcheck is no kind of record\. Did you mean BugcheckEvent\?",
    ),
    "condition kind": (
        lambda _: Happened(Bugcheck),
        TypeError,
        r"Bugcheck is no kind of record\. Write events\.BugcheckEvent",
    ),
    "no field": (
        lambda _: Happened(events.ContentLoaded, rings=0),
        AttributeError,
        r"no field 'rings'\. Did you mean ring\? It has: world, t, instructions, file",
    ),
    "wrong value": (
        lambda _: Happened(events.ContentLoaded, ring="0"),
        TypeError,
        "ring of ContentLoaded is of the type int, and '0' is not",
    ),
    "process of a record": (
        run_until(Happened(events.RestartEvent, name="sentinal.ext")),
        ValueError,
        r"'sentinal\.ext' on this machine's disk\. Did you mean sentinel\.ext\?",
    ),
    "code of a record": (
        lambda _: Happened(events.BugcheckEvent, code=50),
        ValueError,
        r"there is no stop code 50\. Write 0x50",
    ),
    "count": (lambda _: Bugcheck().count(0), ValueError, "Count from 1"),
    "counted text": (
        lambda _: Bugcheck().count("3"),
        TypeError,
        r"Write Bugcheck\(\)\.count\(3\)",
    ),
    "count not": (lambda _: Not(Bugcheck()).count(2), TypeError, "fewer than three"),
    "count screen": (lambda _: Screen("x").count(2), TypeError, r"Console\(\.\.\.\)"),
    "not a class": (lambda _: Not(Bugcheck), TypeError, r"Write Bugcheck\(\)"),
    "two lines": (lambda _: Console("ready\n"), ValueError, "one line at a time"),
    "no text": (lambda _: Screen(""), ValueError, "an empty text"),
    "bytes": (
        lambda _: Console(b"x"),
        TypeError,
        r'Write Console\("\.\.\."\)',
    ),
    "no sectors": (lambda _: DiskWrite(sectors=0), ValueError, "Count from 1"),
    # Times.
    "bare": (within(5), ValueError, r"within=5 is 5 ns.*Write within=seconds\(5\)"),
    "fraction": (within(0.5), TypeError, r"not 0\.5\. Write within=seconds\(0\.5\)"),
    "nan": (within(float("nan")), TypeError, r"not nan\. Write within=seconds\(5\)"),
    "nanoseconds": (within(5e9), TypeError, r"not 5000000000\.0\. .*=seconds\(5\)"),
    "none": (within(None), TypeError, r"not None\. Write within=seconds\(5\)"),
    "past": (within(-seconds(1)), ValueError, "lies in the past"),
    "run for": (lambda lab: lab.run_for(2), ValueError, r"Write time=seconds\(2\)"),
    "run to": (
        lambda lab: lab.run_to("kernel_main", within=5),
        ValueError,
        r"seconds\(5\)",
    ),
    "prompt": (lambda lab: lab.wait_for_prompt(within=5), ValueError, r"seconds\(5\)"),
    "quoted time": (
        lambda _: seconds("5"),
        TypeError,
        r"without quotes: seconds\(5\)",
    ),
    "endless": (lambda _: seconds(float("inf")), ValueError, "Give a number that ends"),
    "not a time": (lambda _: milliseconds(float("nan")), ValueError, "nan is no time"),
    # What is pushed, typed, asked, restored.
    "push bytes": (
        lambda lab: lab.push(b"abc"),
        TypeError,
        r'the type bytes is no content file.*ContentFile\("name", data\)',
    ),
    "push a dictionary": (
        lambda lab: lab.push({"channel": 291}),
        TypeError,
        r"dict is no content file\. The fixture `content` makes .*push\(content\(",
    ),
    "content": (
        lambda lab: lab.push("chanel-291-bad"),
        MiniosError,
        r"Did you mean channel-291-bad\?",
    ),
    "option value": (
        lambda _: Lab(options={"recovery": False}),
        MiniosError,
        "recovery is no or yes, and must be a text in quotes, not False",
    ),
    "option": (
        lambda _: Lab(options={"recover": "no"}),
        MiniosError,
        "no boot option 'recover'; did you mean recovery or recovery_s?",
    ),
    "model": (lambda _: Lab(model="window"), MiniosError, "Choose one of: windows, ma"),
    "listed option": (lambda _: Lab(options=["x"]), TypeError, r"options=\{\"recovery"),
    "listed service": (lambda _: Lab(services=["x"]), TypeError, r"services=\{\"senti"),
    "one plugin": (lambda _: Lab(plugins="x"), TypeError, r'plugins=\["my-plugin"\]'),
    "no plugin": (lambda _: Lab(plugins=[5]), TypeError, r'plugins=\["my-plugin"\]'),
    "quoted seed": (lambda _: Lab(seed="1"), TypeError, "Write seed=2"),
    "fix": (lambda lab: lab.offer_fix("chanel-291"), MiniosError, "mean channel-291"),
    "no name": (lambda _: Lab(["macos"]), TypeError, r'Write Lab\("windows"\)'),
    "path of a disk": (lambda _: Lab(disk="x"), TypeError, r"\.read_bytes\(\)"),
    "own record": (
        lambda lab: lab.record("x"),
        TypeError,
        r"lab\.record\(events",
    ),
    "own input": (lambda lab: lab.give("reset"), TypeError, r"inputs\.PressReset\(\)"),
    "kept": (lambda lab: lab.cut_power("1"), TypeError, r"cut_power\(kept_sectors=1\)"),
    "since a record": (
        lambda lab: lab.unprotected_time(since=lab.events[0]),
        TypeError,
        r"Write since=record\.t",
    ),
    "type": (lambda lab: lab.type(b"help"), TypeError, r'Write lab\.type\("help'),
    "console": (lambda lab: lab.console("a\rb"), ValueError, "is more than one line"),
    "listen": (lambda lab: lab.listen(None), TypeError, r"lab\.listen\(print\)"),
    "last": (
        lambda lab: lab.last(Bugcheck),
        TypeError,
        r"Bugcheck is no kind of record\. Write events\.BugcheckEvent",
    ),
    "choice": (
        lambda lab: recovery.choose(lab, "shel"),
        MiniosError,
        r"does not offer 'shel'\. Did you mean shell\?",
    ),
    "no menu": (
        lambda lab: recovery.choose(lab, "shell"),
        MiniosError,
        r"not in the recovery environment\. Call recovery\.enter\(lab\) first",
    ),
    "mode": (lambda lab: recovery.boot_into(lab, "save"), MiniosError, "mean safe"),
    # What a record or a module has.
    "attribute": (
        lambda lab: lab.last(events.ReadyEvent).bot,
        AttributeError,
        r"ReadyEvent has no field 'bot'\. Did you mean boot\? It has: world, t, ",
    ),
    "verb": (
        lambda lab: lab.pusch("channel-291-bad"),
        AttributeError,
        r"Lab has no 'pusch'\. Did you mean push\?",
    ),
    "no within": (
        lambda lab: lab.run_until(Bugcheck()),
        TypeError,
        r"missing .*'within'\. Write lab\.run_until\(Bugcheck\(\), within=seconds",
    ),
    "within without its name": (
        lambda lab: lab.run_until(Bugcheck(), SOON),
        TypeError,
        r"positional arguments .*Write lab\.run_until\(Bugcheck\(\), within=seconds",
    ),
    "within, misspelt": (
        lambda lab: lab.console("help", whithin=SOON),
        TypeError,
        r"unexpected keyword argument 'whithin'\. Write lab\.console\(\"help\"\)",
    ),
    "nothing pushed": (
        lambda lab: lab.push(),
        TypeError,
        r"missing .*'content'\. Write lab\.push\(\"channel-291-bad\"\)",
    ),
    "what was seen": (
        lambda lab: lab.run_until(Console("refuses"), within=SOON).time,
        AttributeError,
        r"TextSeen has no 'time'\. Choose one of: instructions, ",
    ),
    "more words than the field has": (
        lambda _: Happened(events.BugcheckEvent, stop_code=0x50),
        AttributeError,
        r"no field 'stop_code'\. Did you mean code\?",
    ),
    "a slip": (
        lambda _: Happened(events.BugcheckEvent, eror_code=2),
        AttributeError,
        r"no field 'eror_code'\. Did you mean error_code\?",
    ),
    "module": (
        lambda _: events.Bugcheck,
        AttributeError,
        r"there is no 'Bugcheck'\. Write events\.BugcheckEvent",
    ),
    "module, near": (
        lambda _: events.GivenUp,
        AttributeError,
        r"Did you mean GaveUp\?",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_refused_with_what_to_write_instead(lab: Any, case: str) -> None:  # noqa: ANN401 - mistakes
    """At once: no time passes, or only until the first record."""
    use, kind, message = CASES[case]
    start = lab.snapshot()
    lab.push(ContentFile("nothing", b"nothing"))
    try:
        with pytest.raises(kind, match=message) as raised:
            use(lab)
    finally:
        lab.restore(start)

    assert isinstance(raised.value, MiniosError) or case == "no argument"
    assert re.fullmatch(r"[ -~]+", str(raised.value))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("from minios.lab import Bugchecked", "Did you mean Bugcheck?"),
        ("from minios.lab import GaveUp", "Write events.GaveUp"),
        ("from minios.lab.events import Bugcheck", "Write events.BugcheckEvent"),
    ],
)
def test_an_import_of_a_wrong_name_says_the_right_one(line: str, message: str) -> None:
    """It is an ImportError with a message of ours."""
    with pytest.raises(ImportError, match=re.escape(message)):
        exec(line, {})  # noqa: S102 - the line is ours


def test_a_module_that_is_not_imported_yet_is_found() -> None:
    """A name in small letters is left to Python's import."""
    code = "from minios.lab import waiting, crimes; print(waiting.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout == "minios.lab.waiting\n"


def test_a_machine_that_is_off_is_not_asked() -> None:
    """Neither a loop nor a wait: no time passes on it."""
    with Lab(model="macos", options={"event_ms": "0"}) as machine:
        machine.boot()
        machine.wait_for_prompt()
        machine.type("off\r")
        machine.run_until(Happened(events.PoweredOff), within=SOON)
        for ask in (
            lambda: machine.console("help"),
            machine.wait_for_prompt,
            lambda: machine.run_until(Bugcheck(), within=SOON),
        ):
            with pytest.raises(ConditionNotMetError, match="the machine is off"):
                ask()
        machine.cut_power()

        assert machine.boot().boot == 2


def test_the_choices_that_start_nothing_return_what_happened() -> None:
    """The shell is open at its prompt; the machine is off."""
    with Lab(model="macos") as machine:
        machine.boot()
        recovery.enter(machine)
        shell = recovery.choose(machine, "shell")
        assert shell == machine.last(events.RecoveryChosen)
        assert shell.choice == "shell"
        assert "C-000291.SYS" in machine.console("ls /SYSTEM/CONTENT")
        with pytest.raises(MiniosError, match=r"first: lab\.console\(\"exit\"\)"):
            recovery.choose(machine, "continue")
        machine.console("exit")

        assert recovery.choose(machine, "switch off") == machine.events[-1]
        assert machine.machine.is_off
