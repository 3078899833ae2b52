// Crimes of callbacks: committed a moment later, in ring 0 at IRQL_DISPATCH on the stack
// of whoever was interrupted.
#include "crimes.h"

#define AFTER_UNLOAD 300000000UL  // nanoseconds

static void commit_later(void (*function)(void *), void *argument, uint64_t nanoseconds)
{
    if (plugin_defer(function, argument, nanoseconds) < 0) {
        plugin_log("cannot do it later");
    }
}

static void read_word(void *pointer)
{
    (void)*(volatile uint64_t *)pointer;
}

// Reads through a null pointer.
void crime_dpcnull(void)
{
    commit_later(read_word, NULL, 0);
}

// Reads an address of neither half: not a page fault, so IRQL does not matter.
void crime_dpcgp(void)
{
    commit_later(read_word, (void *)USER_TOP, 0);
}

static void copy_from(void *pointer)
{
    uint8_t here[64];
    memcpy(here, pointer, HIDDEN(sizeof(here)));
    __asm__ volatile("" : : "r"(here) : "memory");
}

// Has the kernel's own code read an address where nothing is.
void crime_dpccopy(void)
{
    commit_later(copy_from, (void *)NOWHERE, 0);
}

static void read_file(void *argument)
{
    static uint8_t byte;
    (void)argument;
    (void)!plugin_read_file("/SYSTEM/SERVICES.INI", &byte, sizeof(byte));
}

// Waits for the disk where nothing may wait.
void crime_dpcwait(void)
{
    commit_later(read_file, NULL, 0);
}

static void loop(void *argument)
{
    (void)argument;
    for (;;) {
        __asm__ volatile("");
    }
}

// Loops for ever where no other thread can take over.
void crime_dpcloop(void)
{
    commit_later(loop, NULL, 0);
}

static void come_back(void *argument)
{
    (void)argument;
    plugin_log("is still here");
}

// Leaves a callback behind; then somebody unloads it.
void crime_leave(void)
{
    commit_later(come_back, NULL, AFTER_UNLOAD);
}
