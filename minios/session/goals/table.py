"""The goals of the labs with both worlds, and what these labs teach.

A goal names no key and no number of a choice, because the screen and plain mode share
it. A new goal is a new row. `tests/session/test_goals.py` reaches every one of them.
The other labs are in `table_alone.py`; `catalogue.py` has the labs themselves.
"""

from __future__ import annotations

from typing import Final

from minios.lab import events
from minios.lab.conditions import Happened, seconds
from minios.session.goals import answers, states
from minios.session.goals.aims import (
    Asked,
    Did,
    Goal,
    GoalList,
    Shown,
    in_both,
    seen,
)
from minios.session.goals.records import (
    BACK,
    BAD_FILE,
    DEATH,
    HELP,
    PUSHED,
    STOP,
    UPSET,
    stop,
)

SHELL: Final = (
    "In the menu of the recovery environment choose the shell. Type `rm "
    "/SYSTEM/CONTENT/C-000291.SYS` to delete the content file, then `exit`, then "
    "`continue`."
)
FAULT_FIRST: Final = "First push the suggested file, and wait for the fault."

TWO_WORLDS: Final = GoalList(
    (
        Goal(
            "fault",
            "Push the bad file to both machines, and wait until it has hit both",
            "The bad file is the first one in the list of files. The sensor reads it "
            "at once, but uses it only when the next program makes a pipe.",
            seen(PUSHED, STOP, model="windows") & seen(PUSHED, DEATH, model="macos"),
        ),
        Goal(
            "why",
            "Ask why: one machine stopped and the other did not",
            "Ask after both faults. You get one explanation for each machine. Compare "
            "their first sentences, and then what the kernel did.",
            Did(
                "asked why",
                frozenset({"windows", "macos"}),
                states.only_windows_stopped,
            ),
        ),
        Goal(
            "rings",
            "Find out in which ring the instruction failed, in each world",
            "The explanation of a fault names the ring of the instruction.",
            Asked(
                "In which ring did the instruction fail?",
                answers.rings("windows", "macos"),
                FAULT_FIRST,
            ),
        ),
        Goal(
            "slow-pass",
            "Follow one pipe event through both worlds, in a slow pass to its end",
            "Both sensors must run: begin before the push, or go back to before it. "
            "Step on to the end. At each step look who executes, and in which ring: in "
            "one world the sensor is in the basement, in the other it is a process "
            "upstairs.",
            Shown(states.pass_is_over),
        ),
        Goal(
            "unprotected",
            "Find out for how long each machine was without protection",
            "The time stands in the title of each machine; plain mode says it with "
            "the state of the machines. Pause first: it grows while a machine has no "
            "sensor. That is so while it starts, when it has stopped, and in the "
            "recovery environment.",
            Asked(
                "For how long has each machine been unprotected, all in all?",
                answers.unprotected("windows", "macos"),
                FAULT_FIRST,
            ),
        ),
        Goal(
            "recover",
            "Bring windows back without the help of the vendor",
            f"{SHELL} But then the machine fetches the same file from the vendor "
            "again. So also type `svc updater disabled` in the shell. The goal is "
            "reached when the sensor has run for five seconds without a crash. If the "
            "vendor withdraws the file, sends another one or fixes the machine, push "
            "the bad file again, and begin anew.",
            seen(
                BAD_FILE,
                STOP,
                *BACK,
                model="windows",
                unless=(HELP,),
                again=UPSET,
                given=2,
                calm=seconds(5),
            ),
        ),
    ),
    "The same instruction read through the same bad pointer in both worlds. In ring "
    "0 the kernel could trust nothing any more and stopped the machine; in ring 3 "
    "it ended one process, and a supervisor started that again. A restart is no "
    "repair: the machine stayed up, but it was unprotected until the old content "
    "was back.",
)

