// Unloads a driver without the right to. Otherwise any program could remove the sensor.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    return crime_refused(sys_driver_unload("sentinel.sys"), ERROR_NOT_PERMITTED);
}
