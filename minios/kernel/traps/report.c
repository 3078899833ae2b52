// The report of an oops (see report.h). oops.c calls report_fault, hung.c report_waiting.
//
// Each part answers one question:
//
//   BUG: ...            what was tried? (for a page fault, in words)
//   kernel BUG at ...   which check has failed? (only if the kernel found the mistake)
//   Oops: 0000 [#1]     the error code of the CPU, and how many oopses there were
//   CPU: ... Tainted:   which task was running, and what has this kernel been through?
//   RIP: ... Code:      where was it? The byte in <> is the first of the instruction
//   RSP: ... CR2: ...   with which values?
//   Call Trace:         how did it get there?
//   Modules linked in   whose code is in ring 0?
//
// Two kinds of lines are in the call trace. Each function of this kernel begins by saving
// RBP, so the saved values form a chain, and the return addresses beside it are certain.
// The other words on the stack that look like code may be left from calls that are over
// long ago. Those get a question mark:
//
//      driver_hear+0x5d/0x80         <- beside a link of the chain
//      ? port_receive+0x2e/0x140     <- a word that happens to be there
//
// Memory may be broken, so all of it is read by peek.c, which cannot fault. Nothing here
// waits or allocates.
#include "traps/report.h"

#include "arch/cpu.h"
#include "base/taint.h"
#include "devices/console.h"
#include "library/text.h"
#include "memory/peek.h"
#include "plugins/driver.h"
#include "tasks/process.h"
#include "tasks/thread.h"
#include "traps/symbols.h"

// The error code of a page fault (Intel SDM vol. 3A, "Page-Fault Exceptions"):
//
//      4       3        2      1       0
//     | fetch | reserved | user | write | present |
#define FAULT_PRESENT  (1UL << 0)
#define FAULT_WRITE    (1UL << 1)
#define FAULT_USER     (1UL << 2)
#define FAULT_RESERVED (1UL << 3)
#define FAULT_FETCH    (1UL << 4)

// "Resume": the CPU sets it in what it saves at a fault (Intel SDM vol. 3A, "Instruction
// Breakpoint Exception Condition"). Some emulators do not, so it is left out.
#define RFLAGS_RF (1UL << 16)

#define CODE_BEFORE 42U  // bytes of code that are shown, as many as Linux does
#define CODE_BYTES  64U
#define STACK_WORDS 64U  // read at a time
#define STACK_MOST  (16 * 1024U)
#define TRACE_MOST  40U  // lines
#define LINKS_MOST  64U

// ---- What was tried.

// What Linux calls an exception in such a report (arch/x86, traps).
static const char *name_of_vector(uint64_t vector)
{
    static const char *const names[] = {
        [VECTOR_DE] = "divide error",
        [VECTOR_DB] = "debug",
        [VECTOR_BP] = "int3",
        [VECTOR_OF] = "overflow",
        [VECTOR_BR] = "bounds",
        [VECTOR_UD] = "invalid opcode",
        [VECTOR_NM] = "device not available",
        [VECTOR_DF] = "double fault",
        [VECTOR_TS] = "invalid TSS",
        [VECTOR_NP] = "segment not present",
        [VECTOR_SS] = "stack segment",
        [VECTOR_GP] = "general protection fault",
        [VECTOR_PF] = "Oops",
        [VECTOR_MF] = "coprocessor error",
        [VECTOR_AC] = "alignment check",
        [VECTOR_MC] = "machine check",
        [VECTOR_XM] = "simd exception",
    };
    if (vector == FAIL_FAST_VECTOR) {
        return "kernel BUG";  // the code found itself damaged, and asked for the stop
    }
    return vector < COUNT(names) && names[vector] != NULL ? names[vector] : "trap";
}

static void tell_page_tables(uint64_t address)
{
    static const char *const levels[] = {"PGD", "PUD", "PMD", "PTE"};
    struct dump_walk walk;
    char line[112];
    size_t used = 0;
    peek_walk(address, &walk);
    for (uint64_t i = 0; i < walk.levels && i < COUNT(levels); i++) {
        text_append(line, sizeof(line), &used, "%s%s %lx", i == 0 ? "" : " ", levels[i],
                    walk.entries[i]);
    }
    if (walk.levels > 0) {
        console_log("%s", line);
    }
}

