"""The 16550: what guest and host send, when it arrives, what asks for attention."""

from __future__ import annotations

import pytest

from minios.devices import uart
from minios.devices.uart import BYTE_NS, Uart
from minios.machine.device import IrqLine


class Port:
    """A port with its FIFO on and its interrupt let out, as a driver sets it up."""

    def __init__(self, ier: int = 0, trigger: int = 2) -> None:
        self.sent = b""
        self.edges: list[bool] = []
        self.uart = Uart("console", IrqLine(self.drive), self.take)
        self.uart.write(2, 1, 1 | trigger << 6)
        self.uart.write(4, 1, uart.MCR_OUT2)
        self.uart.write(1, 1, ier)

    def drive(self, level: bool) -> None:
        """The wire to the interrupt controller."""
        self.edges.append(level)

    def asks(self) -> bool:
        """Whether the port asks for attention."""
        return bool(self.edges) and self.edges[-1]

    def take(self, data: bytes) -> None:
        """The other end of the line."""
        self.sent += data

    def read_all(self) -> bytes:
        """As a driver does: while LSR says that there is something."""
        data = b""
        while self.uart.read(5, 1) & uart.LSR_DATA:
            data += bytes((self.uart.read(0, 1),))
        return data


def test_what_the_guest_writes_comes_out_at_once() -> None:
    """And the sender is empty always."""
    port = Port()
    for byte in b"hello":
        port.uart.write(0, 1, byte)

    assert port.sent == b"hello"
    assert port.uart.read(5, 1) & uart.LSR_SENDER_EMPTY == uart.LSR_SENDER_EMPTY


def test_bytes_arrive_at_the_speed_of_the_line() -> None:
    """115200 baud: 86805 ns a byte."""
    port = Port()
    port.uart.send(b"abc")
    assert port.uart.next_deadline() == 3 * BYTE_NS  # before, nothing can change

    port.uart.advance(BYTE_NS - 1)
    assert port.read_all() == b""
    port.uart.advance(2 * BYTE_NS)
    assert port.read_all() == b"ab"
    assert port.uart.waiting == 1


def test_a_full_fifo_loses_bytes_and_says_so() -> None:
    """Sixteen fit; LSR tells the overrun once."""
    port = Port()
    port.uart.send(bytes(range(20)))
    port.uart.advance(20 * BYTE_NS)

    assert port.uart.read(5, 1) & uart.LSR_OVERRUN
    assert not port.uart.read(5, 1) & uart.LSR_OVERRUN
    assert port.read_all() == bytes(range(16))


def test_without_fifo_there_is_room_for_one() -> None:
    """As on the 8250."""
    port = Port()
    port.uart.write(2, 1, 0)
    port.uart.send(b"ab")
    port.uart.advance(2 * BYTE_NS)

    assert port.read_all() == b"a"


@pytest.mark.parametrize(("trigger", "level"), list(enumerate((1, 4, 8, 14))))
def test_the_interrupt_comes_at_the_trigger_level(trigger: int, level: int) -> None:
    """Not a byte earlier."""
    port = Port(uart.IER_RECEIVED, trigger)
    port.uart.send(bytes(level))

    for number in range(1, level + 1):
        assert not port.asks()
        port.uart.advance(number * BYTE_NS)
    assert port.asks()
    assert port.uart.read(2, 1) & 15 == uart.IIR_RECEIVED


def test_fewer_bytes_are_told_after_four_idle_byte_times() -> None:
    """The time-out has a deadline of its own, so that a halted CPU hears of it."""
    port = Port(uart.IER_RECEIVED, 3)
    port.uart.send(b"x")
    port.uart.advance(BYTE_NS)
    assert not port.asks()
    assert port.uart.next_deadline() == 5 * BYTE_NS

    port.uart.advance(5 * BYTE_NS)

    assert port.asks()
    assert port.uart.read(2, 1) & 15 == uart.IIR_TIMEOUT
    assert port.read_all() == b"x"
    assert not port.asks()


def test_an_empty_sender_asks_until_it_is_looked_at() -> None:
    """Reading IIR takes the request back."""
    port = Port(uart.IER_SENT)
    assert port.asks()

    assert port.uart.read(2, 1) & 15 == uart.IIR_SENT
    assert not port.asks()
    port.uart.write(0, 1, 65)
    assert port.asks()


def test_the_interrupt_needs_out2() -> None:
    """MCR bit 3 connects it on PCs."""
    port = Port(uart.IER_SENT)
    port.uart.write(4, 1, 0)

    assert not port.asks()


def test_loopback_sends_to_itself() -> None:
    """And to nobody else."""
    port = Port()
    port.uart.write(4, 1, uart.MCR_LOOP)
    port.uart.write(0, 1, 0x5A)

    assert port.read_all() == b"\x5a"
    assert port.sent == b""


def test_dlab_shows_the_divisor() -> None:
    """Offsets 0 and 1 have two meanings."""
    port = Port()
    port.uart.write(3, 1, 0x83)
    port.uart.write(0, 1, 0x34)
    port.uart.write(1, 1, 0x12)
    assert (port.uart.read(0, 1), port.uart.read(1, 1)) == (0x34, 0x12)

    port.uart.write(3, 1, 3)
    assert port.uart.read(1, 1) == 0
    assert port.sent == b""


def test_a_reset_keeps_what_is_on_the_line() -> None:
    """Who types does not know that the machine resets."""
    port = Port()
    port.uart.send(b"ab")
    port.uart.advance(BYTE_NS)
    port.uart.reset()
    port.uart.write(2, 1, 1)
    port.uart.advance(2 * BYTE_NS)

    assert port.read_all() == b"b"
