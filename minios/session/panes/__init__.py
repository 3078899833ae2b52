"""What can be looked at inside a machine, in sentences for a listener.

cpu.py      where the CPU is and what it does next, registers, the page walk
tables.py   page tables, descriptors, memory
kernel.py   threads, ports, queues, processes
doors.py    the doors between the rings
"""
