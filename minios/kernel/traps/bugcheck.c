// The end: ring 0 cannot go on.
//
// In this order: no more interrupts; say it where it cannot be lost (console, beacon,
// screen); save the dump; reset. What the next boot does is not decided here. If the file
// that led here is still on the disk, the next boot will lead here again.
#include "traps/bugcheck.h"

#include "arch/cpu.h"
#include "devices/beacon.h"
#include "devices/console.h"
#include "devices/power.h"
#include "devices/screen.h"
#include "library/text.h"
#include "plugins/driver.h"
#include "traps/dump.h"
#include "traps/irql.h"

#define FAST_FAIL_INVALID_ARGUMENT 5  // parameter 1 of 0x139

extern char kernel_text_start[], kernel_rodata_start[];  // kernel.ld

static bool is_dying;

static const char *stop_name(uint64_t code)
{
    static const struct {
        uint64_t code;
        const char *name;
    } names[] = {
#define STOP_ROW(code, name) {code, name},
        STOP_CODE_TABLE(STOP_ROW)
#undef STOP_ROW
    };
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].code == code) {
            return names[i].name;
        }
    }
    return "UNKNOWN_STOP_CODE";
}

static void say_on_console(const struct stop *stop, const char *where)
{
    const uint64_t *p = stop->parameters;
    console_log("*** STOP 0x%08lx %s", stop->code, stop_name(stop->code));
    console_log("*** parameters 0x%016lx 0x%016lx 0x%016lx 0x%016lx", p[0], p[1], p[2],
                p[3]);
    console_log("*** in %s", where);
}

static void report(const struct stop *stop, enum irql irql)
{
    const uint64_t *p = stop->parameters;
    struct record record = {
        .kind = RECORD_BUGCHECK,
        .values = {stop->code, p[0], p[1], p[2], p[3], irql},
    };
    text_copy(record.name, sizeof(record.name), stop->blamed);
    text_copy(record.text, sizeof(record.text), stop_name(stop->code));
    beacon_report(&record);
}

static void paint_screen(const struct stop *stop, const char *where)
{
    char line[SCREEN_COLUMNS + 1];
    screen_clear(SCREEN_WHITE_ON_BLUE);
    screen_write_at(3, 6, ":(");
    screen_write_at(5, 6, "The kernel met a problem that it cannot survive.");
    screen_write_at(6, 6, "Ring 0 has nobody above it who could end just one program,");
    screen_write_at(7, 6, "so the whole machine stops and starts again.");
    text_format(line, sizeof(line), "Stop code: 0x%08lx", stop->code);
    screen_write_at(10, 6, line);
    screen_write_at(11, 6, stop_name(stop->code));
    text_format(line, sizeof(line), "What failed: %s", where);
    screen_write_at(13, 6, line);
    for (unsigned i = 0; i < 4; i++) {
        text_format(line, sizeof(line), "Parameter %u: 0x%016lx", i + 1,
                    stop->parameters[i]);
        screen_write_at(15 + i, 6, line);
    }
}

// The driver whose code it was, or had been, or whose thread went where no code is.
static const struct driver *driver_to_blame(uint64_t rip, enum irql irql)
{
    const struct driver *driver = driver_at_address(rip);
    if (driver == NULL) {
        driver = driver_was_at_address(rip);
    }
    bool is_nowhere =
        rip < (uint64_t)kernel_text_start || rip >= (uint64_t)kernel_rodata_start;
    if (driver == NULL && is_nowhere && irql < IRQL_DISPATCH) {
        driver = driver_of_current_thread();
    }
    return driver;
}

void bugcheck(const struct stop *stop)
{
    cpu_interrupts_off();
    enum irql irql = irql_current();
    irql_set(IRQL_HIGH);
    if (is_dying) {
        power_reset();  // dying has failed, too: there is nothing left to try
    }
    is_dying = true;

    struct stop final = *stop;
    char where[NAME_SIZE + 20];
    uint64_t rip = final.frame == NULL ? 0 : final.frame->rip;
    const struct driver *driver =
        final.frame == NULL ? NULL : driver_to_blame(rip, irql);
    if (final.blamed == NULL) {
        final.blamed = driver == NULL ? "kernel" : driver->name;
    }
    if (driver != NULL && rip - driver->base < driver->size) {
        text_format(where, sizeof(where), "%s+0x%lx", final.blamed, rip - driver->base);
    } else {
        text_copy(where, sizeof(where), final.blamed);
    }
    say_on_console(&final, where);
    report(&final, irql);
    paint_screen(&final, where);
    if (dump_write(&final, irql)) {
        screen_write_at(21, 6, "A small dump was written to the disk.");
    }
    power_reset();
}

void bugcheck_panic(const char *why)
{
    console_log("*** kernel: %s", why);
    bugcheck(&(struct stop){
        .code = STOP_KERNEL_SECURITY_CHECK_FAILURE,
        .parameters = {FAST_FAIL_INVALID_ARGUMENT, 0, 0, 0},
        .blamed = "kernel",
    });
}
