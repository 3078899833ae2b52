// The MEMORY part of a dump: what the registers pointed to, and what that pointed to.
//
// Why two steps? In the crash of 19 July 2024 a register pointed to an array of
// pointers. The array alone shows only numbers; what they point to shows which one is
// wrong.
//
// A register does not say whether its value is a number or a pointer. So each value is
// tried: peek_read says whether there is memory at that address.
#include "traps/dump_memory.h"

#include "library/text.h"
#include "memory/peek.h"

#define WORD 8UL

static struct dump_memory *piece_at(const struct dump_area *area, size_t offset)
{
    return (struct dump_memory *)(area->bytes + offset);
}

static size_t piece_bytes(const struct dump_memory *piece)
{
    return sizeof(*piece) + (piece->size + WORD - 1) / WORD * WORD;
}

static bool is_saved(const struct dump_area *area, uint64_t address, size_t size)
{
    for (size_t at = 0; at < area->used; at += piece_bytes(piece_at(area, at))) {
        const struct dump_memory *piece = piece_at(area, at);
        uint64_t inside = address - piece->address;
        if (inside < piece->size && size <= piece->size - inside) {
            return true;
        }
    }
    return false;
}

// Saves one piece. Does nothing if there is no memory at the address, or no room left.
static void add(struct dump_area *area, uint32_t source, uint64_t address, size_t size)
{
    struct dump_memory *piece = piece_at(area, area->used);
    if (sizeof(*piece) + size > area->limit - area->used) {
        return;
    }
    size_t there = peek_read(address, piece + 1, size);
    if (there == 0) {
        return;
    }
    *piece = (struct dump_memory){address, (uint32_t)there, source};
    memset((uint8_t *)(piece + 1) + there, 0, size - there);
    area->used += piece_bytes(piece);
}

void dump_memory_add_register(struct dump_area *area, uint32_t index, uint64_t value)
{
    uint64_t at = value & ~(WORD - 1);
    if (is_saved(area, at, DUMP_REGION_BEFORE)) {
        return;
    }
    // Also what lies before the address, unless that page is not mapped.
    uint8_t probe;
    uint64_t before =
        peek_read(at - DUMP_REGION_BEFORE, &probe, 1) == 1 ? DUMP_REGION_BEFORE : 0;
    add(area, index, at - before, DUMP_REGION_BYTES);
}

void dump_memory_follow(struct dump_area *area)
{
    size_t end = area->used;
    for (size_t at = 0; at < end; at += piece_bytes(piece_at(area, at))) {
        const struct dump_memory *piece = piece_at(area, at);
        const uint64_t *words = (const uint64_t *)(piece + 1);
        for (size_t i = 0; i < piece->size / WORD; i++) {
            uint64_t target = words[i] & ~(WORD - 1);
            if (words[i] >= PAGE_SIZE && !is_saved(area, target, WORD)) {
                add(area, DUMP_SOURCE_MEMORY, target, DUMP_POINTED_BYTES);
            }
        }
    }
}
