// Writes over its own code. A page that may be executed is never writable.
// Expect: #PF 0x7
#include "crime.h"

int main(void)
{
    volatile uint8_t *code = (void *)USER_IMAGE;
    *code = 0x90;
    return crime_unpunished();
}
