// The kernel log (see kernel_log.h). A ring buffer: `end` counts all bytes that were ever
// kept, and the byte with the number n lies at n modulo the size.
//
//     0                    end % KERNEL_LOG_BYTES
//    +--------------------+------------------------+
//    | newer              | older                  |
//    +--------------------+------------------------+
//
// It is kept where drivers are modules, that is, in the model linux: there people look for
// the report of an oops in it.
#include "devices/kernel_log.h"

#include "base/irql.h"

static char ring[KERNEL_LOG_BYTES];
static uint64_t end;  // both are guarded by IRQL_HIGH

void kernel_log_keep(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ring[end++ % KERNEL_LOG_BYTES] = text[i];
    }
}

size_t kernel_log_read(uint64_t *position, char *buffer, size_t size)
{
    enum irql old = irql_raise(IRQL_HIGH);
    uint64_t oldest = end < KERNEL_LOG_BYTES ? 0 : end - KERNEL_LOG_BYTES;
    if (*position < oldest || *position > end) {
        *position = *position > end ? end : oldest;
    }
    size_t copied = 0;
    while (copied < size && *position < end) {
        buffer[copied++] = ring[(*position)++ % KERNEL_LOG_BYTES];
    }
    irql_lower(old);
    return copied;
}
