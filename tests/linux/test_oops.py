"""An oops: the kernel reports its own fault, ends the task that ran, and goes on.

What the report says is compared with what others know: pyelftools of the functions, the
lab's own picture of the CPU at the fault.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from minios.abi import disk_layout
from minios.abi.enumerations import TAINT
from minios.image import guest
from minios.image.recipe import ROOT
from minios.lab import (
    Bugcheck,
    Happened,
    Lab,
    events,
    explain,
    seconds,
)
from minios.lab.explain import describe
from tests.trust import probe

GUEST: Final = ROOT / guest.GUEST
SENTINEL: Final = GUEST / "disk/SYSTEM/DRIVERS/SENTINEL.SYS"
QUIET: Final = {"event_ms": "0"}
KERNEL_BASE: Final = 0xFFFFFFFF80000000  # kernel.ld
DISPATCH: Final = 2
THREADS: Final = "minios/kernel/tasks/thread.c"
CHECK: Final = "KERNEL_ASSERT(irql_current() < IRQL_DISPATCH);"
STORM: Final = {"first_event_ms": "0", "event_ms": "50"}


def functions(path: Path) -> list[tuple[int, str]]:
    """The code symbols of an ELF file, sorted by address."""
    with path.open("rb") as file:
        image = ELFFile(file)
        text = image.get_section_index(".text")
        table = image.get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        found = [
            (it["st_value"], it.name)
            for it in table.iter_symbols()
            if it["st_shndx"] == text
            and it.name
            and it["st_info"]["type"] != "STT_FILE"
        ]
    return sorted(it for it in found if it[1] != ".text")


def words_for(path: Path, address: int) -> str:
    """How Linux names an address: its function, and how far it is to the next one."""
    rows = functions(path)
    at = max(index for index, row in enumerate(rows) if row[0] <= address)
    start, name = rows[at]
    return f"{name}+{address - start:#x}/{rows[at + 1][0] - start:#x}"


def report(said: str) -> list[str]:
    """The lines of the first report on a console."""
    lines = said.replace("\r", "").splitlines()
    end = next(i for i, it in enumerate(lines) if it.startswith("---[ end trace"))
    oops = next(i for i, it in enumerate(lines) if re.search(r": 0000 \[#1\]$", it))
    begin = oops
    while re.match(r"(.*BUG: |#PF: |PGD )", lines[begin - 1]):
        begin -= 1
    return lines[begin : end + 1]


def test_whoever_opens_the_pipe_dies_and_the_machine_stays_up() -> None:
    """The sensor's fault is charged to the task in whose context its hook ran."""
    with Lab("linux", content="channel-291-bad", options=STORM) as lab:
        lab.boot()
        lab.run_until(Happened(events.Oops), within=seconds(5))
        lab.run_for(seconds(2))

        oopses = lab.all(events.Oops)
        assert len(oopses) > 1
        assert {it.module for it in oopses} == {"sentinel.sys"}
        assert [it.ended.split(" ")[0] for it in oopses] == ["workload"] * len(oopses)
        numbers = [it.number for it in lab.all(events.OopsReport)]
        assert numbers == list(range(1, len(oopses) + 1))
        assert not lab.all(events.BugcheckEvent)
        assert "hello" in lab.console("echo hello")


def test_a_kernel_that_has_died_once_is_tainted_until_the_next_start() -> None:
    """Its first report says nothing of it, and all that follow have the letter D."""
    with Lab("linux", content="channel-291-bad", options=STORM) as lab:
        lab.boot()
        lab.run_for(seconds(3))
        lines = [it for it in lab.console_text.splitlines() if "Comm:" in it]

        assert " D" not in lines[0]
        assert all(" D" in it for it in lines[1:])
        assert len(lines) > 1
        taint = lab.last(events.OopsReport).taint
        assert taint & TAINT["DIE"]

        lab.reset()
        lab.boot()
        again = lab.run_until(Happened(events.OopsReport), within=seconds(5))
        assert again.number == 1


