// Switches the machine off without the right to.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    return crime_refused(sys_power(0), ERROR_NOT_PERMITTED);
}
