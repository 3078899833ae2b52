"""The devices of the board, one file each; each docstring is the datasheet.

A device knows offsets, never its address (`minios.machine.device`).
"""
