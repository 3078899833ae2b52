// Reading memory without ever causing a fault (see peek.h).
//
// The page tables are walked by hand, as the CPU does it. Two things must be good: CR3,
// and the direct map, which no code changes after the start. Everything else is
// checked: each table must lie in RAM and each entry must be present, otherwise the
// walk ends.
#include "memory/peek.h"

#include "arch/cpu.h"
#include "base/direct_map.h"
#include "library/text.h"
#include "memory/page_table.h"

#define LEVELS    4
#define PTE_LARGE (1UL << 7)
#define NOWHERE   UINT64_MAX

// The bits of an address that are the offset in the page, for an entry on this level (1
// is the lowest). On levels 2 and 3 an entry can map a large page: 2 MiB or 1 GiB.
static uint64_t low_bits(uint64_t level)
{
    return (1UL << (12 + 9 * (level - 1))) - 1;
}

static bool ends_walk(uint64_t entry, uint64_t level)
{
    bool large = (level == 2 || level == 3) && entry & PTE_LARGE;
    return !(entry & PTE_PRESENT) || large || level == 1;
}

void peek_walk(uint64_t address, struct dump_walk *walk)
{
    *walk = (struct dump_walk){.address = address};
    uint64_t table = cpu_read_cr3() & PTE_FRAME;
    for (uint64_t level = LEVELS; level > 0 && table < RAM_BYTES; level--) {
        uint64_t index = address >> (12 + 9 * (level - 1)) & 511;
        uint64_t at = table + index * sizeof(uint64_t);
        uint64_t entry = *(const uint64_t *)physical_pointer(at);
        walk->entry_addresses[walk->levels] = at;
        walk->entries[walk->levels] = entry;
        walk->levels++;
        if (ends_walk(entry, level)) {
            return;
        }
        table = entry & PTE_FRAME;
    }
}

static bool is_canonical(uint64_t address)
{
    return address + USER_TOP < 2 * USER_TOP;  // bits 63 to 47 are all 0 or all 1
}

static uint64_t physical(uint64_t address)
{
    struct dump_walk walk;
    if (!is_canonical(address)) {
        return NOWHERE;
    }
    peek_walk(address, &walk);
    if (walk.levels == 0) {
        return NOWHERE;
    }
    uint64_t level = LEVELS - walk.levels + 1;
    uint64_t entry = walk.entries[walk.levels - 1];
    if (!(entry & PTE_PRESENT) || !ends_walk(entry, level)) {
        return NOWHERE;
    }
    uint64_t low = low_bits(level);
    uint64_t place = (entry & PTE_FRAME & ~low) | (address & low);
    return place < RAM_BYTES ? place : NOWHERE;
}

size_t peek_read(uint64_t address, void *to, size_t size)
{
    size_t done = 0;
    while (done < size) {
        uint64_t at = address + done;
        uint64_t rest = PAGE_SIZE - at % PAGE_SIZE;
        size_t bytes = size - done < rest ? size - done : rest;
        uint64_t place = physical(at);
        if (place == NOWHERE) {
            break;
        }
        memcpy((uint8_t *)to + done, physical_pointer(place), bytes);
        done += bytes;
    }
    return done;
}
