// Symbols, quotes, the tick database and bars. A test adds ticks; how the terminal fails to hand them out is set here too.
#pragma once
#include <algorithm>
#include "terminal.h"

#define ERR_HISTORY_TIMEOUT 4403

struct ShimSymbol {
  std::string name, base, profit;
  int digits;
  double contract, volMin = 0.01, volMax = 50, volStep = 0.01;
  int tickPoints = 1, stopsPoints = 10, freezePoints = 0, filling = 3;
  double tickValue;
  ENUM_SYMBOL_TRADE_EXECUTION execution = SYMBOL_TRADE_EXECUTION_MARKET;
  ENUM_SYMBOL_TRADE_MODE mode = SYMBOL_TRADE_MODE_FULL;
  double bid = 0, ask = 0;
  long quoteMsc = 0;
  std::vector<MqlTick> ticks;
  double point() const { return std::pow(10.0, -digits); }
};
struct Market {
  std::vector<ShimSymbol> symbols;
  // The next calls of CopyTicksRange that time out, with nothing.
  int timeouts = 0;
  long copies = 0;
};
inline Market market;

inline ShimSymbol *shimSymbol(const std::string &name) {
  for (auto &s : market.symbols)
    if (s.name == name) return &s;
  return nullptr;
}
inline bool SymbolSelect(const string &name, bool) { return shimSymbol(name.utf8()) != nullptr; }

inline long SymbolInfoInteger(const string &name, ENUM_SYMBOL_INFO_INTEGER what) {
  ShimSymbol *s = shimSymbol(name.utf8());
  if (!s) return 0;
  switch (what) {
    case SYMBOL_DIGITS: return s->digits;
    case SYMBOL_TRADE_MODE: return s->mode;
    case SYMBOL_TRADE_EXEMODE: return s->execution;
    case SYMBOL_FILLING_MODE: return s->filling;
    case SYMBOL_EXPIRATION_MODE: return 15;
    case SYMBOL_ORDER_MODE: return 127;
    case SYMBOL_CHART_MODE: return SYMBOL_CHART_MODE_BID;
    case SYMBOL_SPREAD_FLOAT: return 1;
    case SYMBOL_TRADE_STOPS_LEVEL: return s->stopsPoints;
    case SYMBOL_TRADE_FREEZE_LEVEL: return s->freezePoints;
    case SYMBOL_SPREAD: return (long)std::lround((s->ask - s->bid) / s->point());
    case SYMBOL_SWAP_ROLLOVER3DAYS: return 3;
    default: return 0;
  }
}
inline double SymbolInfoDouble(const string &name, ENUM_SYMBOL_INFO_DOUBLE what) {
  ShimSymbol *s = shimSymbol(name.utf8());
  if (!s) return 0;
  switch (what) {
    case SYMBOL_POINT: return s->point();
    case SYMBOL_TRADE_TICK_SIZE: return s->point() * s->tickPoints;
    case SYMBOL_TRADE_TICK_VALUE:
    case SYMBOL_TRADE_TICK_VALUE_PROFIT:
    case SYMBOL_TRADE_TICK_VALUE_LOSS: return s->tickValue;
    case SYMBOL_TRADE_CONTRACT_SIZE: return s->contract;
    case SYMBOL_VOLUME_MIN: return s->volMin;
    case SYMBOL_VOLUME_MAX: return s->volMax;
    case SYMBOL_VOLUME_STEP: return s->volStep;
    default: return 0;
  }
}
inline string SymbolInfoString(const string &name, ENUM_SYMBOL_INFO_STRING what) {
  ShimSymbol *s = shimSymbol(name.utf8());
  if (!s) return string();
  switch (what) {
    case SYMBOL_CURRENCY_PROFIT: return string(s->profit);
    case SYMBOL_PATH: return string("Shim\\" + s->name);
    case SYMBOL_DESCRIPTION: return string(s->base + " against " + s->profit);
    default: return string(s->base);
  }
}
inline bool SymbolInfoTick(const string &name, MqlTick &t) {
  ShimSymbol *s = shimSymbol(name.utf8());
  if (!s || s->quoteMsc == 0) return false;
  t = s->ticks.empty() ? MqlTick() : s->ticks.back();
  t.bid = s->bid;
  t.ask = s->ask;
  t.time_msc = s->quoteMsc;
  t.time = datetime(s->quoteMsc / 1000);
  return true;
}
inline datetime TimeCurrent() {
  long last = 0;
  for (auto &s : market.symbols) last = std::max(last, s.quoteMsc);
  return datetime(last / 1000);
}

inline int CopyTicksRange(const string &name, MqlArray<MqlTick> &a, uint, ulong from, ulong to) {
  ShimSymbol *s = shimSymbol(name.utf8());
  market.copies++;
  a.v.clear();
  if (!s) return -1;
  if (market.timeouts > 0) {
    market.timeouts--;
    mqlLastError = ERR_HISTORY_TIMEOUT;
    return 0;
  }
  for (const MqlTick &t : s->ticks)
    if (t.time_msc >= (long)from && (to == 0 || t.time_msc <= (long)to)) a.v.push_back(t);
  return (int)a.v.size();
}

// Bars of before the first tick, made up; the last one closed before `until`.
inline void shimBars(ShimSymbol *s, long lengthS, long until, int count, MqlArray<MqlRates> &a) {
  double price = s->bid > 0 ? s->bid : 1.1;
  double step = s->point() * 10;
  a.v.clear();
  long first = until / lengthS * lengthS - count * lengthS;
  for (int i = 0; i < count; i++) {
    double open = price + step * (double)((i * 7) % 13 - 6), close = price + step * (double)(((i + 1) * 7) % 13 - 6);
    a.v.push_back({datetime(first + i * lengthS), open, std::max(open, close) + step, std::min(open, close) - step, close, 10 + i % 5, 9, 0});
  }
}
inline long shimPeriodS(ENUM_TIMEFRAMES t) { return t == PERIOD_H1 ? 3600 : t == PERIOD_D1 ? 86400 : t * 60; }
inline int CopyRates(const string &name, ENUM_TIMEFRAMES t, int start, int count, MqlArray<MqlRates> &a) {
  ShimSymbol *s = shimSymbol(name.utf8());
  if (!s || start != 1) return -1;
  shimBars(s, shimPeriodS(t), s->quoteMsc > 0 ? s->quoteMsc / 1000 : shimServerMs() / 1000, count, a);
  return ArraySize(a);
}
inline int CopyRates(const string &name, ENUM_TIMEFRAMES t, datetime from, datetime to, MqlArray<MqlRates> &a) {
  ShimSymbol *s = shimSymbol(name.utf8());
  if (!s) return -1;
  shimBars(s, shimPeriodS(t), (long)to, (int)(((long)to - (long)from) / shimPeriodS(t)), a);
  return ArraySize(a);
}
