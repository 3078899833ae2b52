// The small crash dump (layout: minios/abi/dump.py).
#ifndef TRAPS_DUMP_H
#define TRAPS_DUMP_H

#include "traps/bugcheck.h"
#include "traps/irql.h"

// True if at least the stop code and the registers are on the disk.
[[gnu::warn_unused_result]] bool dump_write(const struct stop *stop, enum irql irql);

#endif
