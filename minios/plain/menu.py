"""The choices of one lab. They are one table, with the most important ones first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

from minios import glossary
from minios.errors import MiniosError
from minios.plain.asking import DeclinedError, number_of
from minios.plain.building import Building
from minios.plain.console import Console
from minios.plain.control import Controlling
from minios.plain.cost import Costing
from minios.plain.crimes import Committing
from minios.plain.looking import Hear, Looking
from minios.plain.making import Making
from minios.plain.past import Rewinding
from minios.plain.slow_pass import Passing
from minios.session import committing, own_plugins
from minios.session.catalogue import LabCard
from minios.session.frames import Frame
from minios.session.panes import PANES, cpu, doors, kernel, tables
from minios.session.panes.pane import Pane
from minios.session.script import Script
from minios.session.spoken import sentence


class PlainLab(
    Looking,
    Rewinding,
    Console,
    Making,
    Controlling,
    Building,
    Passing,
    Committing,
    Costing,
):
    """One lab in plain mode, with everything that the choices do.

    `follows` is what follows this lab: the same with its plugins built again, or its
    scenario run again.
    """

    follows: LabCard | Script | None = None

    @property
    def choices(self) -> Mapping[int, Choice]:
        """All choices of this lab. A number means the same choice in every lab."""
        offered = {*CHOICES, *OF_PANES, *OF_COST, *self.own}
        return {number: it for number, it in NUMBERED.items() if it in offered}

    @property
    def letters(self) -> Mapping[str, Choice]:
        """The choices that have a letter. A lab has none, a lesson has some."""
        return {}

    @property
    def own(self) -> tuple[Choice, ...]:
        """The choices of this lab alone."""
        of_scenario = OF_SCENARIO if self.files.script is not None else ()
        of_plugins = OF_PLUGINS if self.card.own_plugins is not None else ()
        of_crimes = OF_CRIMES if committing.is_possible(self.card) else ()
        return of_crimes + of_scenario + of_plugins

    def run(self) -> None:
        """Ask for choices until the user chooses 0 or the input ends."""
        self.files.progress.note(self.card.name)
        card = self.card
        if card.waits and self.files.replay is None and self.files.script is None:
            self.awaited = frozenset(range(len(self.names)))
        self.introduce()
        complained: list[Frame] = []
        asks: set[int] = set()
        while not self.is_left:
            answer = self.answer("Choice?")
            if answer.casefold() not in _LEAVING:
                self.do(answer)
            elif self._leaves():
                break
            else:
                continue
            complained = self._complain(complained)
            self.look_for_goals()
            asks = self._tell_recovery(asks)
        self.compare()

    def _leaves(self) -> bool:
        """Ask whether to leave, if there is something to lose and somebody to ask."""
        frames = self.conductor.frames
        if not self.conductor.now or all(it.status.off for it in frames):
            return True
        try:
            return self.agrees("Leave? Your machines are lost; progress is kept.")
        except EOFError:
            return True

    @property
    def is_left(self) -> bool:
        """Whether something else is to be opened."""
        return self.follows is not None

    def introduce(self) -> None:
        """Print what this lab is about, and what can be chosen."""
        card = self.card
        self.say(sentence(": ".join(filter(None, (card.title, card.will_see)))))
        self.tell_machines()
        if self.goals.next is not None:
            self.say(f"A goal to try: {sentence(self.goals.next.words)}")
        self.hear_usual()

    def tell_machines(self) -> None:
        """Print the name and the model of each machine."""
        for frame, name in zip(self.conductor.frames, self.names, strict=True):
            self.say(f"{name}: {frame.words}.")

    def do(self, answer: str) -> None:
        """Make the choice with this number, or explain what is asked for."""
        choice = self.meant(answer)
        try:
            if answer.startswith("?"):
                self.hear_more(answer)
            elif choice is not None:
                choice.act(self)
            elif answer.casefold() == "help":
                self.hear_all()
            else:
                self.say(self._expected(answer))
        except DeclinedError:
            return
        except MiniosError as error:
            self.say(sentence(str(error)))

    def meant(self, answer: str) -> Choice | None:
        """The choice with this number or this letter, if there is one."""
        number = number_of(answer)
        if number is not None:
            return self.choices.get(number)
        return self.letters.get(answer.casefold())

    def _expected(self, answer: str) -> str:
        """What to say of an answer that is no choice."""
        if answer.isdecimal():
            return f"There is no choice {answer} here. Type ? to hear all choices."
        letters = f"a letter ({', '.join(self.letters)}), " if self.letters else ""
        return (
            f"Please type a number from 0 to {max(self.choices)}, {letters}"
            "or ? for help."
        )

    def _complain(self, before: list[Frame]) -> list[Frame]:
        """Print each error of a machine once."""
        frames = [frame for frame in self.conductor.frames if frame.error]
        for frame, name in zip(self.conductor.frames, self.names, strict=True):
            if frame.error and not any(frame is it for it in before):
                self.say(f"{name}: {sentence(frame.error)}")
        return frames

    def _tell_recovery(self, before: set[int]) -> set[int]:
        """Say once how to answer the recovery environment, where it asks."""
        frames = enumerate(self.conductor.frames)
        asks = {n for n, frame in frames if frame.status.recovering}
        choices = self.choices.items()
        number = next(n for n, it in choices if it.act is PlainLab.type_text)
        for machine in sorted(asks - before):
            self.say(
                f"Recovery asks in {self.names[machine]}. To answer, choose {number} "
                "and type a number."
            )
        return asks

    def close(self) -> None:
        """Release the machines."""
        self.conductor.close()

    # ---- The choices.

    def hear_usual(self) -> None:
        """Print the choices that are needed first."""
        rarer = CHOICES[USUAL:] + OF_PANES + OF_COST
        self._hear({n: it for n, it in self.choices.items() if it not in rarer})

    def hear_all(self) -> None:
        """Print all choices, and how to get help."""
        self._hear(self.choices)
        self.say("For help with a choice, type ? and its number, for example ? 3.")
        self.say("To have a word explained, type ? and the word, for example ? IRQL.")

    def _hear(self, choices: Mapping[int, Choice]) -> None:
        self.tell(f"{number}. {it.words}" for number, it in choices.items())
        self.tell(f"{letter}. {it.words}" for letter, it in self.letters.items())
        self.say("0. leave")

    def build(self) -> None:
        """Build the user's plugins again; the lab is opened anew with them."""
        own = self.card.own_plugins
        assert own is not None
        build = partial(own_plugins.built_again, self.card)
        self.follows = self.built(build, f"Building {', '.join(own.folders)}.")

    def run_again(self) -> None:
        """Run the scenario again, from its file as it is now."""
        self.follows = self.built(self.script.again, "Running the scenario.")

    def hear_more(self, answer: str) -> None:
        """Explain one choice, or a word of the glossary; else print all choices."""
        asked = answer.lstrip("? ")
        choice = self.meant(asked)
        if choice is not None:
            self.say(f"{choice.words}. {choice.more}")
        elif asked.isdecimal():
            self.say(self._expected(asked))
        elif asked:
            self.tell(glossary.explanation(glossary.find(asked)))
        else:
            self.hear_all()


