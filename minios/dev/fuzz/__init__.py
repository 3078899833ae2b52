"""Fuzzing: try very many inputs that nobody would write, and see what breaks.

`minios dev fuzz syscalls` makes hostile system calls in ring 3. `minios dev fuzz cpu`
gives random instructions to the CPU.
"""
