"""The contract between Python, kernel and plugins, as Python tables.

Every number on which two sides must agree stands here once: interrupt vectors, the
memory map, device registers, system calls, stop codes, event types, the layout of
messages and files. `generate.py` writes the C header `include/minios/abi.h` from the
tables, and a test refuses a header that is out of date.

This package imports only the standard library.
"""
