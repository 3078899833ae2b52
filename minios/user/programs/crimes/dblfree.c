// Frees a block twice. Nothing stops it: the heap of a program does not check, because
// the program can only damage itself. In ring 0 this stops the machine.
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
