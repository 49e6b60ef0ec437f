// The 84 features of one series at the close of a bar, in the order of proto/features.ts.
#pragma once
#include "math.hpp"
#include "windows.hpp"

/** How near the economic calendar's events are to the end of a bar, 0..1. */
struct Nearness {
  double ahead, behind, ahead_moderate;
};

struct Features {
  const Bars& b;
  Windows& w;
  double inverse = 0, close_inverse = 0, high14[5] = {}, low14[5] = {}, high20 = 0, low20 = 0, k[5] = {};

  double per_atr(double points) const { return points * inverse; }
  double ratio_per_atr(double ratio) const { return ratio * close_inverse; }
  double log_return(uint32_t n) const { return b.count > n ? std::log(w.c(0) / w.c(n)) : 0; }
  static double z_score(double n, double distances, double squares) {
    const double spread = n * squares - distances * distances;
    return spread > 0 ? -distances / std::sqrt(spread) : 0;
  }
  double close_z(uint32_t n) const { return b.count < n ? 0 : z_score(n, w.sum(w.distances, n), w.sum(w.squares, n)); }
  double sma(uint32_t n) const { return b.count < n ? 0 : -per_atr(w.sum(w.distances, n) / n); }
  double ema(double e, uint32_t n) const { return b.count < n ? 0 : per_atr(w.c(0) - e); }
  double wma() const {
    return b.count < 20 ? 0 : -per_atr(((20 * w.sum(w.distances, 20) - w.sum(w.weighted, 20)) * 2) / (20.0 * 21));
  }
  double bollinger_width() const {
    if (b.count < 20) return 0;
    const double d = w.sum(w.distances, 20);
    return per_atr((4 * std::sqrt(20 * w.sum(w.squares, 20) - d * d)) / 20);
  }
  static double position(double close, double low, double high, double flat) {
    const double width = high - low;
    return width > 0 ? (close - low) / width : flat;
  }
  void find_extremes() {
    // Those that all five ranges share are found once.
    const double high = w.highest(10, 4), low = w.lowest(10, 4);
    for (uint32_t s = 0; s < 5; s++) {
      double h = high, l = low;
      for (uint32_t i : {s, s + 1, s + 2, s + 3, s + 10, s + 11, s + 12, s + 13}) h = std::max(h, w.h(i)), l = std::min(l, w.l(i));
      high14[s] = h, low14[s] = l;
      k[s] = position(w.c(s), l, h, 0);
    }
    high20 = std::max(high14[0], w.highest(6, 14)), low20 = std::min(low14[0], w.lowest(6, 14));
  }
  double cci() const {
    if (b.count < 20) return 0;
    const double newest = w.typical3(0);
    Lanes d{}, a{};
    for (uint32_t i = 0; i < 20; i += 2) d.older += w.typical3(i + 1) - newest, d.newer += w.typical3(i) - newest;
    const double mean = d.total() / 20, middle = newest + mean;
    for (uint32_t i = 0; i < 20; i += 2) a.older += std::abs(w.typical3(i + 1) - middle), a.newer += std::abs(w.typical3(i) - middle);
    return a.total() > 0 ? -mean / (0.015 * (a.total() / 20)) / 100 : 0;
  }
  double money_flow() const {
    if (b.count <= 14) return 0;
    Lanes up{}, down{};
    for (uint32_t i = 0; i < 14; i += 2) {
      const double t2 = w.typical3(i + 2), t1 = w.typical3(i + 1), t0 = w.typical3(i);
      const double older = t1 * w.v(i + 1), newer = t0 * w.v(i);
      up.older += t1 > t2 ? older : 0, up.newer += t0 > t1 ? newer : 0;
      down.older += t1 < t2 ? older : 0, down.newer += t0 < t1 ? newer : 0;
    }
    const double all = up.total() + down.total();
    return all >= 3 ? up.total() / all : 0;
  }
  double ultimate() const {
    if (b.count < 29) return 0;
    const auto pressure = [](double buying, double ranges) { return ranges > 0 ? buying / ranges : 0; };
    const double s = pressure(w.sum(w.buying, 6) + (w.c(6) - std::min(w.l(6), w.c(7))), w.sum(w.true_ranges, 6) + w.true_range(6));
    const double m = pressure(w.sum(w.buying, 14), w.sum(w.true_ranges, 14)), l = pressure(w.sum(w.buying, 28), w.sum(w.true_ranges, 28));
    return (4 * s + 2 * m + l) / 7;
  }
  double aroon() const {
    if (b.count <= 14) return 0;
    int hi = 0, lo = 0;
    for (int i = 1; i <= 14; i++) {
      hi = w.h(i) > w.h(hi) ? i : hi;
      lo = w.l(i) < w.l(lo) ? i : lo;
    }
    return double(lo - hi) / 14;
  }
  double efficiency() const {
    if (b.count <= 10) return 0;
    const double path = w.sum(w.paths, 10);
    return path > 0 ? std::abs(w.c(0) - w.c(10)) / path : 0;
  }
  static constexpr double TIME_SQUARES = 14 * (14 * 14 - 1) / 12.0;
  double covariance() const { return 6.5 * w.sum(w.distances, 14) - w.sum(w.weighted, 14); }
  double slope_fit() const {
    if (b.count < 14) return 0;
    const double d = w.sum(w.distances, 14), s = w.sum(w.squares, 14) - (d * d) / 14, c = covariance();
    return s > 0 ? (c * c) / (TIME_SQUARES * s) : 0;
  }
  double realised(uint32_t n) const { return b.count > n ? ratio_per_atr(std::sqrt(w.sum(w.return_squares, n) / n)) : 0; }
  double volatility_ratio() const {
    if (b.count <= 20) return 0;
    const double s = (w.sum(w.return_squares, 4) + w.r(4) * w.r(4)) / 5, l = w.sum(w.return_squares, 20) / 20;
    return s > 0 && l > 0 ? std::log(s / l) / 2 : 0;
  }
  double return_z() const {
    if (b.count <= 20) return 0;
    const double mean = w.sum(w.return_sums, 20) / 20;
    Lanes s{};
    for (uint32_t i = 0; i < 20; i += 2) {
      const double x = w.r(i + 1) - mean, y = w.r(i) - mean;
      s.older += x * x, s.newer += y * y;
    }
    const double variance = s.total() / 20;
    return variance > 1e-30 ? (w.r(0) - mean) / std::sqrt(variance) : 0;
  }
  template <class F> double z20(F value) const {
    if (b.count < 20) return 0;
    Lanes d{}, q{};
    for (uint32_t i = 0; i < 20; i += 2) {
      const double x = value(i + 1) - value(0), y = value(i) - value(0);
      d.older += x, d.newer += y;
      q.older += x * x, q.newer += y * y;
    }
    return z_score(20, d.total(), q.total());
  }
  void write_ranges(double* f) const {
    f[45] = f[46] = 0;
    if (b.count < 20) return;
    Lanes r{}, d{};
    for (uint32_t i = 0; i < 20; i += 2) {
      r.older += w.range_squares[50 - i], r.newer += w.range_squares[51 - i];
      d.older += w.body_squares[50 - i], d.newer += w.body_squares[51 - i];
    }
    f[45] = ratio_per_atr(std::sqrt(r.total() / 20 / (4 * 0.6931471805599453)));
    const double both = r.total() / 2 - (2 * 0.6931471805599453 - 1) * d.total();
    if (both > 0) f[46] = ratio_per_atr(std::sqrt(both / 20));
  }
  void write_moments(double* f) const {
    f[49] = f[50] = f[51] = 0;
    if (b.count <= 50) return;
    const double mean = w.sum(w.return_sums, 50) / 50;
    Lanes q{}, t{}, u{}, p{};
    double next = w.r(0) - mean;
    for (uint32_t i = 0; i < 50; i += 2) {
      const double y = next, x = w.r(i + 1) - mean, yy = y * y, xx = x * x;
      next = i + 2 < 50 ? w.r(i + 2) - mean : 0;
      q.older += xx, q.newer += yy;
      t.older += xx * x, t.newer += yy * y;
      u.older += xx * xx, u.newer += yy * yy;
      p.older += x * next, p.newer += y * x;
    }
    const double variance = q.total() / 50;
    if (variance <= 1e-30) return;
    f[49] = t.total() / 50 / (variance * std::sqrt(variance));
    f[50] = u.total() / 50 / (variance * variance) - 3;
    f[51] = p.total() / (variance * 50);
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

  void write(double* f, const Flow& flow, int64_t spread, double peers_mean, double peers_strongest, const Nearness& calendar) {
    w.lay_out(b);
    const double atr = b.atr();
    inverse = atr > 0 ? 1 / atr : 0, close_inverse = w.c(0) * inverse;
    w.find_sums();
    find_extremes();
    const double range = w.h(0) - w.l(0);
    const auto part = [&](double x) { return range > 0 ? x / range : 0; };
    f[0] = b.count > 1 ? w.r(0) : 0, f[1] = log_return(5), f[2] = log_return(20), f[12] = log_return(2), f[13] = log_return(10), f[14] = log_return(50);
    const double moves = b.gain + b.loss;
    f[3] = b.count > 14 && moves > 0 ? (b.gain - b.loss) / moves : 0;
    f[4] = b.count >= 34 ? per_atr(b.macd_fast - b.macd_slow - b.macd_signal) : 0;
    f[5] = atr / w.c(0);
    f[6] = b.count > 50 && atr > 0 ? std::log(b.atr_14 / b.atr_50) : 0;
    f[7] = close_z(20), f[8] = realised(20), f[9] = per_atr(range);
    const double day = 6.283185307179586 * double(b.last_open_time_ms % 86400000) / 86400000;
    f[10] = sine(day), f[11] = cosine(day);
    f[15] = sma(10), f[16] = sma(20), f[17] = sma(50), f[18] = ema(b.ema_10, 10), f[19] = ema(b.ema_20, 20), f[20] = ema(b.ema_50, 50), f[21] = wma();
    f[22] = b.count >= 26 ? per_atr(b.macd_fast - b.macd_slow) : 0, f[23] = b.count >= 34 ? per_atr(b.macd_signal) : 0;
    f[24] = b.count > 12 ? (w.c(0) - w.c(12)) / w.c(12) : 0, f[25] = b.count > 10 ? per_atr(w.c(0) - w.c(10)) : 0;
    f[26] = b.count >= 28 ? b.adx : 0;
    f[27] = b.count > 14 && b.move_range > 0 ? b.move_up / b.move_range : 0, f[28] = b.count > 14 && b.move_range > 0 ? b.move_down / b.move_range : 0;
    f[29] = cci(), f[30] = b.count < 14 ? 0 : position(w.c(0), low14[0], high14[0], 1) - 1;
    f[31] = b.count < 16 ? 0 : (k[0] + k[1] + k[2]) / 3;
    f[32] = b.count < 18 ? 0 : (k[0] + k[1] + k[2] + (k[1] + k[2] + k[3]) + (k[2] + k[3] + k[4])) / 9;
    f[33] = b.count < 20 ? 0 : position(w.c(0), low20, high20, 0.5), f[34] = b.count < 20 ? 0 : per_atr(high20 - low20);
    f[35] = b.count < 20 || atr == 0 ? 0 : (w.c(0) - b.ema_20) / (2 * b.atr_14);
    f[36] = bollinger_width(), f[37] = f[36] / 3;
    const double volumes = w.sum(w.volume_sums, 20);
    f[38] = b.count > 20 && volumes > 0 ? w.sum(w.signed_volumes, 20) / volumes : 0, f[39] = money_flow();
    f[40] = b.vwap_volume > 0 ? per_atr(w.c(0) - b.vwap_price / b.vwap_volume) : 0;
    f[41] = z20([&](uint32_t i) { return w.v(i); }), f[42] = z20([&](uint32_t i) { return w.h(i) - w.l(i); });
    f[43] = return_z(), f[44] = close_z(50), f[47] = realised(50), f[48] = volatility_ratio();
    write_ranges(f), write_moments(f);
    f[52] = efficiency(), f[53] = b.count > 14 && high14[0] > low14[0] ? std::log(w.sum(w.true_ranges, 14) / (high14[0] - low14[0])) / 2.6390573296152584 : 0;
    f[54] = b.count < 14 ? 0 : per_atr(covariance() / TIME_SQUARES), f[55] = slope_fit(), f[56] = ultimate(), f[57] = aroon();
    f[58] = b.count > 1 ? per_atr(w.true_range(0)) : 0;
    f[59] = part(w.c(0) - w.o(0)), f[60] = part(w.h(0) - std::max(w.o(0), w.c(0))), f[61] = part(std::min(w.o(0), w.c(0)) - w.l(0));
    f[62] = b.count > 1 ? per_atr(w.o(0) - w.c(1)) : 0;
    const int64_t ms = b.last_open_time_ms, week_ms = 604800000;
    const double week = 6.283185307179586 * double((ms - 345600000 + week_ms) % week_ms) / double(week_ms);
    f[63] = sine(week), f[64] = cosine(week), f[65] = hours(ms, 0, 9), f[66] = hours(ms, 7, 16), f[67] = hours(ms, 12, 21), f[68] = weekend(ms);
    f[69] = per_atr(double(spread)), f[70] = spread > 0 && flow.spread_mean > 0 ? std::log(double(spread) / flow.spread_mean) : 0;
    f[71] = flow.imbalance, f[72] = flow.count < 2 ? 0 : std::log(1 + 1000 / std::max(flow.gap_ms_mean, 1.0));
    f[73] = ratio_per_atr(std::sqrt(flow.square_mean));
    f[74] = flow.square_mean > 0 ? std::max(-1.0, std::min(1.0, flow.return_mean / std::sqrt(flow.square_mean))) : 0;
    f[75] = b.last_imbalance, f[76] = ratio_per_atr(std::sqrt(b.last_square_sum)), f[77] = per_atr(b.last_spread_mean), f[78] = b.last_flips;
    f[79] = peers_mean, f[80] = peers_strongest;
    f[81] = calendar.ahead, f[82] = calendar.behind, f[83] = calendar.ahead_moderate;
    for (int i = 0; i < FEATURES; i++) {
      if (!std::isfinite(f[i])) std::abort();
      f[i] += 0.0;
    }
  }
};
