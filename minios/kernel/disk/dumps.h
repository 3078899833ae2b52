// The dump of the last crash becomes a file, once the machine is up again.
#ifndef DISK_DUMPS_H
#define DISK_DUMPS_H

// For the System thread, when it has nothing else to do: waits until the machine is
// ready, then takes the dump over. Never returns.
[[noreturn]] void dumps_collect(void);

// Every automatic service is up.
void dumps_note_ready(void);

#endif
