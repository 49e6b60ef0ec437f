// From a command to MT5's trade request, or the return code that says why there is none: grid, volume, filling mode,
// stops, and the guard that the EA itself holds because market execution accepts any price.
#ifndef LOCKSTEP_REQUEST_MQH
#define LOCKSTEP_REQUEST_MQH
#include "symbols.mqh"
#include "retcodes.mqh"

#define CMD_PARTIAL 1
#define CMD_RETRY 2
#define EA_COMMENT_CHARS 31
#define EA_VOLUME_EPSILON 0.0000001

bool MxBuySide(uchar type)
  {
   return type == MX_BUY || type == MX_BUY_LIMIT || type == MX_BUY_STOP || type == MX_BUY_STOP_LIMIT;
  }

// FOK and IOC by the symbol's bits in market and exchange execution, always in the others; RETURN never in market execution.
// Pending orders: RETURN. EA_NONE: what is asked for is not to be had.
int MxChooseFilling(const SMxCmd &cmd, string symbol, bool pending)
  {
   if(cmd.filling != MX_FILLING_AUTO)
     {
      switch(cmd.filling)
        {
         case MX_FOK:
            return (int)ORDER_FILLING_FOK;
         case MX_IOC:
            return (int)ORDER_FILLING_IOC;
         case MX_RETURN:
            return (int)ORDER_FILLING_RETURN;
         case MX_BOC:
            return (int)ORDER_FILLING_BOC;
        }
      return EA_NONE;
     }
   if(pending)
      return (int)ORDER_FILLING_RETURN;
   long bits = SymbolInfoInteger(symbol, SYMBOL_FILLING_MODE);
   uchar execution = MxExecution((ENUM_SYMBOL_TRADE_EXECUTION)SymbolInfoInteger(symbol, SYMBOL_TRADE_EXEMODE));
   bool any = execution < 2;
   bool fok = any || (bits & SYMBOL_FILLING_FOK) != 0;
   bool ioc = any || (bits & SYMBOL_FILLING_IOC) != 0;
   if((cmd.flags & CMD_PARTIAL) == 0)
      return fok ? (int)ORDER_FILLING_FOK : EA_NONE;
   if(ioc)
      return (int)ORDER_FILLING_IOC;
   if(fok)
      return (int)ORDER_FILLING_FOK;
   return execution == 2 ? EA_NONE : (int)ORDER_FILLING_RETURN;
  }

// Stops of a long are measured from the bid, of a short from the ask; 0 = no level.
bool MxStopsFit(string symbol, bool buy, double from, double sl, double tp)
  {
   double point = SymbolInfoDouble(symbol, SYMBOL_POINT);
   double least = (double)SymbolInfoInteger(symbol, SYMBOL_TRADE_STOPS_LEVEL) * point;
   double sign = buy ? 1.0 : -1.0;
   double half = point * 0.5;
   if(sl != 0 && sign * (from - sl) < MathMax(least, point) - half)
      return false;
   return tp == 0 || sign * (tp - from) >= MathMax(least, point) - half;
  }

class CEaRequest
  {
public:
   uint              Build(const SMxCmd &cmd, string symbol, MqlTradeRequest &r);
   bool              InsideGuard(const SMxCmd &cmd, string symbol, const MqlTick &quote);

private:
   uint              Deal(const SMxCmd &cmd, string symbol, const MqlTick &quote, MqlTradeRequest &r);
   uint              Close(const SMxCmd &cmd, string symbol, const MqlTick &quote, MqlTradeRequest &r);
   uint              Pending(const SMxCmd &cmd, string symbol, const MqlTick &quote, MqlTradeRequest &r);
   uint              Protect(const SMxCmd &cmd, string symbol, const MqlTick &quote, MqlTradeRequest &r);
   uint              Modify(const SMxCmd &cmd, string symbol, MqlTradeRequest &r);
   uint              Cancel(const SMxCmd &cmd, MqlTradeRequest &r);
   uint              CloseBy(const SMxCmd &cmd, string symbol, MqlTradeRequest &r);
   uint              Volume(double asked, string symbol, double &volume);
   uint              Side(string symbol, bool buy);
   ulong             OnlyPosition(string symbol);
   double            Price(string symbol, double price);
   ulong             Deviation(const SMxCmd &cmd, string symbol, double price);
  };

