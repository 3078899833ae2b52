// What an accepted program does, watched: is what the verifier has said of each step true,
// and is each byte that the program touches its own? bpf_host.c asks.
//
// The verifier writes down each state that its walk comes to (*claims*). When the program
// runs, the interpreter asks the functions below at each step, in place of the kernel's.
#include "bpf_watch.h"

#include "bpf/helpers.h"
#include "bpf/verifier.h"
#include "bpf/verifier_walk.h"
#include "ipc/port.h"
#include "library/crc32.h"
#include "memory/heap.h"

// The files whose insides are watched. checks.c is asked only whether an instruction is one;
// whether memory is the program's own is decided here, more exactly.
#define bpf_is_defined      kernel_is_defined
#define bpf_checks_memory   kernel_checks_memory
#define bpf_checks_call     kernel_checks_call
#define bpf_checks_returned kernel_checks_returned
#include "bpf/checks.c"
#undef bpf_is_defined
#undef bpf_checks_memory
#undef bpf_checks_call
#undef bpf_checks_returned
bool bpf_is_defined(const struct bpf_instruction *, const struct bpf_instruction *);
bool bpf_checks_memory(const struct bpf_checks *, uint64_t, size_t, bool);
bool bpf_checks_call(const struct bpf_checks *, const struct bpf_helper *,
                     const uint64_t *);
void bpf_checks_returned(struct bpf_checks *, const struct bpf_helper *,
                         const struct bpf_map *, uint64_t);
#define frame interpreter_frame  // the verifier has another one
#include "bpf/interpreter.c"
#undef frame
#include "bpf/map.c"
#include "bpf/ring.c"

// ---- What the verifier claims: each state of its walk, by instruction.

#define CLAIMS      6000
#define CLAIM_STEPS 20000  // watched with claims; behind that only each access

struct claim {
    struct claim *next;
    uint32_t frame_count;
    struct reg regs[FRAME_REGS];
    uint64_t spilled;
    struct reg spills[SLOTS];
};

static struct claim claims[CLAIMS];
static uint32_t claim_count;
static bool claims_are_whole;
static struct claim *claimed[BPF_INSTRUCTIONS_LIMIT];

void verifier_instruction_words(const struct verifier *verifier, char *text,
                                size_t size)
{
    (void)verifier;
    text_copy(text, size, "");
}

const char *verifier_type_words(uint8_t type)
{
    (void)type;
    return "memory";
}

bool verifier_too_large(struct verifier *verifier)
{
    return verifier_refuse(verifier, "the paths are too long (\"%s\")",
                           "BPF program is too large");
}

void verifier_log_refusal(const struct verifier *verifier)
{
    bpf_log(verifier->log, "%s", verifier->reason);
}

// Called for each instruction of the walk, because the log is verbose.
void verifier_log_state(const struct verifier *verifier)
{
    if (claim_count == CLAIMS) {
        claims_are_whole = false;
        return;
    }
    struct claim *claim = &claims[claim_count++];
    const struct frame *frame = state_frame(&verifier->state);
    claim->next = claimed[verifier->at];
    claim->frame_count = verifier->state.frame_count;
    memcpy(claim->regs, frame->regs, sizeof(claim->regs));
    claim->spilled = frame->spilled;
    for (uint64_t left = frame->spilled; left != 0; left &= left - 1) {
        unsigned slot = (unsigned)__builtin_ctzll(left);
        claim->spills[slot] = frame->spills[slot];
    }
    claimed[verifier->at] = claim;
}

static bool is_in(const struct range *range, uint64_t value)
{
    uint32_t low = (uint32_t)value;
    return (value & ~range->bits.mask) == range->bits.value && value >= range->umin &&
           value <= range->umax && (int64_t)value >= range->smin &&
           (int64_t)value <= range->smax && low >= range->u32min &&
           low <= range->u32max && (int32_t)low >= range->s32min &&
           (int32_t)low <= range->s32max;
}

