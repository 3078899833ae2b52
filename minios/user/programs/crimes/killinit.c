// Kills process 1 without the right to. The machine stops if process 1 ends, so this
// right is as strong as switching the machine off.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    return crime_refused(sys_kill(1), ERROR_NOT_PERMITTED);
}
