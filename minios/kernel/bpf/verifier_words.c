// The words of the verifier's log: instructions, states, and the end of a refusal.
#include "bpf/verifier_walk.h"

#include "bpf/map.h"
#include "library/text.h"

static const char *const operators[] = {
    "+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "-", "%=", "^=", "=", "s>>=", ""};
static const char *const comparisons[] = {"",    "==", ">", ">=", "&",  "!=", "s>",
                                          "s>=", "",   "",  "<",  "<=", "s<", "s<="};

// A register as the assembler writes it: r1 for all of it, w1 for the lower half.
static void second_operand(const struct bpf_instruction *code, bool is_64, char *text,
                           size_t size)
{
    if (bpf_source(code) == BPF_SOURCE_REGISTER) {
        text_format(text, size, "%c%u", is_64 ? 'r' : 'w', bpf_source_register(code));
    } else {
        text_format(text, size, "%d", bpf_immediate(code));
    }
}

static void arithmetic_words(const struct bpf_instruction *code, char *text,
                             size_t size)
{
    bool is_64 = bpf_class(code) == BPF_CLASS_ALU64;
    unsigned operation = bpf_operation(code), to = bpf_destination(code);
    char letter = is_64 ? 'r' : 'w', second[16];
    second_operand(code, is_64, second, sizeof(second));
    if (operation == BPF_ALU_END) {
        const char *name = is_64 ? "bswap" : bpf_source(code) != 0 ? "be" : "le";
        text_format(text, size, "r%u = %s%u r%u", to, name, code->immediate, to);
    } else if (operation == BPF_ALU_NEG) {
        text_format(text, size, "%c%u = -%c%u", letter, to, letter, to);
    } else if (operation == BPF_ALU_MOV && code->offset != 0) {
        text_format(text, size, "%c%u = (s%d)%s", letter, to, bpf_offset(code), second);
    } else {
        bool is_signed = code->offset == 1;
        text_format(text, size, "%c%u %s%s %s", letter, to, is_signed ? "s" : "",
                    operators[operation >> 4], second);
    }
}

static void jump_words(const struct bpf_instruction *code, char *text, size_t size)
{
    bool is_64 = bpf_class(code) == BPF_CLASS_JMP;
    char second[16];
    second_operand(code, is_64, second, sizeof(second));
    switch (bpf_operation(code)) {
    case BPF_JUMP_JA:
        text_format(text, size, "goto %d",
                    is_64 ? bpf_offset(code) : bpf_immediate(code));
        break;
    case BPF_JUMP_CALL:
        text_format(text, size,
                    bpf_source_register(code) == 0 ? "call %d" : "call pc%d",
                    bpf_immediate(code));
        break;
    case BPF_JUMP_EXIT:
        text_copy(text, size, "exit");
        break;
    default:
        text_format(text, size, "if %c%u %s %s goto %d", is_64 ? 'r' : 'w',
                    bpf_destination(code), comparisons[bpf_operation(code) >> 4],
                    second, bpf_offset(code));
        break;
    }
}

// Where a load or a store goes: "*(u64 *)(r1 + 8)".
static void place_words(const struct bpf_instruction *code, unsigned number, char *text,
                        size_t size)
{
    int offset = bpf_offset(code);
    text_format(text, size, "*(%c%u *)(r%u %c %d)",
                bpf_mode(code) == BPF_MODE_MEMSX ? 's' : 'u', 8 * bpf_bytes(code),
                number, offset < 0 ? '-' : '+', offset < 0 ? -offset : offset);
}

static void atomic_words(const struct bpf_instruction *code, char *text, size_t size)
{
    unsigned bits = 8 * bpf_bytes(code), from = bpf_source_register(code);
    char letter = bits == 64 ? 'r' : 'w', place[32];
    const char *name = "add", *sign = "+=";
    place_words(code, bpf_destination(code), place, sizeof(place));
    switch (code->immediate & ~(uint32_t)BPF_ATOMIC_FETCH) {
    case BPF_ATOMIC_OR:
        name = "or";
        sign = "|=";
        break;
    case BPF_ATOMIC_AND:
        name = "and";
        sign = "&=";
        break;
    case BPF_ATOMIC_XOR:
        name = "xor";
        sign = "^=";
        break;
    default:
        break;
    }
    if (code->immediate == BPF_ATOMIC_XCHG) {
        text_format(text, size, "%c%u = xchg_%u(%s, %c%u)", letter, from, bits,
                    place + 1, letter, from);
    } else if (code->immediate == BPF_ATOMIC_CMPXCHG) {
        text_format(text, size, "%c0 = cmpxchg_%u(%s, %c0, %c%u)", letter, bits,
                    place + 1, letter, letter, from);
    } else if (code->immediate & BPF_ATOMIC_FETCH) {
        text_format(text, size, "%c%u = atomic_fetch_%s_%u(%s, %c%u)", letter, from,
                    name, bits, place + 1, letter, from);
    } else {
        text_format(text, size, "lock %s %s %c%u", place, sign, letter, from);
    }
}

static void access_words(const struct bpf_instruction *code, char *text, size_t size)
{
    char place[32];
    unsigned class = bpf_class(code);
    unsigned to = bpf_destination(code), from = bpf_source_register(code);
    place_words(code, class == BPF_CLASS_LDX ? from : to, place, sizeof(place));
    if (class == BPF_CLASS_LDX) {
        text_format(text, size, "r%u = %s", to, place);
    } else if (class == BPF_CLASS_ST) {
        text_format(text, size, "%s = %d", place, bpf_immediate(code));
    } else if (bpf_mode(code) == BPF_MODE_ATOMIC) {
        atomic_words(code, text, size);
    } else {
        text_format(text, size, "%s = r%u", place, from);
    }
}

static void lddw_words(const struct bpf_instruction *code, char *text, size_t size)
{
    unsigned to = bpf_destination(code), what = bpf_source_register(code);
    if (what == BPF_PSEUDO_MAP) {
        text_format(text, size, "r%u = map[%u]", to, code->immediate);
    } else if (what == BPF_PSEUDO_VALUE) {
        text_format(text, size, "r%u = value[%u] + %u", to, code->immediate,
                    code[1].immediate);
    } else {
        text_format(text, size, "r%u = 0x%lx ll", to,
                    (uint64_t)code[1].immediate << 32 | code->immediate);
    }
}

void verifier_instruction_words(const struct verifier *verifier, char *text,
                                size_t size)
{
    const struct bpf_instruction *code = &verifier->code[verifier->at];
    switch (bpf_class(code)) {
    case BPF_CLASS_LD:
        if (code->opcode == BPF_LDDW && verifier->at + 1 < verifier->count) {
            lddw_words(code, text, size);
            break;
        }
        text_format(text, size, "(opcode %02x)", code->opcode);
        break;
    case BPF_CLASS_ALU:
    case BPF_CLASS_ALU64:
        if (bpf_operation(code) <= BPF_ALU_END) {
            arithmetic_words(code, text, size);
            break;
        }
        text_format(text, size, "(opcode %02x)", code->opcode);
        break;
    case BPF_CLASS_JMP:
    case BPF_CLASS_JMP32:
        if (bpf_operation(code) <= BPF_JUMP_JSLE) {
            jump_words(code, text, size);
            break;
        }
        text_format(text, size, "(opcode %02x)", code->opcode);
        break;
    default:
        access_words(code, text, size);
        break;
    }
}

// ---- States.

const char *verifier_type_words(uint8_t type)
{
    static const char *const words[] = {
        [REG_UNWRITTEN] = "nothing",
        [REG_NUMBER] = "a number",
        [REG_CONTEXT] = "event",
        [REG_STACK] = "stack",
        [REG_MAP] = "map",
        [REG_VALUE] = "map value",
        [REG_VALUE_OR_NULL] = "map value, or 0",
        [REG_RESERVED] = "reservation",
        [REG_RESERVED_OR_NULL] = "reservation, or 0",
        [REG_MEMORY] = "memory of the test",
    };
    return words[type];
}

// A number of more than 32 bits is an address or a pattern of bits: in hexadecimal.
static void constant_words(int64_t value, char *text, size_t size)
{
    bool is_wide = value > UINT32_MAX || value < INT32_MIN;
    text_format(text, size, is_wide ? "0x%lx" : "%ld", value);
}

// "5", "0..20", "any", and what the bounds do not say: the bits.
static void range_words(const struct range *range, char *text, size_t size)
{
    if (range_is_constant(range)) {
        constant_words(range->smin, text, size);
        return;
    }
    size_t used = 0;
    bool u_is_known = range->umin != 0 || range->umax != UINT64_MAX;
    bool s_is_known = range->smin != INT64_MIN || range->smax != INT64_MAX;
    bool s_is_new = s_is_known && (range->smin < 0 || !u_is_known);
    if (u_is_known && !(s_is_new && range->umax > (uint64_t)INT64_MAX &&
                        range->umin <= (uint64_t)INT64_MAX)) {
        text_append(text, size, &used, "%lu..%lu", range->umin, range->umax);
    }
    if (s_is_new) {
        text_append(text, size, &used, "%ss%ld..%ld", used == 0 ? "" : " ", range->smin,
                    range->smax);
    }
    struct tristate from_bounds = tristate_between(range->umin, range->umax);
    if (range->bits.mask != from_bounds.mask) {
        text_append(text, size, &used, "%sbits %lx/%lx", used == 0 ? "" : " ",
                    range->bits.value, range->bits.mask);
    }
    if (used == 0) {
        text_copy(text, size, "any");
    }
}

static void reg_words(const struct verifier *verifier, const struct reg *reg,
                      char *text, size_t size)
{
    char range[104];
    range_words(&reg->range, range, sizeof(range));
    if (reg->type == REG_NUMBER) {
        text_copy(text, size, range);
    } else if (reg->type == REG_MAP) {
        text_format(text, size, "map(%s)",
                    verifier->program->object->maps[reg->map]->name);
    } else {
        text_format(text, size, "%s%s%s", verifier_type_words(reg->type),
                    range[0] == '-' ? "" : "+", range);
    }
}

// The words of a state go into as many lines as they need.
struct paragraph {
    struct bpf_log *log;
    char line[BPF_LOG_LINE];
    size_t used;
};

static void add_words(struct paragraph *paragraph, const char *name, unsigned number,
                      const char *words)
{
    char item[136];
    text_format(item, sizeof(item), "%s%u=%s", name, number, words);
    size_t length = strlen(item);
    if (paragraph->used > 0 && paragraph->used + length + 6 >= BPF_LOG_LINE) {
        bpf_log(paragraph->log, "   %s", paragraph->line);
        paragraph->used = 0;
    }
    text_append(paragraph->line, sizeof(paragraph->line), &paragraph->used, " %s",
                item);
}

void verifier_log_state(const struct verifier *verifier)
{
    struct paragraph paragraph = {.log = verifier->log};
    char words[128];
    const struct frame *frame = state_frame(&verifier->state);
    for (unsigned i = 0; i < FRAME_REGS; i++) {
        if (frame->regs[i].type != REG_UNWRITTEN) {
            reg_words(verifier, &frame->regs[i], words, sizeof(words));
            add_words(&paragraph, "R", i, words);
        }
    }
    for (uint64_t left = frame->spilled; left != 0; left &= left - 1) {
        unsigned slot = (unsigned)__builtin_ctzll(left);
        reg_words(verifier, &frame->spills[slot], words, sizeof(words));
        add_words(&paragraph, "stack-", (SLOTS - slot) * 8, words);
    }
    if (paragraph.used > 0) {
        bpf_log(verifier->log, "   %s", paragraph.line);
    }
}

// ---- A refusal.

#define MANY_TURNS 1000  // of a loop, so that it is taken for the reason

// Says which loop it was, if a test was open again and again. The number that can still
// grow is the one that is not constant.
bool verifier_too_large(struct verifier *verifier)
{
    const struct branch *branch = &verifier->branch;
    const struct bpf_instruction *code = &verifier->code[branch->at];
    uint32_t turns = verifier->branched[branch->at];
    bool right_is_open = bpf_source(code) == BPF_SOURCE_REGISTER &&
                         !range_is_constant(&branch->right.range);
    const struct range *open =
        right_is_open ? &branch->right.range : &branch->left.range;
    if (turns < MANY_TURNS || range_is_constant(open)) {
        return verifier_refuse(verifier,
                               "the paths of this program have more than %u "
                               "instructions (\"BPF program is too large\")",
                               BPF_VISITS_LIMIT);
    }
    return verifier_refuse(
        verifier,
        "after %u instructions: R%u can be up to %lu in the loop's test at %u, which "
        "%u turns did not end (\"BPF program is too large\")",
        BPF_VISITS_LIMIT,
        right_is_open ? bpf_source_register(code) : bpf_destination(code),
        bpf_class(code) == BPF_CLASS_JMP32 ? open->u32max : open->umax, branch->at,
        turns);
}

#define JUMPS_SHOWN 8  // of the longest numbers so many fit into a line

// The jumps that led here. Of many only the last ones.
static void log_path(const struct verifier *verifier)
{
    char line[BPF_LOG_LINE] = "";
    size_t used = 0;
    uint32_t count = verifier->jump_count;
    if (count > JUMPS_KEPT) {
        bpf_log(verifier->log, "path: %u jumps", count);
        return;
    }
    for (uint32_t i = count > JUMPS_SHOWN ? count - JUMPS_SHOWN : 0; i < count; i++) {
        text_append(line, sizeof(line), &used, ", %u to %u", verifier->jumps[i].from,
                    verifier->jumps[i].to);
    }
    bpf_log(verifier->log, "path: from 0%s%s", count > JUMPS_SHOWN ? ", ..." : "",
            line);
}

void verifier_log_refusal(const struct verifier *verifier)
{
    char words[64], source[80];
    const struct bpf_program *program = verifier->program;
    bool walks = verifier->state.frame_count > 0;
    bpf_source_line(program, verifier->at, source, sizeof(source));
    if (walks) {
        log_path(verifier);
    }
    verifier_instruction_words(verifier, words, sizeof(words));
    bpf_log(verifier->log, "%u: %s", verifier->at, words);
    if (walks) {
        verifier_log_state(verifier);
    }
    bpf_log(verifier->log, "%s: refused at instruction %u%s%s", program->name,
            verifier->at, source[0] == '\0' ? "" : ", ", source);
    bpf_log(verifier->log, "%s", verifier->reason);
    text_copy(verifier->log->where, sizeof(verifier->log->where), source);
}
