// The functions that a driver may call: those of minios/plugin.h, found by name.
#pragma once

#include <stdint.h>

// The address of an exported function, or 0 if there is none of that name. object.c
// calls it while it links a driver.
uint64_t export_find(const char *name);
