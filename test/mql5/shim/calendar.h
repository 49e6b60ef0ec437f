// The economic calendar: one country, one kind of event, and the values a test adds.
#pragma once
#include "terminal.h"

struct ShimCalendar {
  std::vector<MqlCalendarValue> values;
  std::vector<ulong> changes;
};
inline ShimCalendar calendar;

inline int CalendarCountries(MqlArray<MqlCalendarCountry> &a) {
  a.v = {{840, string("United States"), string("US"), string("USD"), string("$"), string("united-states")}};
  return 1;
}
inline int CalendarEventByCountry(const string &code, MqlArray<MqlCalendarEvent> &a) {
  a.v.clear();
  if (code == string("US"))
    a.v = {{840030016, CALENDAR_TYPE_INDICATOR, CALENDAR_SECTOR_NONE, CALENDAR_FREQUENCY_NONE, CALENDAR_TIMEMODE_DATETIME, 840, CALENDAR_UNIT_PERCENT,
            CALENDAR_IMPORTANCE_HIGH, CALENDAR_MULTIPLIER_NONE, 1, string("https://www.bls.gov"), string("unemployment-rate"), string("Unemployment Rate")}};
  return ArraySize(a);
}
inline bool CalendarValueHistory(MqlArray<MqlCalendarValue> &a, datetime from, datetime to) {
  a.v.clear();
  for (auto &v : calendar.values)
    if (!(v.time < from) && (to == datetime(0) || v.time < to)) a.v.push_back(v);
  return true;
}
// With change id 0: no rows, and the id of now.
inline int CalendarValueLast(ulong &id, MqlArray<MqlCalendarValue> &a) {
  a.v.clear();
  if (id != 0)
    for (size_t i = id - 1; i < calendar.changes.size(); i++)
      for (auto &v : calendar.values)
        if (v.id == calendar.changes[i]) a.v.push_back(v);
  id = calendar.changes.size() + 1;
  return ArraySize(a);
}
