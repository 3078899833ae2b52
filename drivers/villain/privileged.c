// Crimes with privileged instructions: only ring 0 may use them, so in ring 3 each is
// #GP.
#include "crimes.h"

#define CR0_WP    (1UL << 16)
#define MSR_LSTAR 0xc0000082U

// Switches interrupts off, and forgets to switch them on again.
void crime_cli(void)
{
    __asm__ volatile("cli");
}
// [hang]
// Switches interrupts off and loops. Without interrupts, nothing can take the CPU away.
void crime_hang(void)
{
    __asm__ volatile("cli");
    for (;;) {
        __asm__ volatile("");
    }
}
// [/hang]
// Stops the CPU until the next interrupt.
AS_PROGRAM void crime_hlt(void)
{
    __asm__ volatile("hlt");
}

// Resets the machine through an I/O port.
AS_PROGRAM void crime_outport(void)
{
    uint8_t value = PORT_RESET_SYSTEM | PORT_RESET_CPU;
    __asm__ volatile("outb %0, %w1" ::"a"(value), "Nd"(PORT_RESET_CONTROL));
}

// Loads page tables from an address where there are none.
AS_PROGRAM void crime_wrcr3(void)
{
    __asm__ volatile("movq %0, %%cr3" ::"r"(0UL) : "memory");
}

// Sets the address to which `syscall` jumps to 0. The next system call of any program
// fails.
AS_PROGRAM void crime_wrmsr(void)
{
    __asm__ volatile("wrmsr" ::"c"(MSR_LSTAR), "a"(0), "d"(0));
}

static uint64_t kernel_entry;

__attribute__((naked)) static void own_entry(void)
{
    __asm__("jmpq *%0" : : "m"(kernel_entry));
}

// Puts code of its own before every system call. This code only jumps on to the kernel,
// but it could read and change everything.
void crime_lstar(void)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_LSTAR));
    kernel_entry = (uint64_t)high << 32 | low;
    uint64_t entry = (uint64_t)own_entry;
    __asm__ volatile("wrmsr" ::"c"(MSR_LSTAR), "a"((uint32_t)entry),
                     "d"((uint32_t)(entry >> 32)));
}

// Takes the interrupt descriptor table away, and then causes a trap that needs it.
AS_PROGRAM void crime_noidt(void)
{
    static const struct [[gnu::packed]] {
        uint16_t limit;
        uint64_t base;
    } nothing;
    __asm__ volatile("lidt %0\n\tint3" ::"m"(nothing));
}

// Clears CR0.WP, which makes read-only pages writable for ring 0, then changes the
// kernel's code. So read-only pages protect the kernel from mistakes, not from an
// attacker in ring 0.
AS_PROGRAM void crime_unwp(void)
{
    volatile uint8_t *kernel =
        HIDDEN((uint8_t *)(KERNEL_BASE + KERNEL_PHYSICAL + PAGE_SIZE));
    uint64_t cr0;
    __asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("movq %0, %%cr0" ::"r"(cr0 & ~CR0_WP) : "memory");
    *kernel = 0xc3;  // code that runs only at the start, so nothing breaks
    __asm__ volatile("movq %0, %%cr0" ::"r"(cr0) : "memory");
}
