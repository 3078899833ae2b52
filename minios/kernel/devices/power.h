// Resetting the machine and switching it off.
#pragma once

#include <minios/abi.h>

[[noreturn]] void power_reset(void);
[[noreturn]] void power_off(void);
