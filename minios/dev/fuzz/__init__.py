"""Fuzzing: try very many inputs that nobody would write, and see what breaks.

`minios dev fuzz syscalls` makes hostile system calls in ring 3. `minios dev fuzz cpu`
gives random instructions to the CPU. `minios dev fuzz content` pushes changed content
files, and `minios dev fuzz plugins` loads changed plugin images, in both rings.

For the last two read `trials.py` (what a case, a trial and a finding are), then
`content_cases.py`, `content_trials.py` and `forecast.py`, or `elf_changes.py`,
`plugin_cases.py`, `plugin_trials.py` and `elf_facts.py`; and `judge.py`, which looks at
every machine in the end.
"""
