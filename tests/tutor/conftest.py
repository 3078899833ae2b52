"""Lessons for tests are no tests: their checks need the files of a learner."""

collect_ignore = ["lessons"]
