// features FILE ROUNDS: plain C++ over a file of tick records (64 bytes each, proto/records.ts), with the steps of the core
// up to and including its features: validation, quote, ticks' means, eight series of bars, 81 features at the close of M1 and H1.
// Prints ticks, closed bars, nanoseconds a tick (the best round), and the sum of all features' sizes, to be held against the core's.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "correlation.hpp"
#include "features.hpp"

struct Tick {
  uint64_t seq;
  int64_t time_ns;
  uint16_t kind, symbol;
  uint32_t length, source, check;
  int64_t broker_time_ms, bid, ask;
  uint32_t flags;
  int32_t spread;
};
static_assert(sizeof(Tick) == 64);

struct Market {
  int64_t bid = 0, ask = 0, time_ms = 0, received_ns = 0;
  bool quoted = false;
  Flow flow;
  Bars series[SERIES];
};

struct Replay {
  Market markets[SYMBOLS];
  Correlations correlations;
  int64_t wake_ns = 0;
  uint64_t bars = 0, vectors = 0, bad = 0;
  double sum = 0;
  double features[FEATURES];

  static int64_t due(const Bars& b, const Market& m) { return std::max(b.end_ms * 1000000, m.received_ns) + 1000000000; }
  void close(int symbol, Market& m, int i) {
    Bars& b = m.series[i];
    if (i == 0 || i >= TIMEFRAMES) b.end_flow(m.flow);
    bars++;
    b.end_ms = 0;
    b.last_open_time_ms = b.open_time_ms;
    b.step();
    if (i + 1 < TIMEFRAMES) {
      Bars& parent = m.series[i + 1];
      bool open = parent.end_ms != 0;
      if (!open) open = begin(m, i + 1, b.open_time_ms, b.open);
      if (open) parent.take_child(b);
    }
    if (i != 0 && i != 3) return;
    double mean, strongest;
    correlations.peers(symbol, mean, strongest);
    Features{b}.write(features, m.flow, m.ask - m.bid, mean, strongest);
    vectors++;
    for (double f : features) sum += std::fabs(f);
  }
  bool begin(Market& m, int i, int64_t time_ms, int64_t price) {
    Bars& b = m.series[i];
    const int64_t length = LENGTH_S[i] * 1000, open_ms = time_ms - time_ms % length;
    if (open_ms <= b.last_open_time_ms) return false;
    b.begin(open_ms, open_ms + length, price);
    wake_ns = std::min(wake_ns, due(b, m));
    return true;
  }
  void wake(int64_t now, int ticking) {
    wake_ns = INT64_MAX;
    if (now >= correlations.due_ns)
      correlations.step(now, [&](int i) { return markets[i].quoted ? double(markets[i].bid + markets[i].ask) : 0.0; });
    int64_t next = correlations.due_ns;
    for (int s = 0; s < SYMBOLS; s++)
      for (int i = 0; i < TIMEFRAMES; i++) {
        Market& m = markets[s];
        if (m.series[i].end_ms == 0) continue;
        const int64_t at = due(m.series[i], m);
        if (s != ticking && now >= at) close(s, m, i);
        else next = std::min(next, at);
      }
    wake_ns = std::min(wake_ns, next);
  }
  void tick(const Tick& t) {
    const int symbol = t.symbol - 1;
    if (t.time_ns >= wake_ns) wake(t.time_ns, symbol);
    Market& m = markets[symbol];
    const int64_t bid = t.bid, ask = t.ask, spread = ask - bid, time_ms = t.broker_time_ms;
    if (bid < 1 || ask < 1 || spread < 0 || time_ms < m.time_ms || time_ms * 1000000 > t.time_ns + 86400000000000) {
      bad++;
      return;
    }
    m.bid = bid, m.ask = ask, m.time_ms = time_ms, m.received_ns = t.time_ns, m.quoted = true;
    Bars &minute = m.series[0], &by_ticks = m.series[TICK_SERIES], &by_range = m.series[RANGE_SERIES];
    if (time_ms >= minute.end_ms) {
      for (int i = 0; i < TIMEFRAMES; i++)
        if (m.series[i].end_ms != 0 && time_ms >= m.series[i].end_ms) close(symbol, m, i);
      if (begin(m, 0, time_ms, bid)) minute.begin_flow(m.flow);
    }
    if (by_ticks.end_ms == 0) by_ticks.begin(time_ms, 1, bid), by_ticks.begin_flow(m.flow);
    if (by_range.end_ms == 0) {
      by_range.begin(time_ms, 1, bid), by_range.begin_flow(m.flow);
      const double mean = m.flow.ticks == 0 ? double(spread) : m.flow.spread_mean;
      by_range.range = std::max<int64_t>(1, int64_t(std::floor(mean * 16 + 0.5)));
    }
    m.flow.step(time_ms, bid, ask);
    if (minute.end_ms != 0) minute.take(bid);
    by_ticks.take(bid);
    if (m.flow.ticks - by_ticks.tick_count >= 256) close(symbol, m, TICK_SERIES);
    by_range.take(bid);
    if (by_range.high - by_range.low >= by_range.range) close(symbol, m, RANGE_SERIES);
  }
};

int main(int argc, char** argv) {
  if (argc != 3) return fprintf(stderr, "features FILE ROUNDS\n"), 2;
  FILE* file = fopen(argv[1], "rb");
  if (!file) return perror(argv[1]), 1;
  fseek(file, 0, SEEK_END);
  std::vector<Tick> ticks(ftell(file) / sizeof(Tick));
  rewind(file);
  if (fread(ticks.data(), sizeof(Tick), ticks.size(), file) != ticks.size()) return fprintf(stderr, "cut file\n"), 1;
  double best = 1e300;
  std::unique_ptr<Replay> replay;
  for (int round = 0; round < atoi(argv[2]); round++) {
    replay = std::make_unique<Replay>();
    const auto began = std::chrono::steady_clock::now();
    for (const Tick& t : ticks) replay->tick(t);
    const double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began).count();
    best = std::min(best, ns / ticks.size());
  }
  printf("{\"ticks\": %zu, \"bars\": %llu, \"vectors\": %llu, \"bad\": %llu, \"ns_per_tick\": %.3f, \"sum\": %.17g}\n", ticks.size(),
         (unsigned long long)replay->bars, (unsigned long long)replay->vectors, (unsigned long long)replay->bad, best, replay->sum);
}
