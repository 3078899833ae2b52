// System calls about modules, and about what the kernel has said and been through.
#include "syscalls/dispatch.h"

#include "base/policy.h"
#include "base/taint.h"
#include "devices/kernel_log.h"
#include "memory/usercopy.h"
#include "plugins/driver_load.h"
#include "plugins/modules.h"
#include "plugins/services.h"
#include "tasks/process.h"

#define LOG_PIECE 256  // bytes of the log that are copied at a time

// Where a module lies is not told to everybody: who wants to change the kernel's memory
// would like to know. Linux hides it, too (/proc/modules).
long syscall_module_query(const struct trapframe *frame)
{
    struct module_entry entry;
    bool shows_base = process_current()->rights & RIGHT_LOAD_DRIVER;
    if (!module_query((uint32_t)frame->rdi, shows_base, &entry)) {
        return -ERROR_NOT_FOUND;
    }
    return copy_to_user(user_slice(frame->rsi, sizeof(entry)), &entry);
}

long syscall_module_unload(const struct trapframe *frame)
{
    char name[NAME_SIZE];
    uint32_t flags = (uint32_t)frame->rsi;
    long error = copy_text_from_user(name, sizeof(name), frame->rdi);
    if (error < 0) {
        return error;
    }
    if (flags & ~(uint32_t)MODULE_FORCE) {
        return -ERROR_BAD_ARGUMENT;
    }
    if (!boot_policy()->has_modules) {
        // Without a use count there is nothing to override.
        error = flags == 0 ? driver_unload(name) : -ERROR_REFUSED;
    } else {
        error = driver_unload_module(name, flags);
    }
    if (error == 0) {
        services_note_driver(name, SERVICE_STATE_STOPPED);
    }
    return error;
}

// The lines have addresses of ring 0 in them. So they need the right of whoever may load
// code into ring 0 anyway.
long syscall_log_read(const struct trapframe *frame)
{
    char piece[LOG_PIECE];
    uint64_t position;
    struct user_slice place = user_slice(frame->rdi, sizeof(position));
    if (copy_from_user(&position, place) < 0 ||
        !user_slice_writable(user_slice(frame->rsi, frame->rdx))) {
        return -ERROR_BAD_ADDRESS;
    }
    size_t wanted = frame->rdx < sizeof(piece) ? frame->rdx : sizeof(piece);
    size_t copied = kernel_log_read(&position, piece, wanted);
    long error = copy_to_user(user_slice(frame->rsi, copied), piece);
    if (error == 0) {
        error = copy_to_user(place, &position);
    }
    return error < 0 ? error : (long)copied;
}

long syscall_kernel_taint(const struct trapframe *frame)
{
    (void)frame;
    return (long)taint_word();
}
