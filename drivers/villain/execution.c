// Crimes of execution: invalid instructions, and code in pages that may not be
// executed.
#include "crimes.h"

// Divides by zero.
AS_PROGRAM void crime_divide(void)
{
    __asm__ volatile("xorl %%edx, %%edx\n\tdivl %%edx" ::: "eax", "edx", "cc");
}

// Executes an instruction that does not exist.
AS_PROGRAM void crime_badop(void)
{
    __asm__ volatile("ud2");
}

// Executes a breakpoint, although there is no debugger.
AS_PROGRAM void crime_int3(void)
{
    __asm__ volatile("int3");
}

// Computes with the floating-point unit (FPU), which the kernel keeps switched off.
AS_PROGRAM void crime_fpu(void)
{
    __asm__ volatile("fld1");
}

// Calls a null function pointer.
AS_PROGRAM void crime_callnull(void)
{
    HIDDEN((void (*)(void))NULL)();
}

// Jumps to an address where there is no page.
AS_PROGRAM void crime_exwild(void)
{
    HIDDEN((void (*)(void))NOWHERE)();
}

// Executes its own data.
AS_PROGRAM void crime_exdata(void)
{
    static uint8_t code[] = {0xc3};  // ret
    HIDDEN((void (*)(void))code)();
}

// Executes code on its own stack.
AS_PROGRAM void crime_exstack(void)
{
    volatile uint8_t code[] = {0xc3};
    HIDDEN((void (*)(void))code)();
}

// Loops for ever. The timer can still interrupt it, so all other threads go on.
void crime_loop(void)
{
    for (;;) {
        __asm__ volatile("");
    }
}

// Checks the bounds of an array, as the sensor should have. But instead of refusing the
// bad index, it ends with "fail fast", and in ring 0 that stops the machine, too.
AS_PROGRAM void crime_failfast(void)
{
    static const uint64_t supplied[20];
    uint64_t index = HIDDEN(20UL);
    if (index >= sizeof(supplied) / sizeof(supplied[0])) {
        plugin_fail_fast(FAIL_FAST_ARRAY_BOUNDS);
    }
}
