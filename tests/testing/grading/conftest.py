"""The scenarios are run by `minios grade` for submissions, and not by themselves."""

collect_ignore = ["scenarios"]
