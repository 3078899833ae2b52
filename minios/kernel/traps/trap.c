// Traps: everything that the CPU interrupts a program for.
#include "traps/trap.h"

#include "arch/cpu.h"
#include "devices/pic.h"
#include "tasks/process.h"
#include "tasks/thread.h"
#include "traps/bugcheck.h"
#include "traps/deferred.h"
#include "traps/interrupt.h"
#include "traps/irql.h"
#include "traps/stop_rule.h"

extern char kernel_text_start[], kernel_rodata_start[];  // kernel.ld

enum trap_blame trap_blame_of(const struct trapframe *frame)
{
    if (frame->vector >= IRQ_BASE && frame->vector < IRQ_BASE + IRQ_COUNT) {
        return TRAP_IS_INTERRUPT;
    }
    // These three come from the machine or from ring 0, whoever happened to run.
    bool is_machines = frame->vector == VECTOR_NMI || frame->vector == VECTOR_DF ||
                       frame->vector == VECTOR_MC;
    return (frame->cs & 3) == 3 && !is_machines ? TRAP_BLAMES_RING3 : TRAP_BLAMES_RING0;
}

bool trap_is_of_kernel_code(const struct trapframe *frame)
{
    return frame->rip >= (uint64_t)kernel_text_start &&
           frame->rip < (uint64_t)kernel_rodata_start;
}

static void interrupt(const struct trapframe *frame)
{
    unsigned irq = (unsigned)(frame->vector - IRQ_BASE);
    enum irql before = irql_current();
    if (!pic_is_real(irq)) {
        return;
    }
    irql_set(irql_of_line(irq));
    deferred_watch(frame);
    uint64_t noted = thread_noted_call();
    thread_note_call(0);  // whoever is interrupted has not called anybody
    interrupt_serve(irq);
    pic_end_of_interrupt(irq);
    if (before < IRQL_DISPATCH) {
        deferred_run();
        irql_set(IRQL_HIGH);  // the scheduler's own level; interrupts are off already
        thread_preempt();     // may come back much later
    }
    thread_note_call(noted);
    irql_set(before);
}

// A process that was killed while it ran in ring 3 ends on its way back there.
static void end_if_killed(const struct trapframe *frame)
{
    if ((frame->cs & 3) == 3 && thread_current()->killed) {
        cpu_interrupts_on();
        process_end((struct death){.cause = DEATH_KILLED});
    }
}

// Called by entry.S with interrupts off. Returning resumes what was interrupted.
void trap_dispatch(struct trapframe *frame)
{
    switch (trap_blame_of(frame)) {
    case TRAP_IS_INTERRUPT:
        interrupt(frame);
        end_if_killed(frame);
        break;
    case TRAP_BLAMES_RING3: {
        uint64_t cr2 = cpu_read_cr2();  // before another fault can change it
        cpu_interrupts_on();
        process_fault(frame, cr2);
    }
    case TRAP_BLAMES_RING0: {
        struct stop stop = stop_for_fault(frame, cpu_read_cr2(), irql_current());
        bugcheck(&stop);
    }
    }
}
