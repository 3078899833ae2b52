"""Stack traces where frame pointers are no help, or not enough."""

from __future__ import annotations

from dataclasses import replace

from minios import paths
from minios.dump import parts, post_mortem
from minios.dump.code import Code
from minios.dump.parts import Dump, DumpedMemory, StopPart
from minios.dump.trace import StackFrame, trace
from minios.image import symbols
from tests.dump.conftest import Crash

STACK = 0xFFFFA00000008000
FRAME_SIZE = 176


def kernel_call(function: str, callee: str) -> int:
    """A return address: behind the call of one function in another."""
    table = symbols.load(paths.KERNEL)
    start = table.address(function)
    code = Code(Dump())
    for address in range(start + 5, start + 4096):
        location = table.locate(address - 1)
        if location is None or location.function != function:
            break
        built = code._built(address - 5, 5)
        target = address + int.from_bytes(built[1:], "little", signed=True)
        if built[0] == 0xE8 and target & (1 << 64) - 1 == table.address(callee):
            return address
    raise AssertionError(f"{function} does not call {callee}")


def with_stack(dump: Dump, words: list[int], **registers: int) -> Dump:
    """This dump with another stack and other registers."""
    assert dump.stop is not None
    stop: StopPart = replace(
        dump.stop, registers={**dump.stop.registers, "rsp": STACK, **registers}
    )
    data = b"".join((word & (1 << 64) - 1).to_bytes(8, "little") for word in words)
    return replace(dump, stop=stop, stack=DumpedMemory(STACK, data))


def crashed(dump: Dump, words: list[int], **registers: int) -> tuple[StackFrame, ...]:
    """The trace of this dump with another stack and other registers."""
    changed = with_stack(dump, words, **registers)
    return trace(changed, Code(changed))


def names(frames: tuple[StackFrame, ...]) -> list[str]:
    """The functions, with a question mark where one is not certain."""
    return [
        ("" if it.is_certain else "?") + (it.location.function if it.location else "-")
        for it in frames
    ]


def test_a_broken_chain_is_searched_for_return_addresses(kernel_half: Crash) -> None:
    """RBP is garbage: words that follow a call are shown, and marked as guesses."""
    back = kernel_call("thread_begin", "irql_lower")
    no_call = symbols.load(paths.KERNEL).address("thread_begin")
    frames = crashed(parts.parse(kernel_half.dump), [7, back, no_call, 1], rbp=0x1234)

    assert names(frames) == ["interpreter_matches", "?thread_begin"]
    assert frames[1].address == back


def test_a_chain_that_goes_round_in_circles_ends(kernel_half: Crash) -> None:
    """A caller's frame must lie above its callee's."""
    back = kernel_call("thread_begin", "irql_lower")
    frames = crashed(parts.parse(kernel_half.dump), [STACK, back], rbp=STACK)

    assert names(frames) == ["interpreter_matches", "thread_begin"]


def test_before_push_rbp_the_return_address_is_at_rsp(kernel_half: Crash) -> None:
    """The faulting function has not made its frame: its caller is not lost."""
    dump = parts.parse(kernel_half.dump)
    assert dump.stop is not None
    start = Code(dump).function_start(dump.stop.registers["rip"])
    assert start is not None
    back = kernel_call("thread_begin", "irql_lower")
    outer = kernel_call("thread_trampoline", "thread_begin")
    frames = crashed(dump, [back, 0, outer], rip=start, rbp=STACK + 8)

    assert names(frames) == [
        "interpreter_matches",
        "thread_begin",
        "thread_trampoline",
    ]
    assert all(it.is_certain for it in frames)


def test_behind_a_trap_stands_what_it_interrupted(kernel_half: Crash) -> None:
    """A fault in a handler: the trace goes on through the trap frame."""
    door = kernel_call("trap_common", "trap_dispatch")
    interrupted = symbols.load(paths.KERNEL).address("thread_idle") + 20
    frame = [0] * (FRAME_SIZE // 8)
    frame[64 // 8], frame[136 // 8], frame[144 // 8] = 0, interrupted, 8
    dump = parts.parse(kernel_half.dump)
    frames = crashed(dump, [0, door, *frame], rbp=STACK)

    assert names(frames)[-1] == "thread_idle"
    assert frames[-1].note == "interrupted"

    frame[136 // 8], frame[144 // 8] = 0x401000, 0x23
    frames = crashed(dump, [0, door, *frame], rbp=STACK)

    assert (frames[-1].address, frames[-1].note) == (0x401000, "ring 3")


def test_what_the_kernel_noted_outweighs_a_word_of_the_kernel_on_a_broken_stack(
    kernel_half: Crash,
) -> None:
    """A driver has returned to nowhere: the next word was left by an older call."""
    dump = parts.parse(kernel_half.dump)
    assert dump.stop is not None
    driver = next(it for it in dump.modules if it.name == "sentinel.sys")
    back = kernel_call("thread_begin", "irql_lower")
    broken = with_stack(dump, [back], rip=0x4141, rbp=0x4141)
    assert broken.stop is not None

    noted = replace(broken, stop=replace(broken.stop, called=driver.base))
    unknown = replace(broken, stop=replace(broken.stop, called=0))

    blamed = [post_mortem.examine(it).blamed for it in (noted, unknown)]
    assert [it and it.module for it in blamed] == ["sentinel.sys", "kernel"]
