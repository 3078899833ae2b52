// The verifier (see verifier.h): the walk along every path.
//
//   1. verifier_flow.c    Is each instruction one, and where do the jumps lead?
//   2. verifier_live.c    Which registers are read later?
//   3. the walk, here     For each instruction the state before it is known: what is in each
//                         register and each slot of the stack. The rules of the instruction
//                         say whether it is allowed, and what the state is afterwards.
//
// At a branch one side is walked first. The state is kept, and the walk comes back for the
// other side. A program with n branches in a row has 2 to the n paths, so states are kept
// where paths meet. If the walk comes there again, in a state that a kept one covers:
//
//     the kept one is finished   nothing bad was found behind it: this path ends here
//     it is on this very path    and the states are equal: the loop may never end
//
// There is no recursion, because the kernel's stack is small. All memory is from the heap,
// has a limit, and is given back at the end, whatever the verdict is.
#include "bpf/verifier.h"

#include "bpf/map.h"
#include "bpf/verifier_walk.h"
#include "library/text.h"
#include "memory/heap.h"

#define KEPT_LIMIT     (2UL << 20)  // bytes of states; the machine has 16 MiB
#define BRANCH_LIMIT   (4UL << 20)  // ... and with the states of open branches
#define COMPARED       48           // of the states kept at one place: the newest
#define CLEANING_PAUSE 2000         // instructions
#define VERBOSE_ROOM   4096         // bytes of the log that stay free for the reason

// A kept state. `open` counts the paths behind it that are not finished.
struct node {
    struct node *parent;  // the kept state before it, on the same path
    struct node *next;    // at the same instruction
    uint32_t open;
    uint32_t marker;  // a register that holds a constant there; FRAME_REGS = none does
    uint64_t constant;         // this constant
    struct snapshot snapshot;  // the last member: its frames follow
};

// A branch whose second side has to be walked.
struct pending {
    struct pending *next;
    struct node *path;
    uint32_t at, jump_count;
    struct snapshot snapshot;  // the last member
};

// ---- What all files use.

bool verifier_refuse(struct verifier *verifier, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_format_list(verifier->reason, sizeof(verifier->reason), format, arguments);
    va_end(arguments);
    verifier->error = -ERROR_UNSAFE;
    return false;
}

bool verifier_no_memory(struct verifier *verifier)
{
    text_copy(verifier->reason, sizeof(verifier->reason), "there is not enough memory");
    verifier->error = -ERROR_NO_MEMORY;
    return false;
}

struct reg verifier_get(const struct verifier *verifier, unsigned number)
{
    if (number == FRAME_REGS) {
        struct reg frame = reg_pointer(REG_STACK, BPF_STACK_BYTES);
        frame.frame = (uint8_t)(verifier->state.frame_count - 1);
        return frame;
    }
    return state_frame(&verifier->state)->regs[number];
}

bool verifier_read(struct verifier *verifier, unsigned number, struct reg *reg)
{
    *reg = verifier_get(verifier, number);
    return reg->type != REG_UNWRITTEN ||
           verifier_refuse(verifier,
                           "R%u was not written on this path, so it cannot be read "
                           "(\"R%u !read_ok\")",
                           number, number);
}

bool verifier_read_number(struct verifier *verifier, unsigned number, struct reg *reg)
{
    return verifier_read(verifier, number, reg) &&
           (reg->type == REG_NUMBER ||
            verifier_refuse(verifier,
                            "R%u is an address, but this wants a number (\"R%u pointer "
                            "arithmetic prohibited\")",
                            number, number));
}

bool verifier_write(struct verifier *verifier, unsigned number, struct reg reg)
{
    if (number == FRAME_REGS) {
        return verifier_refuse(verifier, "R10 is where the stack is, and cannot be "
                                         "written (\"frame pointer is read only\")");
    }
    state_frame(&verifier->state)->regs[number] = reg;
    return true;
}

