// The dump of the last crash becomes a file.
#ifndef DISK_DUMPS_H
#define DISK_DUMPS_H

// For the System thread: makes the dump in the reserved sectors a file in DUMPS_FOLDER,
// unless there is none or that has been done.
void dumps_take_over(void);

#endif