// Whether this is what the verifier said. Where an address leads, bpf_checks_memory looks.
static bool is_as_claimed(const struct machine *machine, const struct reg *reg,
                          uint64_t value)
{
    switch (reg->type) {
    case REG_NUMBER:
        return is_in(&reg->range, value);
    case REG_CONTEXT:
        return is_in(&reg->range, value - machine->run->r1);
    case REG_MEMORY:
        return is_in(&reg->range, value - (uint64_t)machine->run->memory);
    case REG_STACK:
        return is_in(
            &reg->range,
            value - (uint64_t)(stack[BPF_FRAMES - 1 - reg->frame] + BPF_STACK_BYTES));
    case REG_MAP:
        return value == (uint64_t)machine->run->program->object->maps[reg->map];
    default:
        return true;
    }
}

static bool state_is_as_claimed(const struct machine *machine,
                                const struct claim *claim)
{
    if (claim->frame_count != machine->depth + 1) {
        return false;
    }
    for (unsigned i = 0; i < FRAME_REGS; i++) {
        if (!is_as_claimed(machine, &claim->regs[i], machine->registers[i])) {
            return false;
        }
    }
    const uint8_t *bytes = stack[BPF_FRAMES - 1 - machine->depth];
    for (uint64_t left = claim->spilled; left != 0; left &= left - 1) {
        unsigned slot = (unsigned)__builtin_ctzll(left);
        uint64_t value;
        memcpy(&value, bytes + slot * sizeof(value), sizeof(value));
        if (!is_as_claimed(machine, &claim->spills[slot], value)) {
            return false;
        }
    }
    return true;
}

static bool claims_hold(const struct machine *machine, uint32_t at)
{
    const struct claim *claim = claimed[at];
    while (claim != NULL && !state_is_as_claimed(machine, claim)) {
        claim = claim->next;
    }
    return claim != NULL ||
           host_found_fault(
               "before instruction %u (step %lu) no state of the verifier is "
               "true; R0..R3 %lx %lx %lx %lx, R6..R9 %lx %lx %lx %lx",
               at, machine->run->steps, machine->registers[0], machine->registers[1],
               machine->registers[2], machine->registers[3], machine->registers[6],
               machine->registers[7], machine->registers[8], machine->registers[9]);
}

// ---- A watched run: the interpreter asks these functions at each step.

#define LENT 512  // values that were looked up, and reservations

static struct {
    uint64_t address;
    size_t size;
    bool is_read_only, is_reserved;
} lent[LENT];
static unsigned lent_count;
static uint64_t constant_size;  // of the reservation that is made

static bool lend(uint64_t address, size_t size, bool is_read_only, bool is_reserved)
{
    for (unsigned i = 0; i < lent_count; i++) {
        if (lent[i].address == address && lent[i].size == size && !is_reserved) {
            return true;
        }
    }
    if (lent_count == LENT) {
        return false;
    }
    lent[lent_count].address = address;
    lent[lent_count].size = size;
    lent[lent_count].is_read_only = is_read_only;
    lent[lent_count++].is_reserved = is_reserved;
    return true;
}

static bool take_back(uint64_t address)
{
    for (unsigned i = 0; i < lent_count; i++) {
        if (lent[i].is_reserved && lent[i].address == address) {
            lent[i] = lent[--lent_count];
            return true;
        }
    }
    return false;
}

bool bpf_is_defined(const struct bpf_instruction *at,
                    const struct bpf_instruction *next)
{
    const struct machine *machine = inside;
    uint32_t number = machine->next;
    return kernel_is_defined(at, next) &&
           (!claims_are_whole || machine->run->steps > CLAIM_STEPS ||
            claims_hold(machine, number));
}

bool bpf_checks_memory(const struct bpf_checks *checks, uint64_t address, size_t size,
                       bool is_write)
{
    const struct bpf_run *run = checks->run;
    bool is_event = run->program->hook != BPF_HOOK_TEST;
    if (lies_in(address, size, checks->stack, checks->stack_end - checks->stack) ||
        lies_in(address, size, (uint64_t)run->memory, run->memory_size) ||
        (is_event && !is_write &&
         lies_in(address, size, run->r1, sizeof(struct event)))) {
        return true;
    }
    for (unsigned i = 0; i < lent_count; i++) {
        if (lies_in(address, size, lent[i].address, lent[i].size)) {
            return !is_write || !lent[i].is_read_only;
        }
    }
    return lies_in_data(run->program->object, address, size, is_write);
}

