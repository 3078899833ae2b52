"""The slow pass: one security event, followed step by step through the rings.

    steps.py    the values: a step, and a pass
    passing.py  the pass of one machine, as its session keeps it
    begin.py    where a pass begins
    walk.py     how the machine is stepped from one halt to the next
    spot.py     where it stands; kernel.py reads the kernel's own memory for that
    words.py    the sentences

Nothing is listed here in advance, so events that take another way need no new code.
"""
