"""Plain mode: the lab without a screen, with numbered choices and a line per event.

It is for screen readers and braille displays, for pipes, and for terminals that cannot
draw. It uses the same sessions as the lab screen and can do the same. Signs and columns
are for the eye, so they are never printed here: `words/` turns frames into sentences.

    asking.py    questions that can be declined, and long lists
    talk.py      the machines of a lab, their names, and their events
    trying.py    the goals of a lab: hints, answers, what was reached
    stopping.py  where a machine is, where to pause, and single steps
    strides.py   how long a "go on" runs; on the screen this is the speed
    going.py     going on: events are told in the order of time
    past.py      the timeline: explain an event, or go back to before it
    looking.py   parts, rings, code, registers; tables, memory, the kernel's structures
    console.py   the screen and the console of a machine
    pushing.py   content files: choose, inspect, push
    making.py    write a content file
    following.py a scenario, step by step; a recording that opens at its end
    building.py  plugins of one's own: choose a folder, build it
    control.py   reset and power, the vendor, recordings
    pipeline.py  the six switches of the content pipeline
    menu.py      the choices of one lab
    start.py     choose a lab, and open one lab after another
"""

from minios.plain.menu import PlainLab
from minios.plain.start import Start, run, visit

__all__ = ["PlainLab", "Start", "run", "visit"]
