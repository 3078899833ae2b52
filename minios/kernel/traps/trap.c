// Traps: what the kernel does when the CPU has interrupted the running code.
//
// arch/entry.S saves the registers and calls trap_dispatch, the last function here. It
// decides between three cases:
//
//   an interrupt       a device wants attention: serve it, then continue
//   a fault in ring 3  end that one process (processes/end.c)
//   a fault in ring 0  find out what is wrong (diagnosis.c), and do what the policy says
//                      (consequence.c): usually, stop the machine (bugcheck.c)
//
// Why is the third case so hard? All code in ring 0 shares one memory. After a fault
// there, nobody knows what else the code has broken. A process has its own memory, so
// the kernel knows that the damage ends with it.
#include "arch/cpu.h"
#include "base/irql.h"
#include "interrupts/deferred.h"
#include "interrupts/interrupt.h"
#include "interrupts/pic.h"
#include "processes/end.h"
#include "processes/trace.h"
#include "tasks/thread.h"
#include "traps/consequence.h"

// Which ring is to blame for a trap. This is the central question of minios: a mistake
// in ring 3 ends one process, a mistake in ring 0 can stop the whole machine.
enum trap_blame { TRAP_BLAMES_RING3, TRAP_BLAMES_RING0, TRAP_IS_INTERRUPT };

static enum trap_blame trap_blame_of(const struct trapframe *frame)
{
    if (frame->vector >= IRQ_BASE && frame->vector < IRQ_BASE + IRQ_COUNT) {
        return TRAP_IS_INTERRUPT;
    }
    // These come from the hardware or from ring 0, whatever code was running.
    bool is_machines = frame->vector == VECTOR_NMI || frame->vector == VECTOR_DF ||
                       frame->vector == VECTOR_MC;
    return (frame->cs & 3) == 3 && !is_machines ? TRAP_BLAMES_RING3 : TRAP_BLAMES_RING0;
}

// Serves the interrupt of a device, at the IRQL of its line (irql.h explains the IRQL).
// Deferred calls and a switch to another thread come last, and only if nothing urgent
// was interrupted.
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
    thread_note_call(0);  // the interrupted code has not called what follows
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

// Another process may have killed or stopped this one while it ran in ring 3.
static void obey_before_ring3(const struct trapframe *frame)
{
    const struct thread *thread = thread_current();
    if ((frame->cs & 3) == 3 && (thread->killed || thread->stopped)) {
        cpu_interrupts_on();
        process_obey();
        cpu_interrupts_off();
    }
}
// [trap_dispatch]
// Called by entry.S with interrupts off. If it returns, the interrupted code goes on.
void trap_dispatch(struct trapframe *frame)
{
    switch (trap_blame_of(frame)) {
    case TRAP_IS_INTERRUPT:
        interrupt(frame);
        obey_before_ring3(frame);
        break;
    case TRAP_BLAMES_RING3: {
        uint64_t cr2 = cpu_read_cr2();  // now: another page fault would overwrite it
        cpu_interrupts_on();
        if (!trace_takes(frame)) {  // a debugger waits for it
            process_fault(frame, cr2);
        }
        cpu_interrupts_off();
        break;
    }
    case TRAP_BLAMES_RING0: {
        struct diagnosis diagnosis = diagnose_fault(frame, cpu_read_cr2());
        consequence_of_fault(&diagnosis);
    }
    }
}
// [/trap_dispatch]
