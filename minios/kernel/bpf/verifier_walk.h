// What the files of the verifier share: one verification, and the steps of its walk.
#pragma once

#include "bpf/instruction.h"
#include "bpf/log.h"
#include "bpf/program.h"
#include "bpf/verifier_state.h"

struct node;
struct pending;

// Marks of an instruction.
enum {
    MARK_FUNCTION = 1,  // a function begins here
    MARK_SECOND = 2,    // the second half of `lddw`
    MARK_REACHED = 4,   // some path leads here
    MARK_MEETING = 8,   // paths meet here: states are kept, and compared
    MARK_WAITING = 16,  // verifier_live.c has to look at it again
};

struct jump {
    uint16_t from, to;
};
#define JUMPS_KEPT 4096

// The latest jump of which both sides were possible, with what was compared. If the walk
// does not end, this is most likely the test of the loop that it is in.
struct branch {
    uint32_t at;
    struct reg left, right;
};

// Which number has an identity alone (verifier_live.c).
struct holder {
    uint32_t id, walk;
    const struct reg *alone;  // NULL: several have it
};
#define HOLDERS 1024

struct verifier {
    struct bpf_program *program;
    struct bpf_log *log;
    const struct bpf_instruction *code;
    uint32_t count;  // of instructions
    bool decides;    // the hook wants a decision

    uint8_t *marks;  // for each instruction
    uint16_t *live;  // for each instruction: which registers are read later

    struct holder *holders;  // verifier_live.c: HOLDERS rows
    uint32_t walk;           // ... through them: the latest

    // The walk.
    struct state state;
    uint32_t at;          // the instruction that is looked at
    bool is_second_side;  // of the jump there: it is taken this time
    uint32_t next_id;     // for look-ups and reservations
    uint64_t visits;
    uint64_t left_out;         // steps that found no room in the log
    struct node *path;         // the last kept state of this path
    struct snapshot *now;      // room to compare the state with kept ones
    struct node **kept;        // for each instruction: the states that were kept there
    struct pending *pendings;  // the other sides of branches, the last one first
    size_t kept_bytes;
    uint64_t next_cleaning;  // at how many visits old states may be dropped again
    struct jump *jumps;      // of this path, for the log
    uint32_t jump_count;
    struct branch branch;
    uint32_t *branched;  // for each instruction: how often both sides were possible

    long error;                 // 0 = nothing is wrong so far
    char reason[BPF_LOG_LINE];  // in words
};

// Ends the verification with this reason. Always false, so that checks can return it.
bool verifier_refuse(struct verifier *verifier, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool verifier_no_memory(struct verifier *verifier);

// Both sides of this jump are possible. One is walked now. The state is kept, and when the
// walk comes back to it, it executes the jump again with `is_second_side`.
[[nodiscard]] bool verifier_branch(struct verifier *verifier);
// There were too many instructions. Always false.
bool verifier_too_large(struct verifier *verifier);
// Goes on there, and notes the jump for the log.
void verifier_go_to(struct verifier *verifier, uint32_t to);

// verifier_flow.c: where the program can go, whatever its data are.
[[nodiscard]] bool verifier_check_flow(struct verifier *verifier);
// Where a jump leads. Only for jumps with a target.
uint32_t verifier_target(const struct bpf_instruction *code, uint32_t at);
// verifier_form.c: whether this is an instruction, and its unused fields are 0.
[[nodiscard]] bool verifier_check_form(struct verifier *verifier, uint32_t at);
// verifier_live.c: which registers are read later.
[[nodiscard]] bool verifier_find_live(struct verifier *verifier);
// Forgets what nobody reads any more, so that more states are equal.
void verifier_forget(struct verifier *verifier);

// One instruction each. They leave the next one in `verifier->at`.
[[nodiscard]] bool verifier_arithmetic(struct verifier *verifier);
[[nodiscard]] bool verifier_jump(struct verifier *verifier);
[[nodiscard]] bool verifier_load_immediate(struct verifier *verifier);
[[nodiscard]] bool verifier_memory(struct verifier *verifier);
[[nodiscard]] bool verifier_call_helper(struct verifier *verifier);
[[nodiscard]] bool verifier_call_function(struct verifier *verifier);
// The innermost function returns. `*is_end`: it was the program itself.
[[nodiscard]] bool verifier_exit(struct verifier *verifier, bool *is_end);

// The register of the innermost frame. R10 is made anew each time.
struct reg verifier_get(const struct verifier *verifier, unsigned number);
// ... and refuses one that nobody has written.
[[nodiscard]] bool verifier_read(struct verifier *verifier, unsigned number,
                                 struct reg *reg);
[[nodiscard]] bool verifier_read_number(struct verifier *verifier, unsigned number,
                                        struct reg *reg);
[[nodiscard]] bool verifier_write(struct verifier *verifier, unsigned number,
                                  struct reg reg);

// A copy of a number is equal to it: what a comparison tells about one holds for both.
void verifier_link(struct verifier *verifier, unsigned source, struct reg *copy);

// Accesses of helpers (verifier_memory.c): `least` to `most` bytes, of which all are read,
// or written. `number` is the register, for the words of a refusal.
[[nodiscard]] bool verifier_lend(struct verifier *verifier, unsigned number,
                                 const struct reg *reg, uint64_t least, uint64_t most,
                                 bool is_write);

// verifier_words.c: for the log.
void verifier_instruction_words(const struct verifier *verifier, char *text,
                                size_t size);
void verifier_log_state(const struct verifier *verifier);
void verifier_log_refusal(const struct verifier *verifier);
const char *verifier_type_words(uint8_t type);
