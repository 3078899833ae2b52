// Bug check: ring 0 cannot go on, so the whole machine stops.
//
// trap.c comes here after a fault in ring 0. Other parts of the kernel come here when
// they find something broken. The order matters: switch interrupts off, so that nothing
// else runs; say why on the console, the beacon and the screen, which can hardly fail;
// then write the dump, which can; then reset.
//
// Nothing here decides what the next start does. If the file that caused the crash is
// still on the disk, the next start crashes in the same way: that is the loop.
//
// A model that tells its faults as Linux does has another way to stop: panic.c.
#include "traps/bugcheck.h"

#include "arch/cpu.h"
#include "base/policy.h"
#include "devices/power.h"
#include "devices/screen.h"
#include "library/text.h"
#include "traps/dump.h"
#include "traps/panic.h"

static bool is_dying;

static void paint_screen(const struct diagnosis *diagnosis)
{
    const struct stop *stop = &diagnosis->stop;
    char line[SCREEN_COLUMNS + 1];
    screen_clear(SCREEN_WHITE_ON_BLUE);
    screen_write_at(3, 6, ":(");
    screen_write_at(5, 6, "The kernel met a problem and stops the whole machine.");
    screen_write_at(6, 6, "All of ring 0 shares one memory. The kernel cannot know");
    screen_write_at(7, 6, "what else is broken, so it does not go on.");
    text_format(line, sizeof(line), "Stop code: 0x%08lx", stop->code);
    screen_write_at(10, 6, line);
    screen_write_at(11, 6, diagnosis->name);
    text_format(line, sizeof(line), "What failed: %s", diagnosis->where);
    screen_write_at(13, 6, line);
    for (unsigned i = 0; i < 4; i++) {
        text_format(line, sizeof(line), "Parameter %u: 0x%016lx", i + 1,
                    stop->parameters[i]);
        screen_write_at(15 + i, 6, line);
    }
}

void bugcheck(const struct diagnosis *diagnosis)
{
    if (boot_policy()->after_fault == AFTER_FAULT_OOPS) {
        panic_for_stop(diagnosis);
    }
    cpu_interrupts_off();
    irql_set(IRQL_HIGH);
    if (is_dying) {
        power_reset();  // a second fault, in this code: only the reset is left
    }
    is_dying = true;
    diagnosis_tell(diagnosis, "STOP", RECORD_BUGCHECK, "");
    paint_screen(diagnosis);
    if (dump_write(diagnosis)) {
        screen_write_at(21, 6, "A small dump was written to the disk.");
    }
    power_reset();
}

void bugcheck_asked_for(const struct stop *stop)
{
    cpu_interrupts_off();
    struct diagnosis diagnosis = diagnose_stop(stop, __builtin_frame_address(0));
    bugcheck(&diagnosis);
}