Act: TypeAlias = Callable[[Any], None]
"""Takes the lab, or the lesson if only a lesson has the choice."""


class Choice(NamedTuple):
    """The words of a choice, what it does, and its help."""

    words: str
    act: Act
    more: str


def _told(*panes: Pane) -> Mapping[tuple[str, Act], str]:
    """The choices that tell these panes."""
    return {(it.words, Hear(it)): it.more for it in panes}


_LEAVING: Final = frozenset({"0", "q", "quit", "exit"})
USUAL: Final = 15
# The words of a choice and what it does, then its help.
_TABLE: Final[Mapping[tuple[str, Act], str]] = {
    ("go on", PlainLab.go_on): (
        "Time is paused until you go on. The machines run until something happens, or "
        "as long as you set. They pause earlier at the events and places that you "
        "chose."
    ),
    ("skip the waiting: go on to the next event", PlainLab.skip): (
        "All machines run to the next event that you want to hear. Afterwards you hear "
        "how long that was. Use it where a machine waits: for a restart, or for the "
        "countdown of the recovery environment."
    ),
    ("go on for a time, or a number of instructions", PlainLab.go_for): (
        "You hear all events on the way. An instruction takes 10 nanoseconds of the "
        "machine's time. A machine that waits skips to its next interrupt."
    ),
    ("push a content file", PlainLab.push): (
        "All machines get the file at once, or only one of them, over the update link. "
        "First you hear what the vendor's two validators say of the file. Afterwards "
        "go on, and hear what happens."
    ),
    ("why: explain the latest crash or death of each machine", PlainLab.why): (
        "First you hear the answer: what happened, and why it happened here and not "
        "there. Then you can ask for the reasons, and for the evidence. It was read "
        "from the machine at the moment of the fault, and nothing is assumed. What is "
        "true of several machines is said once."
    ),
    ("goals: what to try, and what was reached", PlainLab.hear_goals): (
        "Choose a goal to hear a hint. Some goals are questions: you type the answer, "
        "and it is compared with what the machines show now. A goal that was reached "
        "stays so, also if you go back in time or leave the lab."
    ),
    ("how the machines are", PlainLab.states): (
        "You hear every driver, extension and service, with its ring, and for how long "
        "each machine was without a sensor that watches. Refused means that the policy "
        "of this model does not let it run. The sensor protects the machine only while "
        "it runs."
    ),
    ("read a machine's screen", PlainLab.screen): (
        "The screen is 4000 bytes of the machine's memory, at 0xb8000. When the kernel "
        "cannot go on, it writes its last words there and resets the machine."
    ),
    ("type a line on a machine's console", PlainLab.type_text): (
        "While the kernel runs, a shell answers. Try help, ps, or ls /SYSTEM/CONTENT. "
        "To give it time for that, all machines run until the next prompt, for one "
        "second at most."
    ),
    ("step one machine", PlainLab.step): (
        "The machine runs for one instruction, one line of C, or to its next crossing "
        "of the rings. The other machines run for the same time. You can also step to "
        "an event: then all machines run, and pause at the first event of any of them."
    ),
    ("slow pass: follow one pipe event step by step", PlainLab.slow_pass): (
        "A program asks the kernel for something that the sensor watches. You follow "
        "this event into the kernel, to the sensor and back, in all machines beside "
        "each other. At each step you hear what changed, who executes in which ring, "
        "the next instruction and the stack. The machines are really stepped. "
        "Afterwards they all come to the same moment."
    ),
    **_told(cpu.CODE),
    ("the rings: who is in which, and what each does", PlainLab.rings): (
        "Programs run in ring 3: they may touch only what the kernel gave them. The "
        "kernel and its drivers run in ring 0: there the page tables are the only "
        'limit. You hear what each process waits for: "asked" is its latest system '
        "call. A fault is told where it happened. Then come the latest crossings of "
        "the rings. A door is a way from one ring to the other. This kernel has four "
        "doors down to ring 0: system call, interrupt, fault and int n. The doors up "
        "are sysretq and iretq."
    ),
    (
        "what has happened: explain an event, or go back to before it",
        PlainLab.entries,
    ): (
        "This is the timeline of all machines, a page at a time from its end. An event "
        "keeps its number while you turn the pages. A snapshot is a moment at which "
        "the whole machine was saved."
    ),
    ("go back: before a fault, to a snapshot or a moment", PlainLab.back): (
        "All machines become as they were then, and what came later is deleted. If you "
        "do something else from there, other things can happen. Before a fault, the "
        "next instruction of that machine is the one that the CPU refuses."
    ),
    ("reset, cut the power, or boot in another mode", PlainLab.power): (
        "A power cut stops the machine between two instructions. If it is writing to "
        "the disk, perhaps only a part is written. For another mode the machine is "
        "reset with F8 held down, and the answer to the recovery environment, or to "
        "the boot menu of Linux, is typed for you. (Windows has ignored F8 by default "
        "since version 8.)"
    ),
    ("all choices", PlainLab.hear_all): (
        "A question mark does the same. To have a word explained, type ? and the word, "
        "for example ? IRQL."
    ),
    ("make a content file", PlainLab.make): (
        "You set its fields, or change the lines of its source. After every change the "
        "file is compiled and validated. You can hear its bytes before you push it."
    ),
    (
        "choose how long to run before the next question",
        PlainLab.choose_stride,
    ): (
        "On the screen time runs by itself, and you choose its speed. Here you choose "
        "how much happens between two questions: a number of instructions, a time, or "
        "a number of events."
    ),
    ("which events you hear", PlainLab.choose_filter): (
        "The story has the important events only. Everything also has each fault and "
        "each start and end of a program. You can limit this to one machine, or to "
        "events that contain certain words. The timeline lists the same events."
    ),
    ("pause at events or places in the code", PlainLab.stop_at): (
        "Choose a kind of event or type a place; choose it again to remove it. A place "
        "is a name such as kernel_main or sentinel.sys!interpreter_matches, a module "
        "and an offset, or an address. The machine pauses before the instruction "
        "there. A place in a driver works as soon as the driver is loaded."
    ),
    ("make a snapshot of all machines", PlainLab.mark): (
        "You can go back to a snapshot at any time, and go on from there."
    ),
    ("step back by an instruction", PlainLab.step_back): (
        "You choose a machine. All machines go back by the time of one instruction of "
        "that machine."
    ),
    **_told(doors.DOORS, cpu.REGISTERS, cpu.WALK, tables.PAGES, tables.DESCRIPTORS),
    ("memory at an address", PlainLab.memory): (
        "Each line has eight bytes; bytes that are zero share a line. If you hear the "
        "same memory again, you also hear which bytes have changed."
    ),
    **_told(kernel.THREADS, kernel.PORTS),
    ("read a machine's console", PlainLab.read_console): (
        "You hear what the machine has written to its serial port, from the end."
    ),
    ("press a key on a machine's console", PlainLab.press_key): (
        "You can press Enter, Backspace, Tab or F8, or type text without Enter. F8 has "
        "an effect only while a machine starts: reset it, press F8, then go on."
    ),
    ("be the vendor: withdraw a file, offer a fix", PlainLab.vendor): (
        "After each start a machine asks the vendor for newer content. So a file that "
        "you deleted by hand comes again as long as the updater runs and the vendor "
        "offers it. A fix is for machines in the recovery environment that ask for one."
    ),
    ("save what was done as a recording", PlainLab.save): (
        "You find the recording in the list of labs. The last thing that you did in "
        "each lab is saved without this, too."
    ),
}
CHOICES: Final = tuple(Choice(*it, more) for it, more in _TABLE.items())
OF_CRIMES: Final = (
    Choice(
        "commit a crime on all machines",
        PlainLab.crime,
        "A crime is one thing that code must not do. A command is typed in the shell "
        "of each machine. In windows a driver commits the crime in ring 0, in macos an "
        "extension or a program in ring 3.",
    ),
    Choice(
        "how the crime ended on each machine, and why",
        PlainLab.ends,
        "You hear which rule the crime breaks, what each machine made of it, and why "
        "the ends differ.",
    ),
)
OF_SCENARIO: Final = (
    Choice(
        "scenario: go to the end of the next step",
        PlainLab.next_step,
        "You hear the events on the way, and whether the step has passed. Whatever you "
        "did in between, the step begins where the one before it ended.",
    ),
    Choice(
        "scenario: go back to the end of the step before",
        PlainLab.step_before,
        "All machines become exactly what they were then.",
    ),
    Choice(
        "scenario: all steps that are left",
        PlainLab.all_steps,
        "You hear each step, up to the end of the scenario, or up to one that failed.",
    ),
    Choice(
        "scenario: hear its steps",
        PlainLab.hear_steps,
        "You hear all steps, with their lines in the file. Those that are done say "
        "whether they have passed.",
    ),
    Choice(
        "scenario: run its file again, and start anew",
        PlainLab.run_again,
        "The file is read as it is now, and plugins that it names are built again.",
    ),
)
OF_PLUGINS: Final = (
    Choice(
        "build your plugin again, and start the lab anew",
        PlainLab.build,
        "The plugin is built from its folder as it is now. If the compiler finds a "
        "mistake, you hear its file and its line.",
    ),
)
OF_PANES: Final = tuple(
    Choice(it.words, Hear(it), it.more)
    for it in sorted(PANES, key=lambda it: it.number)
    if it.number
)
OF_COST: Final = (
    Choice(
        "measure what a sensor costs in ring 0 and in ring 3",
        PlainLab.hear_cost,
        "This is the price of isolation. A sensor hears of each file, pipe or program, "
        "as a driver or as an extension. It is told afterwards, or asked before. The "
        "machines of this lab do not change: others are started for it.",
    ),
)
_OLDER_PANES: Final = 2  # those that had a number before the cost had one
_LATER: Final = (*OF_PANES[:_OLDER_PANES], *OF_COST, *OF_PANES[_OLDER_PANES:])
NUMBERED: Final[Mapping[int, Choice]] = dict(
    enumerate((*CHOICES, *OF_CRIMES, *OF_SCENARIO, *OF_PLUGINS, *_LATER), 1)
)
"""Every choice by its number. A lab leaves out those that it does not offer."""
