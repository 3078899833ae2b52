// Writes to a handle that it was never given.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    return crime_refused(sys_write(7, "mine", 4), ERROR_BAD_HANDLE);
}
