// CRC-32, a checksum that finds damaged data (IEEE 802.3; the same as zlib's crc32).
#pragma once

#include <stddef.h>
#include <stdint.h>

uint32_t crc32(const void *bytes, size_t size);
