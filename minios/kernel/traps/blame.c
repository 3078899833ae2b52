// Who is to blame for a stop of the machine (see blame.h).
//
// The last resort is a note: before the kernel calls a driver, it writes down on the
// thread whom it calls (thread_note_call). A driver may overwrite its stack, but then the
// note still says which driver has not returned.
#include "traps/blame.h"

#include "memory/peek.h"
#include "plugins/driver.h"
#include "tasks/thread.h"

#define CALLERS_LIMIT 64

extern char kernel_text_start[], kernel_rodata_start[];  // kernel.ld

bool blame_is_kernel_code(const struct trapframe *frame)
{
    return frame->rip >= (uint64_t)kernel_text_start &&
           frame->rip < (uint64_t)kernel_rodata_start;
}

// Finds the nearest driver on the stack. Each function leaves this pair on the stack,
// and RBP (the frame pointer) points to it:
//
//     RBP -> | RBP of the caller | return address |
//
// So the pairs form a chain that can be followed. It ends where the CPU entered ring 0,
// because entry.S sets RBP to 0: the interrupted code did not call the kernel, so it is
// not to blame.
static const struct driver *driver_that_called(uint64_t rbp)
{
    uint64_t link[2];
    for (unsigned i = 0; i < CALLERS_LIMIT; i++) {
        if (peek_read(rbp, link, sizeof(link)) != sizeof(link)) {
            return NULL;
        }
        const struct driver *driver = driver_at_address(link[1]);
        if (driver != NULL || link[0] <= rbp) {
            return driver;
        }
        rbp = link[0];
    }
    return NULL;
}

// The driver that gets the blame for a fault: the one whose code was running, or a
// driver that was unloaded but had its code there. Otherwise the nearest driver on the
// stack: if the kernel's code faulted, it did so at the request of that driver.
static const struct driver *driver_to_blame(const struct trapframe *frame)
{
    uint64_t rip = frame->rip, back = 0;
    const struct driver *driver = driver_at_address(rip);
    if (driver == NULL) {
        driver = driver_was_at_address(rip);
    }
    // A call to a wrong address: the return address at RSP tells who made the call.
    if (driver == NULL && !blame_is_kernel_code(frame) &&
        peek_read(frame->rsp, &back, sizeof(back)) == sizeof(back)) {
        driver = driver_at_address(back);
    }
    return driver == NULL ? driver_that_called(frame->rbp) : driver;
}

const struct driver *blame_driver(const struct trapframe *frame)
{
    const struct driver *driver =
        frame == NULL ? driver_that_called((uint64_t)__builtin_frame_address(0))
                      : driver_to_blame(frame);
    return driver == NULL ? driver_at_address(thread_noted_call()) : driver;
}
