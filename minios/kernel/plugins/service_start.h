// Starting drivers, and what follows if a service does not start.
#pragma once

#include <minios/abi.h>

// Called by main.c. Loads the drivers with the start type BOOT, then those with SYSTEM;
// in safe mode only BOOT. It may stop or restart the machine: see "error control" in
// the C file.
void services_start_drivers(void);

// Loads a driver because a program asks for it. -ERROR_REFUSED if its service is
// disabled, or if the model allows no third-party drivers.
[[nodiscard]] long services_load_driver(const char *image);

// Does what the error control of a service says. Returns if the machine goes on without
// the service.
void services_start_failed(const struct service *service, long error);
