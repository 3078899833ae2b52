"""The lab without a screen: numbered choices, one line an event, nothing redrawn.

For screen readers and braille displays, for pipes, and for terminals that can do
nothing. The same sessions, the same words; what the lab screen can do can be done here.

    talk.py     asking and telling; `say` and `ask` are handed in
    looking.py  how the machines are, down to their registers
    control.py  go on, push, type, step, stop at, go back, power
    lab.py      the choices
"""

from minios.tui.plain.lab import PlainLab, choose_lab

__all__ = ["PlainLab", "choose_lab"]
