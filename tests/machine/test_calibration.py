"""Calibration finds what is there, and refuses an engine where something is not."""

from __future__ import annotations

import ctypes
import struct

import pytest

from minios.errors import EngineError
from minios.machine import binding, calibration, cpu_state
from minios.machine.calibration import Evidence
from minios.machine.host_memory import HostMemory


def test_memory_that_is_not_there_is_read_as_nothing() -> None:
    """No crash: the operating system answers for us."""
    with HostMemory() as memory:
        assert memory.read(0x1000, 8) == b""


def test_memory_that_is_there_is_read() -> None:
    """Across a page border, too."""
    buffer = ctypes.create_string_buffer(bytes(range(256)) * 40)

    with HostMemory() as memory:
        assert memory.read(ctypes.addressof(buffer), 9000) == buffer.raw[:9000]


def test_the_installed_engine_is_accepted() -> None:
    """And calibrated once: the second answer is the first."""
    found = binding.places()

    assert binding.places() is found
    assert found.layout.exception_is_int == found.layout.error_code + 4
    assert found.layout.old_exception < found.layout.size


class FarMemory(HostMemory):
    """This process, as if the host had put all of it beyond 47 bits of addresses."""

    FAR = 1 << 47

    def read(self, address: int, size: int) -> bytes:
        """What is there; pointers that were read lead far up, too."""
        data = super().read(address & ~self.FAR, size)
        words = struct.unpack(f"<{size // 8}Q", data) if address < self.FAR else ()
        far = (it | self.FAR if 0x10000 <= it < self.FAR else it for it in words)
        return b"".join(it.to_bytes(8, "little") for it in far) or data


def test_the_state_is_found_wherever_a_host_puts_programs() -> None:
    """Linux on Arm has 48 bits of addresses for a program, and begins at the top."""
    with HostMemory() as near, FarMemory() as far:
        probe = binding._Probe()
        at, offset, address = calibration._find_state(probe, near)

        assert calibration._find_state(probe, far) == (
            at,
            offset,
            address | FarMemory.FAR,
        )


@pytest.mark.parametrize("name", ["RIP_AT", "CR_AT", "HFLAGS_AT", "SEGMENTS_AT"])
def test_an_engine_with_another_state_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A field that does not lie where `cpu_state.py` takes it for granted."""
    monkeypatch.setattr(cpu_state, name, getattr(cpu_state, name) + 4)

    with pytest.raises(EngineError, match=r"unicorn==2\.1\.4"):
        calibration.calibrate(binding._Probe())


def test_a_value_found_twice_is_refused() -> None:
    """Better no machine than one that guesses."""
    with pytest.raises(EngineError, match="found at"):
        calibration.only([8, 16], "star")


def test_a_value_found_nowhere_is_refused() -> None:
    """The error says which version to install."""
    with pytest.raises(EngineError, match=r"unicorn==2\.1\.4"):
        calibration.only([], "star")


def state(error_code: int, is_int: int, in_flight: int) -> bytes:
    """A made-up CPU state: error code at 16, the exception in flight at 32."""
    words = [0x77, 0, 0, 0, error_code, is_int, 5, 5, in_flight & 0xFFFFFFFF, 9]
    return b"".join(word.to_bytes(4, "little") for word in words)


def test_the_fields_of_an_exception_are_found_by_what_changed() -> None:
    """Two faults and an `int n` are enough."""
    evidence = (
        Evidence(state(0x1238, 0, 13), vector=13, error_code=0x1238, is_int=0),
        Evidence(state(2, 0, 14), vector=14, error_code=2, is_int=0),
        Evidence(state(0, 1, -1), vector=0x42, error_code=0, is_int=1),
    )

    assert calibration.exception_fields(state(0, 0, -1), evidence) == (16, 32)


def test_fields_in_another_order_are_refused() -> None:
    """`exception_is_int` has to follow `error_code`."""
    evidence = (
        Evidence(state(0x1238, 0, 13), vector=13, error_code=0x1238, is_int=0),
        Evidence(state(0, 0, -1), vector=0x42, error_code=0, is_int=1),
    )

    with pytest.raises(EngineError, match="exception_is_int"):
        calibration.exception_fields(state(0, 0, -1), evidence)