void verifier_go_to(struct verifier *verifier, uint32_t to)
{
    if (verifier->jump_count < JUMPS_KEPT) {
        verifier->jumps[verifier->jump_count] =
            (struct jump){(uint16_t)verifier->at, (uint16_t)to};
    }
    verifier->jump_count++;
    verifier->at = to;
}

// ---- Kept states.

bool verifier_branch(struct verifier *verifier)
{
    verifier->branched[verifier->at]++;
    size_t bytes =
        offsetof(struct pending, snapshot) + snapshot_bytes(&verifier->state);
    if (verifier->kept_bytes + bytes > BRANCH_LIMIT) {
        return verifier_refuse(verifier, "the program has too many branches that are "
                                         "still open (\"BPF program is too complex\")");
    }
    struct pending *pending = heap_allocate_uncleared(bytes);
    if (pending == NULL) {
        return verifier_no_memory(verifier);
    }
    pending->next = verifier->pendings;
    pending->path = verifier->path;
    pending->at = verifier->at;
    pending->jump_count = verifier->jump_count;
    snapshot_save(&pending->snapshot, &verifier->state);
    verifier->pendings = pending;
    verifier->path->open++;
    verifier->kept_bytes += bytes;
    return true;
}

// The path has come to its end. A state behind which no path is open is finished.
static void end_path(struct verifier *verifier)
{
    struct node *node = verifier->path;
    while (node != NULL && --node->open == 0) {
        node = node->parent;
    }
}

// Goes back to the last branch. False: there is none, or no memory.
static bool resume(struct verifier *verifier)
{
    struct pending *pending = verifier->pendings;
    if (pending == NULL) {
        return false;
    }
    verifier->pendings = pending->next;
    verifier->path = pending->path;
    verifier->at = pending->at;
    verifier->jump_count = pending->jump_count;
    verifier->is_second_side = true;
    bool is_restored = snapshot_restore(&verifier->state, &pending->snapshot);
    verifier->kept_bytes -= offsetof(struct pending, snapshot) + pending->snapshot.size;
    heap_free(pending);
    return is_restored || verifier_no_memory(verifier);
}

// Loops count in a register. So most states at one place differ in a constant, and to look
// at one of them first saves most comparisons. (Compilers count in R6 to R9.)
static void choose_marker(struct node *node, const struct frame *frame)
{
    node->marker = FRAME_REGS;
    for (unsigned i = 0; i < FRAME_REGS; i++) {
        if (reg_is_constant(&frame->regs[i])) {
            node->marker = i;
            node->constant = frame->regs[i].range.umin;
        }
    }
}

static bool may_cover(const struct node *node, const struct frame *frame)
{
    if (node->marker == FRAME_REGS) {
        return true;
    }
    const struct reg *reg = &frame->regs[node->marker];
    return reg_is_constant(reg) && reg->range.umin == node->constant;
}

// Compares with the states that were kept here. `*is_seen`: this path can end.
static bool compare(struct verifier *verifier, const struct snapshot *now,
                    bool *is_seen)
{
    unsigned left = COMPARED;
    const struct frame *frame = state_frame(&verifier->state);
    const struct node *node = verifier->kept[verifier->at];
    for (; node != NULL && left > 0 && !*is_seen; node = node->next, left--) {
        if (!may_cover(node, frame) || !snapshot_covers(&node->snapshot, now)) {
            continue;
        }
        if (node->open == 0) {
            *is_seen = true;
        } else if (snapshot_covers(now, &node->snapshot)) {
            return verifier_refuse(
                verifier, "this path was here before, and nothing has changed "
                          "since: it may never end (\"infinite loop detected\")");
        }
    }
    return true;
}

// Frees kept states that are finished, but for the newest: to forget one costs at most a
// walk. (One that is not finished must stay: the paths behind it count on it.)
static void drop_old(struct verifier *verifier, uint32_t at, unsigned newest)
{
    struct node **link = &verifier->kept[at];
    for (unsigned i = 0; *link != NULL; i++) {
        struct node *node = *link;
        if (i < newest || node->open > 0) {
            link = &node->next;
            continue;
        }
        *link = node->next;
        verifier->kept_bytes -= offsetof(struct node, snapshot) + node->snapshot.size;
        heap_free(node);
    }
}

