// Instructions of the CPU that C has no words for, each as one small function.
//
// Most of them are privileged: ring 3 gets a general protection fault (#GP) for them.
// The whole kernel uses this file. What the control registers (CR0 to CR4) and the
// model-specific registers (MSRs) mean: Intel SDM vol. 3A, "Control Registers", and
// vol. 4.
#pragma once

#include <minios/abi.h>

#define CR4_SMEP (1UL << 20)  // ring 0 cannot run code from user pages
#define CR4_SMAP (1UL << 21)  // ring 0 cannot read or write user pages

#define MSR_EFER  0xc0000080U  // extended features: long mode, NX, `syscall`
#define MSR_STAR  0xc0000081U  // the code segments that `syscall` and `sysret` load
#define MSR_LSTAR 0xc0000082U  // the address to which `syscall` jumps
#define MSR_FMASK 0xc0000084U  // the flags that `syscall` clears
#define EFER_SCE  (1UL << 0)   // makes `syscall` a valid instruction

#define RFLAGS_TF   (1UL << 8)   // trap after each instruction
#define RFLAGS_IF   (1UL << 9)   // interrupts are allowed
#define RFLAGS_DF   (1UL << 10)  // string instructions run downwards
#define RFLAGS_IOPL (3UL << 12)  // the highest ring that may use I/O ports
#define RFLAGS_NT   (1UL << 14)  // nested task: `iretq` faults
#define RFLAGS_AC   (1UL << 18)  // in ring 0: switches SMAP off

static inline void cpu_out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t cpu_in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

// "memory" tells the compiler to finish all stores before the `outl`. The device reads
// what was stored: without this, it might read the old values.
static inline void cpu_out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void cpu_interrupts_off(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void cpu_interrupts_on(void)
{
    __asm__ volatile("sti" : : : "memory");
}

// Sleeps until an interrupt comes. `sti` allows interrupts only after the next
// instruction, here `hlt` (Intel SDM vol. 2B, STI). If an interrupt could come between
// the two, the CPU would sleep although the interrupt has just brought it work.
static inline void cpu_wait_for_interrupt(void)
{
    __asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

// CR2: the address whose access caused the last page fault.
static inline uint64_t cpu_read_cr2(void)
{
    uint64_t value;
    __asm__ volatile("movq %%cr2, %0" : "=r"(value));
    return value;
}

static inline uint64_t cpu_read_cr0(void)
{
    uint64_t value;
    __asm__ volatile("movq %%cr0, %0" : "=r"(value));
    return value;
}

// CR3: the physical address of the page tables in use, and so the address space.
static inline uint64_t cpu_read_cr3(void)
{
    uint64_t value;
    __asm__ volatile("movq %%cr3, %0" : "=r"(value));
    return value;
}

static inline uint64_t cpu_read_cr4(void)
{
    uint64_t value;
    __asm__ volatile("movq %%cr4, %0" : "=r"(value));
    return value;
}

static inline void cpu_write_cr3(uint64_t value)
{
    __asm__ volatile("movq %0, %%cr3" : : "r"(value) : "memory");
}

static inline void cpu_write_cr4(uint64_t value)
{
    __asm__ volatile("movq %0, %%cr4" : : "r"(value) : "memory");
}

// The CPU keeps page-table entries that it has used in a cache (the TLB). This drops
// the entry of one page. Without it the CPU could go on using a page that was unmapped.
static inline void cpu_forget_page(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

// What the registers GDTR and IDTR hold: where the GDT or the IDT lies, and its size
// minus 1 (Intel SDM vol. 3A, "Memory-Management Registers"). descriptors.c has the
// tables.
struct [[gnu::packed]] table_register {
    uint16_t limit;
    uint64_t base;
};

static inline struct table_register cpu_read_gdtr(void)
{
    struct table_register value;
    __asm__ volatile("sgdt %0" : "=m"(value));
    return value;
}

static inline struct table_register cpu_read_idtr(void)
{
    struct table_register value;
    __asm__ volatile("sidt %0" : "=m"(value));
    return value;
}

static inline uint64_t cpu_read_msr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void cpu_write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

// Asks the CPU which features it has. `leaf` chooses the group of features.
static inline struct cpuid cpu_identify(uint32_t leaf)
{
    struct cpuid id;
    __asm__ volatile("cpuid"
                     : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
                     : "a"(leaf), "c"(0));
    return id;
}

// SMAP stops ring 0 from touching user pages. These two open and close an exception,
// for memory/usercopy.c only. So a wild pointer into user memory anywhere else faults
// at once.
static inline void cpu_open_user_memory(void)
{
    __asm__ volatile("stac" : : : "memory");
}

static inline void cpu_close_user_memory(void)
{
    __asm__ volatile("clac" : : : "memory");
}