static bool argument_is_good(const struct bpf_checks *checks, uint32_t kind,
                             const struct bpf_map **map, const uint64_t *argument)
{
    const struct bpf_run *run = checks->run;
    switch (kind) {
    case BPF_ARGUMENT_MAP:
    case BPF_ARGUMENT_RING:
        *map = map_of(run->program->object, *argument);
        return *map != NULL &&
               ((*map)->kind == BPF_MAP_RING) == (kind == BPF_ARGUMENT_RING);
    case BPF_ARGUMENT_KEY:
        return bpf_checks_memory(checks, *argument, (*map)->key_size, false);
    case BPF_ARGUMENT_VALUE:
        return bpf_checks_memory(checks, *argument, (*map)->value_size, false);
    case BPF_ARGUMENT_READ:
    case BPF_ARGUMENT_WRITE:
        return argument[1] > 0 && bpf_checks_memory(checks, argument[0], argument[1],
                                                    kind == BPF_ARGUMENT_WRITE);
    case BPF_ARGUMENT_CONSTANT_SIZE:
        constant_size = *argument;
        return true;
    case BPF_ARGUMENT_CONTEXT:
        return lies_in(*argument, 1, run->r1, sizeof(struct event));
    case BPF_ARGUMENT_RESERVED:
        return take_back(*argument);
    default:
        return true;
    }
}

bool bpf_checks_call(const struct bpf_checks *checks, const struct bpf_helper *helper,
                     const uint64_t *arguments)
{
    const struct bpf_map *map = NULL;
    for (unsigned i = 0; i < COUNT(helper->arguments); i++) {
        if (!argument_is_good(checks, helper->arguments[i], &map, &arguments[i])) {
            return false;
        }
    }
    return true;
}

void bpf_checks_returned(struct bpf_checks *checks, const struct bpf_helper *helper,
                         const struct bpf_map *map, uint64_t address)
{
    (void)checks;
    if (address == 0) {
        return;
    }
    if (helper->returns == BPF_RETURNS_VALUE_OR_NULL) {
        (void)lend(address, map->value_size, map->flags & BPF_MAP_READ_ONLY, false);
    } else if (helper->returns == BPF_RETURNS_RESERVED_OR_NULL) {
        (void)lend(address, constant_size, false, true);
    }
}

// ---- What the host asks.

void watch_verifier(uint64_t count)
{
    claim_count = 0;
    claims_are_whole = true;
    memset(claimed, 0, count * sizeof(claimed[0]));
}

uint32_t watch_claims(bool are_ignored)
{
    claims_are_whole = claims_are_whole && !are_ignored;
    return claims_are_whole ? claim_count : 0;
}

void watch_run(uint8_t byte)
{
    memset(stack, byte, sizeof(stack));
    lent_count = 0;
}

bool watch_is_given_back(void)
{
    for (unsigned i = 0; i < lent_count; i++) {
        if (lent[i].is_reserved) {
            return false;
        }
    }
    return true;
}

uint64_t watch_maps(const struct bpf_object *object, uint64_t sum)
{
    for (uint32_t i = 0; i < object->map_count; i++) {
        const struct bpf_map *map = object->maps[i];
        if (map->kind == BPF_MAP_RING) {
            const struct bpf_ring *ring = map->storage;
            sum = host_digest(sum, ring->bytes, ring->size);
            sum = host_digest(sum, &ring->dropped, sizeof(ring->dropped));
        } else if (map->kind == BPF_MAP_HASH) {
            const struct table *table = map->storage;
            sum = host_digest(sum, table->entries, map->entries * entry_size(map));
        } else {
            sum = host_digest(sum, map->storage,
                              map->entries * round_up(map->value_size));
        }
    }
    return sum;
}
