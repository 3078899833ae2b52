// How this start goes on. The first reason that applies decides:
//
//     a request         the start before asked for a mode (`reset safe` in the shell)
//     F8                somebody presses this key on the console
//     failures          the last BOOT_FAILURES_LIMIT starts all failed
//
// F8, failures, and a request for "recovery" lead into the recovery environment. This
// is a program in ring 3 (user/programs/recovery/). It runs before any driver and any
// service, because one of those may be the reason for the failures. Its exit status
// says how the start goes on. It uses the same system calls as every other program.
// Windows has the same idea, WinRE; there it is a second, small Windows.
//
// The model linux has a boot menu in its place (user/programs/bootmenu/), with command lines
// that are kept on the disk (disk/boot_entries.c). Real machines with Linux have GRUB there,
// a boot loader. If the disk has no such lines, the recovery environment runs here, too: as
// GRUB, without its file, leaves a person with a shell that knows the disk.
#include "startup/boot_mode.h"

#include "base/boot_options.h"
#include "base/policy.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "devices/serial.h"
#include "disk/boot_entries.h"
#include "disk/boot_status.h"
#include "disk/dumps.h"
#include "ipc/port.h"
#include "library/text.h"
#include "processes/start.h"
#include "tasks/thread.h"

#define RECOVERY_RIGHTS (RIGHT_DISK_WRITE | RIGHT_LINK | RIGHT_REPORT | RIGHT_POWER)

// What a person chooses in: the program, and what it is called.
struct chooser {
    const char *path;
    const char *words;
    const char *port;  // that is told of its end
};

static const struct chooser recovery = {"/BIN/RECOVERY", "recovery environment",
                                        "recovery"};
static const struct chooser boot_menu = {"/BIN/BOOTMENU", "boot menu", "bootmenu"};

#define KEY_F8    "\x1b[19~"  // as a terminal sends it (xterm, VT220)
#define KEY_TICKS 2           // how long the rest of a key is waited for

static const char *const names[] = {
    [BOOT_MODE_NORMAL] = "normal",
    [BOOT_MODE_SAFE] = "safe",
    [BOOT_MODE_LAST_GOOD] = "last good",
    [BOOT_MODE_RECOVERY] = "recovery",
};

// With `recovery=no` on the command line, failures do not lead into recovery.
static bool is_switched_off(void)
{
    char value[4];
    return boot_option("recovery", value, sizeof(value)) && text_equal(value, "no");
}

// Whether somebody presses F8. The key comes as five bytes, at 87 us each, and the kernel may
// be here before all of them are. So if anything is being typed, it waits for a few more
// bytes. A start at which nobody types waits for nothing.
static bool is_f8_pressed(void)
{
    for (unsigned ticks = 0; ticks < KEY_TICKS && serial_is_typed(SERIAL_CONSOLE);
         ticks++) {
        if (serial_take_if_typed(SERIAL_CONSOLE, KEY_F8)) {
            return true;
        }
        thread_sleep(TICK_NANOSECONDS);
    }
    return serial_take_if_typed(SERIAL_CONSOLE, KEY_F8);
}

// Why this start leads into recovery, or NULL if it does not. The recovery program gets
// this word as its argument.
static const char *recovery_reason(const struct boot_status *status)
{
    if (status->mode == BOOT_MODE_RECOVERY) {
        return "asked";
    }
    if (is_f8_pressed()) {
        return "key";
    }
    bool due = status->mode == BOOT_MODE_NORMAL &&
               status->failed_starts >= BOOT_FAILURES_LIMIT && !is_switched_off();
    return due ? "failed" : NULL;
}

// Waits for the end of the program. Returns its exit status, which is the mode
// for the start.
static uint32_t wait_for_choice(struct port *port, const struct chooser *chooser)
{
    struct message message = {0};
    while (message.type != MESSAGE_DEATH || message.sender != 0) {
        if (port_receive(port, &message, FOREVER) < 0) {
            return BOOT_MODE_NORMAL;
        }
    }
    struct death death;
    memcpy(&death, message.body, sizeof(death));
    if (death.cause == DEATH_EXIT && death.status < BOOT_MODE_RECOVERY) {
        return (uint32_t)death.status;
    }
    console_log("start: the %s has failed", chooser->words);
    return BOOT_MODE_NORMAL;
}

static uint32_t run_chooser(const struct chooser *chooser, const char *reason,
                            uint32_t failed_starts)
{
    struct port *port;
    dumps_take_over();  // so that the recovery program can show the last crash
    long error = port_create(chooser->port, &port);
    if (error < 0) {
        console_log("start: no port for the %s, error %ld", chooser->words, -error);
        return BOOT_MODE_NORMAL;
    }
    uint32_t mode = BOOT_MODE_NORMAL;
    error = process_spawn(&(struct process_request){.path = chooser->path,
                                                    .argument = reason,
                                                    .rights = RECOVERY_RIGHTS,
                                                    .death_port = port});
    if (error < 0) {
        console_log("start: cannot start %s, error %ld", chooser->path, -error);
    } else {
        struct record record = {.kind = RECORD_RECOVERY,
                                .recovery.failed_starts = failed_starts};
        text_copy(record.text, sizeof(record.text), chooser->words);
        beacon_report(&record);
        mode = wait_for_choice(port, chooser);
    }
    port_close(port);
    return mode;
}

static void report(uint32_t mode, uint32_t failed_starts)
{
    beacon_report(&(struct record){
        .kind = RECORD_BOOT_MODE,
        .boot_mode = {.mode = mode, .failed_starts = failed_starts},
    });
    if (mode != BOOT_MODE_NORMAL || failed_starts > 0) {
        console_log("start: mode %s, failed starts: %u", names[mode], failed_starts);
    }
}

uint32_t boot_mode_choose(void)
{
    boot_status_begin();
    struct boot_status status = boot_status_current();
    uint32_t mode = status.mode <= BOOT_MODE_RECOVERY ? status.mode : BOOT_MODE_NORMAL;
    const char *reason = recovery_reason(&status);
    bool has_menu = boot_policy()->has_boot_menu && boot_entries_read() > 0;
    if (reason != NULL) {
        boot_status_recover(true);
        boot_entries_offer(has_menu);
        mode = run_chooser(has_menu ? &boot_menu : &recovery, reason,
                           status.failed_starts);
        boot_entries_offer(false);
        boot_status_recover(false);
    }
    boot_entry_choose_default();
    boot_status_set_mode(mode);
    report(mode, status.failed_starts);
    return mode;
}
