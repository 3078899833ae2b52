// Programs: from an ELF file to the memory of a process. (ELF is the file format in
// which the compiler and the linker store a program.)
#pragma once

#include <minios/abi.h>
#include <stdbool.h>

// What program_load found in the file, besides the pages that it has mapped.
struct program {
    uint64_t entry;     // RIP of the first instruction
    uint32_t pages;     // how many were mapped
    uint32_t tables;    // page tables for them
    bool has_manifest;  // so it is a plugin
    struct plugin_manifest manifest;
};

// Maps the program file into the lower half of `page_table`. The caller fills `program`
// with zeros before. Returns 0 or a negated ERROR_. After an error some pages may be
// mapped: the caller destroys the page table.
[[nodiscard]] long program_load(const char *path, uint64_t page_table,
                                struct program *program);

// Reads the manifest in the file of an extension, without loading it. -ERROR_BAD_IMAGE: it
// has none.
[[nodiscard]] long program_manifest(const char *path, struct plugin_manifest *manifest);
