// GDT, TSS and IDT: the tables in which the CPU looks up what a ring may do.
#ifndef ARCH_DESCRIPTORS_H
#define ARCH_DESCRIPTORS_H

#include <stdint.h>

// Loads the kernel's own GDT, TSS and IDT, and the registers of `syscall`.
void descriptors_initialize(void);

// Sets TSS.RSP0: the stack on which the next trap from ring 3 will land.
void descriptors_set_kernel_stack(uint64_t stack_top);

// Fills the IDT with zeros: the next trap is a triple fault, which resets the machine.
void descriptors_forget_idt(void);

#endif
