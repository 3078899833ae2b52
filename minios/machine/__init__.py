"""A computer with nothing plugged in: CPU, memory, buses, time.

Reading order: `rules.py` (what can be broken), `paging.py` and `segments.py` (who may
do what), `traps.py` (how the CPU changes rings), `machine.py` (everything together).
Those before `machine.py` are pure and need no engine. `engine.py` and `binding.py` are
the only files in the project that import unicorn.
"""
