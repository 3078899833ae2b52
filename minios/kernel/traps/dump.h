// The crash dump: what the kernel saves on the disk when the machine stops, so that
// somebody can find the reason later. Windows calls this kind a small memory dump, or
// minidump. The layout is in minios/abi/dump.py; `minios inspect` reads it.
#pragma once

#include "traps/diagnosis.h"

// Called by bugcheck.c. Returns true if at least the stop code and the registers are on
// the disk.
[[nodiscard]] bool dump_write(const struct diagnosis *diagnosis);
