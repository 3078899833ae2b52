// Hung tasks: threads that wait for something that never comes, and cannot be killed.
#pragma once

// Called once, in a model that tells its faults as Linux does: starts the thread that
// looks for such tasks.
void hung_watch(void);
