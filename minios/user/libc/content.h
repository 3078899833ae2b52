// The content file on the disk, for programs other than the sensor. The updater and the
// supervisor only need to know which file it is, and its checksum tells them.
#ifndef USER_CONTENT_H
#define USER_CONTENT_H

#include <stdint.h>

// The checksum in the header of the stored content file. 0 if there is no such file.
uint32_t content_checksum(void);

#endif
