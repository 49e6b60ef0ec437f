// CryptEncode for SHA-256 (FIPS 180-4); the constants are computed from their definition.
#pragma once
#include "language.h"

enum ENUM_CRYPT_METHOD { CRYPT_BASE64, CRYPT_AES128, CRYPT_AES256, CRYPT_DES, CRYPT_HASH_SHA1, CRYPT_HASH_SHA256, CRYPT_HASH_MD5, CRYPT_ARCH_ZIP };

inline uint shaRotate(uint x, int n) { return (x >> n) | (x << (32 - n)); }

inline void shaConstants(uint (&k)[64], uint (&h)[8]) {
  int n = 0;
  for (int p = 2; n < 64; p++) {
    bool prime = true;
    for (int d = 2; d * d <= p; d++)
      if (p % d == 0) prime = false;
    if (!prime) continue;
    long double cube = cbrtl(p), square = sqrtl(p);
    k[n] = (uint)(ulong)((cube - (long double)(ulong)cube) * 4294967296.0L);
    if (n < 8) h[n] = (uint)(ulong)((square - (long double)(ulong)square) * 4294967296.0L);
    n++;
  }
}

inline void shaBlock(const uchar *m, const uint (&k)[64], uint (&h)[8]) {
  uint w[64], s[8];
  for (int i = 0; i < 16; i++) w[i] = (uint)m[4 * i] << 24 | (uint)m[4 * i + 1] << 16 | (uint)m[4 * i + 2] << 8 | m[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    uint a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + (shaRotate(a, 7) ^ shaRotate(a, 18) ^ (a >> 3)) + w[i - 7] + (shaRotate(b, 17) ^ shaRotate(b, 19) ^ (b >> 10));
  }
  memcpy(s, h, sizeof s);
  for (int i = 0; i < 64; i++) {
    uint t1 = s[7] + (shaRotate(s[4], 6) ^ shaRotate(s[4], 11) ^ shaRotate(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
    uint t2 = (shaRotate(s[0], 2) ^ shaRotate(s[0], 13) ^ shaRotate(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    for (int j = 7; j > 0; j--) s[j] = s[j - 1];
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) h[i] += s[i];
}

// The key is not used for hashes, as in MQL5.
inline int CryptEncode(ENUM_CRYPT_METHOD method, const MqlArray<uchar> &in, const MqlArray<uchar> &, MqlArray<uchar> &out) {
  if (method != CRYPT_HASH_SHA256) mqlStop("the shim knows SHA-256 only");
  uint k[64], h[8];
  shaConstants(k, h);
  std::vector<uchar> m(in.v);
  ulong bits = (ulong)m.size() * 8;
  m.push_back(0x80);
  while (m.size() % 64 != 56) m.push_back(0);
  for (int i = 7; i >= 0; i--) m.push_back((uchar)(bits >> (8 * i)));
  for (size_t at = 0; at < m.size(); at += 64) shaBlock(m.data() + at, k, h);
  out.v.clear();
  for (int i = 0; i < 8; i++)
    for (int j = 3; j >= 0; j--) out.v.push_back((uchar)(h[i] >> (8 * j)));
  return 32;
}
