// The kernel's verifier, interpreter, maps and helpers as a library of this host, with
// watchmen round them: `minios dev fuzz bpf` tries very many programs here.
//
//   1. verify a program, and write down each state that the walk comes to
//   2. an accepted program runs with each step watched: is the instruction one, is each
//      byte that it touches its own, are the registers as some state says?
//   3. it runs as the kernel runs it, nothing watched, in two memories: other addresses,
//      and other bytes wherever nothing was written. Both runs must end with the same.
//
//        | canary | map | canary | memory | canary | ...      the rest is canary, too
//
// A byte that is not the program's own shows in 2 if it is touched. In 3 it shows if it
// reaches R0, a map, the memory, a record of a ring or the log. And a canary that has
// changed shows that somebody wrote past an end: a helper, too.
#include "bpf/defect.h"
#include "bpf/helpers.h"
#include "bpf/verifier.h"
#include "bpf/verifier_walk.h"
#include "devices/console.h"
#include "ipc/port.h"
#include "library/crc32.h"
#include "memory/heap.h"
#include "tasks/process.h"
#include "tasks/thread.h"

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

// ---- A question, and its answer.

enum { RUNS_LIMIT = 16, FAULT_BYTES = 200 };

struct host_question {
    const struct bpf_instruction *code;
    uint64_t count, hook, memory_size;
    const struct bpf_image_map *maps;
    uint64_t map_count;
    const uint8_t *data;    // of the maps of the kind DATA
    const uint8_t *inputs;  // one behind the other: memory, or events
    uint64_t run_count;
    uint64_t ignores_claims;  // only what a program touches is watched
    // The answer.
    uint64_t visits, claims;  // claims: 0 if there were too many states to keep
    uint64_t blocks_left;
    uint64_t steps[RUNS_LIMIT], results[RUNS_LIMIT];
    char reason[BPF_LOG_LINE];  // why it is refused
    char fault[FAULT_BYTES];    // what is wrong with an accepted program; "" = nothing
};

static struct host_question *question;

static bool found_fault(const char *format, ...)
{
    if (question->fault[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        text_format_list(question->fault, FAULT_BYTES, format, arguments);
        va_end(arguments);
    }
    return false;
}

// ---- Memory. The verifier gets it from a large block, and it is used again. Everything
// that a program can reach lies in the guarded block.

#define PLAIN_BYTES (192UL << 20)
#define STEP        64UL
#define CLASSES     4096
#define GUARDED     (16UL << 10)
#define GAP         256UL
#define AREAS       48

struct block {
    size_t size;
    struct block *next;
};

static _Alignas(64) uint8_t plain[PLAIN_BYTES];
static size_t plain_used, plain_blocks;
static struct block *free_blocks[CLASSES];
static _Alignas(64) uint8_t guarded[GUARDED];
static size_t guarded_used;
static uint8_t canary;
static bool is_guarded;
static struct {
    size_t start, size;
} areas[AREAS];
static unsigned area_count;

// Begins a new guarded memory: other canaries, other addresses.
static void guard(uint8_t byte, size_t shift)
{
    canary = byte;
    memset(guarded, byte, sizeof(guarded));
    guarded_used = GAP + shift;
    area_count = 0;
    is_guarded = true;
}

static void *guarded_allocate(size_t size)
{
    if (guarded_used + size + 16 + GAP > GUARDED || area_count == AREAS) {
        return NULL;
    }
    void *block = guarded + guarded_used;
    areas[area_count].start = guarded_used;
    areas[area_count++].size = size;
    guarded_used += ((size + 15) & ~15UL) + GAP;
    return block;
}

static bool is_canary(size_t at, size_t end)
{
    uint64_t word, all = canary * 0x0101010101010101UL;
    for (; at + sizeof(word) <= end; at += sizeof(word)) {
        memcpy(&word, guarded + at, sizeof(word));
        if (word != all) {
            return false;
        }
    }
    while (at < end && guarded[at] == canary) {
        at++;
    }
    return at == end;
}

// Whether everything between the areas is as it was.
static bool canaries_live(void)
{
    size_t at = 0;
    for (unsigned i = 0; i < area_count; i++) {
        if (!is_canary(at, areas[i].start)) {
            return false;
        }
        at = areas[i].start + areas[i].size;
    }
    return is_canary(at, GUARDED);
}

void *heap_allocate_uncleared(size_t size)
{
    if (is_guarded) {
        return guarded_allocate(size);
    }
    size = (size + sizeof(struct block) + STEP - 1) / STEP * STEP;
    struct block **list = &free_blocks[size / STEP % CLASSES], *block = *list;
    if (block != NULL && block->size == size) {
        *list = block->next;
    } else if (plain_used + size > PLAIN_BYTES) {
        return NULL;
    } else {
        block = (struct block *)(plain + plain_used);
        plain_used += size;
    }
    block->size = size;
    plain_blocks++;
    return block + 1;
}

void *heap_allocate(size_t size)
{
    void *block = heap_allocate_uncleared(size);
    return block == NULL ? NULL : memset(block, 0, size);
}

void heap_free(void *memory)
{
    const uint8_t *at = memory;
    if (at == NULL || (at >= guarded && at < guarded + GUARDED)) {
        return;
    }
    struct block *block = (struct block *)memory - 1;
    struct block **list = &free_blocks[block->size / STEP % CLASSES];
    block->next = *list;
    *list = block;
    if (--plain_blocks == 0) {
        plain_used = 0;
        memset(free_blocks, 0, sizeof(free_blocks));
    }
}

// ---- The rest of the kernel, as simple as can be.

uint32_t planted_defect;
static struct process someone = {.id = 7, .name = "someone"};
static struct thread thread = {.id = 9};
static uint64_t time;
static uint64_t console_digest;

bool bpf_defect_is(uint32_t defect)
{
    return planted_defect == defect;
}

struct process *process_current(void)
{
    return &someone;
}

struct thread *thread_current(void)
{
    return &thread;
}

uint64_t thread_clock(void)
{
    return time += 1000;
}

static uint64_t digest(uint64_t before, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++) {
        before = (before ^ at[i]) * 0x100000001b3;  // FNV-1a
    }
    return before;
}

