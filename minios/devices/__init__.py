"""The devices of the board, one file for each. Its docstring is the datasheet.

A device knows the offsets of its registers, never its address
(`minios.machine.device`).
"""
