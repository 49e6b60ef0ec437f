// Bars: closed ones of the past, when a symbol is new to the connector or asked for.
#ifndef LOCKSTEP_BARS_MQH
#define LOCKSTEP_BARS_MQH
#include "ticks.mqh"

#define EA_BARS_ROWS 2000
#define EA_BARS_MAX 100000
#define EA_HISTORY_OK 0
#define EA_HISTORY_NONE 1
#define EA_HISTORY_UNKNOWN 2

class CEaBars
  {
public:
   void              OnSubscribe(int s);
   void              OnRequest(const SMxHistoryReq &request);

private:
   int               Tell(int s, int minutes, MX_REF(MqlRates, bars), int from, int count);
   int               Past(int s, int minutes, int most);
   int               Range(int s, const SMxHistoryReq &request);
   bool              Timeframe(int minutes, ENUM_TIMEFRAMES &timeframe);
  };

bool CEaBars::Timeframe(int minutes, ENUM_TIMEFRAMES &timeframe)
  {
   switch(minutes)
     {
      case 1:
         timeframe = PERIOD_M1;
         return true;
      case 5:
         timeframe = PERIOD_M5;
         return true;
      case 15:
         timeframe = PERIOD_M15;
         return true;
      case 60:
         timeframe = PERIOD_H1;
         return true;
      case 1440:
         timeframe = PERIOD_D1;
         return true;
     }
   return false;
  }

// For warming up: the connector asks only while it has no ticks of a symbol.
void CEaBars::OnSubscribe(int s)
  {
   if(!EaSymbols.items[s].bars || EaSettings.historyBars == 0)
      return;
   EaSession.Heartbeat(EA_SYNC_BUSY_MS);
   Past(s, 60, EaSettings.historyBars);
   Past(s, 1, EaSettings.historyBars);
   EaSession.Heartbeat(0);
  }

// From position 1: the bar at position 0 is still open.
int CEaBars::Past(int s, int minutes, int most)
  {
   ENUM_TIMEFRAMES timeframe = PERIOD_M1;
   if(!Timeframe(minutes, timeframe))
      return -1;
   MX_DYN(MqlRates, bars);
   int count = CopyRates(EaSymbols.items[s].name, timeframe, 1, most, bars);
   if(count <= 0)
      return count;
   return Tell(s, minutes, bars, 0, count);
  }

int CEaBars::Tell(int s, int minutes, MX_REF(MqlRates, bars), int from, int count)
  {
   for(int at = from; at < count; at += EA_BARS_ROWS)
     {
      int n = count - at < EA_BARS_ROWS ? count - at : EA_BARS_ROWS;
      SMxBars head = {};
      head.symbol_id = (ushort)(s + 1);
      head.tf_minutes = (ushort)minutes;
      head.count = (uint)n;
      head.flags = 2;
      EaSession.Begin();
      MxPutBars(EaSession.body, head);
      for(int i = 0; i < n; i++)
        {
         SMxBarsRow row = {};
         row.open_time_s = (long)bars[at + i].time;
         row.open = bars[at + i].open;
         row.high = bars[at + i].high;
         row.low = bars[at + i].low;
         row.close = bars[at + i].close;
         row.tick_volume = bars[at + i].tick_volume;
         row.real_volume = bars[at + i].real_volume;
         row.spread = bars[at + i].spread;
         MxPutBarsRow(EaSession.body, row);
        }
      EaSession.Finish(MX_BARS, 0);
     }
   return count - from;
  }

// Bars from..to when both are given, else the last `max` closed ones.
int CEaBars::Range(int s, const SMxHistoryReq &request)
  {
   int minutes = (int)request.tf_minutes;
   int most = request.max > EA_BARS_MAX ? EA_BARS_MAX : (int)request.max;
   if(request.from == 0 || request.to <= request.from)
      return Past(s, minutes, most < 1 ? 1 : most);
   ENUM_TIMEFRAMES timeframe = PERIOD_M1;
   if(!Timeframe(minutes, timeframe))
      return -1;
   MX_DYN(MqlRates, bars);
   int count = CopyRates(EaSymbols.items[s].name, timeframe, (datetime)request.from, (datetime)request.to, bars);
   if(count <= 0)
      return count;
   return Tell(s, minutes, bars, 0, most > 0 && count > most ? most : count);
  }

void CEaBars::OnRequest(const SMxHistoryReq &request)
  {
   int s = EaSymbols.FindId(request.symbol_id);
   int rows = -1;
   SMxHistoryEnd end = {};
   end.req = request.req;
   if(s != EA_NONE && request.kind == 1)
     {
      EaSession.Heartbeat(EA_SYNC_BUSY_MS);
      rows = Range(s, request);
      EaSession.Heartbeat(0);
     }
   else if(s != EA_NONE && request.kind == 0)
      rows = EaTicks.Request(s, request.from, request.to, request.max > EA_BARS_MAX ? EA_BARS_MAX : (int)request.max);
   else
      end.status = EA_HISTORY_UNKNOWN;
   if(end.status == EA_HISTORY_OK && rows <= 0)
      end.status = EA_HISTORY_NONE;
   end.rows = rows > 0 ? (ulong)rows : 0;
   EaSession.Begin();
   MxPutHistoryEnd(EaSession.body, end);
   EaSession.Finish(MX_HISTORY_END, 0);
  }

CEaBars EaBars;
#endif
