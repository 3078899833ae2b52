"""The goals of the labs with one machine and of free play, and what these labs teach.

`table.py` has the other labs, and says how a goal is written.
"""

from __future__ import annotations

from typing import Final

from minios.lab import events
from minios.lab.conditions import Bugcheck, Death, Happened, Ready, seconds
from minios.session.goals import answers, states
from minios.session.goals.aims import (
    Asked,
    Goal,
    GoalList,
    Seen,
    Shown,
    in_both,
    seen,
)
from minios.session.goals.records import (
    BACK,
    BAD_FILE,
    DEATH,
    PUSHED,
    RESTART,
    SENSOR_UP,
    STOP,
    UPSET,
    When,
    stop,
)
from minios.session.goals.table import FAULT_FIRST, SHELL

_ENOUGH: Final = 2  # failed starts, after which recovery comes by itself
_START: Final = Happened(events.Booted)


def _for_good() -> Seen:
    """A machine runs again after its sensor had stopped it."""
    return seen(STOP, *BACK, again=UPSET, given=1, calm=seconds(5))


WINDOWS: Final = GoalList(
    (
        Goal(
            "recovery",
            "Push the bad file, and wait until the recovery environment asks you",
            "It comes up by itself after two failed starts in a row.",
            seen(
                PUSHED,
                STOP,
                When((events.RecoveryEntered,), lambda it: it.failed_starts >= _ENOUGH),
            ),
        ),
        Goal(
            "failed-starts",
            "Find out how many starts in a row had failed by then",
            "The recovery environment itself says it.",
            Asked(
                "How many starts in a row had failed before the recovery environment?",
                answers.field(
                    "windows",
                    events.RecoveryEntered,
                    "failed_starts",
                    after=events.BugcheckEvent,
                ),
                "First let the machine stop until the recovery environment comes up.",
            ),
        ),
        Goal(
            "last-good",
            "Start with the last good service list, and see that it does not help",
            "Choose it in the menu of the recovery environment.",
            seen(
                STOP,
                Happened(events.ModeChosen, mode="last good"),
                STOP,
                again=(_START,),
                given=1,
            ),
        ),
        Goal(
            "safe",
            "Start it in safe mode",
            "Choose it in the menu of the recovery environment, or reset the machine "
            "into it. Then look which parts do not run.",
            seen(Happened(events.ModeChosen, mode="safe"), Ready(), unless=(_START,)),
        ),
        Goal(
            "again",
            "Delete the bad file, and see that the machine fetches it again",
            SHELL,
            seen(
                STOP,
                Happened(events.UpdateSent, again=True),
                Happened(events.UpdateStored),
                STOP,
                unless=(PUSHED,),
            ),
        ),
        Goal(
            "recover",
            "Bring it back for good, with the vendor or without",
            "As long as the vendor offers the bad file, the machine fetches it again. "
            "So the vendor withdraws it, or you disable the updater in the shell: `svc "
            "updater disabled`. The goal is reached when the sensor has run for five "
            "seconds without a crash.",
            _for_good(),
        ),
    ),
    "The driver loads at every start, before anybody can act, so one bad file makes "
    "a loop. The recovery environment breaks the loop, because it runs before any "
    "driver. To delete the file is not enough while its sender still offers it.",
)

MACOS: Final = GoalList(
    (
        Goal(
            "restart",
            "Push the bad file, and see the sensor die and come back",
            "The supervisor starts it again at once the first time.",
            seen(
                PUSHED,
                DEATH,
                RESTART,
                SENSOR_UP,
            ),
        ),
        Goal(
            "entry",
            "Stop the machine where the page fault has taken the CPU into the kernel",
            "Pause at any fault, and then push the file. Or go back to before a death, "
            "and run to the next crossing of the rings.",
            Shown(states.in_fault_handler, paused=True),
        ),
        Goal(
            "good-again",
            "Wait until the supervisor has given the sensor its good content back",
            "The supervisor waits longer after each death. Raise the speed.",
            seen(Happened(events.GaveUp), Happened(events.Restored), SENSOR_UP),
        ),
        Goal(
            "failures",
            "Find out after how many deaths the supervisor gave up",
            "The event at which it gives up says it.",
            Asked(
                "After how many deaths in a row did the supervisor give up?",
                answers.field("macos", events.GaveUp, "failures"),
                "The supervisor must have given up first.",
            ),
        ),
        Goal(
            "unprotected",
            "Find out for how long the Mac was unprotected",
            "The time stands in the title of the machine; plain mode says it with the "
            "state of the machine. Pause first: it grows while no sensor runs.",
            Asked(
                "For how long has the machine been unprotected, all in all?",
                answers.unprotected("macos"),
                FAULT_FIRST,
            ),
        ),
    ),
    "In ring 3 a fault costs one process: the kernel, the shell and the other "
    "programs went on. The supervisor restarts the sensor, each time after a longer "
    "wait, because the same file kills it again. Only the old content ended that, "
    "and until then the machine was unprotected most of the time.",
)