def test_the_report_says_what_the_cpu_and_the_object_file_say() -> None:
    """Symbol, code bytes and registers, each against somebody else's view of them."""
    with Lab("linux", content="channel-291-bad", options=STORM) as lab:
        lab.boot()
        oops = lab.run_until(Happened(events.Oops), within=seconds(5))
        picture = lab.picture_of(oops)
        lines = report(lab.console_text)
    assert picture is not None
    registers = picture.registers
    assert oops.offset is not None
    assert oops.bytes is not None
    name = words_for(SENTINEL, oops.offset)
    said = "\n".join(lines)

    assert lines[0].endswith(
        f"BUG: unable to handle page fault for address: {oops.address:016x}"
    )
    assert lines[1] == "#PF: supervisor read access in kernel mode"
    assert lines[2] == "#PF: error_code(0x0000) - not-present page"
    assert f"RIP: {registers['cs']:04x}:{name} [sentinel]" in lines
    (code,) = (it for it in lines if it.startswith("Code:"))
    shown = code.removeprefix("Code: ").split(" ")
    faulting = next(i for i, it in enumerate(shown) if it.startswith("<"))
    there = bytes.fromhex("".join(it.strip("<>") for it in shown[faulting:]))
    assert there.startswith(bytes.fromhex(oops.bytes))
    for register in ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r10", "r15"):
        assert f"{register.upper()}: {registers[register]:016x}" in said
    assert f"RSP: {registers['ss']:04x}:{registers['rsp']:016x}" in said
    assert f"CR2: {oops.address:016x}" in lines


def callers(lab: Lab, rbp: int) -> list[str]:
    """The names along the chain of saved RBPs, as words of a call trace."""
    found = []
    while link := lab.machine.read_virtual(rbp, 16):
        rbp, address = struct.unpack("<QQ", link)
        module = lab.module_at(address)
        if module is None:
            break
        if module.name == "kernel":
            found.append(words_for(GUEST / "kernel.elf", address))
        else:
            found.append(f"{words_for(SENTINEL, address - module.base)} [sentinel]")
    return found


def test_the_certain_entries_of_the_call_trace_are_the_chain_of_frames() -> None:
    """The test follows it by itself at the fault. Doubtful entries have a mark."""
    with Lab("linux", content="channel-291-bad", options=STORM) as lab:
        lab.boot()
        fault = lab.run_until(Happened(events.Faulted), within=seconds(5))
        picture = lab.picture_of(fault)
        assert picture is not None
        chain = callers(lab, picture.registers["rbp"])
        lab.run_until(Happened(events.Oops), within=seconds(1))
        lines = report(lab.console_text)
    trace = lines[lines.index(" <TASK>") + 1 : lines.index(" </TASK>")]

    assert [it.strip() for it in trace if "?" not in it] == chain
    assert len(chain) > 5
    doubtful = [it for it in trace if it.startswith(" ? ")]
    names = {name for _, name in functions(GUEST / "kernel.elf")}
    assert {it[3:].split("+")[0] for it in doubtful if "[" not in it} <= names


@pytest.mark.parametrize(
    ("crime", "said"),
    [
        ("sysdiv", "divide error: 0000 [#1]"),
        ("null", "BUG: kernel NULL pointer dereference, address: "),
    ],
)
def test_each_kind_of_fault_has_the_words_of_linux(
    lab_with: Callable[..., Lab], crime: str, said: str
) -> None:
    """What the CPU refused comes first, before who it was."""
    lab = lab_with()

    assert said in lab.console(f"run commit {crime}", within=seconds(2))


def test_in_a_system_call_its_process_ends_and_its_parent_hears_of_it(
    lab_with: Callable[..., Lab],
) -> None:
    """Everything that the process had is closed, as after any other death."""
    lab = lab_with()
    told = lab.console("run commit sysdiv")

    assert lab.last(events.Oops).ended.startswith("commit (process ")
    assert "a fault of the kernel" in told


def test_a_module_on_its_own_thread_dies_and_the_machine_goes_on(
    lab_with: Callable[..., Lab],
) -> None:
    """A thread of the kernel is a task, too."""
    lab = lab_with()
    lab.console("run commit null", within=seconds(2))

    assert lab.last(events.Oops).ended == "the thread of villain.sys"
    assert "Comm: villain.sys" in lab.console_text
    assert "hello" in lab.console("echo hello")


def test_so_many_oopses_and_one_more_are_too_many(lab_with: Callable[..., Lab]) -> None:
    """A kernel that faults again and again could be one that is being attacked."""
    lab = lab_with(oops_limit="2")
    lab.console("run commit sysdiv")
    lab.type("run commit sysdiv\r")
    stop = lab.run_until(Happened(events.KernelPanic), within=seconds(2))

    assert stop.why == "Oopsed too often (kernel.oops_limit is 2)"
    assert len(lab.all(events.Oops)) == 1