static void tell_page_fault(const struct trapframe *frame, uint64_t address)
{
    uint64_t code = frame->error_code;
    bool is_user = address < USER_TOP;
    if (code & FAULT_FETCH && code & FAULT_PRESENT) {
        console_log("%s", is_user ? "unable to execute userspace code (SMEP?)"
                                  : "kernel tried to execute NX-protected page");
    }
    console_log(address < PAGE_SIZE
                    ? "BUG: kernel NULL pointer dereference, address: %016lx"
                    : "BUG: unable to handle page fault for address: %016lx",
                address);
    console_log("#PF: %s %s in kernel mode", code & FAULT_USER ? "user" : "supervisor",
                code & FAULT_FETCH   ? "instruction fetch"
                : code & FAULT_WRITE ? "write access"
                                     : "read access");
    console_log("#PF: error_code(0x%04lx) - %s", code,
                !(code & FAULT_PRESENT) ? "not-present page"
                : code & FAULT_RESERVED ? "reserved bit violation"
                                        : "permissions violation");
    tell_page_tables(address);
}

static void tell_bug(const struct bug *bug)
{
    console_log("------------[ cut here ]------------");
    console_log("kernel BUG at %s:%lu!", bug->file, bug->line);
}

// ---- Who, and where.

void report_task_name(const struct thread *thread, char name[NAME_SIZE])
{
    struct process process;
    text_copy(name, NAME_SIZE, thread->id == 0 ? "swapper" : "System");
    if (thread->process == NULL) {
        for (unsigned i = 0; driver_at_index(i) != NULL; i++) {
            if (driver_at_index(i)->thread == thread) {
                text_copy(name, NAME_SIZE, driver_at_index(i)->name);
            }
        }
    } else if (peek_read((uint64_t)thread->process, &process, sizeof(process)) ==
               sizeof(process)) {
        process.name[NAME_SIZE - 1] = '\0';
        text_copy(name, NAME_SIZE, process.name);
    }
}

static void tell_task(const struct diagnosis *diagnosis)
{
    char name[NAME_SIZE], letters[TAINT_LETTERS_SIZE];
    report_task_name(thread_current(), name);
    taint_letters(letters);
    console_log("CPU: 0 PID: %u Comm: %s %s%s", diagnosis->process_id, name,
                letters[0] == '\0' ? "Not tainted" : "Tainted: ", letters);
}

// The bytes of code round RIP. Where code cannot be read, Linux prints the first address.
static void tell_code(uint64_t rip)
{
    uint8_t bytes[CODE_BYTES];
    char line[3 * CODE_BYTES + 16];
    size_t used = 0;
    uint64_t first = rip - CODE_BEFORE;
    if (peek_read(first, bytes, sizeof(bytes)) != sizeof(bytes)) {
        console_log("Code: Unable to access opcode bytes at 0x%lx.", first);
        return;
    }
    for (unsigned i = 0; i < CODE_BYTES; i++) {
        text_append(line, sizeof(line), &used, i == CODE_BEFORE ? " <%02x>" : " %02x",
                    bytes[i]);
    }
    console_log("Code:%s", line);
}

static void tell_registers(const struct trapframe *frame, uint64_t cr2)
{
    char words[SYMBOL_WORDS_SIZE];
    symbol_words(frame->rip, words);
    console_log("RIP: %04lx:%s", frame->cs, words);
    tell_code(frame->rip);
    console_log("RSP: %04lx:%016lx EFLAGS: %08lx", frame->ss, frame->rsp,
                frame->rflags & ~RFLAGS_RF);
    console_log("RAX: %016lx RBX: %016lx RCX: %016lx", frame->rax, frame->rbx,
                frame->rcx);
    console_log("RDX: %016lx RSI: %016lx RDI: %016lx", frame->rdx, frame->rsi,
                frame->rdi);
    console_log("RBP: %016lx R08: %016lx R09: %016lx", frame->rbp, frame->r8,
                frame->r9);
    console_log("R10: %016lx R11: %016lx R12: %016lx", frame->r10, frame->r11,
                frame->r12);
    console_log("R13: %016lx R14: %016lx R15: %016lx", frame->r13, frame->r14,
                frame->r15);
    console_log("CS:  %04lx CR0: %016lx", frame->cs, cpu_read_cr0());
    console_log("CR2: %016lx CR3: %016lx CR4: %016lx", cr2, cpu_read_cr3(),
                cpu_read_cr4());
}

// ---- The call trace.

struct trace {
    uint64_t places[LINKS_MOST];  // where the certain return addresses lie
    unsigned count;
    unsigned next;   // the first of them that was not met yet
    unsigned lines;  // that were printed
};

