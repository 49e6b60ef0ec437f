// The 81 features of one series at the close of a bar, in the order of proto/features.ts.
#pragma once
#include "series.hpp"

constexpr int FEATURES = 81;

struct Features {
  const Bars& b;
  double mean_to_close(uint32_t n) const {
    double s = 0;
    for (uint32_t i = 0; i < n; i++) s += b.c(i) - b.c(0);
    return s / n;
  }
  double deviation(uint32_t n, double mean) const {
    double s = 0;
    for (uint32_t i = 0; i < n; i++) {
      const double d = b.c(i) - b.c(0) - mean;
      s += d * d;
    }
    return std::sqrt(s / n);
  }
  double close_z(uint32_t n) const {
    if (b.count < n) return 0;
    const double m = mean_to_close(n), d = deviation(n, m);
    return d > 0 ? -m / d : 0;
  }
  double highest(uint32_t n, uint32_t skip = 0) const {
    double m = b.h(skip);
    for (uint32_t i = skip + 1; i < skip + n; i++) m = std::max(m, b.h(i));
    return m;
  }
  double lowest(uint32_t n, uint32_t skip = 0) const {
    double m = b.l(skip);
    for (uint32_t i = skip + 1; i < skip + n; i++) m = std::min(m, b.l(i));
    return m;
  }
  double position(uint32_t n, uint32_t skip, double flat) const {
    const double low = lowest(n, skip), width = highest(n, skip) - low;
    return width > 0 ? (b.c(skip) - low) / width : flat;
  }
  double log_return(uint32_t k) const { return b.count > k ? std::log(b.c(0) / b.c(k)) : 0; }
  double sma(uint32_t n) const { return b.count < n ? 0 : -b.per_atr(mean_to_close(n)); }
  double ema(double e, uint32_t n) const { return b.count < n ? 0 : b.per_atr(b.c(0) - e); }
  double wma(uint32_t n) const {
    if (b.count < n) return 0;
    double s = 0;
    for (uint32_t i = 0; i < n; i++) s += (b.c(i) - b.c(0)) * (n - i);
    return -b.per_atr(s * 2 / (double(n) * (n + 1)));
  }
  double cci() const {
    if (b.count < 20) return 0;
    double m = 0, d = 0;
    for (uint32_t i = 0; i < 20; i++) m += b.typical(i) - b.typical(0);
    m /= 20;
    for (uint32_t i = 0; i < 20; i++) d += std::abs(b.typical(i) - b.typical(0) - m);
    return d > 0 ? -m / (0.015 * (d / 20)) / 100 : 0;
  }
  double smooth_k(uint32_t skip) const { return (position(14, skip, 0) + position(14, skip + 1, 0) + position(14, skip + 2, 0)) / 3; }
  double pressure(uint32_t n) const {
    double buying = 0, ranges = 0;
    for (uint32_t i = 0; i < n; i++) buying += b.c(i) - std::min(b.l(i), b.c(i + 1)), ranges += b.true_range(i);
    return ranges > 0 ? buying / ranges : 0;
  }
  double aroon() const {
    if (b.count <= 14) return 0;
    uint32_t hi = 0, lo = 0;
    for (uint32_t i = 1; i <= 14; i++) {
      if (b.h(i) > b.h(hi)) hi = i;
      if (b.l(i) < b.l(lo)) lo = i;
    }
    return (double(lo) - double(hi)) / 14;
  }
  double efficiency() const {
    if (b.count <= 10) return 0;
    double path = 0;
    for (uint32_t i = 0; i < 10; i++) path += std::abs(b.c(i) - b.c(i + 1));
    return path > 0 ? std::abs(b.c(0) - b.c(10)) / path : 0;
  }
  double covariance() const {
    double s = 0;
    for (uint32_t i = 0; i < 14; i++) s += (6.5 - i) * (b.c(i) - b.c(0));
    return s;
  }
  static constexpr double TIME_SQUARES = 14 * (14 * 14 - 1) / 12.0;
  double slope_fit() const {
    if (b.count < 14) return 0;
    const double m = mean_to_close(14);
    double s = 0;
    for (uint32_t i = 0; i < 14; i++) {
      const double d = b.c(i) - b.c(0) - m;
      s += d * d;
    }
    const double c = covariance();
    return s > 0 ? c * c / (TIME_SQUARES * s) : 0;
  }
  double mean_square(uint32_t n) const {
    double s = 0;
    for (uint32_t i = 0; i < n; i++) s += b.r(i) * b.r(i);
    return s / n;
  }
  double realised(uint32_t n) const { return b.count > n ? b.ratio_per_atr(std::sqrt(mean_square(n))) : 0; }
  double parkinson() const {
    if (b.count < 20) return 0;
    double s = 0;
    for (uint32_t i = 0; i < 20; i++) {
      const double x = std::log(b.h(i) / b.l(i));
      s += x * x;
    }
    return b.ratio_per_atr(std::sqrt(s / 20 / (4 * M_LN2)));
  }
  double garman_klass() const {
    if (b.count < 20) return 0;
    double s = 0;
    for (uint32_t i = 0; i < 20; i++) {
      const double x = std::log(b.h(i) / b.l(i)), y = std::log(b.c(i) / b.o(i));
      s += x * x / 2 - (2 * M_LN2 - 1) * y * y;
    }
    return s > 0 ? b.ratio_per_atr(std::sqrt(s / 20)) : 0;
  }
  double choppiness() const {
    if (b.count <= 14) return 0;
    double path = 0;
    for (uint32_t i = 0; i < 14; i++) path += b.true_range(i);
    const double width = highest(14) - lowest(14);
    return width > 0 ? std::log(path / width) / 2.6390573296152584 : 0;
  }
  double mean_return(uint32_t n) const {
    double s = 0;
    for (uint32_t i = 0; i < n; i++) s += b.r(i);
    return s / n;
  }
  double moment(uint32_t n, double m, int power) const {
    double s = 0;
    for (uint32_t i = 0; i < n; i++) {
      const double d = b.r(i) - m;
      double p = d;
      for (int k = 1; k < power; k++) p *= d;
      s += p;
    }
    return s / n;
  }
  template <class F> double z20(F value) const {
    if (b.count < 20) return 0;
    double m = 0, s = 0;
    for (uint32_t i = 0; i < 20; i++) m += value(i);
    m /= 20;
    for (uint32_t i = 0; i < 20; i++) s += (value(i) - m) * (value(i) - m);
    return s > 0 ? (value(0) - m) / std::sqrt(s / 20) : 0;
  }
  double obv_slope() const {
    if (b.count <= 20) return 0;
    double net = 0, sum = 0;
    for (uint32_t i = 0; i < 20; i++) {
      const double change = b.c(i) - b.c(i + 1);
      net += change > 0 ? b.v(i) : change < 0 ? -b.v(i) : 0;
      sum += b.v(i);
    }
    return sum > 0 ? net / sum : 0;
  }
  double money_flow() const {
    if (b.count <= 14) return 0;
    double up = 0, down = 0;
    for (uint32_t i = 0; i < 14; i++) {
      const double now = b.typical(i), before = b.typical(i + 1);
      if (now > before) up += now * b.v(i);
      else if (now < before) down += now * b.v(i);
    }
    return up + down >= 1 ? up / (up + down) : 0;
  }
  static double weekend(int64_t ms) {
    const int64_t hour = 3600000, day = 24 * hour, week = 7 * day;
    const int64_t into = (ms - 4 * day + week) % week, distance = into - (4 * day + 21 * hour);
    const int64_t from = distance < 0 ? -distance : distance, near = std::min(from, week - from);
    return near >= 2 * day ? 0 : 1 - double(near) / double(2 * day);
  }
  static double hours(int64_t ms, int64_t from, int64_t to) {
    const int64_t hour = ms % 86400000 / 3600000;
    return hour >= from && hour < to ? 1 : 0;
  }

