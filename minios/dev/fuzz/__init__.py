"""Fuzzing: try very many inputs that nobody would write, and look what breaks.

`minios dev fuzz syscalls` has ring 3 make hostile system calls.
`minios dev fuzz cpu` gives the CPU random instructions.
"""
