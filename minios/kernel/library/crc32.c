// CRC-32, byte by byte, with a table. The crash dump and the files on the disk are
// protected by such a checksum. The table lies in read-only memory: if a driver could
// overwrite it, every checksum of a dump would be wrong just when it is needed.
#include "library/crc32.h"

#include <minios/abi.h>

uint32_t crc32(const void *bytes, size_t size)
{
    static const uint32_t table[256] = {CRC32_TABLE};
    const uint8_t *at = bytes;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc = crc >> 8 ^ table[(crc ^ at[i]) & 255];
    }
    return ~crc;
}
