// OnTradeTransaction: each transaction is told as it is, with the command it belongs to; after it the deal, the positions
// that changed and the command's own state. Transactions come in any order, may be lost and name no magic, so nothing
// depends on them alone.
#ifndef LOCKSTEP_TRANSACTIONS_MQH
#define LOCKSTEP_TRANSACTIONS_MQH
#include "orders.mqh"

class CEaTransactions
  {
private:
   ulong             m_number;

   ulong             MagicOf(ulong order, ulong deal);
   void              Tell(const MqlTradeTransaction &tx, const MqlTradeResult &result, int command);

public:
                     CEaTransactions() { m_number = 0; }
   void              On(const MqlTradeTransaction &tx, const MqlTradeResult &result);
  };

ulong CEaTransactions::MagicOf(ulong order, ulong deal)
  {
   if(deal != 0 && HistoryDealSelect(deal))
      return (ulong)HistoryDealGetInteger(deal, DEAL_MAGIC);
   if(order == 0)
      return 0;
   if(OrderSelect(order))
      return (ulong)OrderGetInteger(ORDER_MAGIC);
   return HistoryOrderSelect(order) ? (ulong)HistoryOrderGetInteger(order, ORDER_MAGIC) : 0;
  }

void CEaTransactions::On(const MqlTradeTransaction &tx, const MqlTradeResult &result)
  {
   bool request = tx.type == TRADE_TRANSACTION_REQUEST;
   ulong magic = request ? 0 : MagicOf(tx.order, tx.deal);
   int command = request ? EaJournal.FindByRequest(result.request_id) : EaJournal.FindByMagic(magic);
   Tell(tx, result, command);
   if(request)
     {
      EaOrders.OnResult(result);
      return;
     }
   bool live = EaSession.state == EA_LIVE;
   if(tx.type == TRADE_TRANSACTION_DEAL_ADD && live)
      EaBook.TellDeal(tx.deal);
   if(live)
      EaBook.TellChangedPositions();
   if(tx.type == TRADE_TRANSACTION_DEAL_ADD && live)
      EaAccount.Tell();
   EaOrders.OnOrderEvent(magic, tx.order);
  }

void CEaTransactions::Tell(const MqlTradeTransaction &tx, const MqlTradeResult &result, int command)
  {
   if(!EaSession.Open())
      return;
   bool request = tx.type == TRADE_TRANSACTION_REQUEST;
   m_number++;
   SMxTradeTx v = {};
   v.event_no = m_number;
   v.type = MxTxType(tx.type);
   v.ea_us = GetMicrosecondCount();
   if(request)
     {
      // Of a request only the result means anything.
      v.request_id = result.request_id;
      v.retcode = result.retcode;
      v.deal = result.deal;
      v.order = result.order;
      v.price = result.price;
      v.volume = result.volume;
     }
   else
     {
      v.order_type = MxOrderType(tx.order_type);
      v.order_state = MxOrderState(tx.order_state);
      v.deal_type = MxDealType(tx.deal_type);
      v.time_type = MxTimeType(tx.time_type);
      v.symbol_id = EaSymbols.IdOf(tx.symbol);
      v.deal = tx.deal;
      v.order = tx.order;
      v.position = tx.position;
      v.position_by = tx.position_by;
      v.expiration = (long)tx.time_expiration;
      v.price = tx.price;
      v.trigger = tx.price_trigger;
      v.sl = tx.price_sl;
      v.tp = tx.price_tp;
      v.volume = tx.volume;
     }
   if(command != EA_NONE)
      MxIdTo(EaJournal.items[command].id, v.cmd_id);
   EaSession.Begin();
   MxPutTradeTx(EaSession.body, v);
   EaSession.Finish(MX_TRADE_TX, 0);
  }

CEaTransactions EaTransactions;
#endif
