// The interpreter (see interpreter.h).
//
//   1. look at the instruction to which the program counter points, and move it on
//   2. call the function of the instruction's class: it changes registers, memory, or the
//      program counter
//   3. begin again, until the program returns from its first frame
//
// A verified program is believed: no access to memory and no jump is checked any more.
// That is what makes it fast, and why a mistake of the verifier is a fault in ring 0. For
// a program that nobody has verified, checks.c is asked at each step. The number of steps
// is bounded for both, and the work of helpers counts, too: what runs here cannot be
// interrupted by another thread.
//
// The frames of a program lie one below the other, as on x86:
//
//    stack                                                            stack + 4096
//    | frame 7 | ... | frame 2 | frame 1 | frame 0: the program itself |
//                                        ^ R10 of frame 1              ^ R10 of frame 0
#include "bpf/interpreter.h"

#include "base/stop.h"
#include "bpf/arithmetic.h"
#include "bpf/checks.h"
#include "bpf/instruction.h"
#include "library/text.h"

enum { FRAME_POINTER = BPF_REGISTERS - 1, FIRST_KEPT = 6, KEPT = 4 };

// Where a function of the program goes back to. It gets its caller's R6 to R9 back, too.
struct frame {
    uint32_t back;
    uint64_t kept[KEPT];
};

struct machine {
    struct bpf_run *run;
    uint64_t registers[BPF_REGISTERS];
    uint32_t next;   // the program counter: which instruction is the next
    uint32_t depth;  // how many functions have been called and have not returned
    bool is_over;
    struct frame frames[BPF_FRAMES];
    struct bpf_checks checks;
};

// One stack for all programs: at IRQL_DISPATCH only one of them runs. A program that ended
// in a fault of ring 0 never comes back, so the next one may take the stack.
static _Alignas(8) uint8_t stack[BPF_FRAMES][BPF_STACK_BYTES];
static const struct machine *inside;

static void end(struct machine *machine, enum bpf_end how)
{
    machine->run->end = how;
    machine->is_over = true;
}

// Begins a frame: R10 points to its upper end.
static void enter(struct machine *machine)
{
    uint8_t *bytes = stack[BPF_FRAMES - 1 - machine->depth];
    machine->registers[FRAME_POINTER] = (uint64_t)(bytes + BPF_STACK_BYTES);
    if (machine->run->is_checked) {
        // It could read what another program has left there.
        memset(bytes, 0, BPF_STACK_BYTES);
        machine->checks.stack = (uint64_t)bytes;
    }
}

// The second operand: a register, or an immediate whose sign is extended.
static uint64_t operand(const struct machine *machine, const struct bpf_instruction *at)
{
    return bpf_source(at) == BPF_SOURCE_REGISTER
               ? machine->registers[bpf_source_register(at)]
               : (uint64_t)(int64_t)bpf_immediate(at);
}

// ---- Arithmetic

static void execute_alu64(struct machine *machine, const struct bpf_instruction *at)
{
    uint64_t *target = &machine->registers[bpf_destination(at)];
    *target = bpf_operation(at) == BPF_ALU_END
                  ? bpf_swap(*target, at->immediate)
                  : bpf_arithmetic64(bpf_operation(at), bpf_offset(at), *target,
                                     operand(machine, at));
}

// What is stored on this CPU has its lowest byte first. So "to little endian" only cuts,
// and "to big endian" swaps.
static uint64_t to_order(uint64_t value, const struct bpf_instruction *at)
{
    if (bpf_source(at) == BPF_SOURCE_REGISTER) {
        return bpf_swap(value, at->immediate);
    }
    return at->immediate == 64 ? value : value & ((1UL << at->immediate) - 1);
}

static void execute_alu(struct machine *machine, const struct bpf_instruction *at)
{
    uint64_t *target = &machine->registers[bpf_destination(at)];
    *target = bpf_operation(at) == BPF_ALU_END
                  ? to_order(*target, at)
                  : bpf_arithmetic32(bpf_operation(at), bpf_offset(at),
                                     (uint32_t)*target, (uint32_t)operand(machine, at));
}

// `lddw`: the upper half of the number is the immediate of the next place.
static void execute_ld(struct machine *machine, const struct bpf_instruction *at)
{
    uint64_t high = at[1].immediate;
    machine->registers[bpf_destination(at)] = high << 32 | at->immediate;
    machine->next++;
}

// ---- Memory. A number may lie at any address, not only at a multiple of its size.

typedef uint16_t __attribute__((aligned(1), may_alias)) half;
typedef uint32_t __attribute__((aligned(1), may_alias)) word;
typedef uint64_t __attribute__((aligned(1), may_alias)) double_word;

