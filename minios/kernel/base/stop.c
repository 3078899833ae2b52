// Stopping the machine (see stop.h): whom to call is registered once, and where the
// kernel's own checks stand is a table that the linker has put together.
#include "base/stop.h"

extern const struct bug kernel_bugs[], kernel_bugs_end[];  // kernel.ld

stop_function *stop_handler;

void stop_register(stop_function *handler)
{
    KERNEL_ASSERT(stop_handler == NULL);
    stop_handler = handler;
}

void stop_panic(const char *why)
{
    stop_machine(&(struct stop){
        .code = STOP_KERNEL_SECURITY_CHECK_FAILURE,
        .parameters = {FAIL_FAST_INVALID_ARGUMENT, 0, 0, 0},
        .why = why,
    });
}

const struct bug *bug_at(uint64_t address)
{
    for (const struct bug *bug = kernel_bugs; bug < kernel_bugs_end; bug++) {
        if (bug->address == address) {
            return bug;
        }
    }
    return NULL;
}
