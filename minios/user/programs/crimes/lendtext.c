// Passes its own code as the buffer for a result. The program may not write to this
// page. The kernel could, so it must check: otherwise it would write there for us.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    struct file_entry *code = (void *)USER_IMAGE;
    return crime_refused(sys_list("/", 0, code), ERROR_BAD_ADDRESS);
}
