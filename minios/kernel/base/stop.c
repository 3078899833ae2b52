// Stopping the machine (see stop.h): whom to call is registered once.
#include "base/stop.h"

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
