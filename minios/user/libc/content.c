// The content file on the disk (see content.h). Only its header is read here.
#include "content.h"

#include "string.h"
#include "system.h"

uint32_t content_checksum(void)
{
    uint8_t header[CONTENT_FILE_HEADER_SIZE];
    uint32_t checksum = 0;
    long handle = sys_open(CONTENT_PATH, OPEN_READ);
    if (handle < 0) {
        return 0;
    }
    if (sys_read((uint32_t)handle, header, sizeof(header)) == (long)sizeof(header)) {
        memcpy(&checksum, header + CONTENT_FILE_CHECKSUM_OFFSET, sizeof(checksum));
    }
    sys_close((uint32_t)handle);
    return checksum;
}
