"""The board as a table: which device is at which address, and on which interrupt.

The board is QEMU's `microvm` with its 8259 interrupt controllers and 8254 timer. It has
three more devices at ports that QEMU leaves free (power switch, beacon, lamps). So the
same kernel boots from the same disk on both.
"""

from __future__ import annotations

from typing import Final, cast

from minios.abi import memory_map, ports, vectors
from minios.devices.beacon import Beacon
from minios.devices.block import Block
from minios.devices.lamps import Lamps
from minios.devices.local_apic import LocalApic
from minios.devices.pic import Pic
from minios.devices.pit import Pit
from minios.devices.power import Power
from minios.devices.text_screen import TextScreen
from minios.devices.uart import Uart
from minios.devices.virtio_mmio import NoBackend, VirtioMmio
from minios.machine.device import Board, Slot, Wiring

_DISK_SLOT: Final = memory_map.VIRTIO_MMIO_SLOTS - 1
_FIRST_VIRTIO_IRQ: Final = 5


def _virtio(number: int) -> Slot:
    """A virtio-mmio transport: the disk is in the last one, as in QEMU."""
    name = "disk" if number == _DISK_SLOT else f"virtio{number}"

    def build(w: Wiring) -> VirtioMmio:
        backend = Block(w.disk) if number == _DISK_SLOT else NoBackend()
        return VirtioMmio(name, w.irq, w.memory, backend)

    stride = memory_map.VIRTIO_MMIO_STRIDE
    base = memory_map.VIRTIO_MMIO_PHYSICAL + number * stride
    return Slot(name, build, base=base, size=stride, irq=_FIRST_VIRTIO_IRQ + number)


MICROVM: Final = Board(
    name="microvm",
    controller="pic",
    cpu_pin="local_apic",
    slots=(
        Slot(
            "pic",
            lambda _: Pic(),
            ports=((ports.PIC_MASTER, 2, 0), (ports.PIC_SLAVE, 2, 2)),
            plain_name="interrupt controller",
        ),
        Slot(
            "local_apic",
            lambda w: LocalApic(cast("Pic", w.devices["pic"])),
            base=memory_map.LOCAL_APIC_PHYSICAL,
            size=0x1000,
        ),
        Slot(
            "pit",
            lambda w: Pit(w.irq),
            ports=((ports.PIT, 4, 0),),
            irq=vectors.IRQ_TIMER,
            plain_name="timer",
        ),
        Slot(
            "console",
            lambda w: Uart("console", w.irq, w.host.console),
            ports=((ports.CONSOLE_UART, 8, 0),),
            irq=vectors.IRQ_CONSOLE,
        ),
        Slot(
            "link",
            lambda w: Uart("link", w.irq, w.host.link),
            ports=((ports.LINK_UART, 8, 0),),
            irq=vectors.IRQ_LINK,
            plain_name="update link",
        ),
        *(_virtio(number) for number in range(memory_map.VIRTIO_MMIO_SLOTS)),
        Slot("screen", lambda w: TextScreen(w.memory)),
        Slot(
            "power",
            lambda w: Power(w.host),
            ports=((ports.RESET_CONTROL, 1, 0), (ports.DEBUG_EXIT, 4, 1)),
            plain_name="power switch",
        ),
        Slot(
            "beacon", lambda w: Beacon(w.memory, w.host), ports=((ports.BEACON, 1, 0),)
        ),
        Slot(
            "lamps",
            lambda w: Lamps(w.irq),
            ports=((ports.LAMPS, ports.LAMPS_COUNT, 0),),
            irq=vectors.IRQ_LAMPS,
        ),
    ),
)