void console_log(const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    text_format_list(line, sizeof(line), format, arguments);
    va_end(arguments);
    console_digest = digest(console_digest, line, strlen(line));
}

void port_retain(struct port *port)
{
    (void)port;
}

void port_release(struct port *port)
{
    (void)port;
}

bool port_is_open(const struct port *port)
{
    (void)port;
    return false;
}

long port_notify(struct port *port, const struct message *message)
{
    (void)port;
    (void)message;
    return 0;
}

void stop_panic(const char *why)
{
    found_fault("the kernel stops: %s", why);
    __builtin_trap();
}

void bpf_log(struct bpf_log *log, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)text_format_list(log->last, sizeof(log->last) - 1, format, arguments);
    va_end(arguments);
}

void bpf_source_line(const struct bpf_program *program, uint32_t at, char *text,
                     size_t size)
{
    (void)program;
    (void)at;
    text_copy(text, size, "");
}

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
           found_fault(
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

// ---- One run.

static struct bpf_object object;
static struct bpf_instruction linked[BPF_INSTRUCTIONS_LIMIT];
static struct bpf_program program;

static bool make_maps(void)
{
    object.map_count = (uint32_t)question->map_count;
    for (uint32_t i = 0; i < object.map_count; i++) {
        const struct bpf_image_map *row = &question->maps[i];
        if (bpf_map_create(row, question->data + row->data, &object.maps[i]) < 0) {
            return false;
        }
    }
    return true;
}

// As in objects.c: addresses in place of the numbers of maps.
static void put_addresses(void)
{
    memcpy(linked, question->code, question->count * sizeof(linked[0]));
    for (uint64_t i = 0; i + 1 < question->count; i++) {
        unsigned what = bpf_source_register(&linked[i]);
        if (linked[i].opcode != BPF_LDDW) {
            continue;
        }
        // Where no run ever comes, the verifier has not looked.
        if (what != 0 && linked[i].immediate < object.map_count) {
            struct bpf_map *map = object.maps[linked[i].immediate];
            uint64_t value = what == BPF_PSEUDO_VALUE
                                 ? (uint64_t)bpf_map_data(map) + linked[i + 1].immediate
                                 : (uint64_t)map;
            linked[i].registers &= 0x0f;
            linked[i].immediate = (uint32_t)value;
            linked[i + 1].immediate = (uint32_t)(value >> 32);
        }
        i++;
    }
}

// Everything that a program can leave behind.
static uint64_t digest_of_maps(uint64_t sum)
{
    for (uint32_t i = 0; i < object.map_count; i++) {
        const struct bpf_map *map = object.maps[i];
        if (map->kind == BPF_MAP_RING) {
            const struct bpf_ring *ring = map->storage;
            sum = digest(sum, ring->bytes, ring->size);
            sum = digest(sum, &ring->dropped, sizeof(ring->dropped));
        } else if (map->kind == BPF_MAP_HASH) {
            const struct table *table = map->storage;
            sum = digest(sum, table->entries, map->entries * entry_size(map));
        } else {
            sum = digest(sum, map->storage, map->entries * round_up(map->value_size));
        }
    }
    return sum;
}

struct outcome {
    uint64_t result, steps, left;
};

static bool run_once(unsigned number, uint8_t byte, size_t shift, bool is_watched,
                     struct outcome *outcome)
{
    bool is_test = program.hook == BPF_HOOK_TEST;
    size_t size = is_test ? question->memory_size : sizeof(struct event);
    guard(byte, shift);
    memset(stack, byte, sizeof(stack));
    lent_count = 0;
    time = 0;
    console_digest = 0;
    uint8_t *memory = heap_allocate(size);
    if (memory == NULL || !make_maps()) {
        return found_fault("the guarded memory is too small");
    }
    memcpy(memory, question->inputs + number * size, size);
    put_addresses();
    struct bpf_run run = {
        .program = &program,
        .r1 = (uint64_t)memory,
        .r2 = is_test ? size : 0,
        .is_checked = is_watched,
        .memory = is_test ? memory : NULL,
        .memory_size = is_test ? size : 0,
    };
    bpf_interpret(&run);
    if (run.end != BPF_END_EXIT) {
        return found_fault("instruction %u, step %lu: %s", run.at, run.steps,
                           bpf_end_words(run.end));
    }
    for (unsigned i = 0; is_watched && i < lent_count; i++) {
        if (lent[i].is_reserved) {
            return found_fault("a reservation was not given back");
        }
    }
    outcome->result = run.result;
    outcome->steps = run.steps;
    outcome->left = digest_of_maps(digest(console_digest, memory, size));
    return canaries_live() || found_fault("a canary has changed");
}

static bool run_thrice(unsigned number)
{
    struct outcome watched, first, second;
    if (!run_once(number, 0, 0, true, &watched) ||
        !run_once(number, 0xa5, 0, false, &first) ||
        !run_once(number, 0x3c, 1024 + 16, false, &second)) {
        return false;
    }
    question->results[number] = first.result;
    question->steps[number] = first.steps;
    if (first.result != second.result || first.steps != second.steps ||
        first.left != second.left) {
        return found_fault("something that is not its own has reached %s: R0 %lx, %lx",
                           first.result != second.result ? "R0" : "its memory",
                           first.result, second.result);
    }
    return (watched.result == first.result && watched.steps == first.steps) ||
           found_fault("watched, it ends otherwise: R0 %lx, %lx", watched.result,
                       first.result);
}

// ---- What the fuzzer calls.

// Only the verdict. Returns what the verifier returns.
static long verify(void)
{
    struct bpf_log log = {.size = 1UL << 30, .is_verbose = true};
    is_guarded = false;
    claim_count = 0;
    claims_are_whole = true;
    memset(claimed, 0, question->count * sizeof(claimed[0]));
    memset(&program, 0, sizeof(program));
    program.object = &object;
    text_copy(program.name, sizeof(program.name), "fuzz");
    program.hook = (uint32_t)question->hook;
    program.count = (uint32_t)question->count;
    program.code = question->code;
    program.memory_size = (uint32_t)question->memory_size;
    long status = bpf_verify(&program, &log);
    program.code = linked;
    claims_are_whole = claims_are_whole && !question->ignores_claims;
    question->visits = program.visits;
    question->claims = claims_are_whole ? claim_count : 0;
    question->blocks_left = plain_blocks;
    text_copy(question->reason, sizeof(question->reason), log.last);
    return status;
}

// Verifies, and if the program is accepted, runs it. Returns what the verifier returns.
long host_try(struct host_question *asked)
{
    question = asked;
    guard(0, 0);
    if (!make_maps()) {
        found_fault("the guarded memory is too small");
        return 0;
    }
    long status = verify();
    for (unsigned i = 0; status == 0 && i < asked->run_count; i++) {
        if (!run_thrice(i)) {
            break;
        }
    }
    return status;
}
