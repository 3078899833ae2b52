// Starting drivers, and what follows when a service would not start.
#ifndef PLUGINS_SERVICE_START_H
#define PLUGINS_SERVICE_START_H

#include <minios/abi.h>

// Loads the drivers whose start type is BOOT, then those whose it is SYSTEM; in
// BOOT_MODE_SAFE only the former. May not return: see error control in the C file.
void services_start_drivers(void);

// Loads a driver because somebody asks for it. -ERROR_REFUSED if its service is disabled
// or the policy takes no drivers.
[[gnu::warn_unused_result]] long services_load_driver(const char *image);

// Does what the error control of a service says. Returns if the machine is to go on
// without it.
void services_start_failed(const struct service *service, long error);

#endif
