"""Code that is written from outside of the CPU is never run in its old translation."""

from __future__ import annotations

from minios.machine.bare import CODE0, CODE3, Bare

RAX = 0
MOV_1, MOV_2 = bytes.fromhex("b801000000"), bytes.fromhex("b802000000")


def run(bare: Bare) -> int:
    """What one run of the code at ring 0 leaves in RAX."""
    bare.enter(0)
    bare.run(1)
    return bare.state.general(RAX)


def test_written_code_takes_the_place_of_translated_code() -> None:
    """The same place, run, overwritten, run again."""
    bare = Bare()
    bare.put(MOV_1, 0)
    assert run(bare) == 1

    bare.put(MOV_2, 0)

    assert run(bare) == 2


def test_code_written_by_a_device_takes_effect_with_the_next_instruction() -> None:
    """DMA in the middle of a run: `out` makes the device write what comes next."""
    bare = Bare()
    bare.put(b"\xe6\x10" + MOV_1, 0)
    bare.enter(0)
    bare.run(2)
    assert bare.state.general(RAX) == 1

    def overwrite(port: int, size: int, value: int) -> None:
        assert (port, size, value) == (0x10, 1, 0)
        bare.memory.write(CODE0 + 2, MOV_2)

    bare.processor.on_out = overwrite  # type: ignore[method-assign]  # a stand-in device
    bare.enter(0)
    bare.run(2)

    assert bare.state.general(RAX) == 2


def test_code_written_by_the_guest_takes_effect_too() -> None:
    """Even in its own basic block, where the store is done and counted once."""
    bare = Bare()
    # mov byte [rip+7], 2; inc dword [rip+0x100]
    store, count = bytes.fromhex("c6050700000002"), bytes.fromhex("ff0500010000")

    for round_ in (1, 2):
        bare.put(store + count + MOV_1, 0)
        bare.enter(0)
        bare.run(3)
        assert bare.state.general(RAX) == 2
        assert bare.state.rip == CODE0 + 18
        assert bare.memory.read(CODE0 + 13 + 0x100, 1) == bytes([round_])


def test_a_write_elsewhere_leaves_translations_alone() -> None:
    """Both programs still run after one of them was written."""
    bare = Bare()
    bare.put(MOV_1, 0)
    bare.put(MOV_1, 3)
    assert run(bare) == 1

    bare.memory.write(CODE3, MOV_2)

    assert run(bare) == 1
    bare.enter(3)
    bare.run(1)
    assert bare.state.general(RAX) == 2
