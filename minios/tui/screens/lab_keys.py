"""The keys of the lab screen, and what its help begins with."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

from minios.tui.screens.keys import CHANGE, GO_BACK, GO_ON, INSIDE, LEAVE, SEE
from minios.tui.widgets.key_bar import told

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

KEYS: Final = told(
    {
        # In the order of their weight: a narrow footer shows the first of them.
        Binding("p", "push", "Push a file", group=CHANGE): (
            "Push a content file to all machines, or to one of them"
        ),
        Binding("w", "why", "Why?", group=SEE): (
            "Say why: the chosen entry, or each machine's latest crash or death"
        ),
        Binding("question_mark", "app.help", "Help", group=SEE): (
            "Help: say what is shown, what the keys do, what words mean (then g)"
        ),
        Binding("q", "leave", "Leave", group=LEAVE): (
            "Leave the lab; the start screen keeps the visit"
        ),
        Binding("space", "run", "Run/pause", group=GO_ON): (
            "Run, or pause: time goes on, or stands still"
        ),
        Binding("i", "inspect", "Inspect", group=INSIDE): (
            "Inspect: registers and code; again for tables and memory, for threads "
            "and ports, for the doors between the rings"
        ),
        Binding("t", "timeline", "Timeline", group=SEE): (
            "Go to the timeline; the arrows choose an entry, esc lets go of it"
        ),
        Binding("escape", "let_go", "Let go", group=SEE): (
            "Let go of the chosen entry: the timeline follows its end again, and w "
            "explains the latest"
        ),
        Binding("b", "back", "Go back", group=GO_BACK): (
            "Take all machines back to before the chosen entry, or to a snapshot"
        ),
        Binding("plus,equals_sign", "faster(1)", "Faster", True, "+", group=GO_ON): (
            "Faster: more machine time for each second you watch"
        ),
        Binding("minus", "faster(-1)", "Slower", group=GO_ON): (
            "Slower: less machine time for each second you watch"
        ),
        Binding("n", "step('instruction')", "Step instruction", group=GO_ON): (
            "The active machine executes one instruction; the others come along"
        ),
        Binding("l", "step('line')", "Step line", group=GO_ON): (
            "Step: the active machine goes on to another line of source"
        ),
        Binding("x", "step('crossing')", "To crossing", group=GO_ON): (
            "The active machine goes on to its next crossing of the rings"
        ),
        Binding("e", "step('event')", "To next event", group=GO_ON): (
            "All machines go on to the next event of any of them"
        ),
        Binding("N", "step_back", "Step back", group=GO_BACK): (
            "Step back: all machines, by one instruction of the active one"
        ),
        Binding("c", "console", "Type on console", group=CHANGE): (
            "Type on the console of the active machine; esc ends it"
        ),
        Binding("m", "mark", "Snapshot", group=GO_BACK): (
            "Keep a snapshot of all machines, to go back to"
        ),
        Binding("o", "break", "Stop at", group=GO_ON): (
            "Choose where time is to stop: at events, at places in the code"
        ),
        Binding("r", "power", "Reset/power", group=CHANGE): (
            "Reset the active machine, cut its power, or boot it in another mode"
        ),
        Binding("v", "vendor", "Be the vendor", group=CHANGE): (
            "Be the vendor: withdraw a content file, or offer a fix"
        ),
        Binding("d", "doors", "Doors", group=INSIDE): (
            "Show the doors between the rings, and how often each was used"
        ),
        Binding("g", "memory", "Memory at", group=INSIDE): (
            "Show the memory at an address, or where a register points"
        ),
        Binding("f", "filter", "Filter", group=SEE): (
            "Filter the timeline: list something else"
        ),
        Binding("slash", "find", "Find", group=SEE): (
            "Find on the timeline: list only what has the words that you type"
        ),
        Binding("F", "filter_machine", "Filter machine", show=False, group=SEE): (
            "Filter the timeline by machine: each alone in turn, then all"
        ),
        Binding("z", "zoom", "One/all machines", group=SEE): (
            "The active one alone, or all machines again"
        ),
        **{
            Binding(
                str(number), f"machine({number})", f"Machine {number}", group=SEE
            ): f"Machine {number} becomes the active one"
            for number in range(1, MOST_MACHINES + 1)
        },
        Binding("j,f6", "app.jump", "Jump", group=SEE): (
            "Jump: every pane gets a letter; press one to go there"
        ),
        Binding("s", "save", "Save", group=LEAVE): (
            "Save what was done up to now; the start screen plays it again"
        ),
    }
)
