// Which stop code a fault in ring 0 becomes. diagnosis.c asks.
//
// A stop code names the kind of mistake, so that a person knows where to look. The
// codes are those of Windows; which parameters are our own, minios/abi/stop_codes.py
// says. The first line that fits counts:
//
//   fail fast: the code found itself damaged, or a    0x139
//   check in the kernel's own code has failed
//   an exception that a handler could catch (#DE #UD  0x3B in a system call,
//   #GP ...), or a user-half address below IRQL 2     0x7E in a System thread, else 0x1E
//   #DF and other traps that are no page fault        0x7F
//   address of a driver that was unloaded             0xCE
//   write to a read-only page                         0xBE
//   fetch from a no-execute (or user) page            0xFC
//   IRQL >= 2: the kernel's own code / any other      0x0A / 0xD1
//   driver, guarded pool: past the end / after free   0xD6 / 0xD5
//   any other kernel-half address, or SMAP            0x50
//
// #DE is a division by zero, #UD an invalid instruction, #GP a general protection
// fault, #DF a double fault. The "user half" are the low addresses, which belong to
// processes; the "kernel half" are the high ones. IRQL is explained in irql.h, SMAP in
// arch/cpu.h.
//
// 0x50 and 0x7E are often the same bug with two names: a driver follows a pointer that
// it took from the wrong memory. The value that happened to lie there decides. If it
// looks like a kernel address, the code is 0x50; if it looks like a user address, 0x7E.
// On 19 July 2024 both were seen.
#include "traps/stop_rule.h"

#include "library/text.h"
#include "memory/heap.h"
#include "memory/peek.h"
#include "plugins/driver.h"
#include "tasks/thread.h"

// The error code of a page fault (Intel SDM vol. 3A, "Page-Fault Exceptions").
#define PAGE_FAULT_PRESENT (1UL << 0)  // the page is mapped, but a right is missing
#define PAGE_FAULT_WRITE   (1UL << 1)
#define PAGE_FAULT_FETCH   (1UL << 4)

extern char kernel_text_start[], kernel_rodata_start[];  // kernel.ld

#define ACCESS_READ    0UL  // parameter 2 of 0x50
#define ACCESS_WRITE   2UL
#define ACCESS_EXECUTE 0x10UL
#define SHORT_EXECUTE  8UL  // the other stop codes have another number for it

#define KIND_FREED        0UL  // parameter 4 of 0x50
#define KIND_NO_ENTRY     2UL
#define KIND_USER_ADDRESS 0xfUL
#define KIND_RIGHTS       0x100UL  // our own number: Microsoft documents none for this

static bool is_user_half(uint64_t address)
{
    return address < USER_TOP;
}

bool is_kernel_code(const struct trapframe *frame)
{
    return frame->rip >= (uint64_t)kernel_text_start &&
           frame->rip < (uint64_t)kernel_rodata_start;
}

// What the access was: 0 read, 1 write, 8 execute.
static uint64_t short_access(const struct trapframe *frame)
{
    return frame->error_code & PAGE_FAULT_FETCH   ? SHORT_EXECUTE
           : frame->error_code & PAGE_FAULT_WRITE ? 1
                                                  : 0;
}

// The status code that x64 Windows gives to an exception which a handler may catch. 0
// for exceptions that go to no handler.
static uint64_t status_of(uint64_t vector)
{
    static const uint64_t statuses[] = {
        [VECTOR_DE] = STATUS_INTEGER_DIVIDE_BY_ZERO,
        [VECTOR_DB] = STATUS_SINGLE_STEP,
        [VECTOR_BP] = STATUS_BREAKPOINT,
        [VECTOR_OF] = STATUS_INTEGER_OVERFLOW,
        [VECTOR_BR] = STATUS_ARRAY_BOUNDS_EXCEEDED,
        [VECTOR_UD] = STATUS_ILLEGAL_INSTRUCTION,
        [VECTOR_SS] = STATUS_ACCESS_VIOLATION,
        [VECTOR_GP] = STATUS_ACCESS_VIOLATION,
        [VECTOR_PF] = STATUS_ACCESS_VIOLATION,
        [VECTOR_AC] = STATUS_DATATYPE_MISALIGNMENT,
    };
    return vector < COUNT(statuses) ? statuses[vector] : 0;
}

// Where the instruction begins. For a fault, RIP points to it. `int3` is a trap: there
// the CPU saves the RIP of the instruction after it.
static uint64_t instruction_of(const struct trapframe *frame)
{
    return frame->vector == VECTOR_BP ? frame->rip - 1 : frame->rip;
}

// An exception that nobody handles. In Windows a driver can install a handler for such
// an exception (SEH, "structured exception handling"). Our drivers have no way to do
// so.
static struct stop unhandled_exception(const struct trapframe *frame, enum irql irql,
                                       uint64_t address)
{
    uint64_t context = (uint64_t)frame, status = status_of(frame->vector);
    bool is_access = status == STATUS_ACCESS_VIOLATION;
    struct stop stop = {
        .code = STOP_KMODE_EXCEPTION_NOT_HANDLED,
        .parameters = {status, instruction_of(frame),
                       frame->vector == VECTOR_PF ? short_access(frame) : 0,
                       is_access ? address : 0},
    };
    if (irql >= IRQL_DISPATCH) {
        return stop;  // at this level, the interrupted thread is there by chance
    }
    if (thread_current()->in_syscall) {
        stop.code = STOP_SYSTEM_SERVICE_EXCEPTION;
        stop.parameters[2] = context;
        stop.parameters[3] = 0;
    } else if (thread_current()->process == NULL && thread_current()->id != 0) {
        stop.code = STOP_SYSTEM_THREAD_EXCEPTION_NOT_HANDLED;
        stop.parameters[2] = context;  // exception and registers: the frame has both
        stop.parameters[3] = context;
    }
    return stop;
}

