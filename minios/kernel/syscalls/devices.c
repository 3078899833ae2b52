// System calls of user drivers: the interrupts of their device.
#include "syscalls/dispatch.h"

#include "plugins/device.h"
#include "processes/handle.h"

long syscall_interrupt_connect(const struct trapframe *frame)
{
    struct port *port = handle_port((uint32_t)frame->rdi, true);
    return port == NULL ? -ERROR_BAD_HANDLE
                        : device_connect((uint32_t)frame->rsi, port);
}

long syscall_interrupt_done(const struct trapframe *frame)
{
    return device_done((uint32_t)frame->rdi);
}

long syscall_interrupt_disconnect(const struct trapframe *frame)
{
    return device_disconnect((uint32_t)frame->rdi);
}
