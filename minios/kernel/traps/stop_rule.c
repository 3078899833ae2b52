// Which stop code a fault in ring 0 becomes.
//
//   #DE #UD #DF and other traps that are no access    0x7F
//   write to a read-only page                         0xBE
//   fetch from a no-execute (or user) page            0xFC
//   IRQL >= 2: a driver's code / the kernel's own     0xD1 / 0x0A
//   IRQL < 2, kernel-half address, or SMAP            0x50
//   IRQL < 2, user-half address, or #GP               0x3B in a system call,
//                                                     0x7E in a System thread, else 0x1E
//
// The last two lines are one bug with two names: which of them a stray pointer gets is
// decided by the value of the memory that it was taken from.
#include "traps/stop_rule.h"

#include "arch/cpu.h"
#include "memory/page_table.h"
#include "plugins/driver.h"
#include "tasks/thread.h"

// The error code of a page fault (Intel SDM vol. 3A, figure 4-12).
#define PAGE_FAULT_PRESENT (1UL << 0)  // the page is there: a right was missing
#define PAGE_FAULT_WRITE   (1UL << 1)
#define PAGE_FAULT_FETCH   (1UL << 4)

#define ACCESS_READ         0UL  // parameter 2 of 0x50
#define ACCESS_WRITE        2UL
#define ACCESS_EXECUTE      0x10UL
#define IRQL_ACCESS_EXECUTE 8UL  // parameter 3 of 0xA and 0xD1

#define KIND_NO_ENTRY     2UL  // parameter 4 of 0x50
#define KIND_RIGHTS       3UL
#define KIND_USER_ADDRESS 0xfUL

static bool is_user_half(uint64_t address)
{
    return address < USER_TOP;
}

static struct stop unhandled_exception(const struct trapframe *frame)
{
    uint64_t context = (uint64_t)frame;
    struct stop stop = {
        .code = STOP_KMODE_EXCEPTION_NOT_HANDLED,
        .parameters = {STATUS_ACCESS_VIOLATION, frame->rip, 0, 0},
    };
    if (thread_current()->in_syscall) {
        stop.code = STOP_SYSTEM_SERVICE_EXCEPTION;
        stop.parameters[2] = context;
    } else if (thread_current()->process == NULL && thread_current()->id != 0) {
        stop.code = STOP_SYSTEM_THREAD_EXCEPTION_NOT_HANDLED;
        stop.parameters[2] = context;  // of the exception: the frame tells both
        stop.parameters[3] = context;
    }
    return stop;
}

static struct stop raised_irql(const struct trapframe *frame, uint64_t address,
                               enum irql irql)
{
    uint64_t access = frame->error_code & PAGE_FAULT_FETCH   ? IRQL_ACCESS_EXECUTE
                      : frame->error_code & PAGE_FAULT_WRITE ? 1
                                                             : 0;
    bool is_driver = driver_at_address(frame->rip) != NULL;
    return (struct stop){
        .code = is_driver ? STOP_DRIVER_IRQL_NOT_LESS_OR_EQUAL
                          : STOP_IRQL_NOT_LESS_OR_EQUAL,
        .parameters = {address, irql, access, frame->rip},
    };
}

static struct stop page_fault(const struct trapframe *frame, uint64_t address,
                              enum irql irql)
{
    uint64_t error_code = frame->error_code;
    bool present = error_code & PAGE_FAULT_PRESENT;
    if (present && error_code & PAGE_FAULT_FETCH) {
        return (struct stop){
            .code = STOP_ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY,
            .parameters = {address, page_table_entry(cpu_read_cr3(), address)},
        };
    }
    if (present && error_code & PAGE_FAULT_WRITE && !is_user_half(address)) {
        return (struct stop){
            .code = STOP_ATTEMPTED_WRITE_TO_READONLY_MEMORY,
            .parameters = {address, page_table_entry(cpu_read_cr3(), address)},
        };
    }
    if (irql >= IRQL_DISPATCH) {
        return raised_irql(frame, address, irql);
    }
    if (is_user_half(address) && !present) {
        return unhandled_exception(frame);
    }
    uint64_t access = error_code & PAGE_FAULT_FETCH   ? ACCESS_EXECUTE
                      : error_code & PAGE_FAULT_WRITE ? ACCESS_WRITE
                                                      : ACCESS_READ;
    uint64_t kind = is_user_half(address) ? KIND_USER_ADDRESS
                    : present             ? KIND_RIGHTS
                                          : KIND_NO_ENTRY;
    return (struct stop){
        .code = STOP_PAGE_FAULT_IN_NONPAGED_AREA,
        .parameters = {address, access, frame->rip, kind},
    };
}

struct stop stop_for_fault(const struct trapframe *frame, uint64_t cr2, enum irql irql)
{
    struct stop stop;
    if (frame->vector == VECTOR_PF) {
        stop = page_fault(frame, cr2, irql);
    } else if (frame->vector == VECTOR_GP || frame->vector == VECTOR_SS) {
        stop = unhandled_exception(frame);
    } else {
        stop = (struct stop){
            .code = STOP_UNEXPECTED_KERNEL_MODE_TRAP,
            .parameters = {frame->vector, frame->rip, frame->rsp, frame->error_code},
        };
    }
    stop.frame = frame;
    return stop;
}
