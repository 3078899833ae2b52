// A program that commits one crime of the villain (drivers/villain/), as a process that
// is no plugin.
//
// recipe.py compiles this file once for each such crime, and defines CRIME: the name of
// its function. The program gets to its last lines only if nothing has stopped it.
#include "console.h"

void CRIME(void);

const char plugin_ending[] = "";  // it is no plugin

int main(void)
{
    CRIME();
    say("crime: nothing stopped it");
    return 1;
}
