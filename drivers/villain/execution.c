// Crimes of execution: instructions that cannot be, or from where none may come.
#include "crimes.h"

// Divides by zero.
void crime_divide(void)
{
    __asm__ volatile("xorl %%edx, %%edx\n\tdivl %%edx" ::: "eax", "edx", "cc");
}

// Executes an instruction that does not exist.
void crime_badop(void)
{
    __asm__ volatile("ud2");
}

// Meets a breakpoint where no debugger is.
void crime_int3(void)
{
    __asm__ volatile("int3");
}

// Computes with the FPU, which the kernel keeps switched off.
void crime_fpu(void)
{
    __asm__ volatile("fld1");
}

// Calls a null function pointer.
void crime_callnull(void)
{
    HIDDEN((void (*)(void))NULL)();
}

// Jumps to where there is no page.
void crime_exwild(void)
{
    HIDDEN((void (*)(void))NOWHERE)();
}

// Executes its own data.
void crime_exdata(void)
{
    static uint8_t code[] = {0xc3};  // ret
    HIDDEN((void (*)(void))code)();
}

// Executes code on its own stack.
void crime_exstack(void)
{
    volatile uint8_t code[] = {0xc3};
    HIDDEN((void (*)(void))code)();
}

// Loops for ever. Nothing keeps the timer from interrupting it.
void crime_loop(void)
{
    for (;;) {
        __asm__ volatile("");
    }
}

// Has a bounds check that gives up instead of refusing.
void crime_failfast(void)
{
    static const uint64_t supplied[20];
    uint64_t index = HIDDEN(20UL);
    if (index >= sizeof(supplied) / sizeof(supplied[0])) {
        plugin_fail_fast(FAIL_FAST_ARRAY_BOUNDS);
    }
}