def fail_next_lock(lab: Lab) -> None:
    """Make the check fail that every taker of a lock of the kernel comes to."""
    lab.run_to("mutex_lock", within=seconds(5))
    level = lab.address_of("current_irql") - KERNEL_BASE
    lab.machine.write_physical(level, DISPATCH.to_bytes(4, "little"))


def place_of_the_check() -> str:
    """Where it stands in the source."""
    lines = (ROOT / THREADS).read_text("utf-8").splitlines()
    begin = lines.index("void mutex_lock(struct mutex *mutex)")
    return f"{THREADS}:{lines.index(f'    {CHECK}', begin) + 1}"


def test_a_failed_check_of_the_kernel_is_an_oops_that_names_the_check(
    lab_with: Callable[..., Lab],
) -> None:
    """Linux says BUG, and where. The task ends, as after another fault."""
    lab = lab_with()
    fail_next_lock(lab)
    oops = lab.run_until(Happened(events.Oops), within=seconds(1))
    place = place_of_the_check()
    lines = lab.console_text.replace("\r", "").splitlines()
    at = lines.index(f"kernel BUG at {place}!")
    code = next(it for it in lines[at:] if it.startswith("Code:"))

    assert lines[at - 1].endswith("------------[ cut here ]------------")
    assert lines[at + 1] == "invalid opcode: 0000 [#1]"
    assert "<0f> 0b" in code
    assert (oops.module, oops.vector, oops.code) == ("kernel", 6, 0x139)
    assert describe(oops).startswith(f"kernel BUG at {place}; oops in kernel+")
    why = str(explain(lab, oops))
    assert "A check in the kernel's own code has failed. It ends in `ud2`." in why
    assert CHECK in why
    assert not lab.all(events.BugcheckEvent)
    assert "hello" in lab.console("echo hello")


def test_a_failed_check_is_a_panic_if_every_oops_is(
    lab_with: Callable[..., Lab],
) -> None:
    """The same rules hold for it as for another fault."""
    lab = lab_with(panic_on_oops="1")
    fail_next_lock(lab)
    panic = lab.run_until(Happened(events.KernelPanic), within=seconds(1))

    assert panic.why == "Fatal exception"


@pytest.mark.parametrize("after_fault", ["stop_machine", "end_task", "end_plugin"])
def test_a_failed_check_stops_every_machine_that_is_not_linux(after_fault: str) -> None:
    """The kernel itself is broken, so there is no one whom it could end."""
    options = {**QUIET, "after_fault": after_fault}
    with Lab("windows", options=options) as lab:
        lab.boot()
        fail_next_lock(lab)
        stop = lab.run_until(Bugcheck(0x139), within=seconds(1))

        assert (stop.module, stop.function) == ("kernel", "mutex_lock")
        assert (
            "*** kernel: assertion failed: irql_current() < IRQL_DISPATCH"
            in lab.console_text
        )


AT_DISPATCH: Final = """
static long probe_control(uint64_t request, uint64_t pointer)
{
    (void)pointer;
    if (request == 41) {
        __asm__ volatile("cli");
    }
    __asm__ volatile("ud2");
    return 0;
}

static void ask(void *argument)
{
    (void)argument;
    (void)call(SYSCALL_DRIVER_CONTROL, (uint64_t)"probe", 41, 0);
}

static int probe_start(void)
{
    if (plugin_ring() == 0) {
        return 0;
    }
    (void)tell("init", "ready");
    return (int)plugin_defer(ask, NULL, UINT64_C(500000000) - plugin_clock());
}

const struct plugin plugin = {
    .name = "probe", .start = probe_start, .control = probe_control};
"""


def test_interrupts_that_the_dead_code_has_switched_off_are_on_again() -> None:
    """Nobody else would do it. The report ends with a note."""
    services = (probe.DRIVER.format("system"), probe.PROGRAM.format("auto", "-"))
    disk = probe.disk_with(probe.built(AT_DISPATCH), *services)
    with probe.machine("linux", disk) as lab:
        lab.boot()
        lab.run_for(seconds(2))

        assert "invalid opcode: 0000 [#1]" in lab.console_text
        assert re.search(
            r"^note: probe\S*\[\d+\] exited with irqs disabled$",
            lab.console_text.replace("\r", ""),
            re.MULTILINE,
        )
        assert "hello" in lab.console("echo hello")


