// CRC-32, a checksum that finds damaged data (IEEE 802.3; the same as zlib's crc32).
#ifndef LIBRARY_CRC32_H
#define LIBRARY_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32(const void *bytes, size_t size);

#endif