LOOP: Final = GoalList(
    (
        Goal(
            "three",
            "Push the bad file, and see the machine stop three times",
            "The first stop comes when the next program makes a pipe. From then on "
            "each start ends in a stop.",
            seen(PUSHED, STOP, STOP, STOP),
        ),
        Goal(
            "span",
            "Measure one round: from the start of the kernel to the next stop",
            "Subtract the times of two events: the kernel starts, and the stop of the "
            "same boot. Milliseconds count.",
            Asked(
                "How long was the latest round, from the start of the kernel to the "
                "stop?",
                answers.between("windows", events.Booted, events.BugcheckEvent),
                "The machine must have stopped first.",
            ),
        ),
        Goal(
            "before",
            "Go back to a moment before the first stop, when the sensor still ran",
            "Choose the push on the timeline, and go back to before it.",
            Shown(states.unharmed_again, after="went back"),
        ),
        Goal(
            "safe",
            "Break the loop: start the machine in safe mode",
            "Reset the machine into safe mode.",
            seen(
                STOP,
                Happened(events.ModeChosen, mode="safe"),
                Ready(),
                again=(_START,),
                given=1,
            ),
        ),
        Goal(
            "recover",
            "End the loop for good",
            "In safe mode the shell can delete the file: `rm "
            "/SYSTEM/CONTENT/C-000291.SYS`, then `reset`. The vendor must not offer it "
            "any more, or the updater must be disabled: `svc updater disabled`. The "
            "goal is reached when the sensor has run for five seconds without a crash.",
            _for_good(),
        ),
    ),
    "Nothing makes the loop but the file on the disk: each start finds it again. "
    "Between start and stop there is a moment, but not long enough for a person. "
    "Safe mode works, because it starts without the driver that reads the file.",
)

CRIMES: Final = GoalList(
    (
        Goal(
            "differ",
            "Commit a crime that stops windows and costs macos only one process",
            "Most crimes with memory do: read through a null pointer, for example.",
            Shown(states.one_crime_two_ends),
        ),
        Goal(
            "code",
            "Find out with which stop code windows has stopped",
            "The blue screen shows the code, and so does the event of the stop.",
            Asked(
                "Which code did the latest stop of windows have?",
                answers.stop_code("windows"),
                "First commit a crime that stops windows.",
            ),
        ),
        Goal(
            "three-codes",
            "Make windows stop with three different codes",
            "Take crimes from different groups: the code depends on what was broken, "
            "and on how urgent the work was.",
            Shown(states.three_codes),
        ),
        Goal(
            "self-check",
            "Change the kernel itself, and wait until its self-check stops windows",
            "Nothing forbids ring 0 to switch the write protection off and to change "
            "a table. From time to time the kernel checks whether it is still "
            "unchanged: code 0x109.",
            seen(Bugcheck(0x109), model="windows"),
        ),
        Goal(
            "macos-too",
            "Find a way to stop macos, too",
            "It is not the ring of the plugin then. Look at what the operator of a "
            "machine may do.",
            seen(Bugcheck(), model="macos"),
        ),
    ),
    "The same wrong instruction costs one process in ring 3 and the whole machine in "
    "ring 0. In ring 0 much is not even noticed at once: the CPU refuses hardly "
    "anything there, and the kernel can only look from time to time. Ring 3 is no "
    "protection against somebody who may ask the kernel to stop.",
)

DEADLINES: Final = GoalList(
    (
        Goal(
            "kill",
            "Let the gate of macos hang, and see the kernel end it",
            "The gate is a plugin that is asked before a named pipe is opened. Type "
            "`tell gate.ext hang` on the console of macos. The supervisor starts the "
            "gate again.",
            seen(
                Happened(events.DeadlineMissed, mode="kill"),
                Happened(events.RestartEvent, name="gate.ext"),
                model="macos",
            ),
        ),
        Goal(
            "waited",
            "Find out how long the workload waited for a verdict that never came",
            "The event at which the gate gives no verdict has a field for it.",
            Asked(
                "How long did the workload wait at the latest missed deadline?",
                answers.wait_for_verdict("macos"),
                "First let the gate of macos hang.",
            ),
        ),
        Goal(
            "open",
            "Let a late verdict mean yes, so that everybody gets through",
            "Type `tell gate.ext open`, then `tell gate.ext slow`: it takes too long "
            "for each verdict. If the gate was ended, wait until it is back.",
            seen(Happened(events.DeadlineMissed, mode="fail_open"), model="macos"),
        ),
        Goal(
            "closed",
            "Let a late verdict mean no, and see that the workload can open no pipe",
            "Type `tell gate.ext closed`, then `tell gate.ext slow`. A gate that hangs "
            "does not hear you any more; if it does, reset macos.",
            seen(
                Happened(events.DeadlineMissed, mode="fail_closed"),
                When((events.Denied,), lambda it: it.target != "lsass"),
                model="macos",
            ),
        ),
        Goal(
            "driver",
            "Let the gate of windows hang, and see that nobody ends the wait",
            "Type `tell gate.sys hang` on the console of windows. Then let three "
            "seconds pass. The shell still answers, but the workload does not go on.",
            Shown(states.driver_keeps_waiting),
        ),
        Goal(
            "slow",
            "Let the gate of windows be slow, and see that it misses no deadline",
            "Reset windows if its gate hangs. Then type `tell gate.sys slow`, and look "
            "at the times of its verdicts.",
            Shown(states.driver_is_slow),
        ),
    ),
    "Whoever asks for a verdict has to wait for it. In ring 3 the kernel can set a "
    "deadline: after it, a hung sensor is ended or passed over, and both yes and no "
    "have a price. In ring 0 there is no deadline, because the kernel cannot end a "
    "part of itself.",
)

