// The report of an oops: what a Linux kernel prints on its console after a fault of its
// own, line by line in the same order. People who look for the cause start from this text.
#pragma once

#include "traps/diagnosis.h"

struct thread;

// Prints the report of a fault, which has the number diagnosis->oops.
void report_fault(const struct diagnosis *diagnosis);

// Prints "Call Trace:" for a thread that does not run: where it waits, and who called.
void report_waiting(const struct thread *thread);

// Who the report says was running: the name of a process, of a module on its own thread,
// or of one of the kernel's threads.
void report_task_name(const struct thread *thread, char name[NAME_SIZE]);
