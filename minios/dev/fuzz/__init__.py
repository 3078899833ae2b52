"""Fuzzing: try very many inputs that nobody would write, and see what breaks.

`minios dev fuzz syscalls` makes hostile system calls in ring 3. `minios dev fuzz cpu`
gives random instructions to the CPU. `minios dev fuzz content` pushes changed content
files, and `minios dev fuzz plugins` loads changed plugin images, in both rings.
`minios dev fuzz bpf` lets the verifier judge eBPF programs, and watches those that it
accepts.

For content and plugins read `trials.py` (what a case, a trial and a finding are), then
`content_cases.py`, `content_trials.py` and `forecast.py`, or `elf_changes.py`,
`plugin_cases.py`, `plugin_trials.py` and `elf_facts.py`; and `judge.py`, which looks at
every machine in the end.

For eBPF read `bpf_programs.py` (how programs are made), `bpf_meetings.py` and
`bpf_changes.py`; then `bpf_host.c`, which tries them on this host, and `bpf_watch.c`,
which watches them there; then `bpf_machine.py`, which runs them in ring 0.
"""
