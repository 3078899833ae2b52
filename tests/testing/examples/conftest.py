"""The scenarios of an assignment are run by `minios grade`, and not by themselves."""

collect_ignore = ["week3"]
