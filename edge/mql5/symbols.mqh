// The symbols of this session: their numbers, their specifications, and how far each one's ticks have been told.
#ifndef LOCKSTEP_SYMBOLS_MQH
#define LOCKSTEP_SYMBOLS_MQH
#include "session.mqh"

#define EA_SYMBOLS_MAX 64
// The value of a tick is told again when it has moved this far with an exchange rate.
#define EA_VALUE_MOVE 0.005

// One row of the tick database, as far as two rows are compared.
struct SEaRow
  {
   long              msc;
   double            bid;
   double            ask;
   double            last;
   double            volume;
   uint              flags;
  };

class CEaSymbol
  {
public:
   string            name;
   bool              wanted;
   bool              ticks;
   bool              bars;
   // Ticks from here on, broker milliseconds; 0 = since the first HELLO.
   long              fromMsc;
   // Time of the newest row told; rows of the last seconds before it are kept for comparison.
   long              cursorMsc;
   bool              caughtUp;
   // How much of the past is read at once: more after each stretch that held nothing (weekends).
   long              windowMs;
   bool              warm;
   ulong             sentRows;
   ulong             lookedMs;
   int               failures;
   SEaRow            newest;
   MX_DYN(SEaRow, recent);
   int               recentCount;
   SMxSymbolSpec     spec;
   bool              specTold;

                     CEaSymbol() { name = ""; Forget(); }
   void              Forget();
  };

void CEaSymbol::Forget()
  {
   wanted = false;
   ticks = false;
   bars = false;
   fromMsc = 0;
   cursorMsc = 0;
   caughtUp = false;
   windowMs = 0;
   warm = false;
   sentRows = 0;
   lookedMs = 0;
   failures = 0;
   recentCount = 0;
   newest.msc = 0;
   newest.bid = 0;
   newest.ask = 0;
   newest.last = 0;
   newest.volume = 0;
   newest.flags = 0;
   specTold = false;
  }

class CEaSymbols
  {
private:
   // Over sessions, of the same account: where the ticks of a symbol begin that the connector has none of.
   string            m_bornName[EA_SYMBOLS_MAX];
   long              m_bornMsc[EA_SYMBOLS_MAX];
   int               m_born;

public:
   CEaSymbol         items[EA_SYMBOLS_MAX];
   int               count;

                     CEaSymbols() { count = 0; m_born = 0; }
   long              Born(string name, long quoteMsc);
   void              ForgetBorn() { m_born = 0; }
   void              Clear();
   int               Find(string name);
   int               FindId(ushort symbolId);
   ushort            IdOf(string name);
   void              OnSubscribe(CMxBuf &in, const SMxSubscribe &head);
   void              TellChangedSpecs();
   void              TellSpec(int i);

private:
   void              Want(const SMxSubscribeRow &row);
   void              ReadSpec(int i, SMxSymbolSpec &spec);
   bool              Changed(const SMxSymbolSpec &x, const SMxSymbolSpec &y);
  };

void CEaSymbols::Clear()
  {
   for(int i = 0; i < count; i++)
     {
      items[i].name = "";
      items[i].Forget();
     }
   count = 0;
  }

// The first HELLO or the quote of that time, whichever is earlier: what was told to a connector that lost it is told again.
long CEaSymbols::Born(string name, long quoteMsc)
  {
   for(int i = 0; i < m_born; i++)
      if(m_bornName[i] == name)
         return m_bornMsc[i];
   long from = EaSession.firstHelloMsc > 0 && EaSession.firstHelloMsc < quoteMsc ? EaSession.firstHelloMsc : quoteMsc;
   if(m_born < EA_SYMBOLS_MAX)
     {
      m_bornName[m_born] = name;
      m_bornMsc[m_born] = from;
      m_born++;
     }
   return from;
  }

int CEaSymbols::Find(string name)
  {
   for(int i = 0; i < count; i++)
      if(items[i].name == name)
         return i;
   return EA_NONE;
  }

