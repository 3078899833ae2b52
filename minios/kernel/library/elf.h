// ELF-64, the file format of programs and drivers, as far as the loaders need it:
// segments for programs (processes/program.c), sections and relocations for drivers
// (plugins/object.c). Source: System V ABI, chapters 4 and 5. `_Static_assert` names
// the ABI's own names.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ELF_MAGIC            0x464c457fU  // "\x7fELF"
#define ELF_CLASS_64         2
#define ELF_TYPE_RELOCATABLE 1
#define ELF_TYPE_EXECUTABLE  2
#define ELF_MACHINE_X86_64   62

// No offset in a file is trusted. The sum of two could overflow, so there is none here.
static inline bool elf_inside(uint64_t offset, uint64_t size, uint64_t whole)
{
    return size <= whole && offset <= whole - size;
}

struct elf_header {
    uint32_t magic;
    uint8_t class;
    uint8_t data, ident_version, os_abi;
    uint64_t padding;
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t program_headers;
    uint64_t section_headers;
    uint32_t flags;
    uint16_t header_size;
    uint16_t program_header_size, program_header_count;
    uint16_t section_header_size, section_header_count;
    uint16_t section_names;
};
_Static_assert(sizeof(struct elf_header) == 64, "Elf64_Ehdr");

#define ELF_SEGMENT_LOAD    1
#define ELF_SEGMENT_NOTE    4
#define ELF_SEGMENT_EXECUTE 1U
#define ELF_SEGMENT_WRITE   2U

struct elf_segment {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t address;
    uint64_t physical;
    uint64_t file_size;
    uint64_t memory_size;
    uint64_t alignment;
};
_Static_assert(sizeof(struct elf_segment) == 56, "Elf64_Phdr");

#define ELF_SECTION_SYMBOLS     2
#define ELF_SECTION_RELOCATIONS 4
#define ELF_SECTION_NO_BITS     8
#define ELF_SECTION_ALLOCATE    2UL
#define ELF_SECTION_EXECUTE     4UL
#define ELF_SECTION_WRITE       1UL
#define ELF_UNDEFINED           0

struct elf_section {
    uint32_t name;
    uint32_t type;
    uint64_t flags;
    uint64_t address;
    uint64_t offset;
    uint64_t size;
    uint32_t link;
    uint32_t info;
    uint64_t alignment;
    uint64_t entry_size;
};
_Static_assert(sizeof(struct elf_section) == 64, "Elf64_Shdr");

struct elf_symbol {
    uint32_t name;
    uint8_t info;
    uint8_t other;
    uint16_t section;
    uint64_t value;
    uint64_t size;
};
_Static_assert(sizeof(struct elf_symbol) == 24, "Elf64_Sym");

#define ELF_SYMBOL_FUNCTION 2  // the low four bits of `info`

#define ELF_RELOCATION_64    1   // 8 bytes: symbol + addend
#define ELF_RELOCATION_PC32  2   // 4 bytes: symbol + addend - place
#define ELF_RELOCATION_PLT32 4   // the same, for a call
#define ELF_RELOCATION_32    10  // 4 bytes, zero-extended
#define ELF_RELOCATION_32S   11  // 4 bytes, sign-extended

struct elf_relocation {
    uint64_t offset;
    uint32_t type;
    uint32_t symbol;
    int64_t addend;
};
_Static_assert(sizeof(struct elf_relocation) == 24, "Elf64_Rela");
