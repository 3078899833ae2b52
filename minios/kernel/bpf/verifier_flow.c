// Where a program can go, whatever its data are: the first of the verifier's parts.
//
//   1. Each instruction must be one, and each jump must lead to an instruction.
//   2. The program is cut into functions. A function begins where a call leads, and ends
//      before the next one begins. Its last instruction must be a jump or `exit`, so that
//      no path falls into the next function. No jump leaves its function.
//   3. Some path must lead to each instruction: what is never reached was never checked.
#include "bpf/verifier_walk.h"

#include "memory/heap.h"

static bool is_jump(const struct bpf_instruction *code)
{
    return bpf_class(code) == BPF_CLASS_JMP || bpf_class(code) == BPF_CLASS_JMP32;
}

static bool is_exit(const struct bpf_instruction *code)
{
    return is_jump(code) && bpf_operation(code) == BPF_JUMP_EXIT;
}

static bool is_call(const struct bpf_instruction *code)
{
    return is_jump(code) && bpf_operation(code) == BPF_JUMP_CALL;
}

static bool is_function_call(const struct bpf_instruction *code)
{
    return is_call(code) && bpf_source_register(code) == BPF_PSEUDO_CALL;
}

static bool has_target(const struct bpf_instruction *code)
{
    return is_function_call(code) ||
           (is_jump(code) && !is_call(code) && !is_exit(code));
}

static bool falls_through(const struct bpf_instruction *code)
{
    return !is_exit(code) && !(is_jump(code) && bpf_operation(code) == BPF_JUMP_JA);
}

// As a 64-bit number: it can lie before the program, or far behind it.
static int64_t target_of(const struct bpf_instruction *code, uint32_t at)
{
    bool in_immediate = is_call(code) || (bpf_class(code) == BPF_CLASS_JMP32 &&
                                          bpf_operation(code) == BPF_JUMP_JA);
    return (int64_t)at + 1 + (in_immediate ? bpf_immediate(code) : bpf_offset(code));
}

uint32_t verifier_target(const struct bpf_instruction *code, uint32_t at)
{
    return (uint32_t)target_of(&code[at], at);
}

static bool mark_seconds(struct verifier *verifier)
{
    for (uint32_t i = 0; i < verifier->count; i++) {
        verifier->at = i;
        if (!verifier_check_form(verifier, i)) {
            return false;
        }
        if (verifier->code[i].opcode == BPF_LDDW) {
            verifier->marks[++i] |= MARK_SECOND;
        }
    }
    return true;
}

static bool mark_targets(struct verifier *verifier)
{
    verifier->marks[0] |= MARK_FUNCTION;
    for (uint32_t i = 0; i < verifier->count; i++) {
        const struct bpf_instruction *code = &verifier->code[i];
        if (verifier->marks[i] & MARK_SECOND || !has_target(code)) {
            continue;
        }
        verifier->at = i;
        int64_t target = target_of(code, i);
        if (target < 0 || target >= verifier->count) {
            return verifier_refuse(verifier,
                                   "this leads to instruction %ld, but the program has "
                                   "0 to %u (\"jump out of range\")",
                                   target, verifier->count - 1);
        }
        if (verifier->marks[target] & MARK_SECOND) {
            return verifier_refuse(verifier,
                                   "this leads into the second half of the lddw before "
                                   "%ld (\"jump into the middle of ldimm64\")",
                                   target);
        }
        verifier->marks[target] |= is_call(code) ? MARK_FUNCTION : MARK_MEETING;
    }
    return true;
}

// A function goes from `first` to before `end`.
static bool function_is_closed(struct verifier *verifier, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        const struct bpf_instruction *code = &verifier->code[i];
        if (verifier->marks[i] & MARK_SECOND || !has_target(code) || is_call(code)) {
            continue;
        }
        int64_t target = target_of(code, i);
        if (target < first || target >= end) {
            verifier->at = i;
            return verifier_refuse(verifier,
                                   "this jumps to %ld, into another function; only a "
                                   "call may do that (\"jump out of range\")",
                                   target);
        }
    }
    if (verifier->marks[end - 1] & MARK_SECOND ||
        falls_through(&verifier->code[end - 1])) {
        verifier->at = end - 1;
        return verifier_refuse(verifier,
                               "the function from %u on does not end with exit or a "
                               "jump (\"last insn is not an exit or jmp\")",
                               first);
    }
    return true;
}

static bool functions_are_closed(struct verifier *verifier)
{
    for (uint32_t first = 0; first < verifier->count;) {
        uint32_t end = first + 1;
        while (end < verifier->count && !(verifier->marks[end] & MARK_FUNCTION)) {
            end++;
        }
        if (!function_is_closed(verifier, first, end)) {
            return false;
        }
        first = end;
    }
    return true;
}

// From the first instruction along each edge. `list` has room for all instructions.
static void mark_reached(struct verifier *verifier, uint32_t *list)
{
    uint32_t used = 1;
    list[0] = 0;
    verifier->marks[0] |= MARK_REACHED;
    while (used > 0) {
        uint32_t at = list[--used];
        const struct bpf_instruction *code = &verifier->code[at];
        uint32_t next[2], count = 0;
        if (falls_through(code)) {
            next[count++] = at + (code->opcode == BPF_LDDW ? 2 : 1);
        }
        if (has_target(code)) {
            next[count++] = verifier_target(verifier->code, at);
        }
        for (uint32_t i = 0; i < count; i++) {
            if (!(verifier->marks[next[i]] & MARK_REACHED)) {
                verifier->marks[next[i]] |= MARK_REACHED;
                list[used++] = next[i];
            }
        }
    }
}

static bool all_is_reached(struct verifier *verifier)
{
    uint32_t *list = heap_allocate(verifier->count * sizeof(*list));
    if (list == NULL) {
        return verifier_no_memory(verifier);
    }
    mark_reached(verifier, list);
    heap_free(list);
    for (uint32_t i = 0; i < verifier->count; i++) {
        if (!(verifier->marks[i] & (MARK_REACHED | MARK_SECOND))) {
            verifier->at = i;
            return verifier_refuse(
                verifier, "no path leads to this instruction (\"unreachable insn %u\")",
                i);
        }
    }
    return true;
}

bool verifier_check_flow(struct verifier *verifier)
{
    return mark_seconds(verifier) && mark_targets(verifier) &&
           functions_are_closed(verifier) && all_is_reached(verifier);
}
