"""Pure functions that turn a frame, or a part of one, into sentences.

A user of plain mode often listens to one line after the other. So there are no columns,
no signs and no arrows, and a long list has a summary first.

    text.py    lists, counted things, rights; explanations without their signs
    state.py   a machine and its parts, who is in which ring
    doors.py   the doors between the rings, their gates and calls
    cpu.py     where the CPU is, registers, code, the page walk
    tables.py  page tables, descriptors, memory
    kernel.py  threads, stacks, ports, pipes, queues, processes
    files.py   content files: verdicts, and their bytes field by field
"""
