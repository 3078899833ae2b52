// The beacon: how the guest tells the outside what happened.
#include "devices/beacon.h"

#include "arch/cpu.h"
#include "traps/irql.h"

// The device reads by physical address, so the record is copied to a place in the
// kernel's image, whose physical address is known. Guarded by IRQL_HIGH.
static struct record outgoing;

void beacon_report(const struct record *record)
{
    enum irql old = irql_raise(IRQL_HIGH);
    outgoing = *record;
    cpu_out32(PORT_BEACON, (uint32_t)((uint64_t)&outgoing - KERNEL_BASE));
    irql_lower(old);
}
