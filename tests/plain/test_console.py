"""Plain mode: what a machine shows and says, what is typed, what lies deep in it."""

from __future__ import annotations

import re

from tests.plain.talking import BAD, MAC, TWO, WINDOWS, number_of, talk


def test_a_line_that_is_typed_is_answered() -> None:
    """And heard again from the console, the end of it first."""
    talker = talk(
        *(MAC, "1", ">type a line", "echo spoken", ">read a machine's console", "0")
    )

    assert talker.lines.count("spoken") == 2
    assert talker.lines.count("minios> echo spoken") == 1


def test_a_typed_line_is_answered_until_the_next_prompt() -> None:
    """Also if that takes longer than usual, and no longer if it is there."""
    talker = talk(MAC, "1", ">type a line", "ps", ">how the machines", "0")
    told = talker.after("Type: ps")

    assert told[0] == "ps"
    assert told[1].startswith("process parent state")
    assert told[told.index("minios>") + 1].startswith("Choice?")
    assert any(it.startswith("It is 0.0") for it in told)


def test_only_what_is_new_is_told_after_many_resets() -> None:
    """Every start writes the same lines, and only the end of the console is kept."""
    again = (">reset", "1", ">go on for", "50") * 24
    talker = talk(WINDOWS, "1", *again, ">type a line", "echo here", "0")

    assert talker.after("Type: echo here")[:4] == [
        "recovery> echo here",
        "type a number from 1 to 6",
        "recovery>",
        "Choice? 0",
    ]


def test_a_long_console_is_told_from_its_end() -> None:
    """Twenty lines, then those before, if they are wanted."""
    talker = talk(
        *(MAC, "1", ">type a line", "help"),
        *(">read a machine's console", "x", "", "", "0"),
    )
    at = next(n for n, it in enumerate(talker.lines) if "lines before these" in it)

    assert talker.lines[at - 1] == "minios>"
    assert "Please type Enter or 0." in talker.lines
    assert "minios kernel, model macos" in talker.lines[at:]


def test_keys_that_end_no_line_are_pressed_one_by_one() -> None:
    """Text without Enter stands there until Enter comes; Backspace takes one away."""
    talker = talk(
        *(MAC, "1", ">press a key", "5", "echo abcd", ">press a key", "2"),
        *(">press a key", "1", "0"),
    )

    assert "abc" in talker.lines
    assert "abcd" not in talker.lines
    assert "minios> echo abc" in talker.lines  # said when backspace was pressed
    assert not any(r"\x08" in line for line in talker.lines)


def test_f8_after_a_reset_leads_into_recovery() -> None:
    """As on the screen, where it is held down while the machine starts."""
    talker = talk(WINDOWS, "1", ">reset", "1", ">press a key", "4", "0")

    assert "RECOVERY  Somebody wants to choose how it starts." in talker.lines
    assert any("the recovery environment starts" in line for line in talker.lines)


def test_typing_stops_where_time_is_to_stand_still() -> None:
    """A machine that is told to crash."""
    talker = talk(WINDOWS, "1", ">pause at", "3", ">type a line", "crash", "0")

    assert "Paused: windows, a bugcheck." in talker.lines


def test_the_idt_is_told_by_ranges_of_the_same_kind() -> None:
    """256 gates in a few sentences; one of them by its vector."""
    talker = talk(MAC, "1", ">descriptors", "14", "0x99", "300", "", "0")

    ranges = [line for line in talker.lines if line.startswith("Vector")]
    assert len(ranges) < 12
    assert "Vectors 9 to 152: asked for by ring 0 only." in ranges
    assert "Vector 153, INT 0x99: open to ring 3." in ranges
    assert any(line.startswith("Vector 14, PF, page fault: leads") for line in ranges)
    assert "Please type a number, 0 to 255." in talker.lines


def test_page_tables_are_told_by_regions() -> None:
    """Six lines; every run of pages of one of them."""
    talker = talk(MAC, "1", ">page tables", "2", "6", "0", "0")
    regions = talker.after(f"Choice? {number_of('page tables')}")[:6]

    assert [it.split(",")[0] for it in regions] == [
        "1. all of RAM",
        "2. kernel heap",
        "3. kernel stacks",
        "4. kernel",
        "5. devices",
        "6. the tables that lead there",
    ]
    assert any(it.startswith("0xffff900000000000, 4 KiB: ") for it in talker.lines)
    assert any(it.startswith("PML4 entry 256, for ") for it in talker.lines)


def test_memory_is_told_from_where_a_register_points() -> None:
    """What is no address is asked for again; zeros are one line."""
    talker = talk(TWO, "1", ">memory", "2", "nonsense", "rsp+0x10", "0", "0")

    assert sum("You can add an offset." in it for it in talker.lines) == 1
    assert any(line.endswith("bytes of zero.") for line in talker.lines)


