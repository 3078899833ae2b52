// Boot options: the words of the kernel command line, and the policy they choose.
#ifndef PLUGINS_BOOT_OPTIONS_H
#define PLUGINS_BOOT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What one model allows (minios/abi/policies.py).
struct policy {
    const char *name;
    bool drivers;
    bool extensions;
};

// Takes the command line from the PVH start info; chooses the policy.
void boot_options_read(uint64_t start_info);

// Copies the value of `name=value`; false if there is no such word.
[[gnu::warn_unused_result]] bool boot_option(const char *name, char *value,
                                             size_t size);

const struct policy *boot_policy(void);

// The day that `date=2024-07-19` names, in FAT's own form; FILE_DATE if it names none.
uint16_t boot_date(void);

#endif
