// What became of every command, on disk: MQL5\Files\mtx1\<login>-<server>.bin. Records of 192 bytes are only ever added,
// the newest of an id counts; a record is flushed before the order it speaks of is sent. The file stays open for this EA
// alone, so a second EA of the same account finds it closed and stands by.
//
//   0 u32 "LSJ1"   4 u16 kind (1 command, 2 policy, 3 instance)   6 u16 0   8 ... body ...   188 u32 CRC-32 of bytes 0-187
//
// A last record that is cut off was never flushed: nothing was sent for it. Damage anywhere else may have hidden a
// command, so the journal then takes a new instance id: the connector knows by it that "never seen" proves nothing.
#ifndef LOCKSTEP_JOURNAL_MQH
#define LOCKSTEP_JOURNAL_MQH
#include "log.mqh"

#define EA_RECORD_BYTES 192
#define EA_RECORD_MAGIC 0x314A534C
#define EA_KIND_COMMAND 1
#define EA_KIND_POLICY 2
#define EA_KIND_INSTANCE 3
#define EA_KEEP_COMMANDS 4096
#define EA_KEEP_MS 604800000
#define EA_COMPACT_RECORDS 8192
#define EA_SYMBOL_CHARS 31

struct SEaCommand
  {
   SMxId             id;
   // First half of the SHA-256 of what the command says, to tell a repeated id with other content.
   SMxId             content;
   ulong             magic;
   ulong             order;
   ulong             deal;
   ulong             position;
   // When it reached its state, the EA's UTC.
   long              changedMs;
   long              issuedMs;
   double            volume;
   double            price;
   double            sl;
   double            tp;
   uint              retcode;
   uint              requestId;
   int               state;
   int               action;
   int               orderType;
   // 1: the one retry after a requote was used.
   int               flags;
   string            symbol;
   // Of this run only: GetTickCount64 of the state, and microseconds for the report.
   ulong             sinceMs;
   ulong             receivedUs;
   ulong             sentUs;
   // What the trade server said of prices.
   double            resultPrice;
   double            resultBid;
   double            resultAsk;
  };

class CEaJournal
  {
public:
   MX_DYN(SEaCommand, items);
   int               count;
   ulong             instance;
   // The last policy that a connector asked for.
   int               policy;
   uint              policyDelayMs;
   // Why nothing can be written, or why the file could not be opened; empty when all is well.
   string            trouble;
   int               damaged;

                     CEaJournal();
   bool              Open(ulong login, string server);
   void              Close();
   bool              IsOpen() { return m_file != INVALID_HANDLE; }
   int               Find(const SMxId &id);
   int               FindByMagic(ulong magic);
   int               FindByRequest(uint requestId);
   int               Add(const SEaCommand &command);
   bool              Put(int i);
   bool              SavePolicy(int value, uint delayMs);
   void              Tidy(bool quiet);

private:
   int               m_file;
   int               m_records;
   int               m_torn;
   string            m_name;
   ulong             m_login;

   void              Load();
   void              LoadRecord(CMxBuf &b);
   void              LoadCommand(CMxBuf &b);
   bool              Write(CMxBuf &b);
   bool              WriteAll(int file);
   bool              WriteTo(int file, CMxBuf &b);
   void              BeginRecord(CMxBuf &b, int kind);
   void              EndRecord(CMxBuf &b);
   void              CommandRecord(CMxBuf &b, int i);
   void              PolicyRecord(CMxBuf &b);
   void              InstanceRecord(CMxBuf &b);
   void              Forget();
   bool              Compact();
   void              NewInstance();
  };

CEaJournal::CEaJournal()
  {
   count = 0;
   instance = 0;
   policy = 0;
   policyDelayMs = 0;
   trouble = "";
   damaged = 0;
   m_file = INVALID_HANDLE;
   m_records = 0;
   m_torn = 0;
   m_name = "";
   m_login = 0;
  }

bool CEaJournal::Open(ulong login, string server)
  {
   Close();
   count = 0;
   instance = 0;
   damaged = 0;
   m_records = 0;
   m_login = login;
   m_name = "mtx1\\" + MxNumber(login) + "-" + MxSafeName(server) + ".bin";
   // Left by a run that ended while it put the smaller file in the place of the larger one.
   if(!FileIsExist(m_name) && FileIsExist(m_name + ".new"))
      FileMove(m_name + ".new", 0, m_name, FILE_REWRITE);
   ResetLastError();
   m_file = FileOpen(m_name, FILE_READ | FILE_WRITE | FILE_BIN);
   if(m_file == INVALID_HANDLE)
     {
      trouble = "MQL5\\Files\\" + m_name + " cannot be opened (error " + IntegerToString(GetLastError()) + ")";
      return false;
     }
   trouble = "";
   Load();
   FileSeek(m_file, 0, SEEK_END);
   if(trouble != "")
      return false;
   bool fresh = instance == 0 || damaged > 0;
   if(fresh)
      NewInstance();
   bool untidy = damaged > 0 || m_torn > 0;
   if(untidy && !Compact() && trouble == "")
      trouble = "MQL5\\Files\\" + m_name + " cannot be written anew: is the disk full?";
   else if(fresh && !untidy)
     {
      CMxBuf b;
      InstanceRecord(b);
      Write(b);
     }
   return trouble == "";
  }

void CEaJournal::Close()
  {
   if(m_file != INVALID_HANDLE)
      FileClose(m_file);
   m_file = INVALID_HANDLE;
  }

void CEaJournal::NewInstance()
  {
   CMxBuf seed;
   CMxBuf hash;
   seed.PutU64(m_login);
   seed.PutU64(GetTickCount64());
   seed.PutU64(GetMicrosecondCount());
   seed.PutI64((long)TimeLocal());
   for(int i = 0; i < 8; i++)
      seed.PutU16((ushort)MathRand());
   MxSha256(seed, hash);
   hash.Rewind(0, 8);
   instance = hash.GetU64();
   if(instance == 0)
      instance = 1;
  }

int CEaJournal::Find(const SMxId &id)
  {
   for(int i = count - 1; i >= 0; i--)
      if(MxSameId(items[i].id, id))
         return i;
   return EA_NONE;
  }

int CEaJournal::FindByMagic(ulong magic)
  {
   if(magic == 0)
      return EA_NONE;
   for(int i = count - 1; i >= 0; i--)
      if(items[i].magic == magic)
         return i;
   return EA_NONE;
  }

int CEaJournal::FindByRequest(uint requestId)
  {
   if(requestId == 0)
      return EA_NONE;
   for(int i = count - 1; i >= 0; i--)
      if(items[i].requestId == requestId)
         return i;
   return EA_NONE;
  }

// Not yet on disk: Put does that.
int CEaJournal::Add(const SEaCommand &command)
  {
   if(ArraySize(items) < count + 1)
      ArrayResize(items, count + 1024);
   items[count] = command;
   count++;
   return count - 1;
  }

// On disk when it returns true.
bool CEaJournal::Put(int i)
  {
   CMxBuf b;
   CommandRecord(b, i);
   return Write(b);
  }

bool CEaJournal::SavePolicy(int value, uint delayMs)
  {
   if(value == policy && delayMs == policyDelayMs)
      return true;
   policy = value;
   policyDelayMs = delayMs;
   CMxBuf b;
   PolicyRecord(b);
   return Write(b);
  }
#include "journal-load.mqh"
#include "journal-file.mqh"

CEaJournal EaJournal;
#endif
