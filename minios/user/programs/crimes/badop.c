// Executes an instruction that does not exist. The CPU raises #UD (invalid opcode).
// Expect: #UD
#include "crime.h"

int main(void)
{
    __asm__ volatile("ud2");
    return crime_unpunished();
}