_WILD: Final = "`run lamps show 90000000`"
_LAMP_ON: Final = When(
    (events.ValueReported,), lambda it: it.what == "lamps" and it.value > 0
)
_TOO_HOT: Final = Happened(events.ValueReported, what="too hot")
_DRIVER_DEATH: Final = Death("lamps.drv")
_DRIVER_RESTART: Final = Happened(events.RestartEvent, name="lamps.drv")

UPSTAIRS: Final = GoalList(
    (
        Goal(
            "light",
            "Switch a lamp on, in both machines",
            "On the console of each machine type `run lamps on 3`. The inspector has a "
            "page with the lamps.",
            in_both(_LAMP_ON),
        ),
        Goal(
            "hot",
            "Switch all lamps on, and see the driver switch them off in time",
            "Type `run lamps all`, and let two seconds pass. The device interrupts its "
            "driver when the lamps are too hot.",
            in_both(_LAMP_ON, _TOO_HOT),
        ),
        Goal(
            "die",
            "Let the driver in ring 3 die while lamps glow, and see the device at rest",
            "The driver knows eight pictures, and does not check the number that you "
            f"give: {_WILD}. The kernel tells when it has quiesced the device.",
            seen(
                _LAMP_ON,
                _DRIVER_DEATH,
                Happened(events.DeviceQuiesced, name="lamps.drv"),
                model="macos",
            ),
        ),
        Goal(
            "again",
            "Switch a lamp on after the driver has died",
            "The supervisor has started the driver again, at once the first time. The "
            "client that had asked got an error. Ask again.",
            seen(_DRIVER_DEATH, _DRIVER_RESTART, _LAMP_ON, model="macos"),
        ),
        Goal(
            "stop",
            "Make the same mistake in ring 0",
            f"Type {_WILD} on the console of windows.",
            seen(
                When((events.BugcheckEvent,), lambda it: it.module == "lamps.sys"),
                model="windows",
            ),
        ),
        Goal(
            "gave-up",
            "Find out how many deaths in a row are too many for the supervisor",
            f"Type {_WILD} again after each restart. Each time it waits longer.",
            Asked(
                "How often had the driver died in a row when the supervisor gave up?",
                answers.field(
                    "macos", events.GaveUp, "failures", after=events.DeathEvent
                ),
                "First let the driver die until the supervisor gives up.",
            ),
        ),
    ),
    "A driver can leave the kernel if the system offers three things: the ports of its "
    "device and no others, its interrupts as messages, and somebody who brings the "
    "device to rest when the driver has died. The CPU checks the ports, so they cost "
    "no system call. An interrupt costs a message and two changes of the ring more "
    "than in the kernel.",
)

FREE_PLAY: Final = GoalList(
    (
        Goal(
            "one",
            "Stop one machine by a bad file, and keep another of its kind protected",
            "You can push a file to one machine alone.",
            Shown(states.one_of_two_stopped),
        ),
        Goal(
            "two-codes",
            "Make windows machines stop with two different stop codes",
            "Push a different bad file to each of them.",
            seen(PUSHED, stop(0x50), model="windows")
            & seen(PUSHED, stop(0x7E), model="windows"),
        ),
        Goal(
            "detect",
            "See a sensor report a detection in ring 0, and one in ring 3",
            "One of the shipped files is good, and one of its rules matches a pipe "
            "that the workload makes.",
            seen(Happened(events.Detected, ring=0))
            & seen(Happened(events.Detected, ring=3)),
        ),
        Goal(
            "withdraw",
            "Withdraw a bad file, and see that a machine that has it still stops",
            "Push it, then withdraw it as the vendor. A file that is on the disk of a "
            "machine stays there.",
            seen(
                BAD_FILE,
                Happened(events.Withdrawn),
                STOP,
                model="windows",
                unless=(PUSHED,),
            ),
        ),
        Goal(
            "own-file",
            "Stop a windows machine by a content file that you made yourself",
            "Make a file whose 21st field is no wildcard. The id of its detection is "
            "the address that will be read.",
            Shown(states.own_file_stops),
        ),
    ),
    "Who gets a file first is a decision: a machine without the file was unharmed. "
    "To withdraw a file protects only those who do not have it yet. You can make "
    "content that stops the machine, because its sensor trusts content in ring 0.",
)
