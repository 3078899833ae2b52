// Integrity: from time to time the kernel checks that its own code and tables have not
// been changed.
//
// Nothing protects the kernel from a driver, because both run in ring 0. A driver can
// put its own handler into the interrupt table, and no page-table entry forbids it. The
// kernel can only notice the change later. Then it stops, because it would otherwise go
// on with code that is not its own. This is stop code 0x109,
// CRITICAL_STRUCTURE_CORRUPTION:
//
//     CORRUPTED_   what is compared with a copy     parameters 2 and 3 of 0x109
//     CODE, DATA   the kernel's code and constants  the altered word, what it holds
//     IDT          the gates                        the gate, where it leads
//                  IDTR                             0, where the table is now
//     GDT          the descriptors                  the descriptor, what it holds
//                  GDTR                             0, where the table is now
//     MSR          STAR, LSTAR, FMASK, EFER         the register's number, its value
//
// The moments are random, so that a driver cannot undo its change for the time of the
// check. This detects attacks and does not prevent them: whoever can change the kernel
// can change the copy, too. (The model is Windows' kernel patch protection,
// "PatchGuard"; see MicrosoftDocs/windows-driver-docs, bug check 0x109. How Windows
// itself compares is not documented.)
//
// Not checked: what changes in normal operation, so that a copy would say nothing (page
// tables, the TSS, writable data such as the list of interrupt routines), and CR0, CR4
// and other MSRs.
#include "traps/integrity.h"

#include "arch/cpu.h"
#include "arch/descriptors.h"
#include "base/stop.h"
#include "devices/console.h"
#include "library/text.h"
#include "tasks/thread.h"

#define SECOND         (1000000000UL / TICK_NANOSECONDS)  // in ticks
#define PAUSE_AT_LEAST (INTEGRITY_SECONDS_AT_LEAST * SECOND)
#define PAUSE_AT_MOST  (INTEGRITY_SECONDS_AT_MOST * SECOND)

extern char kernel_text_start[], kernel_rodata_start[];  // kernel.ld
extern char kernel_data_start[], kernel_copy[];

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

// Written once, by integrity_remember.
static struct part code, constants, interrupt_table, segment_table;
static struct gate gates[IDT_ENTRIES] __attribute__((aligned(16)));
static uint64_t descriptors[GDT_ENTRIES];
static uint64_t values[COUNT(registers)];

static uint64_t random_state;
static uint64_t next_look;  // a tick

static struct part remember(uint64_t region, const char *name, uint64_t start,
                            uint64_t end, void *copy)
{
    memcpy(copy, (const void *)start, end - start);
    return (struct part){region, name, start, end, copy};
}

static struct part remember_table(uint64_t region, const char *name,
                                  struct table_register table, void *copy, size_t size)
{
    KERNEL_ASSERT(table.limit + 1U == size);
    return remember(region, name, table.base, table.base + size, copy);
}

// A linear congruential generator (Knuth, MMIX). It is not secret, but the pauses are
// not all equal, and that is enough here.
static uint64_t random_pause(void)
{
    random_state = random_state * 6364136223846793005 + 1442695040888963407;
    return PAUSE_AT_LEAST + (random_state >> 33) % (PAUSE_AT_MOST - PAUSE_AT_LEAST);
}

void integrity_remember(uint64_t seed)
{
    uint64_t text = (uint64_t)kernel_text_start, rodata = (uint64_t)kernel_rodata_start;
    uint64_t end = (uint64_t)kernel_data_start;
    code = remember(CORRUPTED_CODE, "code", text, rodata, kernel_copy);
    constants = remember(CORRUPTED_DATA, "read-only data", rodata, end,
                         kernel_copy + (rodata - text));
    interrupt_table = remember_table(CORRUPTED_IDT, "interrupt table", cpu_read_idtr(),
                                     gates, sizeof(gates));
    segment_table = remember_table(CORRUPTED_GDT, "segment table", cpu_read_gdtr(),
                                   descriptors, sizeof(descriptors));
    for (unsigned i = 0; i < COUNT(registers); i++) {
        values[i] = cpu_read_msr(registers[i].number);
    }
    random_state = seed;
    next_look = thread_ticks() + random_pause();
}

// ---- The checks. If the new value is an address in a driver, it gets the blame.

[[noreturn]] static void corrupted(uint64_t region, uint64_t altered, uint64_t found)
{
    stop_machine(&(struct stop){
        .code = STOP_CRITICAL_STRUCTURE_CORRUPTION,
        .parameters = {0, altered, found, region},
        .suspect = found,
    });
}

// The first altered word, or NULL.
static const uint64_t *altered_word(const struct part *part)
{
    const uint64_t *now = (const uint64_t *)part->start;
    size_t count = (part->end - part->start) / sizeof(*now);
    size_t same = words_equal(now, part->copy, count);
    return same < count ? &now[same] : NULL;
}

static void check_memory(const struct part *part)
{
    const uint64_t *word = altered_word(part);
    if (word == NULL) {
        return;
    }
    uint64_t altered = (uint64_t)word, found = *word;
    if (part->region == CORRUPTED_IDT) {
        altered -= (altered - part->start) % sizeof(struct gate);
        found = gate_target((const struct gate *)altered);
    }
    console_log("*** kernel: its %s was altered at +0x%lx", part->name,
                altered - part->start);
    corrupted(part->region, altered, found);
}

// Not inlined: a breakpoint here is met at each check, twice.
[[gnu::noinline]] static void check_table(const struct part *part,
                                          struct table_register now)
{
    if (now.base != part->start || now.base + now.limit + 1 != part->end) {
        console_log("*** kernel: the CPU was given another %s", part->name);
        corrupted(part->region, 0, now.base);
    }
    check_memory(part);
}

static void check_registers(void)
{
    for (unsigned i = 0; i < COUNT(registers); i++) {
        uint64_t found = cpu_read_msr(registers[i].number);
        if (found != values[i]) {
            console_log("*** kernel: the register %s was altered", registers[i].name);
            corrupted(CORRUPTED_MSR, registers[i].number, found);
        }
    }
}

void integrity_watch(uint64_t nanoseconds)
{
    uint64_t end = thread_deadline(nanoseconds);
    while (next_look < end) {
        thread_sleep_until(next_look);
        check_memory(&code);
        check_memory(&constants);
        check_table(&interrupt_table, cpu_read_idtr());
        check_table(&segment_table, cpu_read_gdtr());
        check_registers();
        next_look = thread_ticks() + random_pause();
    }
    thread_sleep_until(end);
}
