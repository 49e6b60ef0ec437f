// Requests that change what exists: stops of positions, pending orders, closing one position by another.
#ifndef LOCKSTEP_REQUEST_CHANGES_MQH
#define LOCKSTEP_REQUEST_CHANGES_MQH

// Both levels always: a 0 takes that level away.
uint CEaRequest::Protect(const SMxCmd &cmd, string symbol, const MqlTick &quote, MqlTradeRequest &r)
  {
   if(!PositionSelectByTicket(cmd.position) || PositionGetString(POSITION_SYMBOL) != symbol)
      return RET_POSITION_CLOSED;
   bool isLong = (ENUM_POSITION_TYPE)PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY;
   r.action = TRADE_ACTION_SLTP;
   r.position = cmd.position;
   r.sl = Price(symbol, cmd.sl);
   r.tp = Price(symbol, cmd.tp);
   return MxStopsFit(symbol, isLong, isLong ? quote.bid : quote.ask, r.sl, r.tp) ? 0 : RET_INVALID_STOPS;
  }

// Everything of the order anew, not only what changes.
uint CEaRequest::Modify(const SMxCmd &cmd, string symbol, MqlTradeRequest &r)
  {
   if(!OrderSelect(cmd.order) || OrderGetString(ORDER_SYMBOL) != symbol || cmd.time_type > 3)
      return RET_INVALID;
   r.action = TRADE_ACTION_MODIFY;
   r.order = cmd.order;
   r.price = Price(symbol, cmd.price);
   r.stoplimit = Price(symbol, cmd.stoplimit);
   r.sl = Price(symbol, cmd.sl);
   r.tp = Price(symbol, cmd.tp);
   r.type_time = MxToTimeType(cmd.time_type);
   r.expiration = (datetime)cmd.order_expiration_s;
   return r.price > 0 ? 0 : RET_INVALID_PRICE;
  }

uint CEaRequest::Cancel(const SMxCmd &cmd, MqlTradeRequest &r)
  {
   if(!OrderSelect(cmd.order))
      return RET_INVALID;
   r.action = TRADE_ACTION_REMOVE;
   r.order = cmd.order;
   return 0;
  }

uint CEaRequest::CloseBy(const SMxCmd &cmd, string symbol, MqlTradeRequest &r)
  {
   bool both = PositionSelectByTicket(cmd.position) && PositionGetString(POSITION_SYMBOL) == symbol &&
               PositionSelectByTicket(cmd.position_by) && PositionGetString(POSITION_SYMBOL) == symbol;
   if(!both)
      return RET_POSITION_CLOSED;
   r.action = TRADE_ACTION_CLOSE_BY;
   r.position = cmd.position;
   r.position_by = cmd.position_by;
   return 0;
  }
#endif