int CEaSymbols::FindId(ushort symbolId)
  {
   int i = (int)symbolId - 1;
   return i >= 0 && i < count && items[i].wanted ? i : EA_NONE;
  }

// 0: not one of this session's symbols.
ushort CEaSymbols::IdOf(string name)
  {
   int i = Find(name);
   return i == EA_NONE ? (ushort)0 : (ushort)(i + 1);
  }

void CEaSymbols::OnSubscribe(CMxBuf &in, const SMxSubscribe &head)
  {
   if((head.flags & 1) != 0)
      Clear();
   for(int n = 0; n < (int)head.count; n++)
     {
      SMxSubscribeRow row = {};
      if(!MxGetSubscribeRow(in, row))
        {
         EaSession.Bye(BYE_PROTOCOL, "SUBSCRIBE is cut off");
         return;
        }
      Want(row);
     }
  }

// A symbol that the broker does not have is told by the log; the connector sees that no specification came.
void CEaSymbols::Want(const SMxSubscribeRow &row)
  {
   int i = Find(row.symbol);
   if(i == EA_NONE)
     {
      if(count >= EA_SYMBOLS_MAX || !SymbolSelect(row.symbol, true))
        {
         EaLog.Say("symbol " + row.symbol + " is not in Market Watch and cannot be added: check LOCKSTEP_SYMBOLS against the broker's names");
         return;
        }
      i = count;
      count++;
      items[i].Forget();
      items[i].name = row.symbol;
     }
   items[i].wanted = true;
   items[i].ticks = (row.what & 1) != 0;
   items[i].bars = (row.what & 2) != 0;
   items[i].fromMsc = row.from_msc;
   items[i].caughtUp = false;
   items[i].recentCount = 0;
  }

void CEaSymbols::TellSpec(int i)
  {
   SMxSymbolSpec spec = {};
   ReadSpec(i, spec);
   items[i].spec = spec;
   items[i].specTold = true;
   EaSession.Begin();
   MxPutSymbolSpec(EaSession.body, spec);
   EaSession.Finish(MX_SYMBOL_SPEC, 0);
  }

void CEaSymbols::TellChangedSpecs()
  {
   for(int i = 0; i < count; i++)
     {
      if(!items[i].wanted || !items[i].specTold)
         continue;
      SMxSymbolSpec spec = {};
      ReadSpec(i, spec);
      if(Changed(items[i].spec, spec))
         TellSpec(i);
     }
  }

bool CEaSymbols::Changed(const SMxSymbolSpec &x, const SMxSymbolSpec &y)
  {
   bool same = x.digits == y.digits && x.trade_mode == y.trade_mode && x.exec_mode == y.exec_mode &&
               x.filling_bits == y.filling_bits && x.order_bits == y.order_bits && x.stops_level == y.stops_level &&
               x.freeze_level == y.freeze_level && x.tick_size == y.tick_size && x.contract_size == y.contract_size &&
               x.vol_min == y.vol_min && x.vol_max == y.vol_max && x.vol_step == y.vol_step &&
               x.vol_limit == y.vol_limit && x.swap_long == y.swap_long && x.swap_short == y.swap_short;
   double moved = MathAbs(y.tick_value - x.tick_value);
   return !same || moved > EA_VALUE_MOVE * MathAbs(x.tick_value);
  }

