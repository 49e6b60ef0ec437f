// The terminal around the program: clocks, permissions, charts, logs, and what a test sets of them.
#pragma once
#include <time.h>
#include "constants.h"

// Thrown where a test wants the EA to end without a word.
struct EaKilled {};

struct Terminal {
  bool connected = true, allowed = true, eaAllowed = true, accountAllowed = true, accountExpert = true;
  long offsetS = 10800;
  long login = 12345678;
  std::string server = "Demo-Server";
  std::string chart = "EURUSD";
  std::vector<std::string> log;
  std::vector<std::pair<std::string, std::string>> objects;
  int timerMs = 0;
  // Added to the clocks that only count: time that passes at once.
  long skippedMs = 0;
};
inline Terminal terminal;

inline long shimClockUs(clockid_t id) {
  timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}
inline long shimUtcMs() { return shimClockUs(CLOCK_REALTIME) / 1000; }
inline long shimServerMs() { return shimUtcMs() + terminal.offsetS * 1000; }

inline ulong GetTickCount64() { return (ulong)(shimClockUs(CLOCK_MONOTONIC) / 1000 + terminal.skippedMs); }
inline ulong GetMicrosecondCount() { return (ulong)(shimClockUs(CLOCK_MONOTONIC) + terminal.skippedMs * 1000); }
inline datetime TimeGMT() { return datetime(shimUtcMs() / 1000); }
inline datetime TimeLocal() { return datetime(shimUtcMs() / 1000); }
inline datetime TimeTradeServer() { return datetime(shimServerMs() / 1000); }

inline long TerminalInfoInteger(ENUM_TERMINAL_INFO_INTEGER what) {
  switch (what) {
    case TERMINAL_CONNECTED: return terminal.connected;
    case TERMINAL_TRADE_ALLOWED: return terminal.allowed;
    case TERMINAL_BUILD: return 4000;
    case TERMINAL_PING_LAST: return 1500;
  }
  return 0;
}
inline string TerminalInfoString(ENUM_TERMINAL_INFO_STRING) { return "MQL5 shim"; }
inline long MQLInfoInteger(ENUM_MQL_INFO_INTEGER) { return terminal.eaAllowed; }

inline std::string shimText(const string &s) { return s.utf8(); }
inline std::string shimText(const char *s) { return s; }
template <typename... T> void Print(const T &...parts) {
  std::string line;
  ((line += shimText(parts)), ...);
  terminal.log.push_back(line);
  fprintf(stderr, "%s\n", line.c_str());
}
template <typename... T> void Alert(const T &...parts) { Print(parts...); }

inline bool EventSetMillisecondTimer(int ms) {
  terminal.timerMs = ms < 10 ? 10 : ms;
  return true;
}
inline void EventKillTimer() { terminal.timerMs = 0; }

// Of objects only the texts are kept.
inline bool ObjectCreate(long, const string &, ENUM_OBJECT, int, datetime, double) { return true; }
inline bool ObjectSetInteger(long, const string &, ENUM_OBJECT_PROPERTY_INTEGER, long) { return true; }
inline bool ObjectSetString(long, const string &name, ENUM_OBJECT_PROPERTY_STRING what, const string &text) {
  if (what != OBJPROP_TEXT) return true;
  for (auto &o : terminal.objects)
    if (o.first == name.utf8()) {
      o.second = text.utf8();
      return true;
    }
  terminal.objects.push_back({name.utf8(), text.utf8()});
  return true;
}
inline bool ObjectDelete(long, const string &name) {
  for (size_t i = 0; i < terminal.objects.size(); i++)
    if (terminal.objects[i].first == name.utf8()) terminal.objects.erase(terminal.objects.begin() + (long)i--);
  return true;
}
inline void ChartRedraw(long) {}
inline string Symbol() { return string(terminal.chart); }
