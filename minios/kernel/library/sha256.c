// SHA-256, with the names of the standard (NIST, FIPS 180-4, "Secure Hash Standard"). What
// it writes with Greek letters is called sum0, sum1 (the capital sigma) and sigma0, sigma1
// here.
//
// The message is taken in blocks of 64 bytes. Each changes the hash value H, eight words
// that are the digest at the end. All numbers have their high byte first.
#include "library/sha256.h"

#include "library/text.h"

#define BLOCK_BYTES  64
#define LENGTH_BYTES 8
#define ROUNDS       64

// The first 32 bits of the fractions of the cube roots of the first 64 primes.
static const uint32_t K[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
    0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
    0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
};

// ---- The functions of section 4.1.2.

static uint32_t rotr(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static uint32_t ch(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) ^ (~x & z);
}

static uint32_t maj(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) ^ (x & z) ^ (y & z);
}

static uint32_t sum0(uint32_t x)
{
    return rotr(x, 2) ^ rotr(x, 13) ^ rotr(x, 22);
}

static uint32_t sum1(uint32_t x)
{
    return rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25);
}

static uint32_t sigma0(uint32_t x)
{
    return rotr(x, 7) ^ rotr(x, 18) ^ x >> 3;
}

static uint32_t sigma1(uint32_t x)
{
    return rotr(x, 17) ^ rotr(x, 19) ^ x >> 10;
}

// ---- The computation of section 6.2.2.

static uint32_t word_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

// Step 1: the message schedule.
static void prepare(const uint8_t *block, uint32_t W[ROUNDS])
{
    for (unsigned t = 0; t < ROUNDS; t++) {
        W[t] = t < 16 ? word_at(block + 4 * t)
                      : sigma1(W[t - 2]) + W[t - 7] + sigma0(W[t - 15]) + W[t - 16];
    }
}

// Steps 2 to 4, for one block.
static void take_block(const uint8_t *block, uint32_t H[8])
{
    uint32_t W[ROUNDS];
    prepare(block, W);
    uint32_t a = H[0], b = H[1], c = H[2], d = H[3];
    uint32_t e = H[4], f = H[5], g = H[6], h = H[7];
    for (unsigned t = 0; t < ROUNDS; t++) {
        uint32_t T1 = h + sum1(e) + ch(e, f, g) + K[t] + W[t];
        uint32_t T2 = sum0(a) + maj(a, b, c);
        h = g;
        g = f;
        f = e;
        e = d + T1;
        d = c;
        c = b;
        b = a;
        a = T1 + T2;
    }
    H[0] += a;
    H[1] += b;
    H[2] += c;
    H[3] += d;
    H[4] += e;
    H[5] += f;
    H[6] += g;
    H[7] += h;
}

// What is left of the message, padded (section 5.1.1): one bit 1, zeros, and the length of
// the whole message in bits. That may need a block more.
static void take_end(const uint8_t *rest, size_t size, uint32_t H[8])
{
    uint8_t blocks[2 * BLOCK_BYTES] = {0};
    size_t left = size % BLOCK_BYTES;
    size_t end = left + 1 + LENGTH_BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
    memcpy(blocks, rest, left);
    blocks[left] = 0x80;
    for (unsigned i = 0; i < LENGTH_BYTES; i++) {
        blocks[end - 1 - i] = (uint8_t)((uint64_t)size * 8 >> 8 * i);
    }
    for (size_t at = 0; at < end; at += BLOCK_BYTES) {
        take_block(blocks + at, H);
    }
}

void sha256(const void *bytes, size_t size, uint8_t digest[SHA256_BYTES])
{
    // The same of the square roots of the first eight primes (section 5.3.3).
    uint32_t H[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const uint8_t *at = bytes;
    size_t whole = size - size % BLOCK_BYTES;
    for (size_t done = 0; done < whole; done += BLOCK_BYTES) {
        take_block(at + done, H);
    }
    take_end(at + whole, size, H);
    for (unsigned i = 0; i < SHA256_BYTES; i++) {
        digest[i] = (uint8_t)(H[i / 4] >> (24 - i % 4 * 8));
    }
}
