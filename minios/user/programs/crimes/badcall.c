// Asks for a system call that does not exist.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    long result = SYSCALL_COUNT;
    __asm__ volatile("syscall" : "+a"(result)::"rcx", "r11", "memory");
    return crime_refused(result, ERROR_NOT_IMPLEMENTED);
}
