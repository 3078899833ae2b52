"""One file for each format that a course system reads.

A writer turns grades into bytes, and touches no file. What it writes depends on the
grades alone: no time of the host, no order of processes.

| format | for whom | hidden tests |
|---|---|---|
| `gradescope.py` | the student, through Gradescope | there, marked `hidden` |
| `exercism.py` | the student | left out |
| `classroom50.py` | the student, through Classroom 50 | left out |
| `junit.py`, `spreadsheet.py` | the instructor | there |
"""
