// Crimes against memory: reads and writes where no page is, or where the rights forbid
// it; and changes that nothing forbids, but that the kernel notices later.
#include "crimes.h"

// Reads through a null pointer.
AS_PROGRAM void crime_null(void)
{
    (void)*HIDDEN((volatile uint64_t *)NULL);
}

// Reads an address in the kernel's half where there is no page.
AS_PROGRAM void crime_wild(void)
{
    (void)*HIDDEN((volatile uint64_t *)NOWHERE);
}

// Reads an address that belongs to neither half: its bits 63 to 47 are not all the
// same.
AS_PROGRAM void crime_noncanon(void)
{
    (void)*HIDDEN((volatile uint64_t *)USER_TOP);
}

// Reads the kernel's code.
void crime_rdkernel(void)
{
    (void)*HIDDEN((volatile uint64_t *)(KERNEL_BASE + KERNEL_PHYSICAL + PAGE_SIZE));
}

// Writes to the screen's memory through the direct map.
AS_PROGRAM void crime_wrscreen(void)
{
    volatile uint16_t *screen =
        HIDDEN((volatile uint16_t *)(DIRECT_MAP + SCREEN_PHYSICAL));
    *screen = 0x4f58;  // an X, white on red
}

// Writes over its own code.
AS_PROGRAM void crime_wrtext(void)
{
    volatile uint8_t *code = HIDDEN((volatile uint8_t *)crime_null);
    *code = 0xc3;
}

// Writes over a constant of its own, which lies in a read-only page.
void crime_wrconst(void)
{
    static const volatile uint64_t constant = 1;
    *HIDDEN((volatile uint64_t *)&constant) = 2;
}

// Changes the kernel's code, as a rootkit would.
AS_PROGRAM void crime_patch(void)
{
    uint64_t kernel = KERNEL_BASE + KERNEL_PHYSICAL + PAGE_SIZE;
    *HIDDEN((volatile uint8_t *)kernel) = 0xc3;
}

// Changes the same byte through its other address, in the direct map.
void crime_alias(void)
{
    uint64_t kernel = DIRECT_MAP + KERNEL_PHYSICAL + PAGE_SIZE;
    *HIDDEN((volatile uint8_t *)kernel) = 0xc3;
}

// Searches all memory for content files of the sensor, which begin with MCHN: in ring 0
// the memory of every process lies open.
void crime_rummage(void)
{
    for (uint64_t at = KERNEL_PHYSICAL; at < RAM_BYTES; at += 16) {
        if (*HIDDEN((volatile uint32_t *)(DIRECT_MAP + at)) == CONTENT_MAGIC) {
            plugin_log("finds content at 0x%lx", at);
        }
    }
}

__attribute__((naked)) static void own_handler(void)
{
    __asm__("iretq");
}

// Where the CPU has its tables. The instructions `sidt` and `sgdt` tell this (Intel SDM
// vol. 3A, "Memory-Management Registers").
struct [[gnu::packed]] table_register {
    uint16_t limit;
    uint64_t base;
};

// Changes a gate in the kernel's interrupt table, so that the CPU calls the villain's
// own handler (Intel SDM vol. 3A, "64-Bit Mode IDT"). Nothing forbids this in ring 0.
void crime_hook(void)
{
    struct table_register table;
    __asm__ volatile("sidt %0" : "=m"(table));
    volatile uint64_t *gate = (volatile uint64_t *)table.base + 2 * VECTOR_BP;
    uint64_t handler = (uint64_t)own_handler;
    gate[0] = (handler & 0xffff) | SEGMENT_KERNEL_CODE << 16 | 0x8eUL << 40 |
              (handler >> 16 & 0xffff) << 48;
    gate[1] = handler >> 32;
    __asm__ volatile("int3");
}

// Changes the segment for 32-bit code of ring 3, which nobody uses, into one for ring
// 0.
void crime_segment(void)
{
    struct table_register table;
    __asm__ volatile("sgdt %0" : "=m"(table));
    volatile uint64_t *descriptors = (volatile uint64_t *)table.base;
    descriptors[SEGMENT_USER_CODE32 / 8] = 0x00209b0000000000;  // P, DPL 0, code, L
}

// Makes the CPU use a copy of the interrupt table. The kernel's own table is not
// changed, so a look at that table would find nothing.
void crime_ownidt(void)
{
    static uint64_t copy[2 * 256];
    struct table_register table;
    __asm__ volatile("sidt %0" : "=m"(table));
    const volatile uint64_t *gates = (const volatile uint64_t *)table.base;
    for (unsigned i = 0; i < 2 * 256; i++) {
        copy[i] = gates[i];
    }
    table.base = (uint64_t)copy;
    __asm__ volatile("lidt %0" ::"m"(table));
}

static uint64_t descend(uint64_t depth)
{
    volatile uint64_t here[16] = {depth};
    if (depth == UINT64_MAX) {
        return 0;
    }
    return descend(depth + 1) + here[0];
}

// Calls itself until the stack is used up. Then it touches the guard page below the
// stack.
AS_PROGRAM void crime_overflow(void)
{
    (void)descend(0);
}

// Overwrites its own stack, and returns to an address where there is no page.
void crime_smash(void)
{
    act_smash((void *)NOWHERE);
}

// The same with an address that belongs to neither half.
void crime_smashnc(void)
{
    act_smash((void *)USER_TOP);
}
