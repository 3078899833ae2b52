// What a driver may call: the functions of the plugin SDK, by name.
#ifndef PLUGINS_EXPORTS_H
#define PLUGINS_EXPORTS_H

#include <stdint.h>

// The address of an exported function, or 0.
uint64_t export_find(const char *name);

#endif
