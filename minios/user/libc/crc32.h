// CRC-32 (IEEE 802.3), the checksum of zlib and Ethernet.
#ifndef USER_CRC32_H
#define USER_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32(const void *data, size_t size);

#endif
