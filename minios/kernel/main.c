// The start of the kernel, in the order in which it happens: first kernel_main, which
// sets up each part after the parts that it depends on; then the first thread, which
// reads the disk and starts all other code.
//
// The words that every file of the kernel uses:
//
//   ring 0, ring 3  modes of the CPU. In ring 0, where the kernel and its drivers run,
//                   every instruction is allowed. Programs run in ring 3
//   page            4096 bytes of memory, with rights such as "ring 3 must not read it"
//   fault           the CPU cannot execute an instruction, and calls the kernel instead
//   interrupt       a device wants attention, and the CPU calls the kernel in between
//   thread          code that takes turns with other code on the one CPU. The scheduler
//                   decides which thread runs. If a thread waits, others run
//   driver          code in ring 0 for a device, or from a third party
//   service         a driver or a program that is started with the machine
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
#include "traps/hung.h"
#include "traps/integrity.h"
#include "traps/symbols.h"

static void system_thread(void *argument);  // the first thread, below

#define CPUID_FEATURES_7      7U  // a group of features, see cpu_identify
#define CPUID_7_EBX_SMEP      (1U << 7)
#define CPUID_7_EBX_SMAP      (1U << 20)
#define CPUID_EXTENDED_1      0x80000001U
#define CPUID_EXTENDED_EDX_NX (1U << 20)

// Asks the CPU whether it can protect pages. NX ("no execute", Intel says XD): data
// cannot run as code. SMEP and SMAP ("supervisor mode execution / access prevention"):
// ring 0 cannot run, or by accident touch, pages of ring 3. Without them, faults that
// have to be seen would not happen, so we do not start. WP is in every 64-bit CPU: ring
// 0, too, cannot write to a read-only page.
//
// SMEP and SMAP are turned on at once, although there are no pages of ring 3 yet. NX and
// WP are on since boot.S. SMAP can be suspended for a moment, and only usercopy.c does it.
static void protect_pages(void)
{
    uint32_t smep_smap = CPUID_7_EBX_SMEP | CPUID_7_EBX_SMAP;
    if ((cpu_identify(CPUID_FEATURES_7).ebx & smep_smap) != smep_smap ||
        !(cpu_identify(CPUID_EXTENDED_1).edx & CPUID_EXTENDED_EDX_NX)) {
        stop_panic("this CPU lacks NX, SMEP or SMAP");
    }
    cpu_write_cr4(cpu_read_cr4() | CR4_SMEP | CR4_SMAP);
    cpu_close_user_memory();
}

static void report_boot(void)
{
    struct record record = {.kind = RECORD_BOOT};
    text_copy(record.text, sizeof(record.text), boot_policy()->name);
    beacon_report(&record);  // to the emulator, if one listens
    console_log("minios kernel, model %s", boot_policy()->name);
    console_log("cpu: long mode, paging with NX, WP, SMEP, SMAP");
}

// Called once by arch/boot.S, with interrupts off and the CPU in 64-bit mode ("long
// mode"). `start_info` is the physical address of what the boot loader tells the
// kernel, such as the boot options. Nothing here can wait: there is no other thread
// that could run in the meantime.
[[noreturn]] void kernel_main(uint64_t start_info)
{
    stop_register(bugcheck_asked_for);  // first: each step below may have to stop
    descriptors_initialize();           // early: before this, any fault is a reset
    serial_initialize();
    screen_clear(SCREEN_GREY_ON_BLACK);
    protect_pages();
    boot_options_read(start_info);
    policy_choose();          // which operating system this machine plays
    frames_initialize();      // which physical memory is free
    page_table_initialize();  // which address lies where, with which rights
    heap_initialize();        // memory of any size, like malloc
    pic_initialize();         // the two chips that collect the devices' interrupts
    threads_initialize();
    report_boot();
    serial_enable_input();
    if (thread_create(system_thread, NULL) == NULL) {
        stop_panic("no memory for the first thread");
    }
    pit_start();    // the timer; its interrupts arrive once thread_idle allows them
    thread_idle();  // switches to system_thread
}

// ---- The first thread. It can wait, so the disk is read here.

#define INIT_PATH "/BIN/INIT"

// What init can pass on to the programs of the service list: every right.
#define RIGHT_ROW(bit, name) | (bit)
enum { ALL_RIGHTS = 0 RIGHT_TABLE(RIGHT_ROW) };
#undef RIGHT_ROW

// Without its disk the kernel has no first program. Windows stops with the same code,
// 0x7B. A function that fails returns a negative number; a stop shows it as positive.
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

static void system_thread(void *argument)
{
    (void)argument;
    if (!block_initialize()) {
        disk_failed("no virtio block device", -ERROR_NOT_FOUND);
    }
    long error = files_mount(boot_date());
    if (error < 0) {
        disk_failed("not a FAT16 volume", error);
    }
    console_log("disk: %lu sectors, FAT16", block_sectors());
    if (boot_policy()->after_fault == AFTER_FAULT_OOPS) {
        symbols_read();  // before any module can fault
    }
    uint32_t mode = boot_mode_choose();  // it may ask a person, and wait
    if (boot_policy()->after_fault == AFTER_FAULT_OOPS) {
        hung_watch();  // its option may be one that the person has chosen
    }
    error = services_read(mode);
    if (error < 0) {
        services_missing(error);
    }
    // Before any driver runs in ring 0: a driver could change what is remembered here.
    integrity_remember(moments_of_this_start());
    services_start_drivers();
    // init is a program. It starts the services that are programs, too.
    error = process_spawn(&(struct process_request){
        .path = INIT_PATH, .argument = "", .rights = ALL_RIGHTS});
    if (error < 0) {
        console_log("init: cannot start %s, error %ld", INIT_PATH, -error);
        stop_panic("there is no first process");
    }
    boot_status_wait_until_ready();  // init tells when all services run
    dumps_take_over();               // the dump of the last crash becomes a file
    integrity_watch(BOOT_SETTLE_NANOSECONDS);
    boot_status_settle();  // no crash until now: this start counts as a good one
    beacon_report(&(struct record){.kind = RECORD_START_SETTLED});
    integrity_watch(FOREVER);  // that is what this thread does from now on
}
