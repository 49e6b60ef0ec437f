// Small things that every part of the EA needs: ids, ratios, price grids, text. No API calls but mathematics and strings.
#ifndef LOCKSTEP_SUPPORT_MQH
#define LOCKSTEP_SUPPORT_MQH
#include "generated/mtx1.mqh"

#ifdef __MQL5__
#define MX_REF(type, name) type &name[]
#define MX_ID_IN(name) const uchar &name[]
#define MX_ID_OUT(name) uchar &name[]
#else
#define MX_REF(type, name) MqlArray<type> &name
#define MX_ID_IN(name) const uchar (&name)[16]
#define MX_ID_OUT(name) uchar (&name)[16]
#endif

#define EA_VERSION 1
#define EA_MS_PER_S 1000
#define EA_NONE -1

// BYE_CODE, ACK_STATUS, CMD_ACTION, CMD_STATE of proto/mtx1.ts.
#define BYE_VERSION 1
#define BYE_AUTH 2
#define BYE_BUSY 3
#define BYE_ACCOUNT 4
#define BYE_PROTOCOL 5
#define BYE_SHUTDOWN 6
#define BYE_SUPERSEDED 7
#define ACK_ACCEPTED 1
#define ACK_DUPLICATE 2
#define ACK_EXPIRED 3
#define ACK_NOT_LIVE 4
#define ACK_INVALID 5
#define ACK_TRADING_DISABLED 6
#define ACK_RATE 7
#define ACK_GUARD 8
#define ACTION_MARKET 1
#define ACTION_PENDING 2
#define ACTION_PROTECT 3
#define ACTION_MODIFY 4
#define ACTION_CANCEL 5
#define ACTION_CLOSE 6
#define ACTION_CLOSE_BY 7
#define ACTION_CHECK 8
#define STATE_NONE 0
#define STATE_SENDING 2
#define STATE_SENT 3
#define STATE_WORKING 4
#define STATE_PARTIAL 5
#define STATE_DONE 6
#define STATE_REJECTED 7
#define STATE_EXPIRED 8
#define STATE_UNKNOWN 9
#define STATE_NOT_FOUND 10

// A command's 16 bytes as two numbers.
struct SMxId
  {
   ulong             low;
   ulong             high;
  };

void MxIdFrom(MX_ID_IN(bytes), SMxId &id)
  {
   id.low = 0;
   id.high = 0;
   for(int i = 0; i < 8; i++)
     {
      id.low |= ((ulong)bytes[i]) << (8 * i);
      id.high |= ((ulong)bytes[8 + i]) << (8 * i);
     }
  }

void MxIdTo(const SMxId &id, MX_ID_OUT(bytes))
  {
   for(int i = 0; i < 8; i++)
     {
      bytes[i] = (uchar)((id.low >> (8 * i)) & 255);
      bytes[8 + i] = (uchar)((id.high >> (8 * i)) & 255);
     }
  }

bool MxSameId(const SMxId &x, const SMxId &y)
  {
   return x.low == y.low && x.high == y.high;
  }

// The only division by something that may be zero: MQL5 ends the program there, C++ does not.
double MxRatio(double dividend, double divisor)
  {
   if(divisor == 0)
      return 0;
   return dividend / divisor; // lint: guarded
  }

double MxToGrid(double value, double grid)
  {
   if(grid <= 0)
      return value;
   return MathRound(MxRatio(value, grid)) * grid;
  }

// Never up: a volume that is not on the grid becomes smaller.
double MxFloorToGrid(double value, double grid)
  {
   if(grid <= 0)
      return value;
   return MathFloor(MxRatio(value, grid) + 0.000001) * grid;
  }

bool MxNear(double x, double y, double tolerance)
  {
   return MathAbs(x - y) <= tolerance;
  }

// Milliseconds of GetTickCount64 that have passed, never negative.
long MxSince(ulong startedMs)
  {
   ulong now = GetTickCount64();
   return now > startedMs ? (long)(now - startedMs) : 0;
  }

string MxNumber(ulong value)
  {
   return IntegerToString((long)value);
  }

// Only letters, digits and a few signs: for file names.
string MxSafeName(string text)
  {
   string safe = "";
   for(int i = 0; i < StringLen(text); i++)
     {
      ushort c = StringGetCharacter(text, i);
      bool plain = (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c == 45;
      safe = safe + (plain ? StringSubstr(text, i, 1) : "_");
     }
   return safe;
  }

string MxActionName(int action)
  {
   switch(action)
     {
      case ACTION_MARKET:
         return "market";
      case ACTION_PENDING:
         return "pending";
      case ACTION_PROTECT:
         return "protect";
      case ACTION_MODIFY:
         return "modify";
      case ACTION_CANCEL:
         return "cancel";
      case ACTION_CLOSE:
         return "close";
      case ACTION_CLOSE_BY:
         return "close by";
      case ACTION_CHECK:
         return "check";
     }
   return "action " + IntegerToString(action);
  }

string MxStateName(int state)
  {
   switch(state)
     {
      case STATE_NONE:
         return "none";
      case STATE_SENDING:
         return "sending";
      case STATE_SENT:
         return "sent";
      case STATE_WORKING:
         return "working";
      case STATE_PARTIAL:
         return "partly filled";
      case STATE_DONE:
         return "done";
      case STATE_REJECTED:
         return "rejected";
      case STATE_EXPIRED:
         return "expired";
      case STATE_UNKNOWN:
         return "unknown";
      case STATE_NOT_FOUND:
         return "not found";
     }
   return "state " + IntegerToString(state);
  }

bool MxFinalState(int state)
  {
   return state == STATE_DONE || state == STATE_REJECTED || state == STATE_EXPIRED || state == STATE_NOT_FOUND;
  }
#endif
