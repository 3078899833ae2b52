// The beacon: how the kernel tells the world outside what happened (see beacon.h).
#include "devices/beacon.h"

#include "arch/cpu.h"
#include "base/irql.h"

// The device uses physical addresses. The address of this variable is known, because it
// is part of the kernel's image. So each record is copied to it. Guarded by IRQL_HIGH.
static struct record outgoing;

void beacon_report(const struct record *record)
{
    enum irql old = irql_raise(IRQL_HIGH);
    outgoing = *record;
    cpu_out32(PORT_BEACON, (uint32_t)((uint64_t)&outgoing - KERNEL_BASE));
    irql_lower(old);
}
