// How ticks and gaps are put on the wire, and past ticks that were asked for.
#ifndef LOCKSTEP_TICK_FRAMES_MQH
#define LOCKSTEP_TICK_FRAMES_MQH

void CEaTicks::BeginFrame(int s, int source, int flags, long baseMsc, int count)
  {
   SMxTicks head = {};
   head.symbol_id = (ushort)(s + 1);
   head.source = (uchar)source;
   head.flags = (uchar)flags;
   head.count = (uint)count;
   head.base_msc = baseMsc;
   head.index_of_first = EaSymbols.items[s].sentRows;
   EaSession.Begin();
   MxPutTicks(EaSession.body, head);
  }

void CEaTicks::PutRow(const SEaRow &row, long baseMsc)
  {
   SMxTicksRow v = {};
   v.dt_ms = (int)(row.msc - baseMsc);
   v.flags = row.flags;
   v.bid = row.bid;
   v.ask = row.ask;
   v.last = row.last;
   v.volume_real = row.volume;
   MxPutTicksRow(EaSession.body, v);
  }

int CEaTicks::Send(int s, MX_REF(SEaRow, rows), int count, int source, int flags)
  {
   BeginFrame(s, source, flags, rows[0].msc, count);
   for(int i = 0; i < count; i++)
      PutRow(rows[i], rows[0].msc);
   EaSession.Finish(MX_TICKS, 0);
   EaSymbols.items[s].sentRows += (ulong)count;
   return count;
  }

void CEaTicks::Gap(int s, int reason, long fromMsc, long toMsc, uint lost)
  {
   SMxGap gap = {};
   gap.symbol_id = (ushort)(s + 1);
   gap.reason = (ushort)reason;
   gap.est_lost = lost;
   gap.from_msc = fromMsc;
   gap.to_msc = toMsc;
   gaps++;
   EaSession.Begin();
   MxPutGap(EaSession.body, gap);
   EaSession.Finish(MX_GAP, 0);
  }

// For HISTORY_REQ: past rows, marked as a replay. Returns how many, -1 when the terminal has not got them.
int CEaTicks::Request(int s, long fromMsc, long toMsc, int most)
  {
   MX_DYN(MqlTick, rows);
   EaSession.Heartbeat(EA_SYNC_BUSY_MS);
   int count = CopyTicksRange(EaSymbols.items[s].name, rows, COPY_TICKS_ALL, (ulong)fromMsc, (ulong)toMsc);
   EaSession.Heartbeat(0);
   if(count < 0)
      return -1;
   if(count > most)
      count = most;
   for(int from = 0; from < count; from += EA_ROWS_MAX)
     {
      int n = count - from < EA_ROWS_MAX ? count - from : EA_ROWS_MAX;
      BeginFrame(s, EA_SOURCE_BACKFILL, 0, rows[from].time_msc, n);
      for(int i = 0; i < n; i++)
        {
         SEaRow row = {};
         Row(rows[from + i], row);
         PutRow(row, rows[from].time_msc);
        }
      EaSession.Finish(MX_TICKS, EA_FLAG_REPLAY);
     }
   return count;
  }
#endif
