"""16550A serial port with FIFOs.

Registers (National Semiconductor PC16550D datasheet), each one byte:

    offset  read                                  write
    0       RBR received byte (DLAB: DLL)         THR byte to send (DLAB: DLL)
    1       IER (DLAB: DLM)                       IER: 0 received, 1 sent, 2 line
    2       IIR: cause of the interrupt           FCR: 0 enable, 1-2 clear, 6-7 trigger
    3       LCR: bit 7 DLAB                       LCR
    4       MCR: bit 3 enables the interrupt output, bit 4 loops back
    5       LSR: 0 data, 1 overrun, 5-6 sender empty
    6       MSR: CTS, DSR, DCD
    7       scratch

The line runs at 115200 baud, with 10 bits for each byte, in virtual time. What the host
sends arrives byte by byte. Bytes that arrive while the FIFO is full are lost (LSR bit
1). If the FIFO has fewer bytes than the trigger level, the interrupt comes after four
byte times without a new byte. Sending takes no time.

Left out: other speeds than 115200, parity, framing errors and breaks, modem interrupts,
DMA mode.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from minios.devices.stateful import Stateful
from minios.machine.device import IrqLine

BYTE_NS: Final = 10 * 1_000_000_000 // 115_200
FIFO_BYTES: Final = 16
_TRIGGER: Final = (1, 4, 8, 14)

IER_RECEIVED: Final = 1
IER_SENT: Final = 2
IER_LINE: Final = 4
IIR_NONE: Final = 1
IIR_SENT: Final = 2
IIR_RECEIVED: Final = 4
IIR_LINE: Final = 6
IIR_TIMEOUT: Final = 12
IIR_FIFOS: Final = 0xC0
LCR_DLAB: Final = 0x80
MCR_OUT2: Final = 8
MCR_LOOP: Final = 0x10
LSR_DATA: Final = 1
LSR_OVERRUN: Final = 2
LSR_SENDER_EMPTY: Final = 0x60
MSR_READY: Final = 0xB0  # DCD, DSR, CTS: the other end is connected


@dataclass(slots=True)
class UartState:
    """The registers, the FIFO, and the bytes that are still on the line."""

    now: int = 0
    ier: int = 0
    lcr: int = 0
    mcr: int = 0
    scratch: int = 0
    divisor: int = 1
    fifos: bool = False
    trigger: int = 1
    received: list[int] = field(default_factory=list)
    overrun: bool = False
    sent_pending: bool = False  # the THR became empty; IIR was not read since
    on_the_line: bytearray = field(default_factory=bytearray)
    arrival: int = 0  # of the next byte
    irq_high: bool = False
    last_activity: int = 0  # when the FIFO was last filled or read


class Uart(Stateful[UartState]):
    """One serial port."""

    def __init__(
        self, name: str, irq: IrqLine, output: Callable[[bytes], None]
    ) -> None:
        self.name = name
        self._irq = irq
        self._output = output
        self.state = UartState()

    def send(self, data: bytes, *, at: int = 0) -> None:
        """Send bytes from the host to the guest.

        They start at the virtual time `at` if that is in the future, and after the
        bytes that are already on the line.
        """
        state = self.state
        if not state.on_the_line:
            state.arrival = max(state.arrival, state.now, at) + BYTE_NS
        state.on_the_line += data

    def hang_up(self) -> None:
        """Drop the bytes from the host that have not arrived yet."""
        self.state.on_the_line.clear()

    @property
    def is_sending(self) -> bool:
        """Whether bytes from the host are still on the line."""
        return bool(self.state.on_the_line)

    @property
    def waiting(self) -> int:
        """How many bytes from the host the guest has not read yet."""
        return len(self.state.on_the_line) + len(self.state.received)

    def reset(self) -> None:
        """Reset the registers and the FIFO. Bytes on the line still arrive."""
        old = self.state
        self.state = UartState(
            now=old.now, on_the_line=old.on_the_line, arrival=old.arrival
        )
        self._irq.lower()

    def _cause(self) -> int:
        """The interrupt with the highest priority, as IIR shows it."""
        state = self.state
        if state.ier & IER_LINE and state.overrun:
            return IIR_LINE
        if state.ier & IER_RECEIVED and state.received:
            if len(state.received) >= state.trigger:
                return IIR_RECEIVED
            if state.now >= state.last_activity + 4 * BYTE_NS:
                return IIR_TIMEOUT
        if state.ier & IER_SENT and state.sent_pending:
            return IIR_SENT
        return IIR_NONE

    def _update(self) -> None:
        high = self._cause() != IIR_NONE and bool(self.state.mcr & MCR_OUT2)
        if high != self.state.irq_high:
            self.state.irq_high = high
            self._irq.set(high)

    def read(self, offset: int, size: int) -> int:
        """Read a register."""
        del size
        state = self.state
        if offset == 5 and not state.overrun:  # asked for with each byte: be quick
            return LSR_SENDER_EMPTY | bool(state.received)
        dlab = state.lcr & LCR_DLAB
        if offset == 0:
            value = state.divisor & 0xFF if dlab else self._take()
        elif offset == 1:
            value = state.divisor >> 8 if dlab else state.ier
        elif offset == 2:
            value = self._cause()
            if value == IIR_SENT:
                state.sent_pending = False
            value |= IIR_FIFOS if state.fifos else 0
        elif offset == 5:
            value = LSR_SENDER_EMPTY | bool(state.received)
            value |= LSR_OVERRUN if state.overrun else 0
            state.overrun = False
        elif offset == 6:
            value = MSR_READY
        else:
            value = {3: state.lcr, 4: state.mcr, 7: state.scratch}[offset]
        self._update()
        return value

    def _take(self) -> int:
        state = self.state
        state.last_activity = state.now
        return state.received.pop(0) if state.received else 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Write a register."""
        del size
        state = self.state
        value &= 0xFF
        dlab = state.lcr & LCR_DLAB
        if offset == 0 and dlab:
            state.divisor = state.divisor & 0xFF00 | value
        elif offset == 0:
            self._transmit(value)
        elif offset == 1 and dlab:
            state.divisor = state.divisor & 0xFF | value << 8
        elif offset == 1:
            state.sent_pending |= bool(value & IER_SENT and not state.ier & IER_SENT)
            state.ier = value & 15
        elif offset == 2:
            self._control_fifos(value)
        elif offset == 3:
            state.lcr = value
        elif offset == 4:
            state.mcr = value & 31
        elif offset == 7:
            state.scratch = value
        self._update()

    def _transmit(self, value: int) -> None:
        self.state.sent_pending = True
        if self.state.mcr & MCR_LOOP:
            self._receive(value)
        else:
            self._output(bytes((value,)))

    def _control_fifos(self, value: int) -> None:
        state = self.state
        enable = bool(value & 1)
        if value & 2 or enable != state.fifos:
            state.received.clear()
        state.fifos = enable
        state.trigger = _TRIGGER[value >> 6] if enable else 1

    def _receive(self, value: int) -> None:
        state = self.state
        state.last_activity = state.now
        if len(state.received) < (FIFO_BYTES if state.fifos else 1):
            state.received.append(value)
        else:
            state.overrun = True

    def next_deadline(self) -> int | None:
        """When the FIFO has as many bytes as are waited for, or times out.

        Bytes that arrive before cannot change the interrupt. They are taken from the
        line when somebody looks.
        """
        state = self.state
        timeout = state.last_activity + 4 * BYTE_NS
        if state.on_the_line and (state.arrival <= timeout or not state.received):
            missing = max(state.trigger - len(state.received), 1)
            return state.arrival + (min(missing, len(state.on_the_line)) - 1) * BYTE_NS
        waits = state.received and state.ier & IER_RECEIVED and timeout > state.now
        if waits and len(state.received) < state.trigger:
            return timeout
        return state.arrival if state.on_the_line else None

    def advance(self, now: int) -> None:
        """Let the bytes arrive that are due."""
        state = self.state
        while state.on_the_line and state.arrival <= now:
            state.now = state.arrival
            self._receive(state.on_the_line.pop(0))
            state.arrival += BYTE_NS
        state.now = now
        if state.received:
            self._update()
