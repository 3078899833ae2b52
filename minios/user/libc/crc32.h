// CRC-32, a checksum that finds damaged data (IEEE 802.3; as in zlib and Ethernet).
#ifndef USER_CRC32_H
#define USER_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32(const void *data, size_t size);

#endif
