// The journal as it is found at the start: whole records, damaged ones, and one that was cut off.
#ifndef LOCKSTEP_JOURNAL_LOAD_MQH
#define LOCKSTEP_JOURNAL_LOAD_MQH

// Whole records are read, each for itself; what follows the last whole one was being written when the EA ended.
void CEaJournal::Load()
  {
   MX_DYN(uchar, bytes);
   int total = (int)FileSize(m_file);
   m_records = total / EA_RECORD_BYTES;
   m_torn = total % EA_RECORD_BYTES;
   FileSeek(m_file, 0, SEEK_SET);
   if(total > 0 && (int)FileReadArray(m_file, bytes, 0, total) != total)
     {
      trouble = "MQL5\\Files\\" + m_name + " cannot be read (error " + IntegerToString(GetLastError()) + ")";
      return;
     }
   for(int r = 0; r < m_records; r++)
     {
      CMxBuf b;
      b.Grow(EA_RECORD_BYTES);
      for(int i = 0; i < EA_RECORD_BYTES; i++)
         b.PutU8(bytes[r * EA_RECORD_BYTES + i]);
      LoadRecord(b);
     }
   if(m_torn > 0)
      EaLog.Say("journal: the last record was cut off; nothing had been sent for it");
   if(damaged > 0)
      EaLog.Say("journal: " + IntegerToString(damaged) + " records are damaged; what they told is looked up at the broker");
  }

void CEaJournal::LoadRecord(CMxBuf &b)
  {
   b.Rewind(EA_RECORD_BYTES - 4, EA_RECORD_BYTES);
   uint crc = b.GetU32();
   b.Rewind(0, EA_RECORD_BYTES - 4);
   uint magic = b.GetU32();
   int kind = b.GetU16();
   b.Skip(2);
   if(magic != EA_RECORD_MAGIC || crc != MxCrc32(b, 0, EA_RECORD_BYTES - 4, 0))
     {
      damaged++;
      return;
     }
   if(kind == EA_KIND_COMMAND)
      LoadCommand(b);
   else if(kind == EA_KIND_POLICY)
     {
      policy = (int)b.GetU32();
      policyDelayMs = b.GetU32();
     }
   else if(kind == EA_KIND_INSTANCE)
      instance = b.GetU64();
  }

void CEaJournal::LoadCommand(CMxBuf &b)
  {
   SEaCommand c = {};
   c.id.low = b.GetU64();
   c.id.high = b.GetU64();
   c.content.low = b.GetU64();
   c.content.high = b.GetU64();
   c.magic = b.GetU64();
   c.order = b.GetU64();
   c.deal = b.GetU64();
   c.position = b.GetU64();
   c.changedMs = b.GetI64();
   c.issuedMs = b.GetI64();
   c.volume = b.GetF64();
   c.price = b.GetF64();
   c.sl = b.GetF64();
   c.tp = b.GetF64();
   c.retcode = b.GetU32();
   b.Skip(4);
   c.state = b.GetU8();
   c.action = b.GetU8();
   c.orderType = b.GetU8();
   c.flags = b.GetU8();
   c.symbol = b.GetStr(1);
   // Request numbers begin anew with each run of the terminal; what was on its way is to be looked up.
   c.requestId = 0;
   if(!MxFinalState(c.state))
      c.state = STATE_UNKNOWN;
   c.sinceMs = GetTickCount64();
   int i = Find(c.id);
   if(i == EA_NONE)
     {
      i = count;
      count++;
      if(ArraySize(items) < count)
         ArrayResize(items, count + 1024);
     }
   items[i] = c;
  }
#endif