def test_memory_says_what_has_changed_since_it_was_heard() -> None:
    """A stack that was used in between; nothing where nothing ran."""
    heard = (">memory", "rsp", "0")
    first = talk(MAC, "1", *heard, "0")
    at = first.after("At which address?")[0].split(",")[0]
    again = (">memory", at, "", "", "", "", "", "", "")
    same = talk(MAC, "1", *again, *again, "0")
    used = talk(MAC, "1", *again, ">step one", "4", *again, "0")

    assert at.startswith("0xffff")
    assert ", changed: " not in same.text
    assert ", changed: " in "\n".join(used.after("At which address?"))


def test_registers_are_told_one_a_line() -> None:
    """What changed first, those that are zero together."""
    talker = talk(MAC, ">go on for", "5 ms", ">registers", "0")
    told = talker.after(f"Choice? {number_of('registers')}")

    assert told[0].startswith("Changed: ")
    assert any(line.startswith("rip 0x") for line in told)
    assert any(line.startswith("Zero: ") for line in told)
    assert all(line.count("0x") <= 1 for line in told)


def test_threads_are_told_first_and_a_stack_when_it_is_asked_for() -> None:
    """Who called whom, the innermost first."""
    talker = talk(MAC, "1", ">threads", "3", "0", "0")

    assert any(line.endswith("kernel stacks in use.") for line in talker.lines)
    assert "The function calls on it, the innermost first:" in talker.lines
    assert any(line.startswith("ring 3, init ") for line in talker.lines)


def test_ports_pipes_and_processes_are_told_in_words() -> None:
    """What a process may do, without underscores."""
    talker = talk(MAC, "1", ">ports", "", "0")

    assert any(
        it.startswith("Port init of init: 0 of 16 messages, waiting for it: thread ")
        for it in talker.lines
    )
    assert any("Its rights: spawn, disk write" in line for line in talker.lines)


def test_the_rings_are_told_in_sentences() -> None:
    """Who is where, what each does, where the fault was, and the latest crossing."""
    talker = talk(
        *(WINDOWS, ">go on for", "60", ">the rings", *BAD),
        *(">go on for", "251.2 ms", ">the rings"),
    )

    assert "Ring 3, upstairs: init, shell, supervis, updater and workload." in (
        talker.lines
    )
    assert "Ring 0, basement: kernel and sentinel.sys." in talker.lines
    assert "sentinel.sys, the sensor: the kernel calls it; reads C-000291.SYS " in (
        talker.text
    )
    assert "workload: asked: let it sleep for a while." in talker.lines
    crossing = r"The latest crossing, at 0\.\d{6} s: \w+ asks the kernel to \w+ "
    assert re.search(crossing, talker.text)
    assert "page fault here: it read 0xffff840500000074; stopped" in talker.text
    assert "kernel: STOP 0x50 PAGE_FAULT_IN_NONPAGED_AREA; boot 1." in talker.lines


def test_the_sums_without_protection_compare_the_machines() -> None:
    """In the state of each, and once more when the lab is left."""
    talker = talk(TWO, ">go on for", "60", ">how the machines", "0")

    (sum_of_windows, _) = re.findall(r"Unprotected in all: (\d.*)\.\n", talker.text)
    said = f"Time without protection: windows {sum_of_windows}"
    assert talker.lines[-1].startswith(said)
    assert "windows: protected; its sensor runs in ring 0." in talker.lines
    assert "macos: protected; its sensor runs in ring 3." in talker.lines


def test_a_sensor_that_does_not_run_is_not_said_to_run() -> None:
    """It waits for a restart; then the machine is off, and nothing runs at all."""
    states = (">how the machines", ">the rings")
    talker = talk(
        *(MAC, ">go on for", "60", *BAD, ">go on for", "900", *states),
        *(">type a line", "off", *states),
    )
    died = next(n for n, it in enumerate(talker.lines) if "does not run" in it)
    off = talker.lines.index("macos: switched off; 0 crashes, 2 deaths.")

    assert talker.lines[died].endswith(
        "; its sensor in ring 3 does not run: restarting in 2 s."
    )
    assert "sentinel.ext, ring 3: restarting in 2 s." in talker.lines[died:off]
    said = "\n".join(talker.lines[off:])
    assert "macos: switched off, so nothing runs in any ring." in said
    assert "running" not in said
    assert "executes" not in said
    assert "ring 3" not in said


def test_who_has_to_answer_recovery_hears_how() -> None:
    """Once each time; the line that is typed there reaches it."""
    talker = talk(WINDOWS, "1", ">reset", "4", ">type a line", "2", ">go on for", "50")
    asks = f"To answer, choose {number_of('type a line')} and type a number."

    assert talker.lines.count(f"Recovery asks in windows. {asks}") == 1
    assert any(
        "chosen in the recovery environment: safe mode" in it for it in talker.lines
    )
