// Ticks, none lost and none told twice. The tick database is read with CopyTicksRange from a little before the last row
// told; rows told already are recognised whole and with their multiplicity, because several share a millisecond, some come
// late with an earlier time, and history is sometimes rewritten (then GAP 3 says so). After a reconnect the same reading
// starts at the connector's own cursor, in windows, so that heartbeats go on and a full line only slows it down.
#ifndef LOCKSTEP_TICKS_MQH
#define LOCKSTEP_TICKS_MQH
#include "symbols.mqh"
#include "settings.mqh"

#define EA_OVERLAP_MS 2000
#define EA_WINDOW_MS 600000
#define EA_WINDOW_MAX_MS 86400000
#define EA_ROWS_MAX 2000
// A whole look at the overlap at least this often, even when the quote has not changed.
#define EA_LOOK_MS 1000
#define EA_SYNC_BUSY_MS 50000
#define EA_SYNC_TRIES 20
#define EA_SYNC_PAUSE_MS 250
#define EA_GAP_SYNC 1
#define EA_GAP_TOO_OLD 2
#define EA_GAP_REWRITTEN 3
#define EA_FLAG_OVERLAP 2
#define EA_SOURCE_LIVE 0
#define EA_SOURCE_BACKFILL 1

class CEaTicks
  {
public:
   ulong             told;
   ulong             gaps;

                     CEaTicks() { told = 0; gaps = 0; }
   void              OnLive();
   bool              Poll();
   int               Request(int s, long fromMsc, long toMsc, int most);

private:
   void              Begin(int s);
   bool              Look(int s);
   bool              Quiet(int s, const MqlTick &quote);
   void              Warm(int s);
   bool              OnFailure(int s, long fromMsc, long toMsc, int error);
   int               TellNew(int s, MX_REF(MqlTick, rows), int count, long fromMsc, long windowMsc);
   bool              TakeRecent(int s, const SEaRow &row, int &at);
   void              Remember(int s, MX_REF(MqlTick, rows), int count, long windowMsc);
   void              Gap(int s, int reason, long fromMsc, long toMsc, uint lost);
   void              BeginFrame(int s, int source, int flags, long baseMsc, int count);
   void              PutRow(const SEaRow &row, long baseMsc);
   void              Row(const MqlTick &tick, SEaRow &row);
   int               Send(int s, MX_REF(SEaRow, rows), int count, int source, int flags);
  };

// Row by row what is compared: the time, what changed, and every price.
bool EaSameRow(const SEaRow &x, const SEaRow &y)
  {
   return x.msc == y.msc && x.flags == y.flags && x.bid == y.bid && x.ask == y.ask && x.last == y.last && x.volume == y.volume;
  }

void CEaTicks::Row(const MqlTick &tick, SEaRow &row)
  {
   row.msc = tick.time_msc;
   row.bid = tick.bid;
   row.ask = tick.ask;
   row.last = tick.last;
   row.volume = tick.volume_real;
   row.flags = tick.flags;
  }

void CEaTicks::OnLive()
  {
   for(int s = 0; s < EaSymbols.count; s++)
      if(EaSymbols.items[s].ticks && EaSymbols.items[s].cursorMsc == 0)
         Begin(s);
  }

// Where this session's ticks of a symbol begin.
void CEaTicks::Begin(int s)
  {
   MqlTick quote = {};
   bool quoted = SymbolInfoTick(EaSymbols.items[s].name, quote);
   long now = quoted ? quote.time_msc : (long)TimeTradeServer() * EA_MS_PER_S;
   long from = EaSymbols.items[s].fromMsc;
   long oldest = now - (long)EaSettings.backfillDays * 86400000;
   if(from == 0)
      from = EaSymbols.Born(EaSymbols.items[s].name, now);
   if(from < oldest)
     {
      Gap(s, EA_GAP_TOO_OLD, from, oldest, 0);
      from = oldest;
     }
   else
      EaSymbols.items[s].caughtUp = from >= now;
   EaSymbols.items[s].cursorMsc = from;
   EaSymbols.items[s].windowMs = EA_WINDOW_MS;
   EaSymbols.items[s].recentCount = 0;
   EaSymbols.items[s].lookedMs = 0;
   EaSymbols.items[s].newest.msc = 0;
  }

// True when something was told.
bool CEaTicks::Poll()
  {
   bool any = false;
   for(int s = 0; s < EaSymbols.count && EaSession.state == EA_LIVE; s++)
     {
      if(!EaSymbols.items[s].wanted || !EaSymbols.items[s].ticks)
         continue;
      if(EaSymbols.items[s].cursorMsc == 0)
         Begin(s);
      if(Look(s))
         any = true;
     }
   return any;
  }

// The first call for a symbol may block up to 45 s while the terminal synchronises.
void CEaTicks::Warm(int s)
  {
   if(EaSymbols.items[s].warm)
      return;
   EaSession.Heartbeat(EA_SYNC_BUSY_MS);
   MX_DYN(MqlTick, rows);
   CopyTicksRange(EaSymbols.items[s].name, rows, COPY_TICKS_ALL, (ulong)EaSymbols.items[s].cursorMsc, (ulong)EaSymbols.items[s].cursorMsc);
   EaSymbols.items[s].warm = true;
   EaSession.Heartbeat(0);
  }

bool CEaTicks::Quiet(int s, const MqlTick &quote)
  {
   SEaRow row = {};
   Row(quote, row);
   bool same = EaSameRow(row, EaSymbols.items[s].newest);
   return same && MxSince(EaSymbols.items[s].lookedMs) < EA_LOOK_MS;
  }

