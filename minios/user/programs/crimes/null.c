// Reads through a null pointer: no page is ever mapped at address 0.
// Expect: #PF 0x4
#include "crime.h"

int main(void)
{
    volatile const uint64_t *nothing = NULL;
    __asm__ volatile("" : "+r"(nothing));
    (void)*nothing;
    return crime_unpunished();
}
