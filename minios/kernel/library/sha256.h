// SHA-256, which tells whether two files have the same bytes (NIST, FIPS 180-4). Nobody can
// make other bytes with a digest that is given. With CRC-32 that is easy: four bytes that
// are chosen for it are enough.
#pragma once

#include <minios/abi.h>
#include <stddef.h>

void sha256(const void *bytes, size_t size, uint8_t digest[SHA256_BYTES]);
