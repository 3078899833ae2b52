// Resetting the machine and switching it off.
#pragma once

[[noreturn]] void power_reset(void);
[[noreturn]] void power_off(void);
