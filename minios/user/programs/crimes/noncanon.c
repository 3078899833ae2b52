// Reads an address that belongs to neither half: its bits 63 to 47 are not all the
// same. The CPU does not look at the page tables for it. So this is #GP and not #PF.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    volatile const uint64_t *nowhere = (void *)USER_TOP;
    (void)*nowhere;
    return crime_unpunished();
}