  void write(double* f, const Flow& flow, int64_t spread, double peers_mean, double peers_strongest) const {
    const double range = b.h(0) - b.l(0);
    auto part = [&](double x) { return range > 0 ? x / range : 0; };
    f[0] = log_return(1), f[1] = log_return(5), f[2] = log_return(20), f[12] = log_return(2), f[13] = log_return(10), f[14] = log_return(50);
    const double moves = b.gain + b.loss;
    f[3] = b.count > 14 && moves > 0 ? (b.gain - b.loss) / moves : 0;
    f[4] = b.count >= 34 ? b.per_atr(b.macd_fast - b.macd_slow - b.macd_signal) : 0;
    f[5] = b.atr() / b.c(0);
    f[6] = b.count > 50 && b.atr() > 0 ? std::log(b.atr_14 / b.atr_50) : 0;
    f[7] = close_z(20);
    f[8] = realised(20), f[9] = b.per_atr(range);
    const double day = 6.283185307179586 * double(b.open_time_ms % 86400000) / 86400000;
    f[10] = std::sin(day), f[11] = std::cos(day);
    f[15] = sma(10), f[16] = sma(20), f[17] = sma(50), f[18] = ema(b.ema_10, 10), f[19] = ema(b.ema_20, 20), f[20] = ema(b.ema_50, 50);
    f[21] = wma(20);
    f[22] = b.count >= 26 ? b.per_atr(b.macd_fast - b.macd_slow) : 0;
    f[23] = b.count >= 34 ? b.per_atr(b.macd_signal) : 0;
    f[24] = b.count > 12 ? (b.c(0) - b.c(12)) / b.c(12) : 0;
    f[25] = b.count > 10 ? b.per_atr(b.c(0) - b.c(10)) : 0;
    f[26] = b.count >= 28 ? b.adx : 0;
    f[27] = b.count > 14 && b.move_range > 0 ? b.move_up / b.move_range : 0;
    f[28] = b.count > 14 && b.move_range > 0 ? b.move_down / b.move_range : 0;
    f[29] = cci();
    f[30] = b.count < 14 ? 0 : position(14, 0, 1) - 1;
    f[31] = b.count < 16 ? 0 : smooth_k(0);
    f[32] = b.count < 18 ? 0 : (smooth_k(0) + smooth_k(1) + smooth_k(2)) / 3;
    f[33] = b.count < 20 ? 0 : position(20, 0, 0.5);
    f[34] = b.count < 20 ? 0 : b.per_atr(highest(20) - lowest(20));
    f[35] = b.count < 20 || b.atr() == 0 ? 0 : (b.c(0) - b.ema_20) / (2 * b.atr_14);
    f[36] = b.count < 20 ? 0 : b.per_atr(4 * deviation(20, mean_to_close(20)));
    f[37] = f[36] / 3;
    f[38] = obv_slope(), f[39] = money_flow();
    f[40] = b.vwap_volume > 0 ? b.per_atr(b.c(0) - b.vwap_price / b.vwap_volume) : 0;
    f[41] = z20([&](uint32_t i) { return b.v(i); }), f[42] = z20([&](uint32_t i) { return b.h(i) - b.l(i); });
    const double m20 = mean_return(20), v20 = moment(20, m20, 2);
    f[43] = b.count > 20 && v20 > 1e-30 ? (b.r(0) - m20) / std::sqrt(v20) : 0;
    f[44] = close_z(50), f[45] = parkinson(), f[46] = garman_klass(), f[47] = realised(50);
    const double s5 = mean_square(5), s20 = mean_square(20);
    f[48] = b.count > 20 && s5 > 0 && s20 > 0 ? std::log(s5 / s20) / 2 : 0;
    f[49] = f[50] = f[51] = 0;
    if (b.count > 50) {
      const double m = mean_return(50), v = moment(50, m, 2);
      if (v > 1e-30) {
        f[49] = moment(50, m, 3) / (v * std::sqrt(v));
        f[50] = moment(50, m, 4) / (v * v) - 3;
        double s = 0;
        for (uint32_t i = 0; i + 1 < 50; i++) s += (b.r(i) - m) * (b.r(i + 1) - m);
        f[51] = s / (v * 50);
      }
    }
    f[52] = efficiency(), f[53] = choppiness();
    f[54] = b.count < 14 ? 0 : b.per_atr(covariance() / TIME_SQUARES), f[55] = slope_fit();
    f[56] = b.count < 29 ? 0 : (4 * pressure(7) + 2 * pressure(14) + pressure(28)) / 7;
    f[57] = aroon(), f[58] = b.count > 1 ? b.per_atr(b.true_range(0)) : 0;
    f[59] = part(b.c(0) - b.o(0)), f[60] = part(b.h(0) - std::max(b.o(0), b.c(0))), f[61] = part(std::min(b.o(0), b.c(0)) - b.l(0));
    f[62] = b.count > 1 ? b.per_atr(b.o(0) - b.c(1)) : 0;
    const int64_t week_ms = 604800000;
    const double week = 6.283185307179586 * double((b.open_time_ms - 345600000 + week_ms) % week_ms) / double(week_ms);
    f[63] = std::sin(week), f[64] = std::cos(week);
    f[65] = hours(b.open_time_ms, 0, 9), f[66] = hours(b.open_time_ms, 7, 16), f[67] = hours(b.open_time_ms, 12, 21), f[68] = weekend(b.open_time_ms);
    f[69] = b.per_atr(double(spread));
    f[70] = spread > 0 && flow.spread_mean > 0 ? std::log(double(spread) / flow.spread_mean) : 0;
    f[71] = flow.imbalance, f[72] = flow.count < 2 ? 0 : std::log(1 + 1000 / std::max(flow.gap_ms_mean, 1.0));
    f[73] = b.ratio_per_atr(std::sqrt(flow.square_mean));
    f[74] = flow.square_mean > 0 ? std::max(-1.0, std::min(1.0, flow.return_mean / std::sqrt(flow.square_mean))) : 0;
    f[75] = b.last_imbalance, f[76] = b.ratio_per_atr(std::sqrt(b.last_square_sum)), f[77] = b.per_atr(b.last_spread_mean), f[78] = b.last_flips;
    f[79] = peers_mean, f[80] = peers_strongest;
  }
};
