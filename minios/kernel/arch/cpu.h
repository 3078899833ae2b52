// The instructions that C has no words for. One line of assembly each.
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <minios/abi.h>
#include <stdbool.h>

#define CR0_WP   (1UL << 16)
#define CR4_SMEP (1UL << 20)
#define CR4_SMAP (1UL << 21)

#define MSR_EFER  0xc0000080U
#define MSR_STAR  0xc0000081U
#define MSR_LSTAR 0xc0000082U
#define MSR_FMASK 0xc0000084U
#define EFER_SCE  (1UL << 0)

#define RFLAGS_RESERVED (1UL << 1)
#define RFLAGS_TF       (1UL << 8)
#define RFLAGS_IF       (1UL << 9)
#define RFLAGS_DF       (1UL << 10)
#define RFLAGS_IOPL     (3UL << 12)
#define RFLAGS_NT       (1UL << 14)
#define RFLAGS_AC       (1UL << 18)

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

// The memory clobber matters: the device reads what was stored before.
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

// `sti` takes effect after the next instruction: no interrupt can slip in between and
// leave the CPU halted with work to do (Intel SDM vol. 2B, STI).
static inline void cpu_wait_for_interrupt(void)
{
    __asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

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

static inline void cpu_forget_page(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

// What GDTR and IDTR hold (Intel SDM vol. 3A, "Memory-Management Registers").
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

static inline struct cpuid cpu_identify(uint32_t leaf)
{
    struct cpuid id;
    __asm__ volatile("cpuid"
                     : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
                     : "a"(leaf), "c"(0));
    return id;
}

// SMAP: between these two, and only there, ring 0 may touch user pages.
static inline void cpu_open_user_memory(void)
{
    __asm__ volatile("stac" : : : "memory");
}

static inline void cpu_close_user_memory(void)
{
    __asm__ volatile("clac" : : : "memory");
}

#endif
