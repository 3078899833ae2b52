// Drivers as the model linux sees them: as modules, with a use count and a blocklist.
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

struct driver;

// Whether the boot option module_blacklist names this file ("sentinel.sys").
[[nodiscard]] bool module_is_blocked(const char *name);

// Says on the console, and to the outside, that such a module is not loaded.
void module_tell_blocked(const char *name);

// A module is about to become part of the kernel: taints the kernel, and says so once.
// Does nothing in a model without modules.
void module_taint(const struct driver *driver);

// Whether a module may be unloaded. 0, or -ERROR_BUSY. Called at IRQL_HIGH.
[[nodiscard]] long module_check_unload(const struct driver *driver, uint32_t flags);

// Says to the outside that a module was not unloaded.
void module_tell_refused(const char *name);

// Says on the console, and to the outside, that a module or driver was unloaded.
void module_tell_unloaded(const char *name, bool by_force);

// The index-th module that is in memory, or false. Its address is left out unless
// `shows_base`.
[[nodiscard]] bool module_query(uint32_t index, bool shows_base,
                                struct module_entry *entry);
