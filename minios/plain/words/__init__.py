"""Pure functions that turn a frame, or a part of one, into sentences.

A user of plain mode often listens to one line after the other. So there are no columns,
no signs and no arrows, and a long list has a summary first.

    state.py   a machine and its parts, who is in which ring
    files.py   content files: verdicts, and their bytes field by field

What is inside a machine is told by `minios/session/panes`, below both interfaces.
"""
