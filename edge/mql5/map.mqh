// MT5's constants to the numbers of MTX1 and back, by name: the numbers of the terminal's enumerations are not relied on.
#ifndef LOCKSTEP_MAP_MQH
#define LOCKSTEP_MAP_MQH
#include "support.mqh"

#define MX_BUY 0
#define MX_SELL 1
#define MX_BUY_LIMIT 2
#define MX_SELL_LIMIT 3
#define MX_BUY_STOP 4
#define MX_SELL_STOP 5
#define MX_BUY_STOP_LIMIT 6
#define MX_SELL_STOP_LIMIT 7
#define MX_CLOSE_BY 8
#define MX_FOK 0
#define MX_IOC 1
#define MX_RETURN 2
#define MX_BOC 3
#define MX_FILLING_AUTO 255
#define MX_OTHER 255

uchar MxOrderType(ENUM_ORDER_TYPE type)
  {
   switch(type)
     {
      case ORDER_TYPE_BUY:
         return MX_BUY;
      case ORDER_TYPE_SELL:
         return MX_SELL;
      case ORDER_TYPE_BUY_LIMIT:
         return MX_BUY_LIMIT;
      case ORDER_TYPE_SELL_LIMIT:
         return MX_SELL_LIMIT;
      case ORDER_TYPE_BUY_STOP:
         return MX_BUY_STOP;
      case ORDER_TYPE_SELL_STOP:
         return MX_SELL_STOP;
      case ORDER_TYPE_BUY_STOP_LIMIT:
         return MX_BUY_STOP_LIMIT;
      case ORDER_TYPE_SELL_STOP_LIMIT:
         return MX_SELL_STOP_LIMIT;
      case ORDER_TYPE_CLOSE_BY:
         return MX_CLOSE_BY;
     }
   return MX_OTHER;
  }

// Only for types that MxKnownOrderType knows.
ENUM_ORDER_TYPE MxToOrderType(uchar type)
  {
   switch(type)
     {
      case MX_SELL:
         return ORDER_TYPE_SELL;
      case MX_BUY_LIMIT:
         return ORDER_TYPE_BUY_LIMIT;
      case MX_SELL_LIMIT:
         return ORDER_TYPE_SELL_LIMIT;
      case MX_BUY_STOP:
         return ORDER_TYPE_BUY_STOP;
      case MX_SELL_STOP:
         return ORDER_TYPE_SELL_STOP;
      case MX_BUY_STOP_LIMIT:
         return ORDER_TYPE_BUY_STOP_LIMIT;
      case MX_SELL_STOP_LIMIT:
         return ORDER_TYPE_SELL_STOP_LIMIT;
     }
   return ORDER_TYPE_BUY;
  }

uchar MxFillingOf(ENUM_ORDER_TYPE_FILLING filling)
  {
   switch(filling)
     {
      case ORDER_FILLING_FOK:
         return MX_FOK;
      case ORDER_FILLING_IOC:
         return MX_IOC;
      case ORDER_FILLING_RETURN:
         return MX_RETURN;
      case ORDER_FILLING_BOC:
         return MX_BOC;
     }
   return MX_OTHER;
  }

uchar MxTimeType(ENUM_ORDER_TYPE_TIME type)
  {
   switch(type)
     {
      case ORDER_TIME_GTC:
         return 0;
      case ORDER_TIME_DAY:
         return 1;
      case ORDER_TIME_SPECIFIED:
         return 2;
      case ORDER_TIME_SPECIFIED_DAY:
         return 3;
     }
   return MX_OTHER;
  }

ENUM_ORDER_TYPE_TIME MxToTimeType(uchar type)
  {
   switch(type)
     {
      case 1:
         return ORDER_TIME_DAY;
      case 2:
         return ORDER_TIME_SPECIFIED;
      case 3:
         return ORDER_TIME_SPECIFIED_DAY;
     }
   return ORDER_TIME_GTC;
  }