// There is no more room: everywhere only the newest states stay. Not each time, because it
// takes long.
static void make_room(struct verifier *verifier)
{
    if (verifier->visits < verifier->next_cleaning) {
        return;
    }
    verifier->next_cleaning = verifier->visits + CLEANING_PAUSE;
    for (uint32_t i = 0; i < verifier->count; i++) {
        drop_old(verifier, i, COMPARED / 4);
    }
}

// Keeps the state here, unless too many are kept: then the walk is only longer.
static bool keep(struct verifier *verifier)
{
    size_t bytes = offsetof(struct node, snapshot) + verifier->now->size;
    bool is_first = verifier->path == NULL;  // all others hang on this one
    if (verifier->kept_bytes + bytes > KEPT_LIMIT) {
        make_room(verifier);
    }
    if (!is_first && verifier->kept_bytes + bytes > KEPT_LIMIT) {
        return true;
    }
    struct node *node = heap_allocate_uncleared(bytes);
    if (node == NULL) {
        return verifier_no_memory(verifier);
    }
    memcpy(&node->snapshot, verifier->now, verifier->now->size);
    choose_marker(node, state_frame(&verifier->state));
    node->open = 1;
    node->parent = verifier->path;
    node->next = verifier->kept[verifier->at];
    verifier->kept[verifier->at] = node;
    verifier->path = node;
    verifier->kept_bytes += bytes;
    return true;
}

// A place where paths meet.
static bool meet(struct verifier *verifier, bool *is_seen)
{
    if (verifier->path != NULL) {
        verifier_forget(verifier);  // but the log shows what a program begins with
    }
    snapshot_save(verifier->now, &verifier->state);
    return compare(verifier, verifier->now, is_seen) && (*is_seen || keep(verifier));
}

// ---- The walk.

static void log_step(struct verifier *verifier)
{
    struct bpf_log *log = verifier->log;
    char words[64];
    if (!log->is_verbose) {
        return;
    }
    if (log->used + VERBOSE_ROOM >= log->size) {
        verifier->left_out++;
        return;
    }
    verifier_log_state(verifier);
    verifier_instruction_words(verifier, words, sizeof(words));
    bpf_log(log, "%u: %s", verifier->at, words);
}

// The log is full. Without a word it would look as if the walk had ended there.
static void log_left_out(struct verifier *verifier)
{
    if (verifier->left_out > 0) {
        bpf_log(verifier->log, "... %lu more steps are left out: the log is full",
                verifier->left_out);
    }
}

static bool step_jump(struct verifier *verifier, bool *is_end)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    switch (bpf_operation(code)) {
    case BPF_JUMP_CALL:
        return bpf_source_register(code) == BPF_PSEUDO_CALL
                   ? verifier_call_function(verifier)
                   : verifier_call_helper(verifier);
    case BPF_JUMP_EXIT:
        return verifier_exit(verifier, is_end);
    default:
        return verifier_jump(verifier);
    }
}

// One instruction. `*is_end`: the program has returned.
static bool step(struct verifier *verifier, bool *is_end)
{
    switch (bpf_class(&verifier->code[verifier->at])) {
    case BPF_CLASS_LD:
        return verifier_load_immediate(verifier);
    case BPF_CLASS_ALU:
    case BPF_CLASS_ALU64:
        return verifier_arithmetic(verifier);
    case BPF_CLASS_JMP:
    case BPF_CLASS_JMP32:
        return step_jump(verifier, is_end);
    default:
        return verifier_memory(verifier);
    }
}

// Comes to the next instruction of this path. `*is_end`: the path need not go on.
static bool arrive(struct verifier *verifier, bool *is_end)
{
    if (verifier->is_second_side) {
        return true;  // it was here before
    }
    if (verifier->visits == BPF_VISITS_LIMIT) {
        return verifier_too_large(verifier);
    }
    verifier->visits++;
    return !(verifier->marks[verifier->at] & MARK_MEETING) || meet(verifier, is_end);
}

