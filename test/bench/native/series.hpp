// The series of bars of one symbol and what its ticks have been like: the same steps as core-wasm/assembly/features, in
// plain C++ over plain structs. Written for the comparison only; nothing of the product uses it.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "records.hpp"

constexpr int SERIES = 8, TIMEFRAMES = 6, TICK_SERIES = 6, RANGE_SERIES = 7, RING = 64;
constexpr int64_t LENGTH_S[TIMEFRAMES] = {60, 300, 900, 3600, 14400, 86400};

struct Flow {
  int64_t mid_doubled = 0, time_ms = 0;
  double spread_mean = 0, gap_ms_mean = 0, imbalance = 0, return_mean = 0, square_mean = 0;
  uint32_t count = 0;
  int32_t direction = 0;
  // Totals since ever; a bar's own are differences.
  uint32_t ticks = 0, ups = 0, downs = 0, flips = 0;
  uint64_t spreads = 0, squares = 0;

  void step(int64_t now_ms, int64_t bid, int64_t ask) {
    const int64_t doubled = bid + ask, spread = ask - bid, last = mid_doubled;
    double slow = 1.0 / 256, quick = 1.0 / 64;
    if (count < 256) {
      const uint32_t changes = count++;
      slow = 1.0 / count;
      if (changes < 64) quick = 1.0 / (changes == 0 ? 1 : changes);
    }
    spread_mean += (double(spread) - spread_mean) * slow;
    ticks++;
    spreads += uint64_t(spread);
    if (last != 0) {
      const int64_t change = doubled - last;
      const double r = double(change) / double(last), squared = r * r, units = squared * 1e20;
      squares += int64_t(units < 1e18 ? units : 1e18);
      const int up = change > 0, down = change < 0, moved = up - down;
      ups += up;
      downs += down;
      flips += moved * direction < 0;
      direction = moved != 0 ? moved : direction;
      gap_ms_mean += (double(now_ms - time_ms) - gap_ms_mean) * quick;
      imbalance += (moved - imbalance) * quick;
      return_mean += (r - return_mean) * quick;
      square_mean += (squared - square_mean) * slow;
    }
    mid_doubled = doubled;
    time_ms = now_ms;
  }
};

struct Bars {
  int64_t open_time_ms = 0, end_ms = 0, open = 0, high = 0, low = 0, close = 0, range = 0, last_open_time_ms = 0;
  uint64_t spread_sum = 0, squares = 0;
  uint32_t tick_count = 0, ups = 0, downs = 0, flips = 0, count = 0;
  int32_t vwap_day = 0;
  double vwap_price = 0, vwap_volume = 0, gain = 0, loss = 0, ema_10 = 0, ema_20 = 0, ema_50 = 0, macd_fast = 0, macd_slow = 0,
         macd_signal = 0, atr_14 = 0, atr_50 = 0, move_up = 0, move_down = 0, move_range = 0, adx = 0;
  double last_square_sum = 0, last_spread_mean = 0, last_imbalance = 0, last_flips = 0;
  double opens[RING], highs[RING], lows[RING], closes[RING], volumes[RING], returns[RING], range_squares[RING], body_squares[RING];

  int at(uint32_t back) const { return (count - 1 - back) & (RING - 1); }
  double h(uint32_t back) const { return highs[at(back)]; }
  double l(uint32_t back) const { return lows[at(back)]; }
  double c(uint32_t back) const { return closes[at(back)]; }
  double true_range() const { return std::max(h(0), c(1)) - std::min(l(0), c(1)); }
  double atr() const { return count > 14 && atr_14 > 1e-6 ? atr_14 : 0; }

  void begin(int64_t open_ms, int64_t until_ms, int64_t price) {
    open_time_ms = open_ms;
    end_ms = until_ms;
    open = high = low = price;
    spread_sum = squares = 0;
    tick_count = ups = downs = flips = 0;
  }
  void begin_flow(const Flow& f) {
    tick_count = f.ticks, ups = f.ups, downs = f.downs, flips = f.flips, spread_sum = f.spreads, squares = f.squares;
  }
  void end_flow(const Flow& f) {
    tick_count = f.ticks - tick_count, ups = f.ups - ups, downs = f.downs - downs, flips = f.flips - flips;
    spread_sum = f.spreads - spread_sum, squares = f.squares - squares;
  }
  void take(int64_t bid) {
    high = std::max(high, bid);
    low = std::min(low, bid);
    close = bid;
  }
  void take_child(const Bars& b) {
    if (b.high > high) high = b.high;
    if (b.low < low) low = b.low;
    close = b.close;
    tick_count += b.tick_count;
    spread_sum += b.spread_sum;
    squares += b.squares;
    ups += b.ups;
    downs += b.downs;
    flips += b.flips;
  }
  static double smooth(double s, double x, uint32_t n, uint32_t p) { return n <= p ? s + x / p : s + (x - s) * (2.0 / (p + 1.0)); }
  static double wilder(double s, double x, uint32_t n, uint32_t p) { return n <= p ? s + x / p : s + (x - s) / p; }

  /** The bar just closed, into rings and running indicators. */
  void step() {
    const double changes = double(ups) + downs;
    last_square_sum = double(squares) * 1e-20;
    last_spread_mean = tick_count > 0 ? double(spread_sum) / tick_count : 0;
    last_imbalance = changes > 0 ? (double(ups) - downs) / changes : 0;
    last_flips = changes > 0 ? flips / changes : 0;
    const double previous = count > 0 ? c(0) : double(close);
    count++;
    const int i = at(0);
    opens[i] = double(open), highs[i] = double(high), lows[i] = double(low), closes[i] = double(close), volumes[i] = tick_count;
    returns[i] = std::log(double(close) / previous);
    const double range = std::log(highs[i] / lows[i]), body = std::log(closes[i] / opens[i]);
    range_squares[i] = range * range, body_squares[i] = body * body;
    if (count > 1) {
      const uint32_t n = count - 1;
      const double change = c(0) - c(1), up = std::max(change, 0.0), down = std::max(-change, 0.0);
      gain = wilder(gain, up, n, 14), loss = wilder(loss, down, n, 14);
      atr_14 = wilder(atr_14, true_range(), n, 14), atr_50 = wilder(atr_50, true_range(), n, 50);
      const double rise = h(0) - h(1), fall = l(1) - l(0);
      if (n >= 14) move_up -= move_up / 14, move_down -= move_down / 14, move_range -= move_range / 14;
      if (rise > 0 && rise > fall) move_up += rise;
      if (fall > 0 && fall > rise) move_down += fall;
      move_range += true_range();
      if (n >= 14) {
        const double sum = move_up + move_down;
        const bool moved = move_range > 0 && sum > 0;
        const double dx = moved ? std::abs(move_up - move_down) / sum : 0;
        if (n < 28) adx += dx / 14;
        else if (moved) adx += (dx - adx) / 14;
      }
    }
    ema_10 = smooth(ema_10, c(0), count, 10), ema_20 = smooth(ema_20, c(0), count, 20), ema_50 = smooth(ema_50, c(0), count, 50);
    if (count > 14) macd_fast = smooth(macd_fast, c(0), count - 14, 12);
    macd_slow = smooth(macd_slow, c(0), count, 26);
    if (count >= 26) macd_signal = smooth(macd_signal, macd_fast - macd_slow, count - 25, 9);
    const int32_t day = int32_t(open_time_ms / 86400000);
    if (day != vwap_day) vwap_day = day, vwap_price = 0, vwap_volume = 0;
    vwap_price += ((h(0) + l(0) + c(0)) / 3) * volumes[i];
    vwap_volume += volumes[i];
  }
};
