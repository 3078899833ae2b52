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
#include "bpf_watch.h"

#include "bpf/defect.h"
#include "bpf/instruction.h"
#include "bpf/interpreter.h"
#include "bpf/map.h"
#include "bpf/verifier.h"
#include "devices/console.h"
#include "ipc/port.h"
#include "library/text.h"
#include "memory/heap.h"
#include "tasks/process.h"
#include "tasks/thread.h"

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

bool host_found_fault(const char *format, ...)
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

uint64_t host_digest(uint64_t before, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++) {
        before = (before ^ at[i]) * 0x100000001b3;  // FNV-1a
    }
    return before;
}

void beacon_report(const struct record *record)
{
    console_digest = host_digest(console_digest, record, sizeof(*record));
}

void console_log(const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    text_format_list(line, sizeof(line), format, arguments);
    va_end(arguments);
    console_digest = host_digest(console_digest, line, strlen(line));
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
    host_found_fault("the kernel stops: %s", why);
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

struct outcome {
    uint64_t result, steps, left;
};

static bool run_once(unsigned number, uint8_t byte, size_t shift, bool is_watched,
                     struct outcome *outcome)
{
    bool is_test = program.hook == BPF_HOOK_TEST;
    size_t size = is_test ? question->memory_size : sizeof(struct event);
    guard(byte, shift);
    watch_run(byte);
    time = 0;
    console_digest = 0;
    uint8_t *memory = heap_allocate(size);
    if (memory == NULL || !make_maps()) {
        return host_found_fault("the guarded memory is too small");
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
        return host_found_fault("instruction %u, step %lu: %s", run.at, run.steps,
                                bpf_end_words(run.end));
    }
    if (is_watched && !watch_is_given_back()) {
        return host_found_fault("a reservation was not given back");
    }
    outcome->result = run.result;
    outcome->steps = run.steps;
    outcome->left = watch_maps(&object, host_digest(console_digest, memory, size));
    return canaries_live() || host_found_fault("a canary has changed");
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
        return host_found_fault(
            "something that is not its own has reached %s: R0 %lx, %lx",
            first.result != second.result ? "R0" : "its memory", first.result,
            second.result);
    }
    return (watched.result == first.result && watched.steps == first.steps) ||
           host_found_fault("watched, it ends otherwise: R0 %lx, %lx", watched.result,
                            first.result);
}

// ---- What the fuzzer calls.

// Only the verdict. Returns what the verifier returns.
static long verify(void)
{
    struct bpf_log log = {.size = 1UL << 30, .is_verbose = true};
    is_guarded = false;
    watch_verifier(question->count);
    memset(&program, 0, sizeof(program));
    program.object = &object;
    text_copy(program.name, sizeof(program.name), "fuzz");
    program.hook = (uint32_t)question->hook;
    program.count = (uint32_t)question->count;
    program.code = question->code;
    program.memory_size = (uint32_t)question->memory_size;
    long status = bpf_verify(&program, &log);
    program.code = linked;
    question->visits = program.visits;
    question->claims = watch_claims(question->ignores_claims);
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
        host_found_fault("the guarded memory is too small");
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
