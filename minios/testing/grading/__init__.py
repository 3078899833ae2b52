"""Grade submissions: `minios grade` is its command.

Reading order: `results.py` and `assignment.py` (what there is), `submission.py` (what
was handed in), `jobs.py` (what a worker is asked), `parts.py`, `running.py` and
`working.py` (the work), `blame.py` (whose mistake it is), `processes.py` and
`cluster.py` (where it is done), `grading.py` (all of it), `feedback.py` and `writers/`
(what is told), `package.py` (a zip for Gradescope).

Invariants: nothing of a submission is executed on the host; the same submission always
has the same grade, whatever else is graded, in which order and where. `grading.py` and
what it imports know neither pytest nor the machine, so that it can share its process
with a cluster's client.
"""