// 0 when r can be sent.
uint CEaRequest::Build(const SMxCmd &cmd, string symbol, MqlTradeRequest &r)
  {
   ZeroMemory(r);
   r.magic = cmd.magic;
   r.symbol = symbol;
   r.comment = StringSubstr(cmd.tag, 0, EA_COMMENT_CHARS);
   MqlTick quote = {};
   if(!SymbolInfoTick(symbol, quote) || quote.bid <= 0 || quote.ask <= 0)
      return RET_PRICE_OFF;
   switch(cmd.action)
     {
      case ACTION_MARKET:
      case ACTION_CHECK:
         return Deal(cmd, symbol, quote, r);
      case ACTION_CLOSE:
         return Close(cmd, symbol, quote, r);
      case ACTION_PENDING:
         return Pending(cmd, symbol, quote, r);
      case ACTION_PROTECT:
         return Protect(cmd, symbol, quote, r);
      case ACTION_MODIFY:
         return Modify(cmd, symbol, r);
      case ACTION_CANCEL:
         return Cancel(cmd, r);
      case ACTION_CLOSE_BY:
         return CloseBy(cmd, symbol, r);
     }
   return RET_INVALID;
  }

// Market execution takes whatever price there is: the quote is held against the guard before the order is sent.
bool CEaRequest::InsideGuard(const SMxCmd &cmd, string symbol, const MqlTick &quote)
  {
   if(cmd.action != ACTION_MARKET && cmd.action != ACTION_CLOSE)
      return true;
   double point = SymbolInfoDouble(symbol, SYMBOL_POINT);
   double half = point * 0.5;
   if(cmd.max_spread_pts > 0 && quote.ask - quote.bid > (double)cmd.max_spread_pts * point + half)
      return false;
   if(cmd.guard_price == 0)
      return true;
   return cmd.order_type == MX_BUY ? quote.ask <= cmd.guard_price + half : quote.bid >= cmd.guard_price - half;
  }

double CEaRequest::Price(string symbol, double price)
  {
   int digits = (int)SymbolInfoInteger(symbol, SYMBOL_DIGITS);
   return NormalizeDouble(MxToGrid(price, SymbolInfoDouble(symbol, SYMBOL_TRADE_TICK_SIZE)), digits);
  }

// Never rounded up, never silently another amount than half a step away.
uint CEaRequest::Volume(double asked, string symbol, double &volume)
  {
   volume = NormalizeDouble(MxFloorToGrid(asked, SymbolInfoDouble(symbol, SYMBOL_VOLUME_STEP)), 8);
   bool fits = volume >= SymbolInfoDouble(symbol, SYMBOL_VOLUME_MIN) - EA_VOLUME_EPSILON &&
               volume <= SymbolInfoDouble(symbol, SYMBOL_VOLUME_MAX) + EA_VOLUME_EPSILON;
   return fits && volume > 0 ? 0 : RET_INVALID_VOLUME;
  }

uint CEaRequest::Side(string symbol, bool buy)
  {
   switch((ENUM_SYMBOL_TRADE_MODE)SymbolInfoInteger(symbol, SYMBOL_TRADE_MODE))
     {
      case SYMBOL_TRADE_MODE_DISABLED:
         return RET_TRADE_DISABLED;
      case SYMBOL_TRADE_MODE_LONGONLY:
         return buy ? 0 : RET_LONG_ONLY;
      case SYMBOL_TRADE_MODE_SHORTONLY:
         return buy ? RET_SHORT_ONLY : 0;
      case SYMBOL_TRADE_MODE_CLOSEONLY:
         return RET_CLOSE_ONLY;
      case SYMBOL_TRADE_MODE_FULL:
         return 0;
     }
   return RET_TRADE_DISABLED;
  }

// Where the server asks for a price (request and instant execution), a slip beyond the guard is not accepted either.
ulong CEaRequest::Deviation(const SMxCmd &cmd, string symbol, double price)
  {
   double most = (double)cmd.deviation_pts;
   if(cmd.guard_price != 0)
     {
      double room = MathRound(MxRatio(MathAbs(cmd.guard_price - price), SymbolInfoDouble(symbol, SYMBOL_POINT)));
      most = MathMin(most, room);
     }
   return (ulong)most;
  }

