// CRC-32, a byte at a time. The table lies in read-only memory: one that a driver could
// trample would make every checksum of a dump wrong, just when it is needed.
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
