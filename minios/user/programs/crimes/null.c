// Reads through a null pointer. No page is ever mapped at address 0, so that this
// common mistake is noticed at once.
// Expect: #PF 0x4
#include "crime.h"

int main(void)
{
    volatile const uint64_t *nothing = NULL;
    __asm__ volatile("" : "+r"(nothing));
    (void)*nothing;
    return crime_unpunished();
}
