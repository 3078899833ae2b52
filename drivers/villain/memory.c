// Crimes against memory: reads and writes of what is absent, forbidden, or too much.
#include "crimes.h"

// Reads through a null pointer.
void crime_null(void)
{
    (void)*HIDDEN((volatile uint64_t *)NULL);
}

// Reads an address of the kernel's half at which there is no page.
void crime_wild(void)
{
    (void)*HIDDEN((volatile uint64_t *)NOWHERE);
}

// Reads an address of neither half: bits 63 to 47 differ.
void crime_noncanon(void)
{
    (void)*HIDDEN((volatile uint64_t *)USER_TOP);
}

// Reads the kernel's code.
void crime_rdkernel(void)
{
    (void)*HIDDEN((volatile uint64_t *)(KERNEL_BASE + KERNEL_PHYSICAL + PAGE_SIZE));
}

// Writes to the screen's memory through the direct map.
void crime_wrscreen(void)
{
    volatile uint16_t *screen =
        HIDDEN((volatile uint16_t *)(DIRECT_MAP + SCREEN_PHYSICAL));
    *screen = 0x4f58;  // an X, white on red
}

// Writes over its own code.
void crime_wrtext(void)
{
    volatile uint8_t *code = HIDDEN((volatile uint8_t *)crime_null);
    *code = 0xc3;
}

// Writes over a constant of its own.
void crime_wrconst(void)
{
    static const volatile uint64_t constant = 1;
    *HIDDEN((volatile uint64_t *)&constant) = 2;
}

// Patches the kernel's code, as a rootkit would.
void crime_patch(void)
{
    uint64_t kernel = KERNEL_BASE + KERNEL_PHYSICAL + PAGE_SIZE;
    *HIDDEN((volatile uint8_t *)kernel) = 0xc3;
}

static uint64_t descend(uint64_t depth)
{
    volatile uint64_t here[16] = {depth};
    if (depth == UINT64_MAX) {
        return 0;
    }
    return descend(depth + 1) + here[0];
}

// Calls itself until the stack is used up and touches the guard page below it.
void crime_overflow(void)
{
    (void)descend(0);
}
