// The kernel's table of contents: everything that exists, in the order in which it needs
// what stands before it.
#include "arch/cpu.h"
#include "arch/descriptors.h"
#include "devices/beacon.h"
#include "devices/block.h"
#include "devices/console.h"
#include "devices/pic.h"
#include "devices/pit.h"
#include "devices/screen.h"
#include "devices/serial.h"
#include "disk/dumps.h"
#include "disk/files.h"
#include "library/text.h"
#include "memory/frames.h"
#include "memory/heap.h"
#include "memory/page_table.h"
#include "plugins/boot_options.h"
#include "plugins/service_start.h"
#include "plugins/services.h"
#include "startup/boot_mode.h"
#include "startup/boot_status.h"
#include "tasks/process.h"
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

static void require_protection(void)
{
    uint32_t smep_smap = CPUID_7_EBX_SMEP | CPUID_7_EBX_SMAP;
    if ((cpu_identify(CPUID_FEATURES_7).ebx & smep_smap) != smep_smap ||
        !(cpu_identify(CPUID_EXTENDED_1).edx & CPUID_EXTENDED_EDX_NX)) {
        bugcheck_panic("this CPU lacks NX, SMEP or SMAP");
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

static void disk_failed(const char *why, long error)
{
    console_log("disk: %s", why);
    bugcheck(&(struct stop){
        .code = STOP_INACCESSIBLE_BOOT_DEVICE,
        .parameters = {(uint64_t)-error, 0, 0, 0},
        .blamed = "kernel",
    });
}

// Neither the list nor the last good one can be used: nobody would ever say "ready".
static void services_missing(long error)
{
    bugcheck(&(struct stop){
        .code = STOP_CRITICAL_SERVICE_FAILED,
        .parameters = {(uint64_t)-error, ERROR_CONTROL_CRITICAL, 0, 0},
        .blamed = SERVICES_PATH,
    });
}

// What makes the random moments of one start others than those of the next.
static uint64_t moments_of_this_start(void)
{
    char seed[24];
    uint64_t number = boot_option("seed", seed, sizeof(seed)) ? text_number(seed) : 0;
    return number << 32 ^ boot_status_current().starts;
}

// The first thread. From here on, things may wait.
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
    // Before any code from outside is part of ring 0.
    integrity_remember(moments_of_this_start());
    services_start_drivers();
    error = process_spawn(&(struct process_request){
        .path = INIT_PATH, .argument = "", .rights = ALL_RIGHTS});
    if (error < 0) {
        console_log("init: cannot start %s, error %ld", INIT_PATH, -error);
        bugcheck_panic("there is no first process");
    }
    boot_status_wait_until_ready();
    dumps_take_over();
    integrity_watch(BOOT_SETTLE_NANOSECONDS);
    boot_status_note_settled();
    integrity_watch(FOREVER);
}

// Called by boot.S: long mode, interrupts off, the first 16 MiB mapped.
[[noreturn]] void kernel_main(uint64_t start_info)
{
    descriptors_initialize();  // from here on, faults are told apart
    serial_initialize();
    screen_clear(SCREEN_GREY_ON_BLACK);
    boot_options_read(start_info);
    frames_initialize();  // physical memory, then
    require_protection();
    page_table_initialize();  // virtual memory with rights, and blocks of it
    heap_initialize();
    pic_initialize();
    threads_initialize();
    report_boot();
    serial_enable_input();
    if (thread_create(system_thread, NULL, NULL) == NULL) {
        bugcheck_panic("no memory for the first thread");
    }
    pit_start();  // preemption begins with the first `sti`, which is not far
    thread_idle();
}
