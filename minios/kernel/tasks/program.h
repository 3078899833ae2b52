// Programs: ELF files that become the memory of a process.
#ifndef TASKS_PROGRAM_H
#define TASKS_PROGRAM_H

#include <minios/abi.h>
#include <stdbool.h>

// What a program file says, besides its pages.
struct program {
    uint64_t entry;     // RIP of the first instruction
    uint32_t pages;     // that it takes
    bool has_manifest;  // it is a plugin, and these are what it asks for:
    uint32_t events;    // 1 << EVENT_ bits
    uint32_t rights;    // RIGHT_ bits
};

// Maps the program file into the lower half of `page_table`. `program` is all zeros
// before. Returns 0 or a negated ERROR_; then some pages may be mapped already: destroy
// the page table.
[[gnu::warn_unused_result]] long program_load(const char *path, uint64_t page_table,
                                              struct program *program);

#endif
