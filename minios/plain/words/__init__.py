"""Pure: a frame, or a part of one -> sentences. Nothing in here is drawn for the eye.

A listener hears one line after the other: no columns, no signs, no arrows, and what is
long is summarised before it is told in full.

    text.py    lists, numbers of things, rights; explanations without their signs
    state.py   a machine and its parts, who is in which ring
    doors.py   the doors between the rings, their gates and calls
    cpu.py     where the CPU is, registers, code, the page walk
    tables.py  page tables, descriptors, memory
    kernel.py  threads, stacks, ports, pipes, queues, processes
    files.py   content files: verdicts, and their bytes field by field
"""
