"""The keys of the lab screen, and the first sentences of its help."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

from minios.tui.pages import PAGES
from minios.tui.screens.keys import CHANGE, GO_BACK, GO_ON, INSIDE, LEAVE, SEE
from minios.tui.widgets.key_bar import told

MOST_MACHINES: Final = 4

RINGS: Final = (
    "The CPU runs every instruction in a ring. A ring is a level of privilege, which "
    "the CPU itself enforces. Programs run in ring 3: they may touch only what the "
    "kernel gave them. A program that breaks a rule there dies alone, unless the "
    "system cannot do without it. The kernel and its drivers run in ring 0: hardly "
    "anything is refused there, and all code shares the same memory. After a fault in "
    "ring 0 the kernel cannot know which data is still correct. So this kernel stops "
    "the whole machine."
)
HELP: Final = (
    "This screen shows computers that run side by side on one clock. Each has a "
    "kernel, programs and a security sensor. Push a content file to them (p), watch "
    "what happens, and ask why (w)."
)

_FIRST, *_OTHERS = (page.WORDS for page in PAGES)
KEYS: Final = told(
    {
        # The most important keys first: a narrow footer shows only those.
        Binding("p", "push", "Push a file", group=CHANGE): (
            "Push a content file to all machines, or to one of them"
        ),
        Binding("C", "crimes", "Crimes", group=CHANGE): (
            "Crimes: commit one on all machines, and compare how it ends"
        ),
        Binding("w", "why", "Why?", group=SEE): (
            "Say why: the chosen event, or each machine's latest crash or death"
        ),
        Binding("question_mark", "app.help", "Help", group=SEE): (
            "Help: what the screen shows, what the keys do, what words mean (then g)"
        ),
        Binding("q", "leave", "Leave", group=LEAVE): (
            "Leave the lab; the start screen can play your visit again"
        ),
        Binding("G", "goals", "Goals", group=SEE): (
            "Show the goals of this lab: what to try, hints, and answers to type"
        ),
        Binding("enter", "next_step", "Next step", group=GO_ON): (
            "Run the scenario to the end of its next step, and pause there"
        ),
        Binding("backspace", "step_before", "Step before", group=GO_BACK): (
            "Go back to the end of the step before in the scenario"
        ),
        Binding("a", "all_steps", "All steps", group=GO_ON): (
            "Run all steps of the scenario that are left"
        ),
        Binding("space", "run", "Run/pause", group=GO_ON): (
            "Run the machines, or pause"
        ),
        Binding("i", "inspect", "Inspect", group=INSIDE): (
            f"Inspect: {_FIRST}; press again for {', '.join(_OTHERS)}"
        ),
        Binding("s", "slow_pass", "Slow pass", group=GO_ON): (
            "Slow pass: follow one pipe event through the rings, step by step"
        ),
        Binding("t", "timeline", "Timeline", group=SEE): (
            "Go to the timeline; the arrows choose an event, esc clears the selection"
        ),
        Binding("escape", "let_go", "Clear", group=SEE): (
            "Clear the selection: the timeline follows its end again, and w explains "
            "the latest crash or death"
        ),
        Binding("b", "back", "Go back", group=GO_BACK): (
            "Take all machines back: to before a fault or the chosen event, or to a "
            "snapshot"
        ),
        Binding("plus,equals_sign", "faster(1)", "Faster", True, "+", group=GO_ON): (
            "Faster: more machine time for each second you watch"
        ),
        Binding("minus", "faster(-1)", "Slower", group=GO_ON): (
            "Slower: less machine time for each second you watch"
        ),
        Binding("x", "step('crossing')", "Crossing", group=GO_ON): (
            "Run the active machine to its next crossing of the rings"
        ),
        Binding("n", "step('instruction')", "Instruction", group=GO_ON): (
            "Step the active machine by one instruction; the others keep in time"
        ),
        Binding("l", "step('line')", "Step line", group=GO_ON): (
            "Step the active machine to another line of source"
        ),
        Binding("e", "step('event')", "Next event", group=GO_ON): (
            "Run all machines to the next event of any of them"
        ),
        Binding("k", "skip", "Skip the waiting", show=False, group=GO_ON): (
            "Skip the waiting: run as fast as possible to the next event of any "
            "machine, then go on as before"
        ),
        Binding("N", "step_back", "Step back", group=GO_BACK): (
            "Take all machines back by one instruction of the active one"
        ),
        Binding("c", "console", "Console", group=CHANGE): (
            "Type on the console of the active machine; esc ends typing"
        ),
        Binding("m", "mark", "Snapshot", group=GO_BACK): (
            "Make a snapshot of all machines, to go back to"
        ),
        Binding("o", "break", "Pause at", group=GO_ON): (
            "Choose events, and places in the code, at which to pause"
        ),
        Binding("r", "power", "Reset/power", group=CHANGE): (
            "Reset the active machine, cut its power, or boot it in another mode"
        ),
        Binding("v", "vendor", "Vendor", group=CHANGE): (
            "Be the vendor: withdraw a content file, or offer a fix"
        ),
        Binding("d", "doors", "Doors", group=INSIDE): (
            "Show the doors (the ways between the rings), and how often each was used"
        ),
        Binding("P", "app.cost", "Price", show=False, group=INSIDE): (
            "Price: measure what a sensor costs in ring 0 and in ring 3"
        ),
        Binding("g", "memory", "Memory at", group=INSIDE): (
            "Show the memory at an address, or where a register points"
        ),
        Binding(
            "right_square_bracket",
            "zoom_past(1)",
            "Zoom in",
            key_display="]",
            show=False,
            group=SEE,
        ): "Zoom into the past, around the chosen event: smaller cells, less time",
        Binding(
            "left_square_bracket",
            "zoom_past(-1)",
            "Zoom out",
            key_display="[",
            show=False,
            group=SEE,
        ): "Zoom out of the past: larger cells, more time",
        Binding("f", "filter", "Filter", group=SEE): (
            "Filter the timeline: change which kinds of events are listed"
        ),
        Binding("slash", "find", "Find", group=SEE): (
            "Find on the timeline: list only events that contain what you type"
        ),
        Binding("F", "filter_machine", "Filter machine", show=False, group=SEE): (
            "Filter the timeline by machine: one machine only, the next one, then all"
        ),
        Binding("z", "zoom", "One/all", group=SEE): (
            "Show the active machine only, or all machines again"
        ),
        **{
            Binding(
                str(number), f"machine({number})", f"Machine {number}", group=SEE
            ): f"Make machine {number} the active one"
            for number in range(1, MOST_MACHINES + 1)
        },
        Binding("j,f6", "app.jump", "Jump", group=SEE): (
            "Jump: every pane gets a letter; press a letter to go there"
        ),
        Binding("ctrl+b", "build", "Build again", group=CHANGE): (
            "Build your plugin again, or run the scenario's file again; the lab is "
            "opened anew"
        ),
        Binding("ctrl+s", "save", "Save", show=False, group=LEAVE): (
            "Save what you did so far; the start screen can play it again"
        ),
    }
)
