"""The shell's command `clients`: who gets security events, and how it answers."""

from __future__ import annotations

from minios.lab import Lab


def clients(lab: Lab) -> dict[str, dict[str, str]]:
    """Each line of the command `clients`, by the name of the client."""
    head, *lines = lab.console("clients").splitlines()
    names = head.replace("if late", "late").split()
    rows = [line.replace(" ms ", "ms ").split() for line in lines]
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in rows}


def test_a_driver_has_no_process_and_no_deadline(windows: Lab) -> None:
    """The kernel calls it: it cannot be late, and it cannot be ended."""
    (client,) = clients(windows).values()

    assert (client["process"], client["deadline"], client["late"]) == ("-", "-", "-")


def test_an_extension_has_a_deadline(macos: Lab) -> None:
    """Half a second, and then it is ended, unless it has asked for something else."""
    told = clients(macos)

    client = told["sentinel.ext"]
    assert (client["deadline"], client["late"]) == ("500ms", "killed")
    listed = macos.console("ps").splitlines()
    assert client["process"] in next(it for it in listed if "sentinel" in it)