bool CEaTicks::Look(int s)
  {
   Warm(s);
   MqlTick quote = {};
   if(!SymbolInfoTick(EaSymbols.items[s].name, quote))
      return false;
   if(EaSymbols.items[s].caughtUp && Quiet(s, quote))
      return false;
   if(EaSymbols.items[s].failures > 0 && MxSince(EaSymbols.items[s].lookedMs) < EA_SYNC_PAUSE_MS)
      return false;
   // Before the session's first row there is nothing to compare, and the connector has what is older.
   long from = EaSymbols.items[s].cursorMsc - (EaSymbols.items[s].recentCount > 0 ? EA_OVERLAP_MS : 0);
   long to = EaSymbols.items[s].cursorMsc + EaSymbols.items[s].windowMs;
   bool last = to >= quote.time_msc;
   MX_DYN(MqlTick, rows);
   ResetLastError();
   int count = CopyTicksRange(EaSymbols.items[s].name, rows, COPY_TICKS_ALL, (ulong)from, last ? 0 : (ulong)to);
   int error = GetLastError();
   EaSymbols.items[s].lookedMs = GetTickCount64();
   // With an error even rows that came may not be all of them; without newer ticks nothing can be missing.
   bool newer = quote.time_msc > EaSymbols.items[s].cursorMsc;
   if(newer && (count < 0 || error != 0) && OnFailure(s, from, to, error))
      return false;
   EaSymbols.items[s].failures = 0;
   int fresh = TellNew(s, rows, count, from, last ? 0 : to);
   if(fresh > 0 || last)
      EaSymbols.items[s].windowMs = EA_WINDOW_MS;
   else if(EaSymbols.items[s].windowMs < EA_WINDOW_MAX_MS)
      EaSymbols.items[s].windowMs *= 2;
   if(last)
     {
      EaSymbols.items[s].caughtUp = true;
      Row(quote, EaSymbols.items[s].newest);
     }
   return fresh > 0;
  }

// True: try again. After many tries what came is taken and the rest is said to be missing.
bool CEaTicks::OnFailure(int s, long fromMsc, long toMsc, int error)
  {
   EaSymbols.items[s].failures++;
   if(EaSymbols.items[s].failures < EA_SYNC_TRIES)
      return true;
   EaLog.Say(EaSymbols.items[s].name + ": tick history is not complete (error " + IntegerToString(error) + ")");
   Gap(s, EA_GAP_SYNC, fromMsc, toMsc, 0);
   return false;
  }

// Rows at or after fromMsc that have not been told yet, in the order of the database; returns how many. windowMsc: the
// end of the window that was read, 0 = the end of history.
int CEaTicks::TellNew(int s, MX_REF(MqlTick, rows), int count, long fromMsc, long windowMsc)
  {
   MX_DYN(SEaRow, fresh);
   if(count > 0)
      ArrayResize(fresh, count);
   int news = 0;
   int at = 0;
   int seen = 0;
   int known = EaSymbols.items[s].recentCount;
   for(int i = 0; i < count; i++)
     {
      SEaRow row = {};
      Row(rows[i], row);
      if(row.msc < fromMsc)
         continue;
      if(TakeRecent(s, row, at))
         seen++;
      else
        {
         fresh[news] = row;
         news++;
        }
     }
   if(seen < known)
      Gap(s, EA_GAP_REWRITTEN, fromMsc, EaSymbols.items[s].cursorMsc, (uint)(known - seen));
   bool first = EaSymbols.items[s].sentRows == 0;
   int source = EaSymbols.items[s].caughtUp ? EA_SOURCE_LIVE : EA_SOURCE_BACKFILL;
   for(int from = 0; from < news; from += EA_ROWS_MAX)
     {
      MX_DYN(SEaRow, part);
      int n = news - from < EA_ROWS_MAX ? news - from : EA_ROWS_MAX;
      ArrayResize(part, n);
      for(int i = 0; i < n; i++)
         part[i] = fresh[from + i];
      Send(s, part, n, source, first && from == 0 && EaSymbols.items[s].fromMsc != 0 ? EA_FLAG_OVERLAP : 0);
     }
   Remember(s, rows, count, windowMsc);
   told += (ulong)news;
   return news;
  }

// Finds the row among those told, mostly right behind the one found before, and takes it out (msc 0).
bool CEaTicks::TakeRecent(int s, const SEaRow &row, int &at)
  {
   int count = EaSymbols.items[s].recentCount;
   for(int step = 0; step < count; step++)
     {
      int i = at + step < count ? at + step : at + step - count;
      if(!EaSameRow(EaSymbols.items[s].recent[i], row))
         continue;
      EaSymbols.items[s].recent[i].msc = 0;
      at = i + 1 < count ? i + 1 : 0;
      return true;
     }
   return false;
  }

// The newest time, and every row of the last two seconds before it as the database has them now.
void CEaTicks::Remember(int s, MX_REF(MqlTick, rows), int count, long windowMsc)
  {
   long newest = EaSymbols.items[s].cursorMsc;
   if(windowMsc > newest)
      newest = windowMsc;
   for(int i = 0; i < count; i++)
      if(rows[i].time_msc > newest)
         newest = rows[i].time_msc;
   EaSymbols.items[s].cursorMsc = newest;
   int kept = 0;
   if(ArraySize(EaSymbols.items[s].recent) < count)
      ArrayResize(EaSymbols.items[s].recent, count);
   for(int i = 0; i < count; i++)
     {
      if(rows[i].time_msc < newest - EA_OVERLAP_MS)
         continue;
      Row(rows[i], EaSymbols.items[s].recent[kept]);
      kept++;
     }
   EaSymbols.items[s].recentCount = kept;
  }

#include "tick-frames.mqh"

CEaTicks EaTicks;
#endif
