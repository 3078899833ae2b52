// GDT, TSS and IDT, and the model-specific registers of `syscall`: in these tables the
// CPU looks up what each ring may do.
//
//   GDT  global descriptor table: the code and data segments, each with the ring for
//        which it is (the DPL, "descriptor privilege level")
//   IDT  interrupt descriptor table: for each vector a gate, which says where the
//        handler begins. The DPL of a gate says which rings may call it with `int n`
//   TSS  task state segment: the stacks. RSP0 is the stack on which ring 0 begins. The
//        IST ("interrupt stack table") gives some traps a stack of their own, which
//        works even if the current stack is broken
//
// Behind the TSS lies a map of the I/O ports, one bit for each. A one forbids ring 3 to
// use the port (Intel SDM vol. 1, "I/O Permission Bit Map").
//
// Privilege starts here: a wrong bit in one of these tables, and ring 3 is ring 0. See
// Intel SDM vol. 3A, "Exception and Interrupt Handling in 64-bit Mode" and "Task
// Management in 64-bit Mode". kernel_main calls descriptors_initialize; the scheduler
// sets RSP0 and the map of ports.
#include "arch/descriptors.h"

#include "arch/cpu.h"
#include <stdbool.h>

// 63          56 55  52 51   48 47        40 39      32 31        16 15         0
// | base 31..24 | G D L AVL | limit | P DPL S type | base 23..16 | base 15..0 | limit |
//
// 64-bit code does not care about the limit, G and D of a data segment. "Flat" is what
// `syscall` and `sysret` leave in SS without reading this table: all 4 GiB, G and D set.
// So SS is the same whichever way the CPU has come. (An emulator may translate code once
// for each content of SS that it meets.)
#define DESCRIPTOR_CODE64_RING0 0x00209b0000000000UL  // P, DPL 0, code, L
#define DESCRIPTOR_DATA_RING0   0x00cf930000000000UL  // P, DPL 0, data, writable, flat
#define DESCRIPTOR_CODE32_RING3 0x0040fb0000000000UL  // unused: `sysret` skips it
#define DESCRIPTOR_DATA_RING3   0x00cff30000000000UL  // P, DPL 3, data, writable, flat
#define DESCRIPTOR_CODE64_RING3 0x0020fb0000000000UL  // P, DPL 3, code, L
#define DESCRIPTOR_TSS          0x0000890000000000UL  // P, DPL 0, available 64-bit TSS

#define GATE_INTERRUPT_RING0  0x8e  // P, DPL 0, 64-bit interrupt gate: IF is cleared
#define GATE_INTERRUPT_RING3  0xee  // P, DPL 3: `int n` from ring 3 may use it
#define EMERGENCY_STACK_BYTES 8192
#define PORT_MAP_BYTES        (PORTS / 8)

// The TSS. Packed, because its 8-byte fields begin at multiples of 4 (Intel SDM vol.
// 3A, "Task Management in 64-bit Mode").
struct [[gnu::packed]] task_state {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_bitmap_offset;
};
_Static_assert(sizeof(struct task_state) == 104, "64-bit TSS");

//   task_state                     port_map                             guard
//   | ... | io_bitmap_offset = 104 | 1111 1111 1111 1111 ... 1111 1111 | 1111 1111 |
//
// The CPU always reads two bytes of the map, so one more has to follow the last.
struct [[gnu::packed]] task_state_and_ports {
    struct task_state state;
    uint8_t port_map[PORT_MAP_BYTES];
    uint8_t guard;
};

// All of these are written once, during the start. Only RSP0 and the map of ports change
// later.
static uint64_t gdt[GDT_ENTRIES];
static struct task_state_and_ports task_state;
static struct device_grant allowed;  // whose ports are open in the map
static struct gate idt[IDT_ENTRIES] __attribute__((aligned(16)));
static uint8_t double_fault_stack[EMERGENCY_STACK_BYTES] __attribute__((aligned(16)));
static uint8_t nmi_stack[EMERGENCY_STACK_BYTES] __attribute__((aligned(16)));

extern const uint64_t trap_stubs[IDT_ENTRIES];
void syscall_entry(void);