LATENT: Final = GoalList(
    (
        Goal(
            "match",
            "Push the latent file, and wait until one of its rules has matched",
            "The file is the first one in the list. Let time run until a program makes "
            "a pipe that the file looks for.",
            in_both(
                Happened(events.Pushed, name="channel-291-latent"),
                Happened(events.UpdateStored),
                Happened(events.ContentLoaded),
                Happened(events.Detected),
                unless=(PUSHED,),
            ),
        ),
        Goal(
            "rules",
            "Find out how many rules the file has that the sensor uses",
            "Choose the event at which the sensor loads the file, and have it "
            "explained: all fields of the event are listed. A rule is an instance.",
            Asked(
                "How many rules (instances) does the file have?",
                answers.field("windows", events.ContentLoaded, "instances"),
                "The sensor must have loaded a file first.",
            ),
        ),
        Goal(
            "pause",
            "Pause a machine in the code that compares a pipe with a rule",
            "Choose a place at which to pause: sentinel.sys!interpreter_matches in "
            "windows, or sentinel.ext!interpreter_matches in macos.",
            Shown(states.compares_a_pipe, paused=True),
        ),
        Goal(
            "wake",
            "Wake the fault: after the latent file, push one that stops windows",
            "The latent file has a wildcard in its 21st field, so nobody reads the "
            "21st input. Take a file that asks for it.",
            seen(
                Happened(events.Pushed, name="channel-291-latent"),
                Happened(events.UpdateStored),
                Happened(events.ContentLoaded),
                PUSHED,
                Happened(events.UpdateStored),
                STOP,
                model="windows",
            ),
        ),
    ),
    "The mistake was in the sensor all the time: it declares 21 fields and passes "
    "20 inputs. A wildcard matches everything without reading its input, so no test "
    "with such a file could find the mistake. It was the next file, not a new "
    "program, that woke it.",
)

USER_HALF: Final = GoalList(
    (
        Goal(
            "stop-7e",
            "Make windows stop with the code 0x7E",
            "Push the file that is suggested here.",
            seen(PUSHED, stop(0x7E), model="windows"),
        ),
        Goal(
            "address",
            "Find out which address the sensor wanted to read",
            "Ask why: the explanation names the address, and the register that had it.",
            Asked(
                "Which address could the sensor's instruction not read in windows?",
                answers.fault_address("windows"),
                FAULT_FIRST,
            ),
        ),
        Goal(
            "element",
            "Find out in which element of the array the bad pointer stood",
            "Ask why, and read where the pointer came from.",
            Asked(
                "Which index had the array element with the bad pointer?",
                answers.element("windows"),
                FAULT_FIRST,
            ),
        ),
        Goal(
            "load",
            "Find the moment at which the bad pointer was loaded from the array",
            "Go back to before the fault, and then step back by single instructions. "
            "Stop at the instruction that the explanation names: it loads the pointer "
            "into a register.",
            Shown(states.at_the_load, after="went back", paused=True),
        ),
        Goal(
            "stop-50",
            "Make windows stop with the code 0x50 at the same instruction",
            "Push the other bad file. If the machine is in the recovery environment, "
            "let it start first, or go back in time.",
            seen(PUSHED, stop(0x50), model="windows"),
        ),
    ),
    "The stop code does not name the mistake: the same instruction stopped the "
    "machine with 0x50 and with 0x7E. What stood behind the array was used as an "
    "address, and this value decided which code it was. To find the mistake, one "
    "has to go back from the fault to where the pointer came from.",
)

REFUSED: Final = GoalList(
    (
        Goal(
            "refused",
            "Push the file of noise, and see both machines refuse it",
            "The file is the first one in the list of files.",
            in_both(
                Happened(events.Pushed, name="channel-291-random"),
                Happened(events.UpdateRefused),
                unless=(PUSHED,),
            ),
        ),
        Goal(
            "reason",
            "Find out for which reason it is refused",
            "The event at which the updater does not store the file names the reason.",
            Asked(
                "Which reason does the updater give for the latest file that it "
                "has refused?",
                answers.word("windows", events.UpdateRefused, "reason"),
                "First push a file that is refused.",
            ),
        ),
        Goal(
            "version",
            "Find out which version of the content the sensor still uses",
            "The latest event at which the sensor has loaded a file names its version.",
            Asked(
                "Which version of the content does the sensor in windows use?",
                answers.field(
                    "windows",
                    events.ContentLoaded,
                    "version",
                    after=events.UpdateRefused,
                ),
                "First push a file that is refused.",
            ),
        ),
        Goal(
            "other-reason",
            "Find another file that is refused for another reason",
            "One of the shipped files was cut short. Or make a file of your own and "
            "break it.",
            Shown(states.two_reasons),
        ),
        Goal(
            "accepted",
            "Find a file that the updater stores, and that stops windows all the same",
            "What the validators accept is not always harmless.",
            seen(
                Happened(events.UpdateRefused),
                Happened(events.UpdateStored),
                STOP,
                model="windows",
            ),
        ),
    ),
    "The sensor checks the form of a file before it uses it, and refuses noise in "
    "both rings. A machine that refuses a file keeps its old content, and stays "
    "protected. A file of the right form can still be wrong: a check of the form is "
    "no proof.",
)
