// Loads a driver into ring 0 without the right to. A driver may do anything.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    long result = sys_driver_load("/SYSTEM/DRIVERS/VILLAIN.SYS");
    return crime_refused(result, ERROR_NOT_PERMITTED);
}
