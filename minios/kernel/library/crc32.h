// CRC-32 (IEEE 802.3), as zlib's.
#ifndef LIBRARY_CRC32_H
#define LIBRARY_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32(const void *bytes, size_t size);

#endif