static uint64_t load(uint64_t address, unsigned bytes)
{
    switch (bytes) {
    case 1:
        return *(const uint8_t *)address;
    case 2:
        return *(const half *)address;
    case 4:
        return *(const word *)address;
    default:
        return *(const double_word *)address;
    }
}

static void store(uint64_t address, unsigned bytes, uint64_t value)
{
    switch (bytes) {
    case 1:
        *(uint8_t *)address = (uint8_t)value;
        break;
    case 2:
        *(half *)address = (half)value;
        break;
    case 4:
        *(word *)address = (word)value;
        break;
    default:
        *(double_word *)address = value;
    }
}

static uint64_t extend(uint64_t value, unsigned bytes)
{
    unsigned unused = 64 - 8 * bytes;
    return (uint64_t)((int64_t)(value << unused) >> unused);
}

// The address that an instruction names: a register and the offset. False: it is not the
// program's own, and the program has been ended.
static bool find(struct machine *machine, const struct bpf_instruction *at,
                 unsigned base, bool is_write, uint64_t *address)
{
    *address = machine->registers[base] + (uint64_t)(int64_t)bpf_offset(at);
    if (machine->run->is_checked &&
        !bpf_checks_memory(&machine->checks, *address, bpf_bytes(at), is_write)) {
        end(machine, BPF_END_ACCESS);
        return false;
    }
    return true;
}

static void execute_ldx(struct machine *machine, const struct bpf_instruction *at)
{
    uint64_t address;
    if (find(machine, at, bpf_source_register(at), false, &address)) {
        uint64_t value = load(address, bpf_bytes(at));
        machine->registers[bpf_destination(at)] =
            bpf_mode(at) == BPF_MODE_MEMSX ? extend(value, bpf_bytes(at)) : value;
    }
}

static void execute_st(struct machine *machine, const struct bpf_instruction *at)
{
    uint64_t address;
    if (find(machine, at, bpf_destination(at), true, &address)) {
        store(address, bpf_bytes(at), (uint64_t)(int64_t)bpf_immediate(at));
    }
}

// Changes memory in one step, as others see it: no other thread runs meanwhile.
static void execute_atomic(struct machine *machine, const struct bpf_instruction *at,
                           uint64_t address)
{
    unsigned bytes = bpf_bytes(at);
    uint64_t *source = &machine->registers[bpf_source_register(at)];
    uint64_t *r0 = &machine->registers[0];
    uint64_t before = load(address, bytes);
    if (at->immediate == BPF_ATOMIC_CMPXCHG) {
        uint64_t expected = bytes == 4 ? (uint32_t)*r0 : *r0;
        if (before == expected) {
            store(address, bytes, *source);
        }
        *r0 = before;
        return;
    }
    // The other operations have the numbers that they have in arithmetic.
    uint64_t after =
        at->immediate == BPF_ATOMIC_XCHG
            ? *source
            : bpf_arithmetic64(at->immediate & ~BPF_ATOMIC_FETCH, 0, before, *source);
    store(address, bytes, after);
    if (at->immediate & BPF_ATOMIC_FETCH) {
        *source = before;
    }
}

static void execute_stx(struct machine *machine, const struct bpf_instruction *at)
{
    uint64_t address;
    if (!find(machine, at, bpf_destination(at), true, &address)) {
        return;
    }
    if (bpf_mode(at) == BPF_MODE_ATOMIC) {
        execute_atomic(machine, at, address);
    } else {
        store(address, bpf_bytes(at), machine->registers[bpf_source_register(at)]);
    }
}

// ---- Jumps and calls

// Calls a helper: R1 to R5 are its arguments, R0 is its result.
static void call_helper(struct machine *machine, uint32_t number)
{
    const struct bpf_helper *helper = bpf_helper_find(number);
    const uint64_t *arguments = &machine->registers[1];
    if (machine->run->is_checked &&
        (helper == NULL || !bpf_checks_call(&machine->checks, helper, arguments))) {
        end(machine, helper == NULL ? BPF_END_BAD_CODE : BPF_END_ACCESS);
        return;
    }
    const struct bpf_map *map = (const struct bpf_map *)arguments[0];
    uint64_t result = helper->call(machine->run, arguments);
    if (machine->run->is_checked) {
        bpf_checks_returned(&machine->checks, helper, map, result);
    }
    machine->registers[0] = result;
}

