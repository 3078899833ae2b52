// Writes over its own code: its pages may be executed, so not written.
// Expect: #PF 0x7
#include "crime.h"

int main(void)
{
    volatile uint8_t *code = (void *)USER_IMAGE;
    *code = 0x90;
    return crime_unpunished();
}
