"""The lab without a screen: numbered choices, one line an event, nothing redrawn.

For screen readers and braille displays, for pipes, and for terminals that can do
nothing. The same sessions; what the lab screen can do can be done here. Nothing that is
drawn for the eye reaches the listener: `words/` makes sentences of what frames hold.

    asking.py    questions that can be declined, long lists; `say` and `ask` are given
    talk.py      the machines of a lab, what they are called, what happens to them
    stopping.py  where a machine stands, where time is to stop, a step
    strides.py   how far a "go on" goes: what the pace is on the screen
    going.py     going on, in the order of time
    past.py      the timeline, any entry of it explained, and the ways back
    looking.py   parts, rings, code, registers; tables, memory, the kernel's structures
    console.py   screen and console
    pushing.py   content files: chosen, looked at, pushed
    making.py    ... and made by talking
    control.py   switches, vendor, recordings
    menu.py      the talk about one lab, and its choices
    start.py     which lab, and one visit after the other
"""

from minios.plain.menu import PlainLab
from minios.plain.start import Start, run, visit

__all__ = ["PlainLab", "Start", "run", "visit"]
