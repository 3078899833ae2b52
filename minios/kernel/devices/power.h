// Resetting the machine and switching it off.
#ifndef DEVICES_POWER_H
#define DEVICES_POWER_H

#include <minios/abi.h>

[[noreturn]] void power_reset(void);
[[noreturn]] void power_off(void);

#endif
