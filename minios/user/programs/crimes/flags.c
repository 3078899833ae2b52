// Enters the kernel with flags set that would be dangerous in ring 0: AC switches SMAP
// off, DF makes copies run backwards, NT makes `iretq` fault. It enters by a system
// call, by interrupts (it runs for longer than a tick), and at last by a fault. If the
// kernel did not clear the flags each time, the machine would stop.
// Expect: #UD
#include "crime.h"

#define FLAGS 0x44400UL  // AC, NT, DF

int main(void)
{
    long number = SYSCALL_COUNT;
    __asm__ volatile("pushfq\n\t"
                     "orq %1, (%%rsp)\n\t"
                     "popfq\n\t"
                     "syscall\n\t"
                     "movl $2000000, %%ecx\n"
                     "1:\n\t"
                     "loop 1b\n\t"
                     "ud2"
                     : "+a"(number)
                     : "i"(FLAGS)
                     : "rcx", "r11", "memory", "cc");
    return crime_unpunished();
}
