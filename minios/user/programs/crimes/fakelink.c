// Opens the update link without the right to.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    long result = sys_open("/DEV/LINK", OPEN_READ | OPEN_WRITE);
    return crime_refused(result, ERROR_NOT_PERMITTED);
}
