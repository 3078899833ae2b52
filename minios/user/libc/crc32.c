// CRC-32, one bit after the other. The kernel uses a table; this is slower but shorter,
// and every page of a program has to be read from the disk when it starts.
#include "crc32.h"

uint32_t crc32(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint32_t remainder = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        remainder ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            uint32_t low = remainder & 1;
            remainder = (remainder >> 1) ^ (0xedb88320 & (0 - low));
        }
    }
    return ~remainder;
}