// Fills the GDT and loads it. The CPU keeps using the old segments until their
// registers are loaded again; only a far jump or a far return can load CS.
static void gdt_load(void)
{
    uint64_t base = (uint64_t)&task_state;
    gdt[SEGMENT_KERNEL_CODE / 8] = DESCRIPTOR_CODE64_RING0;
    gdt[SEGMENT_KERNEL_DATA / 8] = DESCRIPTOR_DATA_RING0;
    gdt[SEGMENT_USER_CODE32 / 8] = DESCRIPTOR_CODE32_RING3;
    gdt[SEGMENT_USER_DATA / 8] = DESCRIPTOR_DATA_RING3;
    gdt[SEGMENT_USER_CODE / 8] = DESCRIPTOR_CODE64_RING3;
    gdt[SEGMENT_TASK_STATE / 8] = DESCRIPTOR_TSS | (sizeof(task_state) - 1) |
                                  (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
    gdt[SEGMENT_TASK_STATE / 8 + 1] = base >> 32;

    struct table_register pointer = {sizeof(gdt) - 1, (uint64_t)gdt};
    __asm__ volatile("lgdt %0\n\t"
                     "pushq %1\n\t"  // the new CS, for the far return below
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movw %w2, %%ss\n\t"
                     "movw %w2, %%ds\n\t"
                     "movw %w2, %%es"
                     :
                     : "m"(pointer), "i"(SEGMENT_KERNEL_CODE), "r"(SEGMENT_KERNEL_DATA)
                     : "rax", "memory");
}

// A double fault often means that the kernel stack is used up. Without a stack of its
// own its handler could not run either: the third fault resets the machine without a
// word.
static void task_state_load(void)
{
    task_state.state.ist[SEGMENT_IST_DOUBLE_FAULT - 1] =
        (uint64_t)double_fault_stack + sizeof(double_fault_stack);
    task_state.state.ist[SEGMENT_IST_NMI - 1] = (uint64_t)nmi_stack + sizeof(nmi_stack);
    task_state.state.io_bitmap_offset = offsetof(struct task_state_and_ports, port_map);
    __builtin_memset(task_state.port_map, 0xff, sizeof(task_state.port_map));
    task_state.guard = 0xff;
    __asm__ volatile("ltr %w0" : : "r"(SEGMENT_TASK_STATE));
}

// All gates have DPL 0, but for two: if ring 3 says `int 14`, it gets #GP and cannot
// pretend that a page fault happened.
static void idt_load(void)
{
    for (size_t vector = 0; vector < IDT_ENTRIES; vector++) {
        uint64_t offset = trap_stubs[vector];
        idt[vector] = (struct gate){
            .offset_0 = (uint16_t)offset,
            .selector = SEGMENT_KERNEL_CODE,
            .type = GATE_INTERRUPT_RING0,
            .offset_16 = (uint16_t)(offset >> 16),
            .offset_32 = (uint32_t)(offset >> 32),
        };
    }
    idt[VECTOR_DF].ist = SEGMENT_IST_DOUBLE_FAULT;
    idt[VECTOR_NMI].ist = SEGMENT_IST_NMI;
    idt[VECTOR_BP].type = GATE_INTERRUPT_RING3;  // `int3`: it ends the process
    idt[FAIL_FAST_VECTOR].type =
        GATE_INTERRUPT_RING3;  // fail fast: a program finds that it is damaged

    struct table_register pointer = {sizeof(idt) - 1, (uint64_t)idt};
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

// FMASK lists the flags that `syscall` clears, because ring 3 has chosen them. With TF
// the kernel would trap after each instruction, with DF its copies would run backwards,
// with AC there would be no SMAP. IF is cleared so that the stack can be switched in
// peace.
static void syscall_enable(void)
{
    uint64_t user_base = SEGMENT_USER_CODE32, kernel_base = SEGMENT_KERNEL_CODE;
    cpu_write_msr(MSR_EFER, cpu_read_msr(MSR_EFER) | EFER_SCE);
    cpu_write_msr(MSR_STAR, user_base << 48 | kernel_base << 32);
    cpu_write_msr(MSR_LSTAR, (uint64_t)syscall_entry);
    cpu_write_msr(MSR_FMASK, RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL |
                                 RFLAGS_NT | RFLAGS_AC);
}

void descriptors_initialize(void)
{
    gdt_load();
    task_state_load();  // needs the GDT, which says where the TSS lies
    idt_load();
    syscall_enable();
}

void descriptors_set_kernel_stack(uint64_t stack_top)
{
    task_state.state.rsp[0] = stack_top;
}

static void set_ports(const struct device_grant *grant, bool open)
{
    for (unsigned i = 0; i < grant->port_count; i++) {
        unsigned port = grant->first_port + i;
        uint8_t bit = (uint8_t)(1U << port % 8);
        uint8_t *byte = &task_state.port_map[port / 8];
        *byte = open ? *byte & (uint8_t)~bit : *byte | bit;
    }
}

// [allow_ports]
void descriptors_allow_ports(const struct device_grant *grant)
{
    if (grant->first_port != allowed.first_port ||
        grant->port_count != allowed.port_count) {
        set_ports(&allowed, false);
        set_ports(grant, true);
        allowed = *grant;
    }
}
// [/allow_ports]

void descriptors_forget_idt(void)
{
    struct table_register pointer = {0, 0};
    __asm__ volatile("lidt %0\n\tint3" : : "m"(pointer));
}
