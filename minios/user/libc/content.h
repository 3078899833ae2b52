// The content file on the disk, as far as programs other than the sensor look at it.
#ifndef USER_CONTENT_H
#define USER_CONTENT_H

#include <stdint.h>

// The checksum in the header of the content that is stored; 0 if there is none.
uint32_t content_checksum(void);

#endif