uint CEaRequest::Deal(const SMxCmd &cmd, string symbol, const MqlTick &quote, MqlTradeRequest &r)
  {
   if(cmd.order_type > MX_SELL)
      return RET_INVALID;
   bool buy = cmd.order_type == MX_BUY;
   int filling = MxChooseFilling(cmd, symbol, false);
   uint wrong = Volume(cmd.volume, symbol, r.volume);
   if(wrong == 0)
      wrong = Side(symbol, buy);
   if(wrong != 0)
      return wrong;
   if(filling == EA_NONE)
      return RET_INVALID_FILL;
   r.action = TRADE_ACTION_DEAL;
   r.type = MxToOrderType(cmd.order_type);
   r.type_filling = (ENUM_ORDER_TYPE_FILLING)filling;
   r.price = buy ? quote.ask : quote.bid;
   r.deviation = Deviation(cmd, symbol, r.price);
   r.sl = Price(symbol, cmd.sl);
   r.tp = Price(symbol, cmd.tp);
   return MxStopsFit(symbol, buy, buy ? quote.bid : quote.ask, r.sl, r.tp) ? 0 : RET_INVALID_STOPS;
  }

// 0: none, or more than one.
ulong CEaRequest::OnlyPosition(string symbol)
  {
   ulong found = 0;
   for(int i = 0; i < PositionsTotal(); i++)
     {
      ulong ticket = PositionGetTicket(i);
      if(ticket == 0 || PositionGetString(POSITION_SYMBOL) != symbol)
         continue;
      if(found != 0)
         return 0;
      found = ticket;
     }
   return found;
  }

// The position is always named: on a hedging account an opposite order without it opens a second one, and on a netting
// account it would reverse when the position is gone meanwhile.
uint CEaRequest::Close(const SMxCmd &cmd, string symbol, const MqlTick &quote, MqlTradeRequest &r)
  {
   ulong ticket = cmd.position != 0 ? cmd.position : OnlyPosition(symbol);
   if(ticket == 0 || !PositionSelectByTicket(ticket) || PositionGetString(POSITION_SYMBOL) != symbol)
      return RET_POSITION_CLOSED;
   bool isLong = (ENUM_POSITION_TYPE)PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY;
   if(cmd.order_type > MX_SELL || (cmd.order_type == MX_BUY) == isLong)
      return RET_INVALID;
   double held = PositionGetDouble(POSITION_VOLUME);
   double asked = cmd.volume == 0 ? held : MathMin(cmd.volume, held);
   int filling = MxChooseFilling(cmd, symbol, false);
   uint wrong = Volume(asked, symbol, r.volume);
   if(wrong != 0)
      return wrong;
   if(filling == EA_NONE)
      return RET_INVALID_FILL;
   r.action = TRADE_ACTION_DEAL;
   r.position = ticket;
   r.type = MxToOrderType(cmd.order_type);
   r.type_filling = (ENUM_ORDER_TYPE_FILLING)filling;
   r.price = isLong ? quote.bid : quote.ask;
   r.deviation = Deviation(cmd, symbol, r.price);
   return 0;
  }

uint CEaRequest::Pending(const SMxCmd &cmd, string symbol, const MqlTick &quote, MqlTradeRequest &r)
  {
   if(cmd.order_type < MX_BUY_LIMIT || cmd.order_type > MX_SELL_STOP_LIMIT || cmd.time_type > 3)
      return RET_INVALID;
   bool buy = MxBuySide(cmd.order_type);
   int filling = MxChooseFilling(cmd, symbol, true);
   uint wrong = Volume(cmd.volume, symbol, r.volume);
   if(wrong == 0)
      wrong = Side(symbol, buy);
   if(wrong != 0)
      return wrong;
   if(filling == EA_NONE)
      return RET_INVALID_FILL;
   r.action = TRADE_ACTION_PENDING;
   r.type = MxToOrderType(cmd.order_type);
   r.type_filling = (ENUM_ORDER_TYPE_FILLING)filling;
   r.type_time = MxToTimeType(cmd.time_type);
   r.expiration = (datetime)cmd.order_expiration_s;
   r.price = Price(symbol, cmd.price);
   r.stoplimit = Price(symbol, cmd.stoplimit);
   r.sl = Price(symbol, cmd.sl);
   r.tp = Price(symbol, cmd.tp);
   double point = SymbolInfoDouble(symbol, SYMBOL_POINT);
   double least = (double)SymbolInfoInteger(symbol, SYMBOL_TRADE_STOPS_LEVEL) * point;
   double reference = buy ? quote.ask : quote.bid;
   if(r.price <= 0 || MathAbs(r.price - reference) < least - point * 0.5)
      return RET_INVALID_PRICE;
   return MxStopsFit(symbol, buy, r.price, r.sl, r.tp) ? 0 : RET_INVALID_STOPS;
  }

#include "request-changes.mqh"

CEaRequest EaRequest;
#endif
