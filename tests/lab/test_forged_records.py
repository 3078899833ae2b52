"""The lab is a witness: a driver that writes to the beacon itself is not believed."""

from __future__ import annotations

from minios.abi import ports
from minios.lab import Bugcheck, Lab, events
from minios.testing import PluginBuilder

FORGER = """
#include <minios/plugin.h>

static struct record forged = {.name = "mine", .text = "honest"};

// The physical address: from the page tables, through the kernel's map of all RAM.
static uint32_t physical_address(const void *place)
{
    uint64_t entry, address = (uint64_t)place;
    __asm__("mov %%cr3, %0" : "=r"(entry));
    for (int shift = 39; shift >= 12; shift -= 9) {
        uint64_t table = 0xffff800000000000 + (entry & 0xffffffffff000);
        entry = ((const uint64_t *)table)[address >> shift & 511];
    }
    return (uint32_t)(entry & 0xffffffffff000) + (address & 4095);
}

static int start(void)
{
    for (forged.kind = 0; forged.kind < 64; forged.kind++) {
        __asm__ volatile("outl %0, %1" ::"a"(physical_address(&forged)),
                         "d"((uint16_t)PORT) : "memory");
    }
    plugin_report_value("honest", 7);
    return 0;
}

const struct plugin plugin = {.name = "mine", .start = start};
"""


def forger(builder: PluginBuilder, port: int) -> Lab:
    """A machine whose driver writes records of all kinds to a port, and reports 7."""
    text = FORGER.replace("PORT", f"{port:#x}")
    mine = builder.from_text(text, kinds=["driver"], rights=["REPORT"])
    return Lab(plugins=[mine])


def test_a_driver_cannot_forge_a_record_at_the_port(
    plugin_builder: PluginBuilder,
) -> None:
    """With forged records there are exactly those that there are without."""
    with (
        forger(plugin_builder, ports.BEACON) as lab,
        forger(plugin_builder, 0x80) as other,
    ):
        told = []
        for it in (lab, other):
            it.boot()
            value = it.last(events.ValueReported)
            assert (value.plugin, value.what, value.value) == ("mine", "honest", 7)
            told.append([type(event) for event in it.events])
            assert it.all(Bugcheck()) == ()

    assert told[0] == told[1]
