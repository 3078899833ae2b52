"""The contract between Python, kernel and plugins, as Python tables.

Every number that two sides must agree on stands here once: interrupt vectors,
memory map, device registers, system calls, stop codes, event types, the layout
of messages and files. `generate.py` turns the tables into the C header
`include/minios/abi.h`; a test refuses a header that is out of date.

Imports nothing but the standard library.
"""
