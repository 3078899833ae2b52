// The checks of a program that nobody has verified (see checks.h). The verifier makes the
// same ones once, before a program runs, for all values that there can be. Here they are
// made at each step, for the one value that there is.
#include "bpf/checks.h"

#include "bpf/instruction.h"
#include "bpf/map.h"
#include "library/text.h"

// ---- Instructions

// Which register an instruction changes, apart from R0. R10 must stay as it is.
static bool changes_frame_pointer(const struct bpf_instruction *at)
{
    switch (bpf_class(at)) {
    case BPF_CLASS_STX:
        return bpf_mode(at) == BPF_MODE_ATOMIC && at->immediate & BPF_ATOMIC_FETCH &&
               at->immediate != BPF_ATOMIC_CMPXCHG &&
               bpf_source_register(at) == BPF_REGISTERS - 1;
    case BPF_CLASS_ST:
    case BPF_CLASS_JMP:
    case BPF_CLASS_JMP32:
        return false;
    default:
        return bpf_destination(at) == BPF_REGISTERS - 1;
    }
}

bool bpf_is_defined(const struct bpf_instruction *at,
                    const struct bpf_instruction *next)
{
    return bpf_is_instruction(at, next, NULL) && !changes_frame_pointer(at);
}

// ---- Memory

static bool lies_in(uint64_t address, size_t size, uint64_t start, uint64_t length)
{
    return size <= length && address >= start && address - start <= length - size;
}

static bool lies_in_data(const struct bpf_object *object, uint64_t address, size_t size,
                         bool is_write)
{
    for (uint32_t i = 0; i < object->map_count; i++) {
        struct bpf_map *map = object->maps[i];
        if (map->kind == BPF_MAP_DATA &&
            lies_in(address, size, (uint64_t)bpf_map_data(map), map->value_size)) {
            return !is_write || !(map->flags & BPF_MAP_READ_ONLY);
        }
    }
    return false;
}

bool bpf_checks_memory(const struct bpf_checks *checks, uint64_t address, size_t size,
                       bool is_write)
{
    const struct bpf_run *run = checks->run;
    if (lies_in(address, size, checks->stack, checks->stack_end - checks->stack) ||
        lies_in(address, size, (uint64_t)run->memory, run->memory_size)) {
        return true;
    }
    for (unsigned i = 0; i < BPF_CHECKS_VALUES; i++) {
        if (lies_in(address, size, checks->values[i].address, checks->values[i].size)) {
            return !is_write || !checks->values[i].is_read_only;
        }
    }
    return lies_in_data(run->program->object, address, size, is_write);
}

// ---- Helpers

static const struct bpf_map *map_of(const struct bpf_object *object, uint64_t address)
{
    for (uint32_t i = 0; i < object->map_count; i++) {
        if ((uint64_t)object->maps[i] == address) {
            return object->maps[i];
        }
    }
    return NULL;
}

bool bpf_checks_call(const struct bpf_checks *checks, const struct bpf_helper *helper,
                     const uint64_t *arguments)
{
    const struct bpf_object *object = checks->run->program->object;
    const struct bpf_map *map = NULL;
    for (unsigned i = 0; i < COUNT(helper->arguments); i++) {
        bool is_last = i + 1 == COUNT(helper->arguments);
        switch (helper->arguments[i]) {
        case BPF_ARGUMENT_MAP:
        case BPF_ARGUMENT_RING:
            map = map_of(object, arguments[i]);
            if (map == NULL || (map->kind == BPF_MAP_RING) !=
                                   (helper->arguments[i] == BPF_ARGUMENT_RING)) {
                return false;
            }
            break;
        case BPF_ARGUMENT_KEY:
        case BPF_ARGUMENT_VALUE: {
            bool is_key = helper->arguments[i] == BPF_ARGUMENT_KEY;
            if (map == NULL ||
                !bpf_checks_memory(checks, arguments[i],
                                   is_key ? map->key_size : map->value_size, false)) {
                return false;
            }
            break;
        }
        case BPF_ARGUMENT_READ:
        case BPF_ARGUMENT_WRITE:
            if (is_last || arguments[i + 1] == 0 ||
                !bpf_checks_memory(checks, arguments[i], arguments[i + 1],
                                   helper->arguments[i] == BPF_ARGUMENT_WRITE)) {
                return false;
            }
            break;
        case BPF_ARGUMENT_CONTEXT:
        case BPF_ARGUMENT_RESERVED:
            return false;
        default:
            break;
        }
    }
    return helper->returns != BPF_RETURNS_RESERVED_OR_NULL;
}

void bpf_checks_returned(struct bpf_checks *checks, const struct bpf_helper *helper,
                         const struct bpf_map *map, uint64_t address)
{
    if (helper->returns == BPF_RETURNS_VALUE_OR_NULL && address != 0) {
        unsigned place = checks->next++ % BPF_CHECKS_VALUES;
        checks->values[place].address = address;
        checks->values[place].size = map->value_size;
        checks->values[place].is_read_only = map->flags & BPF_MAP_READ_ONLY;
    }
}
