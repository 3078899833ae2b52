// The two 8259A interrupt controllers (Intel 8259A datasheet, "Programming the 8259A");
// see pic.h.
//
// Newer CPUs have an interrupt controller of their own, the local APIC. There the PIC
// is connected to one of its pins, LINT0. This pin must be switched on, in the mode
// ExtINT, or no interrupt ever arrives (Intel SDM vol. 3A, "Local Vector Table").
#include "interrupts/pic.h"

#include "arch/cpu.h"
#include "base/stop.h"
#include "memory/page_table.h"

#define COMMAND 0  // offset of the command port
#define DATA    1  // offset of the data port

// The commands of a PIC. ICW is an "initialization command word", OCW an "operation
// command word". One PIC, the master, is connected to the CPU; the other one, the
// slave, is connected to a pin of the master.
#define ICW1_INITIALIZE_WITH_ICW4 0x11
#define ICW3_MASTER               (1 << IRQ_CASCADE)  // the pin with the slave on it
#define ICW3_SLAVE                IRQ_CASCADE         // the slave's own number
#define ICW4_8086                 0x01
#define OCW2_END_OF_INTERRUPT     0x20
#define OCW3_READ_IN_SERVICE      0x0b

#define APIC_SPURIOUS        0x0f0
#define APIC_SPURIOUS_ENABLE 0x1ff  // software enable, spurious vector 0xff
#define APIC_LINT0           0x350
#define APIC_LINT0_EXTINT    0x700
#define CPUID_EDX_APIC       (1U << 9)

static uint16_t masked = 0xffff;  // a copy of both mask registers: 1 is off

static void write_masks(void)
{
    cpu_out8(PORT_PIC_MASTER + DATA, (uint8_t)masked);
    cpu_out8(PORT_PIC_SLAVE + DATA, (uint8_t)(masked >> 8));
}

static void local_apic_pass_through(void)
{
    if (!(cpu_identify(1).edx & CPUID_EDX_APIC)) {
        return;  // then the PIC is connected to the CPU directly
    }
    if (!page_table_map(page_table_kernel(), DEVICE_REGION, LOCAL_APIC_PHYSICAL,
                        PAGE_DEVICE)) {
        stop_panic("no memory to map the local APIC");
    }
    volatile uint32_t *apic = (volatile uint32_t *)DEVICE_REGION;
    apic[APIC_SPURIOUS / 4] = APIC_SPURIOUS_ENABLE;
    apic[APIC_LINT0 / 4] = APIC_LINT0_EXTINT;
}

// Each PIC expects four bytes in this order: ICW1 begins, ICW2 is the vector of its
// first line, ICW3 says how the two are connected, ICW4 chooses the mode.
void pic_initialize(void)
{
    local_apic_pass_through();
    cpu_out8(PORT_PIC_MASTER + COMMAND, ICW1_INITIALIZE_WITH_ICW4);
    cpu_out8(PORT_PIC_SLAVE + COMMAND, ICW1_INITIALIZE_WITH_ICW4);
    cpu_out8(PORT_PIC_MASTER + DATA, IRQ_BASE);
    cpu_out8(PORT_PIC_SLAVE + DATA, IRQ_BASE + 8);
    cpu_out8(PORT_PIC_MASTER + DATA, ICW3_MASTER);
    cpu_out8(PORT_PIC_SLAVE + DATA, ICW3_SLAVE);
    cpu_out8(PORT_PIC_MASTER + DATA, ICW4_8086);
    cpu_out8(PORT_PIC_SLAVE + DATA, ICW4_8086);
    masked = (uint16_t)~(1U << IRQ_CASCADE);
    write_masks();
}

void pic_unmask(unsigned irq)
{
    masked = (uint16_t)(masked & ~(1U << irq));
    write_masks();
}

void pic_mask(unsigned irq)
{
    masked = (uint16_t)(masked | 1U << irq);
    write_masks();
}

bool pic_is_real(unsigned irq)
{
    if (irq != 7 && irq != 15) {
        return true;  // spurious interrupts use only the last pin of a PIC
    }
    uint16_t port = irq == 7 ? PORT_PIC_MASTER : PORT_PIC_SLAVE;
    cpu_out8(port + COMMAND, OCW3_READ_IN_SERVICE);
    if (cpu_in8(port + COMMAND) & 0x80) {
        return true;
    }
    if (irq == 15) {  // for the master, the slave's interrupt was a real one
        cpu_out8(PORT_PIC_MASTER + COMMAND, OCW2_END_OF_INTERRUPT);
    }
    return false;
}

// Without this, the PIC believes that the interrupt is still being served, and sends no
// other of the same or a lower urgency. An interrupt of the slave has passed through
// both.
void pic_end_of_interrupt(unsigned irq)
{
    if (irq >= 8) {
        cpu_out8(PORT_PIC_SLAVE + COMMAND, OCW2_END_OF_INTERRUPT);
    }
    cpu_out8(PORT_PIC_MASTER + COMMAND, OCW2_END_OF_INTERRUPT);
}
