// SHA-256 of sixteen bytes (FIPS 180-4): the tag in an order's magic.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

constexpr uint32_t SHA_K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/** The last eight bytes of the digest of two words in memory, as a big-endian number. */
inline uint64_t sha256_tail(const uint64_t words[2]) {
  uint32_t w[64], bytes[4];
  memcpy(bytes, words, 16);
  for (int t = 0; t < 4; t++) w[t] = __builtin_bswap32(bytes[t]);
  w[4] = 0x80000000;
  for (int t = 5; t < 15; t++) w[t] = 0;
  w[15] = 128;
  for (int t = 16; t < 64; t++) {
    const uint32_t a = w[t - 15], b = w[t - 2];
    w[t] = w[t - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) + w[t - 7] + (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
  }
  // Turns one within the other, and a ^ b kept for the next round: as the core has them.
  uint32_t a = 0x6a09e667, b = 0xbb67ae85, c = 0x3c6ef372, d = 0xa54ff53a, e = 0x510e527f, f = 0x9b05688c, g = 0x1f83d9ab, h = 0x5be0cd19, bc = b ^ c;
  for (int t = 0; t < 64; t++) {
    const uint32_t x = h + SHA_K[t] + w[t] + (g ^ (e & (f ^ g))) + std::rotr(e ^ std::rotr(e ^ std::rotr(e, 14), 5), 6);
    const uint32_t ab = a ^ b, y = std::rotr(a ^ std::rotr(a ^ std::rotr(a, 9), 11), 2) + (b ^ (ab & bc));
    bc = ab;
    h = g, g = f, f = e, e = d + x, d = c, c = b, b = a, a = x + y;
  }
  return uint64_t(g + 0x1f83d9ab) << 32 | uint32_t(h + 0x5be0cd19);
}
