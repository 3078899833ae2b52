"""The keys of the lab screen, and what its help begins with."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

from minios.tui.screens.keys import CHANGE, GO_BACK, GO_ON, INSIDE, LEAVE, SEE

MOST_MACHINES: Final = 4

RINGS: Final = (
    "The CPU runs every instruction in a ring: a level of privilege, kept by the CPU "
    "itself. In ring 3, where programs live, code may touch only what the kernel gave "
    "it. A program that breaks a rule there dies alone, unless the system cannot do "
    "without it. In ring 0, where the kernel and its drivers live, hardly anything is "
    "refused, and all code shares the same memory. After a fault there the kernel "
    "cannot know what is still sound. This kernel then stops the whole machine."
)
HELP: Final = (
    "This screen shows computers that run side by side on one clock, each with a "
    "kernel, programs and a security sensor. Push a content file to them (p), watch "
    "what becomes of them, and ask why (w)."
)

KEYS: Final[list[BindingType]] = [
    # In the order of their weight: a narrow footer shows the first of them.
    Binding(
        "p",
        "push",
        "Push a file",
        tooltip="Push a content file to all machines, or to one of them",
        group=CHANGE,
    ),
    Binding(
        "w",
        "why",
        "Why?",
        tooltip="Say why: the chosen entry, or each machine's latest crash or death",
        group=SEE,
    ),
    Binding(
        "question_mark",
        "app.help",
        "Help",
        tooltip="Help: say what is shown, what the keys do, what words mean (then g)",
        group=SEE,
    ),
    Binding(
        "q",
        "leave",
        "Leave",
        tooltip="Leave the lab; the start screen keeps the visit",
        group=LEAVE,
    ),
    Binding(
        "space",
        "run",
        "Run/pause",
        tooltip="Run, or pause: time goes on, or stands still",
        group=GO_ON,
    ),
    Binding(
        "i",
        "inspect",
        "Inspect",
        tooltip="Inspect: registers and code; again for tables and memory, for threads "
        "and ports, for the doors between the rings",
        group=INSIDE,
    ),
    Binding(
        "t",
        "timeline",
        "Timeline",
        tooltip="Go to the timeline; the arrows choose an entry, esc lets go of it",
        group=SEE,
    ),
    Binding(
        "escape",
        "let_go",
        "Let go",
        tooltip="Let go of the chosen entry: the timeline follows its end again, and w "
        "explains the latest",
        group=SEE,
    ),
    Binding(
        "b",
        "back",
        "Go back",
        tooltip="Take all machines back to before the chosen entry, or to a snapshot",
        group=GO_BACK,
    ),
    Binding(
        "plus,equals_sign",
        "faster(1)",
        "Faster",
        key_display="+",
        tooltip="Faster: more machine time for each second you watch",
        group=GO_ON,
    ),
    Binding(
        "minus",
        "faster(-1)",
        "Slower",
        tooltip="Slower: less machine time for each second you watch",
        group=GO_ON,
    ),
    Binding(
        "n",
        "step('instruction')",
        "Step instruction",
        tooltip="The active machine executes one instruction; the others come along",
        group=GO_ON,
    ),
    Binding(
        "l",
        "step('line')",
        "Step line",
        tooltip="Step: the active machine goes on to another line of source",
        group=GO_ON,
    ),
    Binding(
        "x",
        "step('crossing')",
        "To crossing",
        tooltip="The active machine goes on to its next crossing of the rings",
        group=GO_ON,
    ),
    Binding(
        "e",
        "step('event')",
        "To next event",
        tooltip="All machines go on to the next event of any of them",
        group=GO_ON,
    ),
    Binding(
        "N",
        "step_back",
        "Step back",
        tooltip="Step back: all machines, by one instruction of the active one",
        group=GO_BACK,
    ),
    Binding(
        "c",
        "console",
        "Type on console",
        tooltip="Type on the console of the active machine; esc ends it",
        group=CHANGE,
    ),
    Binding(
        "m",
        "mark",
        "Snapshot",
        tooltip="Keep a snapshot of all machines, to go back to",
        group=GO_BACK,
    ),
    Binding(
        "o",
        "break",
        "Stop at",
        tooltip="Choose where time is to stop: at events, at places in the code",
        group=GO_ON,
    ),
    Binding(
        "r",
        "power",
        "Reset/power",
        tooltip="Reset the active machine, cut its power, or boot it in another mode",
        group=CHANGE,
    ),
    Binding(
        "v",
        "vendor",
        "Be the vendor",
        tooltip="Be the vendor: withdraw a content file, or offer a fix",
        group=CHANGE,
    ),
    Binding(
        "d",
        "doors",
        "Doors",
        tooltip="Show the doors between the rings, and how often each was used",
        group=INSIDE,
    ),
    Binding(
        "g",
        "memory",
        "Memory at",
        tooltip="Show the memory at an address, or where a register points",
        group=INSIDE,
    ),
    Binding(
        "f",
        "filter",
        "Filter",
        tooltip="Filter the timeline: list something else",
        group=SEE,
    ),
    Binding(
        "slash",
        "find",
        "Find",
        tooltip="Find on the timeline: list only what has the words that you type",
        group=SEE,
    ),
    Binding(
        "F",
        "filter_machine",
        "Filter machine",
        show=False,
        tooltip="Filter the timeline by machine: each alone in turn, then all",
        group=SEE,
    ),
    Binding(
        "z",
        "zoom",
        "One/all machines",
        tooltip="The active one alone, or all machines again",
        group=SEE,
    ),
    *(
        Binding(
            str(number),
            f"machine({number})",
            f"Machine {number}",
            tooltip=f"Machine {number} becomes the active one",
            group=SEE,
        )
        for number in range(1, MOST_MACHINES + 1)
    ),
    Binding(
        "j,f6",
        "app.jump",
        "Jump",
        tooltip="Jump: every pane gets a letter; press one to go there",
        group=SEE,
    ),
    Binding(
        "s",
        "save",
        "Save",
        tooltip="Save what was done up to now; the start screen plays it again",
        group=LEAVE,
    ),
]
