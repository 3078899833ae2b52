// The kernel's verifier as a library of this host: what it needs of the rest of the kernel
// stands here, as simple as can be. Memory is taken from one block, and is counted.
#include "bpf/defect.h"
#include "bpf/helpers.h"
#include "bpf/map.h"
#include "bpf/range.h"
#include "bpf/verifier.h"
#include "library/text.h"
#include "memory/heap.h"

#define ARENA_BYTES (256UL << 20)

static _Alignas(16) uint8_t arena[ARENA_BYTES];
static size_t arena_used, blocks;
uint32_t planted_defect;
size_t memory_limit = ARENA_BYTES;  // less: so that allocations fail

// Freed blocks wait in a list of their size, in steps of 64 bytes.
#define STEP    64UL
#define CLASSES 2048
struct block {
    size_t size;
    struct block *next;
};
static struct block *free_blocks[CLASSES];

void *heap_allocate_uncleared(size_t size)
{
    size = (size + sizeof(struct block) + STEP - 1) / STEP * STEP;
    struct block **list = &free_blocks[size / STEP % CLASSES];
    struct block *block = *list;
    if (block != NULL && block->size == size) {
        *list = block->next;
    } else if (arena_used + size > memory_limit) {
        return NULL;
    } else {
        block = (struct block *)(arena + arena_used);
        arena_used += size;
    }
    block->size = size;
    blocks++;
    return block + 1;
}

void *heap_allocate(size_t size)
{
    void *block = heap_allocate_uncleared(size);
    return block == NULL ? NULL : memset(block, 0, size);
}

void heap_free(void *memory)
{
    if (memory == NULL) {
        return;
    }
    struct block *block = (struct block *)memory - 1;
    struct block **list = &free_blocks[block->size / STEP % CLASSES];
    block->next = *list;
    *list = block;
    if (--blocks == 0) {
        arena_used = 0;
        memset(free_blocks, 0, sizeof(free_blocks));
    }
}

bool bpf_defect_is(uint32_t defect)
{
    return planted_defect == defect;
}

#define ROW(number, name, returns, ...) {number, #name, returns, {__VA_ARGS__}, NULL},
static const struct bpf_helper helpers[] = {BPF_HELPER_TABLE(ROW)};
#undef ROW

const struct bpf_helper *bpf_helper_find(uint32_t number)
{
    for (size_t i = 0; i < COUNT(helpers); i++) {
        if (helpers[i].number == number) {
            return &helpers[i];
        }
    }
    return NULL;
}

void bpf_log(struct bpf_log *log, const char *format, ...)
{
    char line[BPF_LOG_LINE];
    va_list arguments;
    va_start(arguments, format);
    (void)text_format_list(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    size_t length = strlen(line);
    if (log->used + length + 1 < log->size) {
        memcpy(log->text + log->used, line, length);
        log->text[log->used + length] = '\n';
        log->used += length + 1;
        log->text[log->used] = '\0';
    }
}

void bpf_source_line(const struct bpf_program *program, uint32_t at, char *text,
                     size_t size)
{
    text_format(text, size, "test.c:%u", program->first + at + 100);
}

struct question {
    const struct bpf_instruction *code;
    uint64_t count, hook, memory_size;
    const struct bpf_image_map *maps;
    uint64_t map_count;
    char *log;
    uint64_t log_size, is_verbose;
    uint64_t visits, blocks_left;  // answers
};

long ask(struct question *question)
{
    static struct bpf_map maps[BPF_MAPS_LIMIT];
    static struct bpf_object object;
    struct bpf_program program = {.object = &object, .name = "test"};
    struct bpf_log log = {.text = question->log,
                          .size = question->log_size,
                          .is_verbose = question->is_verbose};
    object.map_count = (uint32_t)question->map_count;
    for (uint32_t i = 0; i < object.map_count; i++) {
        const struct bpf_image_map *row = &question->maps[i];
        maps[i] = (struct bpf_map){.kind = row->kind,
                                   .key_size = row->key_size,
                                   .value_size = row->value_size,
                                   .entries = row->entries,
                                   .flags = row->flags};
        text_copy(maps[i].name, sizeof(maps[i].name), row->name);
        object.maps[i] = &maps[i];
    }
    program.code = question->code;
    program.count = (uint32_t)question->count;
    program.hook = (uint32_t)question->hook;
    program.memory_size = (uint32_t)question->memory_size;
    long error = bpf_verify(&program, &log);
    question->visits = program.visits;
    question->blocks_left = blocks;
    return error;
}
