// Kills process 1, whose death would stop the machine, without the right to.
// Expect: exit 0
#include "crime.h"

int main(void)
{
    return crime_refused(sys_kill(1), ERROR_NOT_PERMITTED);
}
