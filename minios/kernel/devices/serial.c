// The two serial lines (National Semiconductor PC16550D datasheet, table II); see
// serial.h.
//
// Output is polled: the code waits until the UART is empty, then sends sixteen bytes,
// as many as its buffer (FIFO) holds. This needs no interrupts, so it works in a
// crashing kernel. Input arrives by interrupt and goes into a ring buffer. If the ring
// is full, the receive interrupt is switched off and the bytes stay in the UART, so
// none is lost here.
#include "devices/serial.h"

#include "arch/cpu.h"
#include "base/irql.h"
#include "interrupts/interrupt.h"
#include "tasks/thread.h"

#define DATA             0  // receive or transmit; divisor low byte while DLAB is set
#define INTERRUPT_ENABLE 1  // divisor high byte while DLAB is set
#define FIFO_CONTROL     2
#define LINE_CONTROL     3
#define MODEM_CONTROL    4
#define LINE_STATUS      5

#define INTERRUPT_ON_RECEIVE        0x01
#define FIFO_ENABLE_CLEAR_TRIGGER_8 0x87
#define LINE_DIVISOR_ACCESS         0x80
#define LINE_8N1                    0x03
#define MODEM_DTR_RTS_OUT2          0x0b  // on a PC, OUT2 switches the interrupt on
#define STATUS_DATA_READY           0x01
#define STATUS_TRANSMIT_EMPTY       0x20
#define FIFO_BYTES                  16
#define RING_BYTES                  4096

struct uart {
    uint16_t port;
    unsigned irq;
    // Below: guarded by IRQL_HIGH.
    struct wait_queue readers;
    size_t head, count;
    bool receiving;
    char ring[RING_BYTES];
};

static struct uart uarts[] = {
    [SERIAL_CONSOLE] = {.port = PORT_CONSOLE_UART, .irq = IRQ_CONSOLE},
    [SERIAL_LINK] = {.port = PORT_LINK_UART, .irq = IRQ_LINK},
};

void serial_initialize(void)
{
    for (unsigned i = 0; i < 2; i++) {
        uint16_t port = uarts[i].port;
        cpu_out8(port + INTERRUPT_ENABLE, 0);
        cpu_out8(port + LINE_CONTROL, LINE_DIVISOR_ACCESS);
        cpu_out8(port + DATA, 1);  // 115200 baud
        cpu_out8(port + INTERRUPT_ENABLE, 0);
        cpu_out8(port + LINE_CONTROL, LINE_8N1);
        cpu_out8(port + FIFO_CONTROL, FIFO_ENABLE_CLEAR_TRIGGER_8);
        cpu_out8(port + MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
    }
}

static void receive_enable(struct uart *uart, bool on)
{
    uart->receiving = on;
    cpu_out8(uart->port + INTERRUPT_ENABLE, on ? INTERRUPT_ON_RECEIVE : 0);
}

void serial_write(enum serial_line line, const char *text, size_t size)
{
    uint16_t port = uarts[line].port;
    for (size_t sent = 0; sent < size; sent++) {
        if (sent % FIFO_BYTES == 0) {
            while (!(cpu_in8(port + LINE_STATUS) & STATUS_TRANSMIT_EMPTY)) {
                // the UART sends its bytes and becomes empty
            }
        }
        cpu_out8(port + DATA, (uint8_t)text[sent]);
    }
}

static void drain_fifo(struct uart *uart)
{
    while (uart->count < RING_BYTES &&
           cpu_in8(uart->port + LINE_STATUS) & STATUS_DATA_READY) {
        uart->ring[(uart->head + uart->count++) % RING_BYTES] =
            (char)cpu_in8(uart->port + DATA);
    }
}

static void serial_interrupt(void *argument)
{
    struct uart *uart = argument;
    drain_fifo(uart);
    if (uart->count == RING_BYTES) {
        receive_enable(uart, false);
    }
    if (uart->count > 0) {
        thread_wake_all(&uart->readers);
    }
}

void serial_enable_input(void)
{
    for (unsigned i = 0; i < 2; i++) {
        receive_enable(&uarts[i], true);
        interrupt_claim(uarts[i].irq, serial_interrupt, &uarts[i]);
    }
}

// Called at IRQL_HIGH, and returns there.
static void wait_for_input(struct uart *uart, uint64_t deadline)
{
    while (uart->count == 0 && thread_wait(&uart->readers, deadline)) {
        // nothing has come, or another reader was faster
    }
}

size_t serial_read(enum serial_line line, char *buffer, size_t size)
{
    struct uart *uart = &uarts[line];
    size_t taken = 0;
    enum irql old = irql_raise(IRQL_HIGH);
    wait_for_input(uart, FOREVER);
    while (taken < size && uart->count > 0) {
        buffer[taken++] = uart->ring[uart->head];
        uart->head = (uart->head + 1) % RING_BYTES;
        uart->count--;
    }
    if (!uart->receiving && uart->count < RING_BYTES / 2) {
        receive_enable(uart, true);
    }
    irql_lower(old);
    return taken;
}

bool serial_wait(enum serial_line line, uint64_t timeout)
{
    struct uart *uart = &uarts[line];
    enum irql old = irql_raise(IRQL_HIGH);
    wait_for_input(uart, thread_deadline(timeout));
    bool has_bytes = uart->count > 0;
    irql_lower(old);
    return has_bytes;
}

bool serial_is_typed(enum serial_line line)
{
    struct uart *uart = &uarts[line];
    enum irql old = irql_raise(IRQL_HIGH);
    drain_fifo(uart);
    bool has_bytes = uart->count > 0;
    irql_lower(old);
    return has_bytes;
}

static bool stands_at(const struct uart *uart, size_t at, const char *keys)
{
    for (; *keys != '\0'; keys++, at++) {
        if (at == uart->count || uart->ring[(uart->head + at) % RING_BYTES] != *keys) {
            return false;
        }
    }
    return true;
}

bool serial_take_if_typed(enum serial_line line, const char *keys)
{
    struct uart *uart = &uarts[line];
    bool found = false;
    enum irql old = irql_raise(IRQL_HIGH);
    for (size_t at = 0; at < uart->count && !found; at++) {
        found = stands_at(uart, at, keys);
    }
    if (found) {
        uart->count = 0;
        receive_enable(uart, true);  // it was off if the ring was full
    }
    irql_lower(old);
    return found;
}
