// Integrity: now and then the kernel looks whether it is still itself.
//
// No wall stands inside ring 0. A driver may lay its own handler into the interrupt
// table, and no page-table entry says no. All that is left to the kernel is to notice,
// later, and then to stop rather than to go on as somebody else.
//
//     CORRUPTED_   what is compared with a copy          parameter 3 of 0x109
//     CODE, DATA   the kernel's code and constants       the first altered word
//     IDT          the gates                             where the altered gate leads
//                  IDTR                                  where the table lies now
//     GDT          the descriptors                       the altered descriptor
//                  GDTR                                  where the table lies now
//     MSR          STAR, LSTAR, FMASK, EFER              the value
//
// It looks at random moments, so that nobody can put things right just for the look. It
// is a detector and no barrier: what can alter the kernel can alter the copy, too. (The
// model is Windows' kernel patch protection; MicrosoftDocs/windows-driver-docs, bug check
// 0x109. Windows keeps checksums, and keeps them out of sight.)
#include "traps/integrity.h"

#include "arch/cpu.h"
#include "arch/descriptors.h"
#include "devices/console.h"
#include "library/text.h"
#include "plugins/driver.h"
#include "tasks/thread.h"
#include "traps/bugcheck.h"
#include <minios/abi.h>
#include <stddef.h>

#define COPY_BYTES     (128 * 1024UL)
#define SECOND         (1000000000UL / TICK_NANOSECONDS)  // in ticks
#define PAUSE_AT_LEAST (1 * SECOND)
#define PAUSE_AT_MOST  (5 * SECOND)

extern char kernel_text_start[], kernel_rodata_start[],
    kernel_data_start[];  // kernel.ld

struct part {
    uint64_t region;  // CORRUPTED_
    const char *name;
    uint64_t start, end;
    const uint64_t *copy;
};

static const struct {
    uint32_t number;
    const char *name;
} registers[] = {
    {MSR_STAR, "STAR"},
    {MSR_LSTAR, "LSTAR"},
    {MSR_FMASK, "FMASK"},
    {MSR_EFER, "EFER"},
};
#define REGISTER_COUNT (sizeof(registers) / sizeof(registers[0]))

// Written once, by integrity_remember.
static struct part code, constants, interrupt_table, segment_table;
static uint64_t values[REGISTER_COUNT];
static uint64_t copies[COPY_BYTES / sizeof(uint64_t)];
static size_t copied;  // words

static struct part remember(uint64_t region, const char *name, uint64_t start,
                            uint64_t end)
{
    size_t words = (end - start) / sizeof(uint64_t);
    KERNEL_ASSERT(words <= sizeof(copies) / sizeof(copies[0]) - copied);
    uint64_t *copy = &copies[copied];
    copied += words;
    memcpy(copy, (const void *)start, words * sizeof(uint64_t));
    return (struct part){region, name, start, end, copy};
}

static struct part remember_table(uint64_t region, const char *name,
                                  struct table_register table)
{
    return remember(region, name, table.base, table.base + table.limit + 1);
}

void integrity_remember(void)
{
    uint64_t text = (uint64_t)kernel_text_start, rodata = (uint64_t)kernel_rodata_start;
    code = remember(CORRUPTED_CODE, "code", text, rodata);
    constants =
        remember(CORRUPTED_DATA, "read-only data", rodata, (uint64_t)kernel_data_start);
    interrupt_table = remember_table(CORRUPTED_IDT, "interrupt table", cpu_read_idtr());
    segment_table = remember_table(CORRUPTED_GDT, "segment table", cpu_read_gdtr());
    for (unsigned i = 0; i < REGISTER_COUNT; i++) {
        values[i] = cpu_read_msr(registers[i].number);
    }
}

// ---- Looking. To blame is the driver to which what is found leads, if it does.

[[noreturn]] static void corrupted(uint64_t region, uint64_t found)
{
    const struct driver *driver = driver_at_address(found);
    bugcheck(&(struct stop){
        .code = STOP_CRITICAL_STRUCTURE_CORRUPTION,
        .parameters = {0, 0, found, region},
        .blamed = driver == NULL ? "kernel" : driver->name,
    });
}

// The first altered word, or NULL.
static const uint64_t *altered_word(const struct part *part)
{
    const uint64_t *now = (const uint64_t *)part->start;
    const uint64_t *end = (const uint64_t *)part->end;
    for (const uint64_t *then = part->copy; now < end; now++, then++) {
        if (*now != *then) {
            return now;
        }
    }
    return NULL;
}

static void check_memory(const struct part *part)
{
    const uint64_t *word = altered_word(part);
    if (word == NULL) {
        return;
    }
    uint64_t found = (uint64_t)word, offset = found - part->start;
    console_log("*** kernel: its %s was altered at +0x%lx", part->name, offset);
    if (part == &interrupt_table) {
        const struct gate *gate = (const struct gate *)part->start;
        found = gate_target(&gate[offset / sizeof(*gate)]);
    }
    corrupted(part->region, found);
}

static void check_table(const struct part *part, struct table_register now)
{
    if (now.base != part->start || now.base + now.limit + 1 != part->end) {
        console_log("*** kernel: the CPU was given another %s", part->name);
        corrupted(part->region, now.base);
    }
    check_memory(part);
}

static void check_registers(void)
{
    for (unsigned i = 0; i < REGISTER_COUNT; i++) {
        uint64_t found = cpu_read_msr(registers[i].number);
        if (found != values[i]) {
            console_log("*** kernel: the register %s was altered", registers[i].name);
            corrupted(CORRUPTED_MSR, found);
        }
    }
}

// ---- When to look.

// A linear congruential generator (Knuth, MMIX): nothing secret, just not even.
static uint64_t random_pause(void)
{
    static uint64_t state;
    state = (state ^ thread_ticks()) * 6364136223846793005 + 1442695040888963407;
    return PAUSE_AT_LEAST + (state >> 33) % (PAUSE_AT_MOST - PAUSE_AT_LEAST);
}

void integrity_watch(uint64_t nanoseconds)
{
    uint64_t end = thread_deadline(nanoseconds);
    for (uint64_t next = thread_ticks() + random_pause(); next < end;
         next = thread_ticks() + random_pause()) {
        thread_sleep_until(next);
        check_memory(&code);
        check_memory(&constants);
        check_table(&interrupt_table, cpu_read_idtr());
        check_table(&segment_table, cpu_read_gdtr());
        check_registers();
    }
    thread_sleep_until(end);
}
