// MQL5's language under g++: its types, strings, arrays that end the program when an index is out of range, and the
// functions for them. Stricter than MQL5 where that finds mistakes: datetime mixes with nothing without a cast.
#pragma once
#include <cmath>
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
typedef uint color;
static_assert(sizeof(long) == 8, "64-bit long");

#define CP_UTF8 65001
#define WHOLE_ARRAY -1
#define INVALID_HANDLE -1

[[noreturn]] inline void mqlStop(const char *why) {
  fprintf(stderr, "MQL5 would stop here: %s\n", why);
  abort();
}

// UTF-16, as in MQL5: lengths and positions count its units.
class string {
 public:
  std::u16string units;
  string() {}
  string(const char *utf8) {
    if (!utf8) mqlStop("NULL string");
    const unsigned char *p = (const unsigned char *)utf8;
    while (*p) {
      int more = *p < 0x80 ? 0 : *p < 0xE0 ? 1 : *p < 0xF0 ? 2 : 3;
      uint code = more == 0 ? *p : *p & (0x3F >> more);
      p++;
      for (int i = 0; i < more && *p; i++) code = code << 6 | (*p++ & 0x3F);
      if (code > 0xFFFF) {
        code -= 0x10000;
        units += (char16_t)(0xD800 + (code >> 10));
        units += (char16_t)(0xDC00 + (code & 0x3FF));
      } else
        units += (char16_t)code;
    }
  }
  string(const std::string &utf8) : string(utf8.c_str()) {}
  string(int) = delete;
  string(long) = delete;
  string(double) = delete;
  std::string utf8() const {
    std::string out;
    for (size_t i = 0; i < units.size(); i++) {
      uint code = units[i];
      if (code >= 0xD800 && code < 0xDC00 && i + 1 < units.size()) code = 0x10000 + ((code - 0xD800) << 10) + (units[++i] - 0xDC00);
      if (code < 0x80) out += (char)code;
      else if (code < 0x800) out += (char)(0xC0 | code >> 6), out += (char)(0x80 | (code & 0x3F));
      else if (code < 0x10000) out += (char)(0xE0 | code >> 12), out += (char)(0x80 | (code >> 6 & 0x3F)), out += (char)(0x80 | (code & 0x3F));
      else out += (char)(0xF0 | code >> 18), out += (char)(0x80 | (code >> 12 & 0x3F)), out += (char)(0x80 | (code >> 6 & 0x3F)), out += (char)(0x80 | (code & 0x3F));
    }
    return out;
  }
};
inline string operator+(const string &a, const string &b) { string r(a); r.units += b.units; return r; }
inline bool operator==(const string &a, const string &b) { return a.units == b.units; }
inline bool operator!=(const string &a, const string &b) { return a.units != b.units; }

// Seconds since 1970 without a time zone.
class datetime {
 public:
  long seconds;
  datetime() = default;
  explicit constexpr datetime(long s) : seconds(s) {}
  explicit operator long() const { return seconds; }
};
inline bool operator<(datetime a, datetime b) { return a.seconds < b.seconds; }
inline bool operator==(datetime a, datetime b) { return a.seconds == b.seconds; }

template <typename T> struct MqlArray {
  std::vector<T> v;
  T &operator[](long i) {
    if (i < 0 || (size_t)i >= v.size()) mqlStop("array out of range");
    return v[(size_t)i];
  }
  const T &operator[](long i) const { return const_cast<MqlArray *>(this)->operator[](i); }
};
template <typename T> int ArraySize(const MqlArray<T> &a) { return (int)a.v.size(); }
template <typename T> int ArrayResize(MqlArray<T> &a, int n) {
  if (n < 0) return -1;
  a.v.resize((size_t)n);
  return n;
}
template <typename T> void ZeroMemory(T &x) { x = T(); }

// The trailing zero counts, as in MQL5.
inline int StringToCharArray(const string &s, MqlArray<uchar> &a, int start, int count, uint codepage) {
  if (count != -1 || codepage != CP_UTF8) mqlStop("the shim knows whole strings in UTF-8 only");
  std::string bytes = s.utf8();
  a.v.resize((size_t)start);
  a.v.insert(a.v.end(), bytes.begin(), bytes.end());
  a.v.push_back(0);
  return (int)bytes.size() + 1;
}
inline string CharArrayToString(const MqlArray<uchar> &a, int start, int count, uint codepage) {
  if (codepage != CP_UTF8) mqlStop("the shim knows UTF-8 only");
  if (count == 0) return string();
  (void)a[start];
  (void)a[start + count - 1];
  return string(std::string((const char *)a.v.data() + start, (size_t)count));
}
inline int StringLen(const string &s) { return (int)s.units.size(); }
inline ushort StringGetCharacter(const string &s, int at) { return at >= 0 && at < StringLen(s) ? (ushort)s.units[(size_t)at] : (ushort)0; }
inline string StringSubstr(const string &s, int start, int length = -1) {
  string r;
  if (start >= 0 && start < StringLen(s)) r.units = s.units.substr((size_t)start, length < 0 ? std::u16string::npos : (size_t)length);
  return r;
}
inline string IntegerToString(long n) { return string(std::to_string(n)); }
inline string DoubleToString(double x, int digits = 8) {
  char text[400];
  snprintf(text, sizeof text, "%.*f", digits, x);
  return string(text);
}

inline double MathRound(double x) { return std::round(x); }
inline double MathFloor(double x) { return std::floor(x); }
inline double MathAbs(double x) { return std::fabs(x); }
inline double MathMax(double a, double b) { return a > b ? a : b; }
inline double MathMin(double a, double b) { return a < b ? a : b; }
inline double NormalizeDouble(double x, int digits) {
  double scale = std::pow(10.0, digits);
  return std::round(x * scale) / scale;
}
// 15 bits, as in MQL5.
inline uint mqlSeed = 1;
inline void MathSrand(int seed) { mqlSeed = (uint)seed; }
inline int MathRand() {
  mqlSeed = mqlSeed * 1103515245u + 12345u;
  return (int)(mqlSeed >> 16 & 0x7FFF);
}

inline int mqlLastError = 0;
inline int GetLastError() { return mqlLastError; }
inline void ResetLastError() { mqlLastError = 0; }
