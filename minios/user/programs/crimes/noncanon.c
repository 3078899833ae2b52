// Reads an address of neither half: bits 63 to 47 differ, so no page fault but #GP.
// Expect: #GP 0x0
#include "crime.h"

int main(void)
{
    volatile const uint64_t *nowhere = (void *)USER_TOP;
    (void)*nowhere;
    return crime_unpunished();
}
