// GDT, TSS and IDT: the tables in which the CPU looks up what each ring may do. The
// terms are explained in descriptors.c.
#pragma once

#include <minios/abi.h>

#define GDT_ENTRIES 8
#define IDT_ENTRIES 256
#define PORTS       65536  // of the CPU

// A gate: one entry of the IDT. It says where the handler of one vector begins (its
// address is split into three fields), in which code segment, on which stack, and which
// ring may call it with `int n` (Intel SDM vol. 3A, "64-Bit Mode IDT").
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

// Called once, by kernel_main. Loads the kernel's own GDT, TSS and IDT, and the
// registers that `syscall` uses.
void descriptors_initialize(void);

// Sets TSS.RSP0: the stack to which the CPU switches at the next trap from ring 3. The
// scheduler calls it whenever it switches threads, because each has a kernel stack.
void descriptors_set_kernel_stack(uint64_t stack_top);

// Lets ring 3 use the ports of this grant, and no others. The scheduler calls it whenever
// it switches threads. A grant without ports closes all of them.
void descriptors_allow_ports(const struct device_grant *grant);

// Resets the machine, by force. The CPU is given an empty IDT, and then a trap. It
// cannot deliver the trap, nor the double fault (#DF) that follows from this. That is a
// "triple fault", and the machine resets. Used where no device can reset it
// (devices/power.c).
void descriptors_forget_idt(void);
