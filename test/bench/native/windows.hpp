// The newest bars of a series in the order of time, and the sums over them that several features share. Sums have two
// lanes, bars an odd and an even number back, added at the end: the same roundings as the core's.
#pragma once
#include "series.hpp"

struct Lanes {
  double older, newer;
  double total() const { return older + newer; }
};

struct Windows {
  static constexpr uint32_t BARS = 52;
  double opens[BARS], highs[BARS], lows[BARS], closes[BARS], volumes[BARS], returns[BARS], range_squares[BARS], body_squares[BARS];
  Lanes distances[25], squares[25], weighted[25], return_sums[25], return_squares[25], true_ranges[14], buying[14], paths[10], volume_sums[10],
      signed_volumes[10];

  double o(uint32_t back) const { return opens[BARS - 1 - back]; }
  double h(uint32_t back) const { return highs[BARS - 1 - back]; }
  double l(uint32_t back) const { return lows[BARS - 1 - back]; }
  double c(uint32_t back) const { return closes[BARS - 1 - back]; }
  double v(uint32_t back) const { return volumes[BARS - 1 - back]; }
  double r(uint32_t back) const { return returns[BARS - 1 - back]; }
  double typical3(uint32_t back) const { return h(back) + l(back) + c(back); }
  double true_range(uint32_t back) const { return std::max(h(back), c(back + 1)) - std::min(l(back), c(back + 1)); }
  static double sum(const Lanes* sums, uint32_t bars) { return sums[bars / 2 - 1].total(); }

  void lay_out(const Bars& b) {
    const uint32_t first = (b.count - BARS) & (RING - 1), before = std::min(RING - first, BARS);
    const auto copy = [&](double* to, const double* ring) {
      memcpy(to, ring + first, before * sizeof(double));
      memcpy(to + before, ring, (BARS - before) * sizeof(double));
    };
    copy(opens, b.opens), copy(highs, b.highs), copy(lows, b.lows), copy(closes, b.closes), copy(volumes, b.volumes);
    copy(returns, b.returns), copy(range_squares, b.range_squares), copy(body_squares, b.body_squares);
  }

  void find_sums() {
    Lanes d{}, q{}, w{}, r1{}, r2{};
    for (uint32_t i = 0; i < 50; i += 2) {
      const double a = c(i + 1) - c(0), b = c(i) - c(0), x = r(i + 1), y = r(i);
      d.older += a, d.newer += b;
      q.older += a * a, q.newer += b * b;
      w.older += a * (i + 1), w.newer += b * i;
      r1.older += x, r1.newer += y;
      r2.older += x * x, r2.newer += y * y;
      distances[i / 2] = d, squares[i / 2] = q, weighted[i / 2] = w, return_sums[i / 2] = r1, return_squares[i / 2] = r2;
    }
    Lanes t{}, u{};
    for (uint32_t i = 0; i < 28; i += 2) {
      t.older += true_range(i + 1), t.newer += true_range(i);
      u.older += c(i + 1) - std::min(l(i + 1), c(i + 2)), u.newer += c(i) - std::min(l(i), c(i + 1));
      true_ranges[i / 2] = t, buying[i / 2] = u;
    }
    Lanes p{}, s{}, n{};
    for (uint32_t i = 0; i < 20; i += 2) {
      const double a = c(i + 1) - c(i + 2), b = c(i) - c(i + 1);
      p.older += std::abs(a), p.newer += std::abs(b);
      s.older += v(i + 1), s.newer += v(i);
      n.older += a > 0 ? v(i + 1) : 0, n.newer += b > 0 ? v(i) : 0;
      n.older -= a < 0 ? v(i + 1) : 0, n.newer -= b < 0 ? v(i) : 0;
      paths[i / 2] = p, volume_sums[i / 2] = s, signed_volumes[i / 2] = n;
    }
  }

  double highest(uint32_t n, uint32_t skip) const {
    double m = h(skip);
    for (uint32_t i = skip + 1; i < skip + n; i++) m = std::max(m, h(i));
    return m;
  }
  double lowest(uint32_t n, uint32_t skip) const {
    double m = l(skip);
    for (uint32_t i = skip + 1; i < skip + n; i++) m = std::min(m, l(i));
    return m;
  }
};
