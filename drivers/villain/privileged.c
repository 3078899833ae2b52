// Crimes with the instructions that only ring 0 has.
#include "crimes.h"

#define CR0_WP    (1UL << 16)
#define MSR_LSTAR 0xc0000082U

// Switches interrupts off, and forgets to switch them on again.
void crime_cli(void)
{
    __asm__ volatile("cli");
}

// Switches interrupts off and waits for something that cannot come.
void crime_hang(void)
{
    __asm__ volatile("cli");
    for (;;) {
        __asm__ volatile("");
    }
}

// Stops the CPU until the next interrupt.
void crime_hlt(void)
{
    __asm__ volatile("hlt");
}

// Resets the machine through its port.
void crime_outport(void)
{
    uint8_t value = PORT_RESET_SYSTEM | PORT_RESET_CPU;
    __asm__ volatile("outb %0, %w1" ::"a"(value), "Nd"(PORT_RESET_CONTROL));
}

// Gives itself page tables that are none.
void crime_wrcr3(void)
{
    __asm__ volatile("movq %0, %%cr3" ::"r"(0UL) : "memory");
}

// Takes away the entry of the system calls. The next one finds it.
void crime_wrmsr(void)
{
    __asm__ volatile("wrmsr" ::"c"(MSR_LSTAR), "a"(0), "d"(0));
}

static uint64_t kernel_entry;

__attribute__((naked)) static void own_entry(void)
{
    __asm__("jmpq *%0" : : "m"(kernel_entry));
}

// Puts code of its own in front of every system call. It only passes them on.
void crime_lstar(void)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_LSTAR));
    kernel_entry = (uint64_t)high << 32 | low;
    uint64_t entry = (uint64_t)own_entry;
    __asm__ volatile("wrmsr" ::"c"(MSR_LSTAR), "a"((uint32_t)entry),
                     "d"((uint32_t)(entry >> 32)));
}

// Takes away the interrupt descriptor table, and then needs it.
void crime_noidt(void)
{
    static const struct [[gnu::packed]] {
        uint16_t limit;
        uint64_t base;
    } nothing;
    __asm__ volatile("lidt %0\n\tint3" ::"m"(nothing));
}

// Clears CR0.WP, then patches the kernel's code: ring 0 can take off its own chains.
void crime_unwp(void)
{
    volatile uint8_t *kernel =
        HIDDEN((uint8_t *)(KERNEL_BASE + KERNEL_PHYSICAL + PAGE_SIZE));
    uint64_t cr0;
    __asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("movq %0, %%cr0" ::"r"(cr0 & ~CR0_WP) : "memory");
    *kernel = 0xc3;  // code that runs once, at the start: nobody will miss it
    __asm__ volatile("movq %0, %%cr0" ::"r"(cr0) : "memory");
}