// A page fault at IRQL 2 or above. There a fault can never be repaired, not even for a
// page that lies on the disk: to read it, the kernel would have to wait, and at this
// level nothing may wait.
static struct stop raised_irql(const struct trapframe *frame, uint64_t address,
                               enum irql irql)
{
    return (struct stop){
        .code = is_kernel_code(frame) ? STOP_IRQL_NOT_LESS_OR_EQUAL
                                      : STOP_DRIVER_IRQL_NOT_LESS_OR_EQUAL,
        .parameters = {address, irql, short_access(frame), frame->rip},
    };
}

// The page-table entry that stopped the access. The tables may be broken themselves, so
// they are read by peek.c, which checks every step.
static uint64_t last_entry_of(uint64_t address)
{
    struct dump_walk walk;
    peek_walk(address, &walk);
    return walk.levels == 0 ? 0 : walk.entries[walk.levels - 1];
}

// The page is mapped, but its rights forbid the access. The code stays 0 if the case is
// another one: a read or write of a user page, which SMAP forbids, becomes 0x50.
static struct stop forbidden(const struct trapframe *frame, uint64_t address)
{
    struct stop stop = {
        .parameters = {address, last_entry_of(address)},
    };
    if (frame->error_code & PAGE_FAULT_FETCH) {
        stop.code = STOP_ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY;
    } else if (frame->error_code & PAGE_FAULT_WRITE && !is_user_half(address)) {
        stop.code = STOP_ATTEMPTED_WRITE_TO_READONLY_MEMORY;
    }
    return stop;
}

// The usual stop code of 19 July 2024. The name is Windows': kernel memory that is
// never moved to the disk ("nonpaged") has no page here, so the pointer must be wrong.
static struct stop page_fault_in_nonpaged_area(const struct trapframe *frame,
                                               uint64_t address)
{
    uint64_t access = frame->error_code & PAGE_FAULT_FETCH   ? ACCESS_EXECUTE
                      : frame->error_code & PAGE_FAULT_WRITE ? ACCESS_WRITE
                                                             : ACCESS_READ;
    enum heap_absence absence = heap_absence_of(address);
    bool present = frame->error_code & PAGE_FAULT_PRESENT;
    uint64_t kind = is_user_half(address)   ? KIND_USER_ADDRESS
                    : present               ? KIND_RIGHTS
                    : absence == HEAP_FREED ? KIND_FREED
                                            : KIND_NO_ENTRY;
    struct stop stop = {
        .code = STOP_PAGE_FAULT_IN_NONPAGED_AREA,
        .parameters = {address, access, frame->rip, kind},
    };
    bool is_drivers_code = driver_at_address(frame->rip) != NULL;
    if (heap_is_guarded() && is_drivers_code && !present && absence != HEAP_NOT_OURS) {
        stop.code = absence == HEAP_FREED
                        ? STOP_DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL
                        : STOP_DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION;
        stop.parameters[1] = short_access(frame);
        stop.parameters[3] = 0;
    }
    return stop;
}

// A page fault, in the order of the table above. The rights come before the IRQL: a
// write to a read-only page is the same mistake at every level.
static struct stop page_fault(const struct trapframe *frame, uint64_t address,
                              enum irql irql)
{
    bool present = frame->error_code & PAGE_FAULT_PRESENT;
    if (driver_was_at_address(address)) {
        return (struct stop){
            .code = STOP_DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS,
            .parameters = {address, short_access(frame), frame->rip, 0},
        };
    }
    struct stop stop = present ? forbidden(frame, address) : (struct stop){0};
    if (stop.code != 0) {
        return stop;
    }
    if (irql >= IRQL_DISPATCH) {
        return raised_irql(frame, address, irql);
    }
    if (is_user_half(address) && !present) {
        return unhandled_exception(frame, irql, address);
    }
    return page_fault_in_nonpaged_area(frame, address);
}

struct stop stop_for_fault(const struct trapframe *frame, uint64_t cr2, enum irql irql)
{
    struct stop stop;
    uint64_t context = (uint64_t)frame;
    const struct bug *bug = frame->vector == VECTOR_UD ? bug_at(frame->rip) : NULL;
    if (frame->vector == VECTOR_PF) {
        stop = page_fault(frame, cr2, irql);
    } else if (frame->vector == FAIL_FAST_VECTOR) {
        stop = (struct stop){
            .code = STOP_KERNEL_SECURITY_CHECK_FAILURE,
            .parameters = {frame->rcx, context, context, 0},
        };
    } else if (bug != NULL) {
        stop = (struct stop){
            .code = STOP_KERNEL_SECURITY_CHECK_FAILURE,
            .parameters = {FAIL_FAST_INVALID_ARGUMENT, context, context, 0},
            .why = bug->text,
            .bug = bug,
        };
    } else if (status_of(frame->vector) != 0) {
        // Only a page fault tells the address. -1 stands for "not known".
        stop = unhandled_exception(frame, irql, UINT64_MAX);
    } else {
        stop = (struct stop){
            .code = STOP_UNEXPECTED_KERNEL_MODE_TRAP,
            .parameters = {frame->vector, frame->rip, frame->rsp, frame->error_code},
        };
    }
    stop.frame = frame;
    return stop;
}
