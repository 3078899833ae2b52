// GDT, TSS and IDT: the tables in which the CPU looks up what a ring may do.
#ifndef ARCH_DESCRIPTORS_H
#define ARCH_DESCRIPTORS_H

#include <stdint.h>

#define GDT_ENTRIES 8
#define IDT_ENTRIES 256

// Intel SDM vol. 3A, "64-Bit Mode IDT".
struct gate {
    uint16_t offset_0;
    uint16_t selector;
    uint8_t ist;
    uint8_t type;
    uint16_t offset_16;
    uint32_t offset_32;
    uint32_t reserved;
};
_Static_assert(sizeof(struct gate) == 16, "64-bit gate");

// The address at which the handler begins.
static inline uint64_t gate_target(const struct gate *gate)
{
    return (uint64_t)gate->offset_32 << 32 | (uint64_t)gate->offset_16 << 16 |
           gate->offset_0;
}

// Loads the kernel's own GDT, TSS and IDT, and the registers of `syscall`.
void descriptors_initialize(void);

// Sets TSS.RSP0: the stack on which the next trap from ring 3 will land.
void descriptors_set_kernel_stack(uint64_t stack_top);

// Fills the IDT with zeros: the next trap is a triple fault, which resets the machine.
void descriptors_forget_idt(void);

#endif
