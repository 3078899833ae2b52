"""The goals of the labs with Linux machines, and what these labs teach.

`table.py` says how a goal is written. The machines of "the guarded window" differ in
the form of their sensor alone, in the order of SENSORS.
"""

from __future__ import annotations

from typing import Final

from minios.lab import events
from minios.lab.conditions import Happened, Ready, seconds
from minios.lab.sensors import SENSORS
from minios.session.goals import answers, states
from minios.session.goals.aims import Asked, Did, Goal, GoalList, seen
from minios.session.goals.records import (
    BAD_LOADED,
    DEATH,
    OOPS,
    PUSHED,
    STOP,
    UPSET,
    OfSensor,
)

_ORDER: Final = "; ".join(f"machine {n}: {it.words}" for n, it in enumerate(SENSORS, 1))
_MODULE, _NAIVE, _CHECKED, _COLLECTOR = range(len(SENSORS))
_LINUX: Final = 2
"""The place of linux among the three worlds."""
_OOPS_FIRST: Final = "First push the suggested file, and wait for an oops in linux."
_START: Final = Happened(events.Booted)
_FAULTS: Final = (
    Happened(events.Faulted),
    Happened(events.Oops),
    Happened(events.DeathEvent),
    *UPSET,
)

THREE_WORLDS: Final = GoalList(
    (
        Goal(
            "fault",
            "Push the bad file to all three machines, and wait until it has hit each",
            "The bad file is the first one in the list of files. The sensor uses it "
            "when the next program makes a pipe.",
            seen(PUSHED, STOP, model="windows")
            & seen(PUSHED, DEATH, model="macos")
            & seen(PUSHED, OOPS, model="linux"),
        ),
        Goal(
            "why",
            "Ask why: the same fault has three ends",
            "Ask after all three faults. You get one explanation for each machine. "
            "Compare what each kernel has ended.",
            Did(
                "asked why",
                frozenset({"windows", "macos", "linux"}),
                states.three_ends,
            ),
        ),
        Goal(
            "blamed",
            "Find out whom the kernel of linux has ended for the fault of its module",
            "It ends the task that was running. The timeline and the explanation name "
            "it. Ask yourself what this task has done wrong.",
            Asked(
                "Which process has linux ended for the fault of sentinel.sys?",
                answers.ended_by_oops(_LINUX),
                _OOPS_FIRST,
            ),
        ),
        Goal(
            "taint",
            "Find out with which letters the kernel of linux is tainted now",
            "On the console of linux, `uname -a` prints them, and so does every oops. "
            "O stands for a module that is not the kernel's own, D for an oops.",
            Asked(
                "Which taint letters has linux after the oops?",
                answers.taint(_LINUX),
                _OOPS_FIRST,
            ),
        ),
        Goal(
            "unload",
            "Try to unload the module after an oops, and see it refused",
            "Type `lsmod` and `rmmod sentinel` on the console of linux. The task that "
            "has died in the module is still counted there.",
            seen(
                OOPS,
                Happened(events.UnloadRefused),
                model="linux",
            ),
        ),
        Goal(
            "blocklist",
            "Start linux without its module, by the boot menu",
            "Reset linux with the entry `blocklist` of its boot menu. It names modules "
            "that the kernel does not load.",
            seen(
                OOPS,
                Happened(events.ModuleBlocked),
                Ready(),
                model="linux",
            ),
        ),
    ),
    "The same instruction read through the same bad pointer in three worlds. Windows "
    "stopped the machine, macOS ended the process of the sensor, and Linux ended "
    "whoever had just made a pipe: its kernel goes on with a module that will fault "
    "again. A machine that runs on is not a machine that is well: what the dead task "
    "held in the kernel stays held until the next start.",
)

