// sine and cosine of angles in [0, 2 pi], by the kernels of FreeBSD's msun that the core has too: the last bit counts. ln and
// exp are the C library's, whose results are the core's wherever it has no fused multiply-add (see core-native.ts).
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>

constexpr double SINE_1 = -1.66666666666666324348e-01;

inline double sine_rest(double z) {
  return 8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * 2.75573137070700676789e-06) +
         z * (z * z) * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10);
}

inline double sine_kernel(double x, double y) {
  const double z = x * x, v = z * x;
  return x - ((z * (0.5 * y - v * sine_rest(z)) - y) - v * SINE_1);
}

inline double cosine_kernel(double x, double y) {
  const double z = x * x, ww = z * z;
  const double r = z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * 2.48015872894767294178e-05)) +
                   ww * ww * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11));
  const double half = 0.5 * z, w = 1.0 - half;
  return w + (((1.0 - w) - half) + (z * r - x * y));
}

struct Reduced {
  int quadrant;
  double high, low;
};

/** pi / 2 in three pieces of 33 bits, as many as the cancellation asks for. */
inline Reduced reduce(double x) {
  const auto exponent = [](double v) { return int(std::bit_cast<uint64_t>(v) >> 52 & 0x7ff); };
  const double n = std::nearbyint(x * 0.63661977236758134308);
  double r = x - n * 1.57079632673412561417e+00, w = n * 6.07710050650619224932e-11, y = r - w;
  if (exponent(x) - exponent(y) > 16) {
    const double t = r;
    w = n * 6.07710050630396597660e-11, r = t - w;
    w = n * 2.02226624879595063154e-21 - ((t - r) - w), y = r - w;
    if (exponent(x) - exponent(y) > 49) {
      const double u = r;
      w = n * 2.02226624871116645580e-21, r = u - w;
      w = n * 8.47842766036889956997e-32 - ((u - r) - w), y = r - w;
    }
  }
  return {int(n), y, (r - y) - w};
}

constexpr double QUARTER_PI = 0.78539816339744830962;

inline double sine(double x) {
  if (x <= QUARTER_PI) return x < 1.4901161193847656e-08 ? x : x + x * x * x * (SINE_1 + x * x * sine_rest(x * x));
  const auto [n, y, low] = reduce(x);
  const double s = n & 1 ? cosine_kernel(y, low) : sine_kernel(y, low);
  return n & 2 ? -s : s;
}

inline double cosine(double x) {
  if (x <= QUARTER_PI) return cosine_kernel(x, 0);
  const auto [n, y, low] = reduce(x);
  const double c = n & 1 ? sine_kernel(y, low) : cosine_kernel(y, low);
  return (n + 1) & 2 ? -c : c;
}
