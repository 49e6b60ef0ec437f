// Correlation of all symbols' five-minute log returns of the mid, on a grid of UTC time.
#pragma once
#include <cmath>
#include <cstdint>

#include "records.hpp"

struct Correlations {
  int64_t due_ns = 0;
  bool started = false;
  double mids[SYMBOLS] = {}, products[SYMBOLS][SYMBOLS] = {};
  uint32_t counts[SYMBOLS][SYMBOLS] = {};

  /** `whole(grid_ns)` is called when an interval was taken in. */
  template <class Mid, class Whole> void step(int64_t now, Mid mid, Whole whole) {
    constexpr int64_t GRID = 300000000000;
    if (started && now < due_ns + GRID) {
      double r[SYMBOLS];
      bool known[SYMBOLS];
      for (int i = 0; i < SYMBOLS; i++) {
        const double after = mid(i);
        known[i] = mids[i] > 0 && after > 0;
        r[i] = known[i] ? std::log(after / mids[i]) : 0;
      }
      for (int i = 0; i < SYMBOLS; i++)
        for (int j = i; j < SYMBOLS; j++) {
          if (!known[i] || !known[j]) continue;
          const uint32_t n = counts[i][j] + 1, most = n < 288 ? n : 288;
          products[i][j] += (r[i] * r[j] - products[i][j]) * (1.0 / most);
          counts[i][j] = most;
        }
      whole(due_ns);
    }
    for (int i = 0; i < SYMBOLS; i++) mids[i] = mid(i);
    started = true;
    due_ns = now - now % GRID + GRID;
  }
  uint32_t intervals(int a, int b) const { return counts[a < b ? a : b][a < b ? b : a]; }
  bool known(int a, int b) const { return intervals(a, b) >= 24; }
  /** Of two symbols; 0 while it is not known. */
  double of(int a, int b) const {
    const int i = a < b ? a : b, j = a < b ? b : a;
    const double variances = products[i][i] * products[j][j];
    if (!known(a, b) || !(variances > 0)) return 0;
    return std::fmax(-1, std::fmin(1, products[i][j] / std::sqrt(variances)));
  }
  void peers(int a, double& mean, double& strongest) const {
    mean = strongest = 0;
    int n = 0;
    for (int b = 0; b < SYMBOLS; b++) {
      if (b == a || !known(a, b)) continue;
      const double c = of(a, b);
      mean += c;
      n++;
      if (std::fabs(c) > std::fabs(strongest)) strongest = c;
    }
    if (n > 0) mean /= n;
  }
};