uchar MxOrderState(ENUM_ORDER_STATE state)
  {
   switch(state)
     {
      case ORDER_STATE_STARTED:
         return 0;
      case ORDER_STATE_PLACED:
         return 1;
      case ORDER_STATE_CANCELED:
         return 2;
      case ORDER_STATE_PARTIAL:
         return 3;
      case ORDER_STATE_FILLED:
         return 4;
      case ORDER_STATE_REJECTED:
         return 5;
      case ORDER_STATE_EXPIRED:
         return 6;
      case ORDER_STATE_REQUEST_ADD:
         return 7;
      case ORDER_STATE_REQUEST_MODIFY:
         return 8;
      case ORDER_STATE_REQUEST_CANCEL:
         return 9;
     }
   return MX_OTHER;
  }

// 0 buy, 1 sell; whatever is no execution (balance, credit, commission, ...) keeps its own number, which is above 1.
uchar MxDealType(ENUM_DEAL_TYPE type)
  {
   if(type == DEAL_TYPE_BUY)
      return MX_BUY;
   if(type == DEAL_TYPE_SELL)
      return MX_SELL;
   int number = (int)type;
   return number < 2 || number > 254 ? (uchar)MX_OTHER : (uchar)number;
  }

uchar MxDealEntry(ENUM_DEAL_ENTRY entry)
  {
   switch(entry)
     {
      case DEAL_ENTRY_IN:
         return 0;
      case DEAL_ENTRY_OUT:
         return 1;
      case DEAL_ENTRY_INOUT:
         return 2;
      case DEAL_ENTRY_OUT_BY:
         return 3;
     }
   return MX_OTHER;
  }

uchar MxTxType(ENUM_TRADE_TRANSACTION_TYPE type)
  {
   switch(type)
     {
      case TRADE_TRANSACTION_ORDER_ADD:
         return 0;
      case TRADE_TRANSACTION_ORDER_UPDATE:
         return 1;
      case TRADE_TRANSACTION_ORDER_DELETE:
         return 2;
      case TRADE_TRANSACTION_HISTORY_ADD:
         return 3;
      case TRADE_TRANSACTION_HISTORY_UPDATE:
         return 4;
      case TRADE_TRANSACTION_HISTORY_DELETE:
         return 5;
      case TRADE_TRANSACTION_DEAL_ADD:
         return 6;
      case TRADE_TRANSACTION_DEAL_UPDATE:
         return 7;
      case TRADE_TRANSACTION_DEAL_DELETE:
         return 8;
      case TRADE_TRANSACTION_POSITION:
         return 9;
      case TRADE_TRANSACTION_REQUEST:
         return 10;
     }
   return MX_OTHER;
  }

uchar MxMarginMode(ENUM_ACCOUNT_MARGIN_MODE mode)
  {
   if(mode == ACCOUNT_MARGIN_MODE_RETAIL_HEDGING)
      return 2;
   return mode == ACCOUNT_MARGIN_MODE_EXCHANGE ? (uchar)1 : (uchar)0;
  }

uchar MxAccountMode(ENUM_ACCOUNT_TRADE_MODE mode)
  {
   if(mode == ACCOUNT_TRADE_MODE_REAL)
      return 2;
   return mode == ACCOUNT_TRADE_MODE_CONTEST ? (uchar)1 : (uchar)0;
  }

uchar MxSymbolMode(ENUM_SYMBOL_TRADE_MODE mode)
  {
   switch(mode)
     {
      case SYMBOL_TRADE_MODE_DISABLED:
         return 0;
      case SYMBOL_TRADE_MODE_LONGONLY:
         return 1;
      case SYMBOL_TRADE_MODE_SHORTONLY:
         return 2;
      case SYMBOL_TRADE_MODE_CLOSEONLY:
         return 3;
      case SYMBOL_TRADE_MODE_FULL:
         return 4;
     }
   return 0;
  }

uchar MxExecution(ENUM_SYMBOL_TRADE_EXECUTION mode)
  {
   switch(mode)
     {
      case SYMBOL_TRADE_EXECUTION_REQUEST:
         return 0;
      case SYMBOL_TRADE_EXECUTION_INSTANT:
         return 1;
      case SYMBOL_TRADE_EXECUTION_MARKET:
         return 2;
      case SYMBOL_TRADE_EXECUTION_EXCHANGE:
         return 3;
     }
   return 2;
  }
#endif
