// Opens the update link without the right to. Otherwise any program could read and
// swallow the updates, or send lines in the name of the updater.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    long result = sys_open("/DEV/LINK", OPEN_READ | OPEN_WRITE);
    return crime_refused(result, ERROR_NOT_PERMITTED);
}
