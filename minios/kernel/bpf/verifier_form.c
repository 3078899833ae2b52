// Whether an instruction is one: the opcodes of RFC 9669 of the groups base, atomic and
// divmul, 32 and 64 bits, with 0 in each field that they do not use.
//
// The verifier asks for each instruction before it walks. For a program that nobody has
// verified, the interpreter asks at each step (checks.c), and wants no words.
#include "bpf/verifier_walk.h"

#include "library/text.h"

// Always false, so that checks can return it.
__attribute__((format(printf, 2, 3))) static bool refuse(char *words,
                                                         const char *format, ...)
{
    if (words != NULL) {
        va_list arguments;
        va_start(arguments, format);
        (void)text_format_list(words, BPF_LOG_LINE, format, arguments);
        va_end(arguments);
    }
    return false;
}

static bool is_unused(char *words, bool is_zero, const char *field)
{
    return is_zero || refuse(words,
                             "the field \"%s\" is not used by this instruction, so it "
                             "must be 0 (\"uses reserved fields\")",
                             field);
}

static bool unknown(char *words, const struct bpf_instruction *code)
{
    return refuse(words, "there is no such instruction (\"unknown opcode %02x\")",
                  code->opcode);
}

// The second operand: the immediate, or the source register. The other one must be 0.
static bool operand_is_good(char *words, const struct bpf_instruction *code)
{
    return bpf_source(code) == BPF_SOURCE_REGISTER
               ? is_unused(words, code->immediate == 0, "immediate")
               : is_unused(words, bpf_source_register(code) == 0, "source");
}

static bool offset_is_good(char *words, const struct bpf_instruction *code)
{
    int offset = bpf_offset(code);
    bool is_64 = bpf_class(code) == BPF_CLASS_ALU64;
    switch (bpf_operation(code)) {
    case BPF_ALU_DIV:
    case BPF_ALU_MOD:
        return is_unused(words, offset == 0 || offset == 1, "offset");
    case BPF_ALU_MOV:
        if (bpf_source(code) == BPF_SOURCE_REGISTER &&
            (offset == 8 || offset == 16 || (offset == 32 && is_64))) {
            return true;
        }
        return is_unused(words, offset == 0, "offset");
    default:
        return is_unused(words, offset == 0, "offset");
    }
}

static bool arithmetic_is_good(char *words, const struct bpf_instruction *code)
{
    unsigned operation = bpf_operation(code);
    if (operation > BPF_ALU_END ||
        (operation == BPF_ALU_NEG && bpf_source(code) != 0)) {
        return unknown(words, code);
    }
    if (!offset_is_good(words, code)) {
        return false;
    }
    if (operation == BPF_ALU_END) {
        bool is_64 = bpf_class(code) == BPF_CLASS_ALU64;
        if (is_64 && bpf_source(code) != 0) {
            return unknown(words, code);
        }
        uint32_t bits = code->immediate;
        if (bits != 16 && bits != 32 && bits != 64) {
            return refuse(words, "only 16, 32 or 64 bits have a byte order, not %u",
                          bits);
        }
        return is_unused(words, bpf_source_register(code) == 0, "source");
    }
    if (operation == BPF_ALU_NEG) {
        return is_unused(words, bpf_source_register(code) == 0, "source") &&
               is_unused(words, code->immediate == 0, "immediate");
    }
    return operand_is_good(words, code);
}

static bool call_is_good(char *words, const struct bpf_instruction *code)
{
    unsigned source = bpf_source_register(code);
    if (bpf_class(code) != BPF_CLASS_JMP || bpf_source(code) != 0) {
        return unknown(words, code);
    }
    if (source > BPF_PSEUDO_CALL) {
        return refuse(words, "a call of this kind (source %u) is not known", source);
    }
    return is_unused(words, code->offset == 0, "offset") &&
           is_unused(words, bpf_destination(code) == 0, "destination");
}