// Calls a function of the program, which stands `distance` instructions further on.
static void call_function(struct machine *machine, int32_t distance)
{
    if (machine->depth + 1 == BPF_FRAMES) {
        end(machine, BPF_END_FRAMES);
        return;
    }
    struct frame *frame = &machine->frames[machine->depth++];
    frame->back = machine->next;
    memcpy(frame->kept, &machine->registers[FIRST_KEPT], sizeof(frame->kept));
    machine->next += (uint32_t)distance;
    enter(machine);
}

static void execute_exit(struct machine *machine)
{
    if (machine->depth == 0) {
        machine->run->result = machine->registers[0];
        end(machine, BPF_END_EXIT);
        return;
    }
    const struct frame *frame = &machine->frames[--machine->depth];
    uint8_t *bytes = stack[BPF_FRAMES - 1 - machine->depth];
    memcpy(&machine->registers[FIRST_KEPT], frame->kept, sizeof(frame->kept));
    machine->registers[FRAME_POINTER] = (uint64_t)(bytes + BPF_STACK_BYTES);
    machine->checks.stack = (uint64_t)bytes;
    machine->next = frame->back;
}

static void execute_jmp(struct machine *machine, const struct bpf_instruction *at)
{
    switch (bpf_operation(at)) {
    case BPF_JUMP_JA:
        machine->next += (uint32_t)bpf_offset(at);
        break;
    case BPF_JUMP_CALL:
        if (bpf_source_register(at) == BPF_PSEUDO_CALL) {
            call_function(machine, bpf_immediate(at));
        } else {
            call_helper(machine, at->immediate);
        }
        break;
    case BPF_JUMP_EXIT:
        execute_exit(machine);
        break;
    default:
        if (bpf_compare(bpf_operation(at), machine->registers[bpf_destination(at)],
                        operand(machine, at))) {
            machine->next += (uint32_t)bpf_offset(at);
        }
    }
}

static void execute_jmp32(struct machine *machine, const struct bpf_instruction *at)
{
    if (bpf_operation(at) == BPF_JUMP_JA) {
        machine->next += at->immediate;
        return;
    }
    int32_t left = (int32_t)machine->registers[bpf_destination(at)];
    int32_t right = (int32_t)operand(machine, at);
    if (bpf_compare(bpf_operation(at), (uint64_t)(int64_t)left,
                    (uint64_t)(int64_t)right)) {
        machine->next += (uint32_t)bpf_offset(at);
    }
}

// ---- The program as a whole

static void (*const classes[])(struct machine *, const struct bpf_instruction *) = {
    [BPF_CLASS_LD] = execute_ld,       [BPF_CLASS_LDX] = execute_ldx,
    [BPF_CLASS_ST] = execute_st,       [BPF_CLASS_STX] = execute_stx,
    [BPF_CLASS_ALU] = execute_alu,     [BPF_CLASS_JMP] = execute_jmp,
    [BPF_CLASS_JMP32] = execute_jmp32, [BPF_CLASS_ALU64] = execute_alu64,
};

// Whether the program counter points to an instruction that exists.
static bool may_go_on(const struct machine *machine)
{
    const struct bpf_program *program = machine->run->program;
    if (machine->next >= program->count) {
        return false;
    }
    const struct bpf_instruction *at = &program->code[machine->next];
    return bpf_is_defined(at, machine->next + 1 < program->count ? at + 1 : NULL);
}

static void step(struct machine *machine)
{
    struct bpf_run *run = machine->run;
    if (run->steps + run->work >= BPF_STEPS_LIMIT) {
        end(machine, BPF_END_STEPS);
        return;
    }
    run->steps++;
    run->at = machine->next;
    if (run->is_checked && !may_go_on(machine)) {
        end(machine, BPF_END_BAD_CODE);
        return;
    }
    const struct bpf_instruction *at = &run->program->code[machine->next++];
    classes[bpf_class(at)](machine, at);
}

void bpf_interpret(struct bpf_run *run)
{
    struct machine machine = {
        .run = run,
        .registers = {[1] = run->r1, [2] = run->r2},
        .checks = {.run = run, .stack_end = (uint64_t)(stack + BPF_FRAMES)},
    };
    inside = &machine;
    enter(&machine);
    while (!machine.is_over) {
        step(&machine);
    }
    KERNEL_ASSERT(inside == &machine);  // nobody has used its stack meanwhile
    inside = NULL;
}

const char *bpf_end_words(enum bpf_end end)
{
    static const char *const words[] = {
        [BPF_END_EXIT] = "it has returned",
        [BPF_END_ACCESS] = "it has touched memory that is not its own",
        [BPF_END_STEPS] = "it has executed too many instructions",
        [BPF_END_BAD_CODE] = "there is no such instruction",
        [BPF_END_FRAMES] = "it has called too many functions inside one another",
    };
    return words[end];
}
