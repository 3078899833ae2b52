"""A dump alone tells what the lab saw at the crash."""

from __future__ import annotations

import pytest

from minios.abi import dump as abi
from minios.dump import parts, post_mortem, report
from minios.dump.post_mortem import PostMortem
from minios.image.symbols import Location
from tests.dump.conftest import Crash


@pytest.fixture(params=["kernel_half", "user_half"])
def crash(request: pytest.FixtureRequest) -> Crash:
    """Both stop codes of the same bug."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Crash)
    return found


@pytest.fixture
def finding(crash: Crash) -> PostMortem:
    """What the dump of that crash tells."""
    return post_mortem.examine(parts.parse(crash.dump))


def _function(location: Location | None) -> str:
    return location.function if location else ""


def test_an_undamaged_dump_misses_nothing(finding: PostMortem) -> None:
    """Every part that was written is there, and the symbols are of this build."""
    assert finding.dump.missing == ()
    assert finding.notes == ()
    assert finding.dump.stop is not None
    assert finding.dump.stop.parts == {part.kind for part in abi.PARTS}


def test_the_stop_code_and_its_parameters_are_those_of_the_beacon(
    crash: Crash, finding: PostMortem
) -> None:
    """Two ways out of the guest, one truth."""
    stop = finding.dump.stop

    assert stop is not None
    assert (stop.code, stop.parameters) == (crash.stop.code, crash.stop.params)
    assert (stop.process, stop.irql) == ("System", crash.stop.irql)


def test_the_blamed_module_is_the_one_that_rip_lies_in(
    crash: Crash, finding: PostMortem
) -> None:
    """And the reason says so."""
    assert finding.blamed is not None
    assert finding.blamed.module == "sentinel.sys"
    assert finding.blamed.offset == crash.stop.offset
    assert f"{crash.stop.rip} lies in this module" in finding.blamed.why


def test_the_stack_trace_names_functions_and_lines(
    crash: Crash, finding: PostMortem
) -> None:
    """From the interpreter out to the first function of the thread, all certain."""
    frames = finding.frames
    names = [_function(frame.location) for frame in frames]

    assert names[0] == "interpreter_matches"
    assert any(name.startswith("sentinel_") for name in names[1:3])
    assert names[-3:] == ["driver_thread", "thread_begin", "thread_trampoline"]
    assert all(frame.is_certain for frame in frames)
    first = frames[0].location
    assert first is not None
    assert f"{first.file}:{first.line}" == crash.stop.source


def test_the_fault_is_marked_in_the_disassembly(
    crash: Crash, finding: PostMortem
) -> None:
    """One line, the one that the lab's picture shows, between others."""
    marked = [line for line in finding.code if line.is_fault]

    assert [line.instruction.text for line in marked] == [crash.stop.instruction]
    assert marked[0].instruction.raw.hex() == crash.stop.bytes
    assert finding.code[0] is not marked[0] is not finding.code[-1]


def test_the_origin_is_element_20_as_in_the_picture_of_the_live_machine(
    crash: Crash, finding: PostMortem
) -> None:
    """The pieces in the dump are enough to tell all that the machine's memory told."""
    assert finding.picture is not None
    origin = finding.picture.origin

    assert origin is not None
    assert crash.origin is not None
    assert origin.index == 20
    assert (origin.array, origin.instruction) == (
        crash.origin.array,
        crash.origin.instruction,
    )
    ours = {slot.index: slot for slot in origin.slots}
    live = {slot.index: slot for slot in crash.origin.slots}
    assert [ours[i] for i in (18, 19, 20)] == [live[i] for i in (18, 19, 20)]


def test_the_page_walk_ends_at_the_entry_that_said_no(
    crash: Crash, finding: PostMortem
) -> None:
    """Of the bad address, with the rule that the machine named."""
    assert finding.walk is not None
    assert finding.walk.refusal is not None
    assert finding.walk.address == crash.stop.address
    assert finding.walk.refusal.level == len(finding.walk.levels) - 1
    assert str(finding.walk.refusal.rule) == crash.stop.rule


def test_the_text_says_it_all_in_words(finding: PostMortem) -> None:
    """What a person looks for is on the page."""
    text = str(report.explanation(finding))

    for words in (
        "STOP 0x",
        "in sentinel.sys+0x",
        "interpreter_matches",
        "drivers/sentinel/interpreter.c:",
        "uint32_t length = input->length;",
        "-> [20]",
        "The machine stopped, because the fault was in the kernel: the driver sent",
        "The content file asks for field 21",
        "not present",
        "Registers",
    ):
        assert words in text
