// The interrupt controllers: they collect the interrupt lines of the devices and pass
// them to the CPU, the most urgent first. There are two 8259A (PIC, "programmable
// interrupt controller") with 8 lines each, numbered IRQ 0 to 15.
#pragma once

#include <stdbool.h>

// Called once, by kernel_main. Gives IRQ 0 to 15 the vectors from IRQ_BASE on. Without
// this, they would use vectors of the CPU's own exceptions: IRQ 0 would look like a
// double fault. Switches all lines off; pic_unmask switches one on, pic_mask off again.
// An edge that comes while a line is off is not lost.
void pic_initialize(void);
void pic_unmask(unsigned irq);
void pic_mask(unsigned irq);

// Whether a device really sent this interrupt. A PIC sends a "spurious" IRQ 7 or 15 if
// a line asks for attention and then changes its mind. Returns false for one, after
// doing what the PICs need. Then do not call pic_end_of_interrupt.
bool pic_is_real(unsigned irq);
void pic_end_of_interrupt(unsigned irq);
