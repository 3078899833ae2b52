// Lends its own code as a buffer: what it may not write the kernel must not write for it.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    struct file_entry *code = (void *)USER_IMAGE;
    return crime_refused(sys_list("/", 0, code), ERROR_BAD_ADDRESS);
}
