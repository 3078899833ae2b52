// The start of the kernel: each part is started after the parts that it depends on.
//
// Read kernel_main first, at the end of this file. It is the kernel's table of
// contents. arch/boot.S calls it once, with interrupts off. What has to wait for the
// disk comes later, in system_thread: waiting needs a scheduler, and kernel_main has to
// set it up first.
#include "arch/cpu.h"
#include "arch/descriptors.h"
#include "base/boot_options.h"
#include "base/policy.h"
#include "base/stop.h"
#include "devices/beacon.h"
#include "devices/block.h"
#include "devices/console.h"
#include "devices/pit.h"
#include "devices/screen.h"
#include "devices/serial.h"
#include "disk/boot_status.h"
#include "disk/dumps.h"
#include "disk/files.h"
#include "interrupts/pic.h"
#include "library/text.h"
#include "memory/frames.h"
#include "memory/heap.h"
#include "memory/page_table.h"
#include "plugins/service_start.h"
#include "plugins/services.h"
#include "processes/start.h"
#include "startup/boot_mode.h"
#include "tasks/thread.h"
#include "traps/bugcheck.h"
#include "traps/integrity.h"

#define INIT_PATH  "/BIN/INIT"
#define ALL_RIGHTS (RIGHT_CRITICAL * 2 - 1)

#define CPUID_FEATURES_7      7U
#define CPUID_7_EBX_SMEP      (1U << 7)
#define CPUID_7_EBX_SMAP      (1U << 20)
#define CPUID_EXTENDED_1      0x80000001U
#define CPUID_EXTENDED_EDX_NX (1U << 20)

// Everything that minios shows about page rights needs three features of the CPU. NX
// ("no execute", Intel says XD): data cannot run as code. SMEP and SMAP ("supervisor
// mode execution / access prevention"): ring 0 cannot run, or by accident touch, pages
// of ring 3. A CPU without them would let faults pass that have to be seen, so we do
// not start.
static void require_protection(void)
{
    uint32_t smep_smap = CPUID_7_EBX_SMEP | CPUID_7_EBX_SMAP;
    if ((cpu_identify(CPUID_FEATURES_7).ebx & smep_smap) != smep_smap ||
        !(cpu_identify(CPUID_EXTENDED_1).edx & CPUID_EXTENDED_EDX_NX)) {
        stop_panic("this CPU lacks NX, SMEP or SMAP");
    }
}

static void report_boot(void)
{
    struct record record = {.kind = RECORD_BOOT};
    text_copy(record.text, sizeof(record.text), boot_policy()->name);
    beacon_report(&record);
    console_log("minios kernel, model %s", boot_policy()->name);
    console_log("cpu: long mode, paging with NX, WP, SMEP, SMAP");
}

// Without its disk the kernel has no first program. Windows stops with the same code.
static void disk_failed(const char *why, long error)
{
    console_log("disk: %s", why);
    stop_machine(&(struct stop){
        .code = STOP_INACCESSIBLE_BOOT_DEVICE,
        .parameters = {(uint64_t)-error, 0, 0, 0},
        .blamed = "kernel",
    });
}

// Neither the service list nor the last good copy of it can be used. The machine stops:
// without services it could run, but it would never report that it is ready.
static void services_missing(long error)
{
    stop_machine(&(struct stop){
        .code = STOP_CRITICAL_SERVICE_FAILED,
        .parameters = {(uint64_t)-error, ERROR_CONTROL_CRITICAL, 0, 0},
        .blamed = SERVICES_PATH,
    });
}

// The seed of integrity.c, which checks at random moments. The number of this start is
// part of it. Otherwise the moments would be the same after every reset.
static uint64_t moments_of_this_start(void)
{
    char seed[24];
    uint64_t number = boot_option("seed", seed, sizeof(seed)) ? text_number(seed) : 0;
    return number << 32 ^ boot_status_current().starts;
}

// The first thread. A thread can wait (kernel_main cannot), so the disk is read here.
// At the end this thread lives on as the one that checks the kernel's integrity.
static void system_thread(void *argument)
{
    (void)argument;
    if (!block_initialize()) {
        disk_failed("no virtio block device", -ERROR_NOT_FOUND);
    }
    files_set_date(boot_date());
    long error = files_mount();
    if (error < 0) {
        disk_failed("not a FAT16 volume", error);
    }
    console_log("disk: %lu sectors, FAT16", block_sectors());
    error = services_read(boot_mode_choose());
    if (error < 0) {
        services_missing(error);
    }
    // Before any driver runs in ring 0: a driver could change what is remembered here.
    integrity_remember(moments_of_this_start());
    services_start_drivers();
    error = process_spawn(&(struct process_request){
        .path = INIT_PATH, .argument = "", .rights = ALL_RIGHTS});
    if (error < 0) {
        console_log("init: cannot start %s, error %ld", INIT_PATH, -error);
        stop_panic("there is no first process");
    }
    boot_status_wait_until_ready();
    dumps_take_over();
    integrity_watch(BOOT_SETTLE_NANOSECONDS);
    boot_status_note_settled();
    integrity_watch(FOREVER);
}

// Called by arch/boot.S. The CPU is in 64-bit mode ("long mode"), interrupts are off,
// and only the first 16 MiB of memory are mapped. `start_info` is the physical address
// of what the boot loader tells the kernel, such as the boot options.
[[noreturn]] void kernel_main(uint64_t start_info)
{
    stop_register(bugcheck_asked_for);
    descriptors_initialize();  // early: before this, any fault resets the machine
    serial_initialize();
    screen_clear(SCREEN_GREY_ON_BLACK);
    boot_options_read(start_info);
    policy_choose();
    frames_initialize();  // which physical memory is free
    require_protection();
    page_table_initialize();  // which address lies where, with which rights
    heap_initialize();
    pic_initialize();
    threads_initialize();
    report_boot();
    serial_enable_input();
    if (thread_create(system_thread, NULL) == NULL) {
        stop_panic("no memory for the first thread");
    }
    pit_start();  // the timer; its interrupts arrive once thread_idle allows them
    thread_idle();
}
