// What the verifier knows at one moment of one path: of each register, of each slot of the
// stack, and which reservations are open.
#pragma once

#include "bpf/range.h"
#include <minios/abi.h>
#include <stddef.h>

// What a register holds. An address is never a number: what a program can do with it
// depends on what it points to.
enum reg_type {
    REG_UNWRITTEN,         // nothing that may be read
    REG_NUMBER,            // `range` is what is known of it
    REG_CONTEXT,           // the event
    REG_STACK,             // behind the end of a frame: its range is -512..0
    REG_MAP,               // a map itself
    REG_VALUE,             // a value of a map
    REG_VALUE_OR_NULL,     // ... or 0: nobody has looked
    REG_RESERVED,          // room in a ring buffer
    REG_RESERVED_OR_NULL,  // ... or 0
    REG_MEMORY,            // the memory that bpf_run gives to a test
};

struct reg {
    uint8_t type;   // REG_
    uint8_t frame;  // STACK: of which frame
    uint8_t map;    // MAP, VALUE: which map of the object
    uint32_t id;    // equal numbers, results of one look-up, or a reservation. 0 = none
    uint32_t size;  // of what it points to, in bytes
    struct range range;  // the number; of an address: how far it is from the beginning
};

#define SLOTS      (BPF_STACK_BYTES / 8)
#define FIRST_SLOT (-BPF_STACK_BYTES)
#define FRAME_REGS (BPF_REGISTERS - 1)  // R10 never changes

// A frame of the stack. A slot is 8 bytes. It holds single bytes, or a whole register.
struct frame {
    struct reg regs[FRAME_REGS];
    uint32_t return_to;      // instruction after the call; of frame 0 unused
    uint8_t written[SLOTS];  // a bit for each byte that may be read
    uint64_t spilled;        // a bit for each slot that holds a register
    struct reg
        spills[SLOTS];  // these registers. In a snapshot only those that are used
};

#define REFERENCES_LIMIT 8

struct reference {
    uint32_t id;
    uint32_t at;  // which instruction reserved it
};

struct state {
    uint32_t frame_count;
    uint32_t reference_count;
    struct reference references[REFERENCES_LIMIT];
    struct frame *frames[BPF_FRAMES];  // made when first needed
};

// A state that is kept for later, in as few bytes as possible: registers that hold nothing
// are left out, and of a constant only its value is kept (verifier_snapshot.c).
struct snapshot {
    uint32_t size;  // of the whole, in bytes
    uint32_t frame_count, reference_count;
    struct reference references[REFERENCES_LIMIT];
    // The frames follow.
};

static inline struct frame *state_frame(const struct state *state)
{
    return state->frames[state->frame_count - 1];
}

struct reg reg_number(struct range range);
struct reg reg_pointer(enum reg_type type, uint32_t size);
static inline bool reg_is_pointer(const struct reg *reg)
{
    return reg->type > REG_NUMBER;
}
static inline bool reg_is_constant(const struct reg *reg)
{
    return reg->type == REG_NUMBER && range_is_constant(&reg->range);
}

// Frame number `frame_count` is added, empty. False: no memory.
[[nodiscard]] bool state_push_frame(struct state *state);
void state_destroy(struct state *state);

// Calls `visit` for each register of each frame, those in the stack included.
void state_each_reg(struct state *state, void (*visit)(struct reg *reg, void *with),
                    void *with);

// The largest that there can be: all frames, and in each slot a register.
#define SNAPSHOT_BYTES (sizeof(struct snapshot) + BPF_FRAMES * 2 * sizeof(struct frame))

size_t snapshot_bytes(const struct state *state);
void snapshot_save(struct snapshot *to, const struct state *state);
// False: no memory for a frame.
[[nodiscard]] bool snapshot_restore(struct state *to, const struct snapshot *from);

// Whether everything that is possible in `inner` is possible in `outer`. Then a walk from
// `outer` that has found nothing wrong has also looked at `inner`.
[[nodiscard]] bool snapshot_covers(const struct snapshot *outer,
                                   const struct snapshot *inner);
