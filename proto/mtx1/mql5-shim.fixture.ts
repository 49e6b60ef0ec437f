// What g++ needs to take the MQL5 codec: arrays that check their bounds, SHA-256, UTF-8 strings with the trailing zero.
export const MQL5_SHIM = `
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
static_assert(sizeof(long) == 8, "64-bit long");
using std::string;
#define CP_UTF8 65001
#define CRYPT_HASH_SHA256 1
template <typename T> struct MqlArray {
  std::vector<T> v;
  T &operator[](int i) { if (i < 0 || (size_t)i >= v.size()) { fprintf(stderr, "array out of range\\n"); abort(); } return v[i]; }
  const T &operator[](int i) const { return const_cast<MqlArray *>(this)->operator[](i); }
};
template <typename T> int ArraySize(const MqlArray<T> &a) { return (int)a.v.size(); }
template <typename T> int ArrayResize(MqlArray<T> &a, int n) { a.v.resize(n); return n; }
inline int StringToCharArray(const string &s, MqlArray<uchar> &a, int start, int count, uint cp) {
  (void)count; (void)cp;
  a.v.assign(start, 0);
  a.v.insert(a.v.end(), s.begin(), s.end());
  a.v.push_back(0);
  return (int)s.size() + 1;
}
inline string CharArrayToString(const MqlArray<uchar> &a, int start, int count, uint cp) {
  (void)cp;
  return string((const char *)a.v.data() + start, count);
}
inline uint ror(uint x, int n) { return (x >> n) | (x << (32 - n)); }
inline int CryptEncode(int method, const MqlArray<uchar> &in, const MqlArray<uchar> &key, MqlArray<uchar> &out) {
  (void)method; (void)key;
  static uint k[64], h0[8]; static bool ready = false;
  if (!ready) {
    ready = true;
    int n = 0;
    for (int p = 2; n < 64; p++) {
      bool prime = true;
      for (int d = 2; d * d <= p; d++) if (p % d == 0) prime = false;
      if (!prime) continue;
      long double cube = __builtin_cbrtl(p), square = __builtin_sqrtl(p);
      k[n] = (uint)(ulong)((cube - (ulong)cube) * 4294967296.0L);
      if (n < 8) h0[n] = (uint)(ulong)((square - (ulong)square) * 4294967296.0L);
      n++;
    }
  }
  std::vector<uchar> m(in.v);
  ulong bits = (ulong)m.size() * 8;
  m.push_back(0x80);
  while (m.size() % 64 != 56) m.push_back(0);
  for (int i = 7; i >= 0; i--) m.push_back((uchar)(bits >> (8 * i)));
  uint h[8];
  memcpy(h, h0, sizeof h);
  for (size_t at = 0; at < m.size(); at += 64) {
    uint w[64];
    for (int i = 0; i < 16; i++) w[i] = (uint)m[at + 4 * i] << 24 | (uint)m[at + 4 * i + 1] << 16 | (uint)m[at + 4 * i + 2] << 8 | m[at + 4 * i + 3];
    for (int i = 16; i < 64; i++) w[i] = w[i - 16] + (ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ (w[i - 15] >> 3)) + w[i - 7] + (ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ (w[i - 2] >> 10));
    uint s[8];
    memcpy(s, h, sizeof s);
    for (int i = 0; i < 64; i++) {
      uint t1 = s[7] + (ror(s[4], 6) ^ ror(s[4], 11) ^ ror(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
      uint t2 = (ror(s[0], 2) ^ ror(s[0], 13) ^ ror(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
      for (int j = 7; j > 0; j--) s[j] = s[j - 1];
      s[4] += t1;
      s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) h[i] += s[i];
  }
  out.v.clear();
  for (int i = 0; i < 8; i++) for (int j = 3; j >= 0; j--) out.v.push_back((uchar)(h[i] >> (8 * j)));
  return 32;
}
`;