static bool jump_is_good(char *words, const struct bpf_instruction *code)
{
    bool is_32 = bpf_class(code) == BPF_CLASS_JMP32;
    switch (bpf_operation(code)) {
    case BPF_JUMP_CALL:
        return call_is_good(words, code);
    case BPF_JUMP_EXIT:
        if (is_32 || bpf_source(code) != 0) {
            return unknown(words, code);
        }
        return is_unused(words, code->registers == 0, "registers") &&
               is_unused(words, code->offset == 0, "offset") &&
               is_unused(words, code->immediate == 0, "immediate");
    case BPF_JUMP_JA:
        if (bpf_source(code) != 0) {
            return unknown(words, code);
        }
        return is_unused(words, code->registers == 0, "registers") &&
               (is_32 ? is_unused(words, code->offset == 0, "offset")
                      : is_unused(words, code->immediate == 0, "immediate"));
    default:
        if (bpf_operation(code) > BPF_JUMP_JSLE) {
            return unknown(words, code);
        }
        return operand_is_good(words, code);
    }
}

static bool atomic_is_good(char *words, const struct bpf_instruction *code)
{
    if (bpf_bytes(code) < 4) {
        return unknown(words, code);
    }
    switch (code->immediate & ~(uint32_t)BPF_ATOMIC_FETCH) {
    case BPF_ATOMIC_ADD:
    case BPF_ATOMIC_OR:
    case BPF_ATOMIC_AND:
    case BPF_ATOMIC_XOR:
        return true;
    default:
        return code->immediate == BPF_ATOMIC_XCHG ||
               code->immediate == BPF_ATOMIC_CMPXCHG ||
               refuse(words, "there is no atomic operation %u", code->immediate);
    }
}

static bool access_is_good(char *words, const struct bpf_instruction *code)
{
    unsigned class = bpf_class(code), mode = bpf_mode(code);
    if (class == BPF_CLASS_STX && mode == BPF_MODE_ATOMIC) {
        return atomic_is_good(words, code);
    }
    bool extends = class == BPF_CLASS_LDX && mode == BPF_MODE_MEMSX;
    if ((mode != BPF_MODE_MEM && !extends) || (extends && bpf_bytes(code) == 8)) {
        return unknown(words, code);
    }
    return class == BPF_CLASS_ST
               ? is_unused(words, bpf_source_register(code) == 0, "source")
               : is_unused(words, code->immediate == 0, "immediate");
}

static bool lddw_is_good(char *words, const struct bpf_instruction *code,
                         const struct bpf_instruction *next)
{
    if (code->opcode != BPF_LDDW) {
        return unknown(words, code);
    }
    if (next == NULL) {
        return refuse(words, "the second half of this instruction is missing "
                             "(\"invalid bpf_ld_imm64 insn\")");
    }
    unsigned what = bpf_source_register(code);
    if (what > BPF_PSEUDO_VALUE) {
        return refuse(words, "lddw cannot load what source %u means", what);
    }
    return is_unused(words, code->offset == 0, "offset") &&
           is_unused(words,
                     next->opcode == 0 && next->registers == 0 && next->offset == 0,
                     "second half") &&
           is_unused(words, what != BPF_PSEUDO_MAP || next->immediate == 0,
                     "second immediate");
}

bool bpf_is_instruction(const struct bpf_instruction *code,
                        const struct bpf_instruction *next, char *words)
{
    if (bpf_destination(code) >= BPF_REGISTERS ||
        (bpf_source_register(code) >= BPF_REGISTERS)) {
        return refuse(words,
                      "there are only the registers R0 to R10 (\"R%u is "
                      "invalid\")",
                      bpf_destination(code) >= BPF_REGISTERS
                          ? bpf_destination(code)
                          : bpf_source_register(code));
    }
    switch (bpf_class(code)) {
    case BPF_CLASS_LD:
        return lddw_is_good(words, code, next);
    case BPF_CLASS_ALU:
    case BPF_CLASS_ALU64:
        return arithmetic_is_good(words, code);
    case BPF_CLASS_JMP:
    case BPF_CLASS_JMP32:
        return jump_is_good(words, code);
    default:
        return access_is_good(words, code);
    }
}

bool verifier_check_form(struct verifier *verifier, uint32_t at)
{
    char words[BPF_LOG_LINE];
    const struct bpf_instruction *code = &verifier->code[at];
    const struct bpf_instruction *next = at + 1 == verifier->count ? NULL : code + 1;
    return bpf_is_instruction(code, next, words) ||
           verifier_refuse(verifier, "%s", words);
}
