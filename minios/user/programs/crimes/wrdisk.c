// Makes a file without the right to change the disk.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    long result = sys_open("/CRIME.TXT", OPEN_WRITE | OPEN_CREATE);
    return crime_refused(result, ERROR_NOT_PERMITTED);
}
