"""The first examples that an instructor reads."""

# [one world]
from minios.lab import Bugcheck, Lab, explain, seconds


def test_the_bad_file_stops_the_machine(windows: Lab) -> None:
    """The sensor reads past its array, in ring 0."""
    windows.push("channel-291-bad")
    stop = windows.run_until(Bugcheck(), within=seconds(5))
    assert (stop.name, stop.ring) == ("PAGE_FAULT_IN_NONPAGED_AREA", 0)
    print(explain(windows, stop))


# [/one world]
