// The terminal's economic calendar: countries, kinds of events and their values as they are asked for, then every change.
// Times are the server's with its offset of now; values are millionths, the least long means absent.
#ifndef LOCKSTEP_CALENDAR_MQH
#define LOCKSTEP_CALENDAR_MQH
#include "session.mqh"

#define EA_CALENDAR_ROWS 500
#define EA_CALENDAR_BUSY_MS 30000
#define EA_CALENDAR_LOOK_MS 5000
#define CAL_COUNTRIES 1
#define CAL_EVENTS 2
#define CAL_VALUES 4

class CEaCalendar
  {
private:
   bool              m_follows;
   ulong             m_changeId;
   ulong             m_lookedMs;

   void              TellCountries(MX_REF(MqlCalendarCountry, countries), int count);
   void              TellEvents(const MqlCalendarCountry &country);
   void              TellValues(MX_REF(MqlCalendarValue, values), int count);
   void              PutCountry(const MqlCalendarCountry &country);
   void              PutEvent(const MqlCalendarEvent &event, const MqlCalendarCountry &country);
   void              PutValue(const MqlCalendarValue &value);

public:
                     CEaCalendar() { m_follows = false; m_changeId = 0; m_lookedMs = 0; }
   void              OnSession() { m_follows = false; }
   void              OnRequest(const SMxCalReq &request);
   void              Tick();
  };

void CEaCalendar::OnRequest(const SMxCalReq &request)
  {
   EaSession.Heartbeat(EA_CALENDAR_BUSY_MS);
   if((request.what & (CAL_COUNTRIES | CAL_EVENTS)) != 0)
     {
      MX_DYN(MqlCalendarCountry, countries);
      ResetLastError();
      int count = CalendarCountries(countries);
      if(count <= 0)
         EaLog.Say("the economic calendar has no countries (error " + IntegerToString(GetLastError()) + ")");
      if((request.what & CAL_COUNTRIES) != 0)
         TellCountries(countries, count);
      for(int i = 0; i < count && (request.what & CAL_EVENTS) != 0; i++)
         TellEvents(countries[i]);
     }
   if((request.what & CAL_VALUES) != 0)
     {
      MX_DYN(MqlCalendarValue, values);
      MX_DYN(MqlCalendarValue, changed);
      // The id of now, before the values are read: what changes meanwhile is told twice rather than not at all.
      m_changeId = 0;
      CalendarValueLast(m_changeId, changed);
      int count = CalendarValueHistory(values, (datetime)request.from_s, (datetime)request.to_s) ? ArraySize(values) : 0;
      TellValues(values, count);
      m_follows = true;
      m_lookedMs = GetTickCount64();
     }
   EaSession.Heartbeat(0);
  }

void CEaCalendar::Tick()
  {
   if(!m_follows || EaSession.state != EA_LIVE || MxSince(m_lookedMs) < EA_CALENDAR_LOOK_MS)
      return;
   m_lookedMs = GetTickCount64();
   MX_DYN(MqlCalendarValue, values);
   int count = CalendarValueLast(m_changeId, values);
   if(count > 0)
      TellValues(values, count);
  }

void CEaCalendar::TellCountries(MX_REF(MqlCalendarCountry, countries), int count)
  {
   for(int from = 0; from == 0 || from < count; from += EA_CALENDAR_ROWS)
     {
      int n = count - from < EA_CALENDAR_ROWS ? count - from : EA_CALENDAR_ROWS;
      SMxCalCountries head = {};
      head.count = n > 0 ? (uint)n : 0;
      EaSession.Begin();
      MxPutCalCountries(EaSession.body, head);
      for(int i = 0; i < n; i++)
         PutCountry(countries[from + i]);
      EaSession.Finish(MX_CAL_COUNTRIES, 0);
     }
  }

void CEaCalendar::PutCountry(const MqlCalendarCountry &country)
  {
   SMxCalCountriesRow row = {};
   row.country_id = country.id;
   row.code = country.code;
   row.currency = country.currency;
   row.currency_symbol = country.currency_symbol;
   row.name = country.name;
   row.url_name = country.url_name;
   MxPutCalCountriesRow(EaSession.body, row);
  }

void CEaCalendar::TellEvents(const MqlCalendarCountry &country)
  {
   MX_DYN(MqlCalendarEvent, events);
   int count = CalendarEventByCountry(country.code, events);
   for(int from = 0; from < count; from += EA_CALENDAR_ROWS)
     {
      int n = count - from < EA_CALENDAR_ROWS ? count - from : EA_CALENDAR_ROWS;
      SMxCalEvents head = {};
      head.count = (uint)n;
      EaSession.Begin();
      MxPutCalEvents(EaSession.body, head);
      for(int i = 0; i < n; i++)
         PutEvent(events[from + i], country);
      EaSession.Finish(MX_CAL_EVENTS, 0);
     }
  }

void CEaCalendar::PutEvent(const MqlCalendarEvent &event, const MqlCalendarCountry &country)
  {
   SMxCalEventsRow row = {};
   row.type = (uchar)event.type;
   row.sector = (uchar)event.sector;
   row.frequency = (uchar)event.frequency;
   row.time_mode = (uchar)event.time_mode;
   row.event_id = event.id;
   row.country_id = event.country_id;
   row.unit = (uchar)event.unit;
   row.importance = (uchar)event.importance;
   row.multiplier = (uchar)event.multiplier;
   row.digits = (uchar)event.digits;
   row.currency = country.currency;
   row.country = country.code;
   row.name = event.name;
   row.event_code = event.event_code;
   row.url = event.source_url;
   MxPutCalEventsRow(EaSession.body, row);
  }

void CEaCalendar::TellValues(MX_REF(MqlCalendarValue, values), int count)
  {
   for(int from = 0; from == 0 || from < count; from += EA_CALENDAR_ROWS)
     {
      int n = count - from < EA_CALENDAR_ROWS ? count - from : EA_CALENDAR_ROWS;
      SMxCalValues head = {};
      head.count = n > 0 ? (uint)n : 0;
      EaSession.Begin();
      MxPutCalValues(EaSession.body, head);
      for(int i = 0; i < n; i++)
         PutValue(values[from + i]);
      EaSession.Finish(MX_CAL_VALUES, 0);
     }
  }

void CEaCalendar::PutValue(const MqlCalendarValue &value)
  {
   SMxCalValuesRow row = {};
   row.value_id = value.id;
   row.event_id = value.event_id;
   row.time_s = (long)value.time;
   row.period_s = (long)value.period;
   row.revision = value.revision;
   row.impact = (uchar)value.impact_type;
   row.actual = value.actual_value;
   row.previous = value.prev_value;
   row.revised_previous = value.revised_prev_value;
   row.forecast = value.forecast_value;
   row.change_id = m_changeId;
   MxPutCalValuesRow(EaSession.body, row);
  }

CEaCalendar EaCalendar;
#endif