void CEaSymbols::ReadSpec(int i, SMxSymbolSpec &v)
  {
   string s = items[i].name;
   v.symbol_id = (ushort)(i + 1);
   v.name = s;
   v.digits = (uchar)SymbolInfoInteger(s, SYMBOL_DIGITS);
   v.trade_mode = MxSymbolMode((ENUM_SYMBOL_TRADE_MODE)SymbolInfoInteger(s, SYMBOL_TRADE_MODE));
   v.exec_mode = MxExecution((ENUM_SYMBOL_TRADE_EXECUTION)SymbolInfoInteger(s, SYMBOL_TRADE_EXEMODE));
   v.calc_mode = (uchar)SymbolInfoInteger(s, SYMBOL_TRADE_CALC_MODE);
   v.filling_bits = (uchar)SymbolInfoInteger(s, SYMBOL_FILLING_MODE);
   v.expiration_bits = (uchar)SymbolInfoInteger(s, SYMBOL_EXPIRATION_MODE);
   v.order_bits = (uchar)SymbolInfoInteger(s, SYMBOL_ORDER_MODE);
   v.chart_mode = SymbolInfoInteger(s, SYMBOL_CHART_MODE) == (long)SYMBOL_CHART_MODE_LAST ? (uchar)1 : (uchar)0;
   v.gtc_mode = (uchar)SymbolInfoInteger(s, SYMBOL_ORDER_GTC_MODE);
   v.bools = (uchar)((SymbolInfoInteger(s, SYMBOL_SPREAD_FLOAT) != 0 ? 1 : 0) |
                     (SymbolInfoInteger(s, SYMBOL_CUSTOM) != 0 ? 2 : 0));
   v.stops_level = (int)SymbolInfoInteger(s, SYMBOL_TRADE_STOPS_LEVEL);
   v.freeze_level = (int)SymbolInfoInteger(s, SYMBOL_TRADE_FREEZE_LEVEL);
   v.spread = (int)SymbolInfoInteger(s, SYMBOL_SPREAD);
   v.point = SymbolInfoDouble(s, SYMBOL_POINT);
   v.tick_size = SymbolInfoDouble(s, SYMBOL_TRADE_TICK_SIZE);
   v.tick_value = SymbolInfoDouble(s, SYMBOL_TRADE_TICK_VALUE);
   v.tick_value_profit = SymbolInfoDouble(s, SYMBOL_TRADE_TICK_VALUE_PROFIT);
   v.tick_value_loss = SymbolInfoDouble(s, SYMBOL_TRADE_TICK_VALUE_LOSS);
   v.contract_size = SymbolInfoDouble(s, SYMBOL_TRADE_CONTRACT_SIZE);
   v.vol_min = SymbolInfoDouble(s, SYMBOL_VOLUME_MIN);
   v.vol_max = SymbolInfoDouble(s, SYMBOL_VOLUME_MAX);
   v.vol_step = SymbolInfoDouble(s, SYMBOL_VOLUME_STEP);
   v.vol_limit = SymbolInfoDouble(s, SYMBOL_VOLUME_LIMIT);
   v.swap_long = SymbolInfoDouble(s, SYMBOL_SWAP_LONG);
   v.swap_short = SymbolInfoDouble(s, SYMBOL_SWAP_SHORT);
   v.margin_initial = SymbolInfoDouble(s, SYMBOL_MARGIN_INITIAL);
   v.margin_maint = SymbolInfoDouble(s, SYMBOL_MARGIN_MAINTENANCE);
   v.margin_hedged = SymbolInfoDouble(s, SYMBOL_MARGIN_HEDGED);
   v.swap_mode = (uchar)SymbolInfoInteger(s, SYMBOL_SWAP_MODE);
   v.rollover3 = (uchar)SymbolInfoInteger(s, SYMBOL_SWAP_ROLLOVER3DAYS);
   v.base_currency = SymbolInfoString(s, SYMBOL_CURRENCY_BASE);
   v.profit_currency = SymbolInfoString(s, SYMBOL_CURRENCY_PROFIT);
   v.margin_currency = SymbolInfoString(s, SYMBOL_CURRENCY_MARGIN);
   v.path = SymbolInfoString(s, SYMBOL_PATH);
   v.description = SymbolInfoString(s, SYMBOL_DESCRIPTION);
  }

CEaSymbols EaSymbols;
#endif
