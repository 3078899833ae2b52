// What a routine can do wrong wherever it is called: in a deferred call at IRQL_DISPATCH
// (later.c), in the timer's interrupt at IRQL_CLOCK (interrupt.c).
#include "crimes.h"

// Reads through a pointer.
void act_read(void *pointer)
{
    (void)*(volatile uint64_t *)pointer;
}

// Writes through a pointer.
void act_write(void *pointer)
{
    *(volatile uint64_t *)pointer = 0;
}

// Has the kernel's own code read through a pointer.
void act_copy(void *pointer)
{
    uint8_t here[64];
    memcpy(here, pointer, HIDDEN(sizeof(here)));
    __asm__ volatile("" : : "r"(here) : "memory");
}

// Divides by zero.
void act_divide(void *nothing)
{
    (void)nothing;
    crime_divide();
}

// Executes an instruction that does not exist.
void act_badop(void *nothing)
{
    (void)nothing;
    crime_badop();
}

// Writes an address over its own stack: eight words into an array of one. Then it returns,
// and goes on there.
__attribute__((noinline)) void act_smash(void *address)
{
    void *array[1];
    void *volatile *word = HIDDEN((void **)array);
    for (unsigned i = 0; i < 8; i++) {
        word[i] = address;
    }
}

// Waits for the disk.
void act_wait(void *nothing)
{
    static uint8_t byte;
    (void)nothing;
    (void)!plugin_read_file("/SYSTEM/SERVICES.INI", &byte, sizeof(byte));
}

// Loops for ever.
void act_loop(void *nothing)
{
    (void)nothing;
    crime_loop();
}