// Follows the chain of saved RBPs:
//
//     RBP -> | RBP of the caller | return address |
//
// It ends where the CPU entered ring 0: entry.S sets RBP to 0 there.
static void follow_chain(struct trace *trace, uint64_t rbp)
{
    uint64_t link[2];
    while (trace->count < LINKS_MOST &&
           peek_read(rbp, link, sizeof(link)) == sizeof(link) &&
           symbol_is_code(link[1])) {
        trace->places[trace->count++] = rbp + sizeof(uint64_t);
        if (link[0] <= rbp) {
            return;  // a stack grows downwards: the caller's link lies higher
        }
        rbp = link[0];
    }
}

static void tell_word(struct trace *trace, uint64_t place, uint64_t word)
{
    while (trace->next < trace->count && trace->places[trace->next] < place) {
        trace->next++;
    }
    bool is_certain = trace->next < trace->count && trace->places[trace->next] == place;
    if (symbol_is_code(word) && trace->lines < TRACE_MOST) {
        char words[SYMBOL_WORDS_SIZE];
        symbol_words(word, words);
        console_log(" %s%s", is_certain ? "" : "? ", words);
        trace->lines++;
    }
}

// `first` is where a return address lies that is certain, too, though no link stands
// beside it; 0 for none. `top` is the end of the stack; 0 if nobody knows it.
static void tell_trace(uint64_t rsp, uint64_t rbp, uint64_t first, uint64_t top)
{
    struct trace trace = {.places = {first}, .count = first != 0};
    uint64_t words[STACK_WORDS];
    follow_chain(&trace, rbp);
    console_log("Call Trace:");
    console_log(" <TASK>");
    uint64_t at = (rsp + 7) & ~7UL;
    uint64_t end = top - at <= STACK_MOST ? top : at + STACK_MOST;
    while (at < end) {
        size_t size = end - at < sizeof(words) ? end - at : sizeof(words);
        size_t count = peek_read(at, words, size) / sizeof(uint64_t);
        for (size_t i = 0; i < count; i++) {
            tell_word(&trace, at + i * sizeof(uint64_t), words[i]);
        }
        if (count < size / sizeof(uint64_t)) {
            break;  // the end of what is mapped
        }
        at += size;
    }
    console_log(" </TASK>");
}

static void tell_modules(void)
{
    char line[160];
    size_t used = 0;
    text_append(line, sizeof(line), &used, "Modules linked in:");
    for (unsigned i = 0; driver_at_index(i) != NULL; i++) {
        const struct driver *driver = driver_at_index(i);
        char name[NAME_SIZE];
        if (driver->is_unloaded) {
            continue;
        }
        symbol_module_name(driver, name);
        // Every module here comes from somebody else: "out of the tree" of the kernel.
        text_append(line, sizeof(line), &used, " %s(O)", name);
    }
    console_log("%s", line);
}

// ---- All of it.

void report_fault(const struct diagnosis *diagnosis)
{
    const struct trapframe *frame = diagnosis->stop.frame;
    uint64_t cr2 = cpu_read_cr2();
    if (frame->vector == VECTOR_PF) {
        tell_page_fault(frame, cr2);
    }
    if (diagnosis->stop.bug != NULL) {
        tell_bug(diagnosis->stop.bug);
    }
    console_log("%s: %04lx [#%u]", name_of_vector(frame->vector), frame->error_code,
                diagnosis->oops);
    tell_task(diagnosis);
    tell_registers(frame, cr2);
    tell_trace(frame->rsp, frame->rbp, 0, thread_current()->stack_top);
    tell_modules();
    if (frame->vector == VECTOR_PF) {
        console_log("CR2: %016lx", cr2);
    }
    console_log("---[ end trace 0000000000000000 ]---");
}

// A thread that does not run has called switch_stacks, which has put six registers and
// the return address on its stack. RBP is the one before the last:
//
//       [0]   [1]   [2]   [3]   [4]   [5]   [6]
//     | r15 | r14 | r13 | r12 | rbx | rbp | return address |
//     ^ rsp
void report_waiting(const struct thread *thread)
{
    uint64_t saved[7];
    if (peek_read(thread->rsp, saved, sizeof(saved)) == sizeof(saved)) {
        tell_trace(thread->rsp, saved[5], thread->rsp + 6 * sizeof(uint64_t),
                   thread->stack_top);
    }
}
