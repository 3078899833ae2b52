// The two 8259A interrupt controllers, and the local APIC that lets them through.
#ifndef DEVICES_PIC_H
#define DEVICES_PIC_H

#include <stdbool.h>

// Remaps IRQ 0-15 to vectors from IRQ_BASE and masks all of them.
void pic_initialize(void);
void pic_unmask(unsigned irq);

// A spurious IRQ 7 or 15 has no bit in the in-service register, and wants no (full)
// end-of-interrupt: returns false, and has done what is to be done.
bool pic_is_real(unsigned irq);
void pic_end_of_interrupt(unsigned irq);

#endif
