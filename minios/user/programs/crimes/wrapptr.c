// Lends a buffer whose end wraps round past the end of memory.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    long result = sys_write(CONSOLE, (void *)USER_IMAGE, SIZE_MAX - 16);
    return crime_refused(result, ERROR_BAD_ADDRESS);
}
