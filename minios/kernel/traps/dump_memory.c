// The MEMORY part of a dump: what the registers pointed to, and what that pointed to.
//
// Any number may be a pointer; peek_read says whether it is one.
#include "traps/dump_memory.h"

#include "library/text.h"
#include "traps/peek.h"
#include <stdbool.h>

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

// Nothing happens if nothing is there, or if it does not fit any more.
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
    // With what stands before it, unless that is on a page that is not there.
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
