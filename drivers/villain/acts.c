// What any function can do wrong, wherever it is called. later.c calls these in a
// deferred call at IRQL 2 (dispatch), interrupt.c in the timer's interrupt at IRQL 13
// (clock). The same act then ends in another stop code than on a normal thread.
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

// Makes the kernel's own code (memcpy) read through a bad pointer.
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

// Overwrites its own stack: writes eight times the address into an array of one word.
// One of them replaces the return address. So the function "returns" to that address.
__attribute__((noinline)) void act_smash(void *address)
{
    void *array[1];
    void *volatile *word = HIDDEN((void **)array);
    for (unsigned i = 0; i < 8; i++) {
        word[i] = address;
    }
}

// Reads a file, for which it has to wait.
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
