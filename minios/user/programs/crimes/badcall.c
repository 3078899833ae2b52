// Asks for a system call that does not exist. The kernel must compare the number with
// the size of its table: otherwise it would call whatever address lies behind the
// table.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    long result = SYSCALL_COUNT;
    __asm__ volatile("syscall" : "+a"(result)::"rcx", "r11", "memory");
    return crime_refused(result, ERROR_NOT_IMPLEMENTED);
}
