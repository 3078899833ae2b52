"""The talk about one lab; what can be done there is a table, in the order of weight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from minios import glossary
from minios.errors import MiniosError
from minios.plain.asking import DeclinedError, number_of, numbered, picked
from minios.plain.console import Console
from minios.plain.control import Controlling
from minios.plain.looking import Looking
from minios.plain.making import Making
from minios.plain.past import Rewinding
from minios.plain.words.text import sentence
from minios.session.frames import Frame


class PlainLab(Looking, Rewinding, Console, Making, Controlling):
    """A conversation about one lab: all that the choices lead to."""

    def run(self) -> None:
        """Until 0 is chosen, or there is nobody to ask any more."""
        self.note_progress("opened")
        self.say(sentence(f"{self.card.title}: {self.card.will_see}"))
        for frame, name in zip(self.conductor.frames, self.names, strict=True):
            self.say(f"{name}: {frame.words}.")
        self.hear_usual()
        complained: list[Frame] = []
        while (answer := self.answer("Choice?")) != "0":
            self._do(answer)
            complained = self._complain(complained)

    def _do(self, answer: str) -> None:
        choice = picked(answer, CHOICES)
        try:
            if answer.startswith("?"):
                self.hear_more(answer)
            elif choice is not None:
                choice.act(self)
            else:
                self.say(f"A number from 0 to {len(CHOICES)}, please, or ? for all.")
        except DeclinedError:
            return
        except MiniosError as error:
            self.say(sentence(str(error)))

    def _complain(self, before: list[Frame]) -> list[Frame]:
        """Say once what a machine could not do."""
        frames = [frame for frame in self.conductor.frames if frame.error]
        for frame, name in zip(self.conductor.frames, self.names, strict=True):
            if frame.error and not any(frame is it for it in before):
                self.say(f"{name}: {sentence(frame.error)}")
        return frames

    def close(self) -> None:
        """Give the machines back."""
        self.conductor.close()

    # ---- The choices.

    def hear_usual(self) -> None:
        """The choices that are needed first."""
        self.tell(numbered(it.words for it in CHOICES[:_USUAL]))
        self.say("0. leave")

    def hear_all(self) -> None:
        """All of them."""
        self.tell(numbered(it.words for it in CHOICES))
        self.say("0. leave")
        self.say("A question mark and a number, as ? 3, tells more of that choice.")
        self.say("A question mark and a word, as ? IRQL, explains the word.")

    def hear_more(self, answer: str) -> None:
        """What one choice is good for, or what a word means; else all choices."""
        asked = answer.lstrip("? ")
        choice = picked(asked, CHOICES)
        if choice is not None:
            self.say(f"{choice.words}. {choice.more}")
        elif asked and number_of(asked) is None:
            self.tell(glossary.explanation(glossary.find(asked)))
        else:
            self.hear_all()


Act: TypeAlias = Callable[[PlainLab], None]


class Choice(NamedTuple):
    """What is offered, what it does, and more of it for whoever asks."""

    words: str
    act: Act
    more: str


_USUAL: Final = 14
# What is offered and what it does, then more of it.
_TABLE: Final[Mapping[tuple[str, Act], str]] = {
    ("go on", PlainLab.go_on): (
        "Time stands still until you go on. How far it goes is for you to choose; to "
        "begin with, until something happens. Where time is to stop, it stops."
    ),
    ("go on for a time, or so many instructions", PlainLab.go_for): (
        "All events on the way are told. An instruction takes 10 nanoseconds of the "
        "machine's time; a machine that waits skips to its next interrupt."
    ),
    ("push a content file", PlainLab.push): (
        "To all machines at once, or to one of them, over their update links. You hear "
        "first what the vendor's two validators say of it. Then go on, and hear what "
        "comes of it."
    ),
    ("why: the latest crash or death of each machine", PlainLab.why): (
        "Every line was read from the machine at the moment of the fault, before "
        "anything changed. Nothing is assumed."
    ),
    ("how the machines are", PlainLab.states): (
        "Every driver, extension and service with its ring. Refused means that the "
        "policy of the model does not take it. The sensor protects the machine only "
        "while it runs."
    ),
    ("read a machine's screen", PlainLab.screen): (
        "It is 4000 bytes of the machine's memory, at 0xb8000. When the kernel cannot "
        "go on, it paints its last words there and resets the machine."
    ),
    ("type a line on a machine's console", PlainLab.type_text): (
        "A shell answers while there is a kernel to run it. Try help, ps, or "
        "ls /SYSTEM/CONTENT. All machines go on for 200 milliseconds, so that it can."
    ),
    ("step one machine", PlainLab.step): (
        "By an instruction, a line of C, a crossing of the rings or an event. The "
        "other machines come to the same moment. To an event all machines go, and "
        "time stops at the earliest one."
    ),
    ("where a machine is: its code, and the line of C", PlainLab.code): (
        "The instruction that comes next among its neighbours, with the lines of the "
        "source that they were compiled from."
    ),
    ("the rings: who is in which, and the doors between them", PlainLab.rings): (
        "In ring 3 programs live: they may touch only what they were given. In ring 0 "
        "live the kernel and every driver that was let in: nothing is forbidden there "
        "that the page tables allow. This kernel has four ways down: system call, "
        "interrupt, fault and int n. The ways up are sysretq and iretq."
    ),
    (
        "what has happened: have any entry explained, or go back to before it",
        PlainLab.entries,
    ): (
        "The timeline of all machines, a page at a time from its end. An entry keeps "
        "its number while you turn the pages. A snapshot is a moment of which the "
        "whole machine was kept."
    ),
    ("go back to a snapshot or a moment", PlainLab.back): (
        "All machines become as they were then, and what came after is forgotten. "
        "Going on from there can come out differently, if you do something else."
    ),
    ("reset, cut the power, boot in another way", PlainLab.power): (
        "Cutting the power stops the machine between two instructions: of a write to "
        "the disk only a part may arrive. For another mode the machine is reset with "
        "F8 held down, and the recovery environment gets its answer typed. (Windows "
        "has ignored F8 by default since version 8.)"
    ),
    ("all choices", PlainLab.hear_all): (
        "A question mark does the same. With a word behind it, as ? IRQL, it explains "
        "the word."
    ),
    ("make a content file", PlainLab.make): (
        "By its fields or by the lines of its source. It is compiled and judged after "
        "every change, and you can hear its bytes before you push it."
    ),
    (
        "how far choice 1 goes on, which is what the pace is on the screen",
        PlainLab.choose_stride,
    ): (
        "On the screen time runs by itself, and the pace says how much of it goes by "
        "between two looks. Here you say how much is to happen between two questions: "
        "some instructions, some time, or some events."
    ),
    ("which events are told, and listed", PlainLab.choose_filter): (
        "The story leaves out what it can be told without. PlainLab has each fault "
        "and each start and end of a program, too. Of these, one machine alone can be "
        "told, or only what has some words in it."
    ),
    ("stop at events or places in the code", PlainLab.stop_at): (
        "Chosen again, it is no stop any more. A place is a name such as kernel_main "
        "or sentinel.sys!interpreter_matches, a module and an offset, or an address: "
        "the machine stops before the instruction there. A place in a driver counts "
        "as soon as it is loaded."
    ),
    ("make a snapshot of all machines", PlainLab.mark): (
        "One can go back to it, and on from there as if nothing had come after."
    ),
    ("step back by an instruction", PlainLab.step_back): (
        "All machines become as they were an instruction of one of them ago."
    ),
    ("the doors, with every gate and every system call", PlainLab.doors): (
        "A gate is an entry of the IDT: the CPU, not the program, decides where the "
        "way leads. A fault of ring 0 itself uses no door."
    ),
    ("registers", PlainLab.registers): (
        "As they are between two instructions. CR2 is the address of the latest page "
        "fault, CR3 points to the page tables in force."
    ),
    ("the page walk", PlainLab.page_walk): (
        "Of the latest fault, or of the next instruction. An address is looked up in "
        "four tables, one after the other. The first entry that says no ends the "
        "walk, and the CPU raises a page fault."
    ),
    ("page tables", PlainLab.page_tables): (
        "All that is mapped, by regions. A page has a right only if every table above "
        "it gives that right. Whoever touches what is not mapped faults."
    ),
    ("descriptors: GDT, TSS, IDT", PlainLab.descriptors): (
        "The GDT says what the segment selectors mean, and DPL is the ring. The TSS "
        "says which stack the CPU takes for a fault, an interrupt or int n. A syscall "
        "changes no stack: the kernel does that itself. The IDT says where each fault "
        "and interrupt goes, and from which ring a program may ask for it."
    ),
    ("memory at an address", PlainLab.memory): (
        "Eight bytes a line, those that are zero in one. It is said what has changed "
        "since you heard the same memory."
    ),
    ("threads and their stacks", PlainLab.threads): (
        "Every thread as the kernel's memory has it, and the functions on its stack, "
        "the innermost first. Nobody tells us this: it is read from the guest's "
        "memory with the names of its source."
    ),
    ("ports, pipes, queues and processes", PlainLab.ports): (
        "A port is a named inbox. A pipe carries bytes between two programs. A queue "
        "is where threads wait for the same thing. A process has rights, and handles "
        "to what it has opened."
    ),
    ("read a machine's console", PlainLab.read_console): (
        "What it has said on its serial port, from the end."
    ),
    ("press a key on a machine's console", PlainLab.press_key): (
        "Enter, Backspace, Tab, F8, or text without Enter. F8 counts while a machine "
        "starts: reset it, press F8, then go on."
    ),
    ("be the vendor: withdraw a file, offer a fix", PlainLab.vendor): (
        "A machine asks for newer content when it has come up, so a file that was "
        "deleted by hand comes again until the vendor withdraws it. A fix is for "
        "machines in recovery that ask for one."
    ),
    ("save what was done as a recording", PlainLab.save): (
        "The list of labs offers it. What you did last in a lab is kept anyway."
    ),
}
CHOICES: Final = tuple(Choice(*it, more) for it, more in _TABLE.items())
