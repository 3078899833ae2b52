// System calls about services, drivers, boot options and the machine itself.
#include "syscalls/dispatch.h"

#include "base/boot_options.h"
#include "base/policy.h"
#include "base/stop.h"
#include "devices/beacon.h"
#include "devices/power.h"
#include "disk/boot_entries.h"
#include "disk/boot_status.h"
#include "library/text.h"
#include "memory/usercopy.h"
#include "plugins/driver_load.h"
#include "plugins/reports.h"
#include "plugins/service_start.h"
#include "plugins/services.h"
#include "tasks/process.h"

#define OPTION_BYTES 64

long syscall_service_query(const struct trapframe *frame)
{
    struct service service;
    if (!services_query((uint32_t)frame->rdi, &service)) {
        return -ERROR_NOT_FOUND;
    }
    return copy_to_user(user_slice(frame->rsi, sizeof(service)), &service);
}

long syscall_driver_load(const struct trapframe *frame)
{
    char path[PATH_SIZE];
    long error = copy_text_from_user(path, sizeof(path), frame->rdi);
    return error < 0 ? error : services_load_driver(path);
}

long syscall_boot_option(const struct trapframe *frame)
{
    char name[NAME_SIZE], value[OPTION_BYTES];
    if (copy_text_from_user(name, sizeof(name), frame->rdi) < 0) {
        return -ERROR_BAD_ADDRESS;
    }
    if (!boot_option(name, value, sizeof(value))) {
        if (!text_equal(name, "model")) {
            return -ERROR_NOT_FOUND;
        }
        text_copy(value, sizeof(value), boot_policy()->name);  // the default
    }
    size_t length = strlen(value) + 1;
    return length > frame->rdx ? -ERROR_BAD_ARGUMENT
                               : copy_to_user(user_slice(frame->rsi, length), value);
}

long syscall_report(const struct trapframe *frame)
{
    struct record record;
    if (copy_from_user(&record, user_slice(frame->rdi, sizeof(record))) < 0) {
        return -ERROR_BAD_ADDRESS;
    }
    if (!report_is_for_process(&record, process_current())) {
        return -ERROR_NOT_PERMITTED;
    }
    record.process_id = process_current()->id;
    beacon_report(&record);
    if (record.kind == RECORD_READY) {
        boot_status_note_ready();
    } else if (record.kind == RECORD_SENSOR_UP) {
        services_note_sensor(NULL, record.process_id);
    }
    return 0;
}

// A reset or power-off on purpose must not count as a failed start. A crash does, even
// one that somebody asked for.
long syscall_power(const struct trapframe *frame)
{
    switch (frame->rdi) {
    case POWER_OFF:
        boot_status_settle();
        power_off();
    case POWER_RESET:
        boot_status_settle();
        power_reset();
    case POWER_CRASH:
        stop_machine(&(struct stop){.code = STOP_MANUALLY_INITIATED_CRASH,
                                    .blamed = process_current()->name});
    default:
        return -ERROR_BAD_ARGUMENT;
    }
}

long syscall_service_failed(const struct trapframe *frame)
{
    char name[NAME_SIZE];
    struct service service;
    if (copy_text_from_user(name, sizeof(name), frame->rdi) < 0) {
        return -ERROR_BAD_ADDRESS;
    }
    for (uint32_t i = 0; services_query(i, &service); i++) {
        if (text_equal(service.name, name)) {
            services_start_failed(&service, (long)frame->rsi);
            return 0;
        }
    }
    return -ERROR_NOT_FOUND;
}

long syscall_boot_status(const struct trapframe *frame)
{
    struct boot_status status = boot_status_current();
    return copy_to_user(user_slice(frame->rdi, sizeof(status)), &status);
}

long syscall_boot_next(const struct trapframe *frame)
{
    if (frame->rdi > BOOT_MODE_RECOVERY) {
        return -ERROR_BAD_ARGUMENT;
    }
    return boot_status_request((uint32_t)frame->rdi) ? 0 : -ERROR_IO_ERROR;
}

long syscall_boot_entry(const struct trapframe *frame)
{
    struct boot_entry entry;
    if (!boot_entry_query((uint32_t)frame->rdi, &entry)) {
        return -ERROR_NOT_FOUND;
    }
    return copy_to_user(user_slice(frame->rsi, sizeof(entry)), &entry);
}

// Only while the boot menu runs: later all options have been read.
long syscall_boot_choose(const struct trapframe *frame)
{
    char words[BOOT_ENTRY_WORDS_SIZE];
    if (frame->rsi == 0) {
        return boot_entry_choose((uint32_t)frame->rdi, NULL);
    }
    long error = copy_text_from_user(words, sizeof(words), frame->rsi);
    return error < 0 ? error : boot_entry_choose((uint32_t)frame->rdi, words);
}

long syscall_driver_unload(const struct trapframe *frame)
{
    char name[NAME_SIZE];
    long error = copy_text_from_user(name, sizeof(name), frame->rdi);
    if (error == 0) {
        error = driver_unload(name);
    }
    if (error == 0) {
        services_note_driver(name, SERVICE_STATE_STOPPED);
    }
    return error;
}

// The kernel passes the user pointer to the driver without a check. A driver that
// forgets the check itself opens the kernel to every program that may call it. Windows
// has such a mode for IOCTLs, too (METHOD_NEITHER), and drivers have made this mistake
// there.
long syscall_driver_control(const struct trapframe *frame)
{
    char name[NAME_SIZE];
    long error = copy_text_from_user(name, sizeof(name), frame->rdi);
    return error < 0 ? error : driver_control(name, frame->rsi, frame->rdx);
}
