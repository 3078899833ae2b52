// Gives a block back twice. The heap of a program looks after nobody but the program.
// Expect: exit 1
#include "crime.h"
#include "memory.h"

int main(void)
{
    void *block = memory_allocate(1024);
    memory_free(block);
    memory_free(block);
    return crime_unpunished();
}