static void walk(struct verifier *verifier)
{
    bool is_good = true;
    while (is_good) {
        bool is_end = false;
        is_good = arrive(verifier, &is_end);
        if (is_good && !is_end) {
            log_step(verifier);
            is_good = step(verifier, &is_end);
        }
        if (is_good && is_end) {
            end_path(verifier);
            is_good = resume(verifier);
        }
    }
}

// ---- A verification.

// What the kernel gives to the program: R1 is the event. A test gets memory and its size.
static bool begin(struct verifier *verifier)
{
    const struct bpf_program *program = verifier->program;
    if (!state_push_frame(&verifier->state)) {
        return verifier_no_memory(verifier);
    }
    struct reg *regs = verifier->state.frames[0]->regs;
    if (program->hook != BPF_HOOK_TEST) {
        regs[1] = reg_pointer(REG_CONTEXT, sizeof(struct event));
        return true;
    }
    regs[1] = program->memory_size == 0 ? reg_number(range_constant(0))
                                        : reg_pointer(REG_MEMORY, program->memory_size);
    regs[2] = reg_number(range_constant(program->memory_size));
    return true;
}

#define DECIDES(hook, name, event, decides) [hook] = (decides),
static const bool hook_decides[] = {BPF_HOOK_TABLE(DECIDES)};
#undef DECIDES

static bool prepare(struct verifier *verifier)
{
    uint32_t count = verifier->count;
    verifier->marks = heap_allocate(count);
    verifier->live = heap_allocate(count * sizeof(*verifier->live));
    verifier->kept = heap_allocate(count * sizeof(struct node *));
    verifier->now = heap_allocate(SNAPSHOT_BYTES);
    verifier->holders = heap_allocate(HOLDERS * sizeof(struct holder));
    verifier->jumps = heap_allocate(JUMPS_KEPT * sizeof(*verifier->jumps));
    verifier->branched = heap_allocate(count * sizeof(*verifier->branched));
    return (verifier->branched != NULL && verifier->marks != NULL &&
            verifier->live != NULL && verifier->kept != NULL && verifier->now != NULL &&
            verifier->holders != NULL && verifier->jumps != NULL) ||
           verifier_no_memory(verifier);
}

static void release(struct verifier *verifier)
{
    for (uint32_t i = 0; verifier->kept != NULL && i < verifier->count; i++) {
        while (verifier->kept[i] != NULL) {
            struct node *node = verifier->kept[i];
            verifier->kept[i] = node->next;
            heap_free(node);
        }
    }
    while (verifier->pendings != NULL) {
        struct pending *pending = verifier->pendings;
        verifier->pendings = pending->next;
        heap_free(pending);
    }
    state_destroy(&verifier->state);
    heap_free(verifier->marks);
    heap_free(verifier->live);
    heap_free(verifier->kept);
    heap_free(verifier->now);
    heap_free(verifier->holders);
    heap_free(verifier->jumps);
    heap_free(verifier->branched);
    heap_free(verifier);
}

long bpf_verify(struct bpf_program *program, struct bpf_log *log)
{
    struct verifier *verifier = heap_allocate(sizeof(*verifier));
    if (verifier == NULL) {
        bpf_log(log, "there is not enough memory");
        return -ERROR_NO_MEMORY;
    }
    verifier->program = program;
    verifier->log = log;
    verifier->code = program->code;
    verifier->count = program->count;
    verifier->decides = hook_decides[program->hook];
    if (prepare(verifier) && verifier_check_flow(verifier) &&
        verifier_find_live(verifier)) {
        verifier->at = 0;
        verifier->marks[0] |= MARK_MEETING;
        if (begin(verifier)) {
            walk(verifier);
        }
    }
    long error = verifier->error;
    program->visits = verifier->visits;
    log_left_out(verifier);
    if (error == 0) {
        bpf_log(log, "%s: verified, %lu instructions looked at", program->name,
                program->visits);
    } else {
        verifier_log_refusal(verifier);
    }
    release(verifier);
    return error;
}
