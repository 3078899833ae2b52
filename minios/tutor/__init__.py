"""Lessons: read from folders, taken at machines that run, and checked.

No interface here. Reading order: `model.py`, `reading.py`, `visit.py`, `work.py`; then
`attempts.py`, `taking.py` and `proof.py`, which show that a lesson can be done.
"""
