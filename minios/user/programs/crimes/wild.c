// Reads an address in the kernel's half where there is no page.
// Expect: #PF 0x4
#include "crime.h"

int main(void)
{
    volatile const uint64_t *nothing = (void *)0xffffdead00000000;
    (void)*nothing;
    return crime_unpunished();
}