LINUX: Final = GoalList(
    (
        Goal(
            "oopses",
            "Push the bad file, and see the kernel go on after two oopses",
            "The first comes with the next pipe. Let time run, and see who is ended, "
            "and who is started again.",
            seen(PUSHED, OOPS, OOPS),
        ),
        Goal(
            "dead",
            "Find out how many dead tasks are still counted in the code of the module",
            "Type `rmmod sentinel` on the console. The kernel refuses it, and the "
            "event of the refusal says how many.",
            Asked(
                "How many dead tasks were counted when the kernel refused to unload "
                "the module?",
                answers.field("linux", events.UnloadRefused, "dead", after=events.Oops),
                "First try to unload the module after an oops.",
            ),
        ),
        Goal(
            "force",
            "Unload the module all the same, by force",
            "Type `rmmod -f sentinel`, and then `uname -a`: the kernel remembers it. "
            "The names of pipes that an oops has left behind stay taken.",
            seen(OOPS, OfSensor(Happened(events.ModuleUnloaded, forced="yes"))),
        ),
        Goal(
            "panic",
            "Start the machine so that the next oops stops it",
            "Type `reset menu` on the console, and `current panic_on_oops=1` in the "
            "boot menu. Push the bad file if it is not on the disk already.",
            seen(Happened(events.BootEntryChosen), STOP, again=(_START,)),
        ),
        Goal(
            "verified",
            "Let verified programs take the place of the module, and see that they "
            "survive the bad file for five seconds",
            "Type `svc sentinel.sys disabled`, `svc checked.bpf system` and `svc "
            "checked.ext auto` on the console, then `reset`. The rules of the programs "
            "come from the process checked.ext. Push the bad file if it is not on the "
            "disk already.",
            seen(
                _START,
                Happened(events.BpfLoaded, name="checked.bpf"),
                BAD_LOADED,
                again=(_START, *_FAULTS, Happened(events.ModuleLoaded)),
                calm=seconds(5),
            ),
        ),
    ),
    "The kernel ended processes that had done nothing wrong, and went on with a module "
    "that faults again. Force takes the module away, but not what its oopses have left "
    "behind: only a new start does that, and the file on the disk brings the fault "
    "back. The same sensor as verified programs lives with that file, because the "
    "kernel had proved that it reads no memory but its own.",
)

GUARDED: Final = GoalList(
    (
        Goal(
            "refused",
            "Find out which line of the sensor the verifier has refused",
            f"The sensors are {_ORDER}. The refusal stands at the beginning of the "
            "timeline of machine 2, and on its console. Ask why it was refused.",
            Asked(
                "Which line of interpreter.c does the verifier of machine 2 name?",
                answers.line_of_source(_NAIVE, events.BpfRefused),
                "First let machine 2 start.",
            ),
        ),
        Goal(
            "fault",
            "Push the bad file to all machines, and wait for an oops and for a death",
            "The module faults in ring 0, and the process in ring 3. The two machines "
            "between them have no fault.",
            seen(PUSHED, OOPS) & seen(PUSHED, DEATH),
        ),
        Goal(
            "same-line",
            "Find out at which line of source the module of machine 1 has faulted",
            "The explanation of the oops names it. Compare it with the line that the "
            "verifier has refused, before any file was there.",
            Asked(
                "At which line of interpreter.c was the oops of machine 1?",
                answers.line_of_source(_MODULE, events.Oops),
                "First push the suggested file, and wait for an oops in machine 1.",
            ),
        ),
        Goal(
            "unharmed",
            "See verified programs live with the bad file for five seconds",
            "Machine 3 has the file, and its programs are called at every pipe. Look "
            "at the page of modules and eBPF programs: their runs grow.",
            seen(
                Happened(events.BpfLoaded, name="checked.bpf"),
                Happened(events.UpdateStored),
                again=_FAULTS,
                given=1,
                calm=seconds(5),
            ),
        ),
        Goal(
            "visits",
            "Find out how much work the verifier had with these programs",
            "Choose the event at which checked.bpf was loaded, and have it explained. "
            "The number is that of all its programs together.",
            Asked(
                "How many instructions has the verifier of machine 3 looked at?",
                answers.visits(_CHECKED),
                "First let machine 3 start.",
            ),
        ),
        Goal(
            "ring",
            "Find out how many records waited for nobody: see the ring buffer fill",
            "In machine 4 the programs of ring 0 write a record for each pipe. A "
            "process reads them, dies, and comes back. Choose the event at which it "
            "began to read last, and have it explained.",
            Asked(
                "How many records had the ring buffer of machine 4 got when its "
                "reader came back last?",
                answers.records_in_ring(_COLLECTOR),
                "First push the suggested file, and let the process of machine 4 die.",
            ),
        ),
    ),
    "The verifier refused the faulty line before it ever ran, and before there was a "
    "bad file: it looks at what a program could do, not at what it usually does. With "
    "a bounds check the same program is accepted, and the bad file harms nothing. If "
    "ring 0 only collects and a process judges, the process dies alone, and the "
    "records wait for its successor.",
)
