// The journal's second half: how records are laid out and written, and how the file is made smaller.
#ifndef LOCKSTEP_JOURNAL_FILE_MQH
#define LOCKSTEP_JOURNAL_FILE_MQH

void CEaJournal::BeginRecord(CMxBuf &b, int kind)
  {
   b.Clear();
   b.PutU32(EA_RECORD_MAGIC);
   b.PutU16((ushort)kind);
   b.PutU16(0);
  }

void CEaJournal::EndRecord(CMxBuf &b)
  {
   b.PutZeros(EA_RECORD_BYTES - 4 - b.size);
   b.PutU32(MxCrc32(b, 0, EA_RECORD_BYTES - 4, 0));
  }

void CEaJournal::CommandRecord(CMxBuf &b, int i)
  {
   BeginRecord(b, EA_KIND_COMMAND);
   b.PutU64(items[i].id.low);
   b.PutU64(items[i].id.high);
   b.PutU64(items[i].content.low);
   b.PutU64(items[i].content.high);
   b.PutU64(items[i].magic);
   b.PutU64(items[i].order);
   b.PutU64(items[i].deal);
   b.PutU64(items[i].position);
   b.PutI64(items[i].changedMs);
   b.PutI64(items[i].issuedMs);
   b.PutF64(items[i].volume);
   b.PutF64(items[i].price);
   b.PutF64(items[i].sl);
   b.PutF64(items[i].tp);
   b.PutU32(items[i].retcode);
   b.PutU32(items[i].requestId);
   b.PutU8((uchar)items[i].state);
   b.PutU8((uchar)items[i].action);
   b.PutU8((uchar)items[i].orderType);
   b.PutU8((uchar)items[i].flags);
   b.PutStr(items[i].symbol, 1);
   EndRecord(b);
  }

void CEaJournal::PolicyRecord(CMxBuf &b)
  {
   BeginRecord(b, EA_KIND_POLICY);
   b.PutU32((uint)policy);
   b.PutU32(policyDelayMs);
   EndRecord(b);
  }

void CEaJournal::InstanceRecord(CMxBuf &b)
  {
   BeginRecord(b, EA_KIND_INSTANCE);
   b.PutU64(instance);
   b.PutU64(m_login);
   EndRecord(b);
  }

bool CEaJournal::Write(CMxBuf &b)
  {
   if(m_file == INVALID_HANDLE || trouble != "")
      return false;
   if(!WriteTo(m_file, b))
     {
      trouble = "MQL5\\Files\\" + m_name + " cannot be written (error " + IntegerToString(GetLastError()) + ")";
      EaLog.Say("journal: " + trouble + "; no command is executed until the EA is started again");
      return false;
     }
   m_records++;
   return true;
  }

bool CEaJournal::WriteTo(int file, CMxBuf &b)
  {
   ResetLastError();
   if((int)FileWriteArray(file, b.data, 0, b.size) != b.size)
      return false;
   FileFlush(file);
   return GetLastError() == 0;
  }

// At a quiet moment: forgets what is old and final, and makes the file smaller when most of it is history.
void CEaJournal::Tidy(bool quiet)
  {
   if(!quiet || !IsOpen() || trouble != "")
      return;
   if(m_records > 2 * count + EA_COMPACT_RECORDS || count > 2 * EA_KEEP_COMMANDS)
      Compact();
  }

// Keeps every command that is not final, the newest EA_KEEP_COMMANDS, and all of the last seven days.
void CEaJournal::Forget()
  {
   long newest = 0;
   for(int i = 0; i < count; i++)
      if(items[i].changedMs > newest)
         newest = items[i].changedMs;
   int kept = 0;
   for(int i = 0; i < count; i++)
     {
      bool old = count - i > EA_KEEP_COMMANDS && newest - items[i].changedMs > EA_KEEP_MS;
      if(old && MxFinalState(items[i].state))
         continue;
      if(kept != i)
         items[kept] = items[i];
      kept++;
     }
   count = kept;
  }

bool CEaJournal::WriteAll(int file)
  {
   CMxBuf b;
   InstanceRecord(b);
   if(!WriteTo(file, b))
      return false;
   PolicyRecord(b);
   if(!WriteTo(file, b))
      return false;
   for(int i = 0; i < count; i++)
     {
      CommandRecord(b, i);
      if(!WriteTo(file, b))
         return false;
     }
   return true;
  }

// A new file beside the old one, then in its place; the old one stays until the new one is whole.
bool CEaJournal::Compact()
  {
   Forget();
   string fresh = m_name + ".new";
   if(FileIsExist(fresh))
      FileDelete(fresh);
   int file = FileOpen(fresh, FILE_READ | FILE_WRITE | FILE_BIN);
   if(file == INVALID_HANDLE)
      return false;
   bool written = WriteAll(file);
   FileClose(file);
   if(!written)
     {
      FileDelete(fresh);
      return false;
     }
   FileClose(m_file);
   bool moved = FileMove(fresh, 0, m_name, FILE_REWRITE);
   m_file = FileOpen(m_name, FILE_READ | FILE_WRITE | FILE_BIN);
   if(m_file == INVALID_HANDLE)
     {
      trouble = "MQL5\\Files\\" + m_name + " cannot be opened again (error " + IntegerToString(GetLastError()) + ")";
      return false;
     }
   FileSeek(m_file, 0, SEEK_END);
   m_records = (int)((long)FileSize(m_file) / EA_RECORD_BYTES);
   return moved;
  }
#endif
