"""The pane of modules and eBPF programs: what the kernel has, read from its memory.

What it shows is compared with what the shell of the same machine prints.

Deep: the verifier takes long for the checked programs. The usual tests read the pane of
other programs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from minios.lab import content_files, milliseconds, programs_view, seconds
from minios.lab.inputs import Push
from minios.lab.setup import Setup
from minios.session.orders import Look, RunTo
from minios.session.panes.programs import PROGRAMS
from minios.session.session import Session
from minios.tui.drawing import programs
from tests.session.standing import standing

_OFF = {"sentinel.sys": "disabled"}
CHECKED = _OFF | {"checked.bpf": "auto"}
NAIVE = _OFF | {"naive.bpf": "auto"}
COLLECT = _OFF | {"collect.bpf": "system", "sentinel.ext": "auto"}


@contextmanager
def machine(
    services: Mapping[str, str], *, model: str = "linux", pushed: bool = True
) -> Iterator[Session]:
    """A machine to which the bad file was pushed, some seconds later."""
    push = Push(content_files.find("channel-291-bad"))
    later = (push, RunTo(seconds(4))) if pushed else ()
    setup = Setup(model, services=dict(services))
    (found,) = standing([setup], RunTo(seconds(1)), *later)
    yield found.session
    found.close()


def told(session: Session) -> list[str]:
    """The pane in sentences."""
    return list(PROGRAMS.tell(session.do(Look(("programs",))), "").said)


def drawn(session: Session, width: int = 58) -> str:
    """Both panes as they are drawn."""
    found = programs_view.look(session.lab)
    rows = programs.modules(found, width) + programs.programs(found, width)
    assert all(sum(len(it.text) for it in row) <= width for row in rows)
    return "\n".join("".join(it.text for it in row).rstrip() for row in rows)


def test_a_module_in_which_tasks_have_died_keeps_its_use_count() -> None:
    """`lsmod` prints the same count, and `uname` the same letters."""
    with machine({}) as session:
        found = programs_view.look(session.lab)
        said, shown = told(session), drawn(session)
        listed = session.lab.console("lsmod")
        letters = session.lab.console("uname -a")
        dead = found.modules[0].dead

    assert dead >= 2
    assert f"sentinel            16384  {dead} workload[" in listed
    assert letters.splitlines()[0].endswith(f"Tainted: {found.taint}")
    assert f"The kernel is tainted: G D O; {dead} oopses." in said
    users = f"use count {dead}, {dead} of it dead, the last one workload"
    assert f"sentinel.sys: live, {users}." in said
    assert users in shown


def test_a_driver_of_windows_is_no_different() -> None:
    """The kernel counts there, too; nothing taints it, and there is no program."""
    with machine({}, model="windows", pushed=False) as session:
        said, shown = told(session), drawn(session)

    assert said[0] == "The kernel is not tainted."
    assert "sentinel.sys: live, use count 0." in said
    assert "no eBPF programs are loaded" in shown


@pytest.mark.deep
def test_a_program_shows_its_hook_its_runs_and_what_the_verifier_did() -> None:
    """`bpf list` prints the same runs."""
    with machine(CHECKED) as session:
        found = programs_view.look(session.lab)
        said, shown = told(session), drawn(session)
        listed = session.lab.console("bpf list", within=seconds(5)).splitlines()

    one = found.objects[0].programs[0]
    assert any(it.split() == _row(one) for it in listed)
    assert one.visits > one.instructions > 100
    assert any(
        it.startswith("checked.bpf, program pipe_created at notify/pipe_create: ")
        for it in said
    )
    assert f"the verifier looked at {one.visits}" in shown


def _row(one: programs_view.Program) -> list[str]:
    return ["checked.bpf", one.name, one.hook, str(one.runs), str(one.denied)]


def test_records_wait_in_the_ring_buffer_while_their_reader_is_dead() -> None:
    """The supervisor waits two seconds: meanwhile programs go on making pipes."""
    with machine(COLLECT) as session:
        found = programs_view.look(session.lab)
        shown, said = drawn(session), told(session)

    ring = found.objects[0].maps[0]
    assert ring.kind == "ring buffer"
    assert 0 < ring.used < ring.entries == 64 * 1024
    assert ring.submitted == sum(it.runs for it in found.objects[0].programs)
    assert f"{ring.used} of 65536 bytes unread" in shown
    assert any(f"{ring.submitted} records, 0 lost" in it for it in said)


@pytest.mark.parametrize("width", [38, 58, 98])
def test_a_refusal_is_shown_with_the_log_of_the_verifier(width: int) -> None:
    """Also in a narrow pane: the reason comes first, and then what leads to it."""
    with machine(NAIVE, pushed=False) as session:
        shown = drawn(session, width)
        frame = session.do(Look(("programs",)))
        parts = PROGRAMS.tell(frame, "").parts

    flat = " ".join(shown.split())
    assert "⊘ naive.bpf was refused" in flat
    assert "interpreter.c:75" in flat
    assert "4 bytes at 1360, but" in flat
    assert parts[0][0] == "the refusal of naive.bpf"


def test_before_the_kernel_has_memory_nothing_is_told() -> None:
    """The tables are not there yet; a later look finds them."""
    session = Session(Setup("linux"))
    early = told(session)
    session.do(RunTo(milliseconds(50)))
    late = told(session)
    session.close()

    assert early[0].startswith("The programs cannot be read: the kernel has not")
    assert late[1] == "Modules: sentinel.sys."