FAULTS_AT_EXITS: Final = """
static const uint32_t types[] = {EVENT_NOTIFY_EXIT};

static void hear(const struct event *event)
{
    (void)event;
    __asm__ volatile("ud2");
}

static int probe_start(void)
{
    if (plugin_ring() == 0) {
        return plugin_subscribe(types, 1);
    }
    (void)tell("init", "ready");
    return -1;
}

const struct plugin plugin = {.name = "probe", .start = probe_start, .event = hear};
"""


def test_a_task_that_faults_while_it_ends_sleeps_for_ever() -> None:
    """It cannot end a second time. It keeps its memory, and nobody can kill it."""
    services = (probe.DRIVER.format("system"), probe.PROGRAM.format("auto", "-"))
    built = probe.built(FAULTS_AT_EXITS, ("NOTIFY_EXIT",), ("EVENTS",))
    disk = probe.disk_with(built, *services)
    with probe.machine("linux", disk, {"hung_task_s": "10"}) as lab:
        lab.boot()
        lab.run_for(seconds(30))

        said = lab.console_text.replace("\r", "")
        assert "\nFixing recursive fault but reboot is needed!\n" in said
        assert not lab.all(events.BugcheckEvent)
        assert not lab.all(events.HungTask)
        assert len(lab.all(events.Oops)) == said.count("Fixing recursive fault") == 1
        assert "hello" in lab.console("echo hello")


def test_a_report_that_faults_itself_ends_in_a_panic(
    lab_with: Callable[..., Lab],
) -> None:
    """Code in ring 0 may have changed the lists of the kernel itself."""
    lab = lab_with()
    at = lab.machine.walk(lab.address_of("entries")).physical
    assert at is not None
    lab.machine.write_physical(at, (0xFFFFDEAD00000000).to_bytes(8, "little"))
    lab.type("run commit sysdiv\r")
    stop = lab.run_until(Happened(events.KernelPanic), within=seconds(2))

    assert stop.why == "Fatal exception"
    assert lab.console_text.count("Oops: 0000") == 0


MAP: Final = (GUEST / "disk/SYSTEM/KERNEL.MAP").read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n" * 4000,
        b"nonsense",
        MAP[:-1],
        MAP.replace(b"ffffffff80", b"ffffffff90"),
        b"".join(reversed(MAP.splitlines(keepends=True))),
        b"\xff" * len(MAP),
        b"0000000000000000 T a\n" * 3000,
    ],
    ids=["empty", "lines", "short", "cut", "other", "unsorted", "bytes", "many"],
)
def test_without_a_usable_map_the_kernels_functions_have_no_names(
    content: bytes,
) -> None:
    """The file may be damaged, or of another kernel. Modules bring their own names."""
    disk = probe.disk_with({disk_layout.KERNEL_MAP_PATH: content})
    with Lab("linux", disk=disk, options=STORM) as lab:
        lab.boot()
        lab.push("channel-291-bad")
        lab.run_until(Happened(events.Oops), within=seconds(5))
        lines = report(lab.console_text)

    trace = lines[lines.index(" <TASK>") + 1 : lines.index(" </TASK>")]
    assert any("sentinel_event+0x" in it for it in trace)
    outside = [it.strip(" ?") for it in trace if "[" not in it]
    assert outside
    assert all(re.fullmatch("0xffffffff80[0-9a-f]+", it) for it in outside)


def test_the_map_names_what_the_kernel_has_where_it_has_it() -> None:
    """In the form of System.map: pyelftools finds the same in the kernel itself."""
    rows = [it.split(" ") for it in MAP.decode("ascii").splitlines()]

    assert [(int(at, 16), name) for at, _, name in rows] == functions(
        GUEST / "kernel.elf"
    )
    assert {kind for _, kind, _ in rows} == {"T", "t"}


def test_other_models_keep_no_names_and_say_nothing_of_an_oops() -> None:
    """Windows stops at the same fault, in its own words."""
    with Lab("windows", content="channel-291-bad", options=STORM) as lab:
        lab.boot()
        lab.run_until(Happened(events.BugcheckEvent), within=seconds(5))

        assert "Oops" not in lab.console_text
        assert "Kernel panic" not in lab.console_text
        assert not lab.all(events.KernelPanic)
