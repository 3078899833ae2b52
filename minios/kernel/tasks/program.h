// Programs: ELF files that become the memory of a process.
#ifndef TASKS_PROGRAM_H
#define TASKS_PROGRAM_H

#include <minios/abi.h>

// Maps the program file into the lower half of `page_table`. Returns 0 and the entry, or
// a negated ERROR_; then some pages may be mapped already: destroy the page table.
[[gnu::warn_unused_result]] long program_load(const char *path, uint64_t page_table,
                                              uint64_t *entry);

#endif
