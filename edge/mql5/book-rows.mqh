// Rows of orders and deals, and the deals that no transaction has told of.
#ifndef LOCKSTEP_BOOK_ROWS_MQH
#define LOCKSTEP_BOOK_ROWS_MQH

// history: the order is in the selected history, else among the active ones.
void CEaBook::PutOrder(ulong t, bool history)
  {
   SMxOrdersRow row = {};
   row.ticket = t;
   row.is_history = history ? (uchar)1 : (uchar)0;
   if(history)
     {
      row.symbol_id = EaSymbols.IdOf(HistoryOrderGetString(t, ORDER_SYMBOL));
      row.type = MxOrderType((ENUM_ORDER_TYPE)HistoryOrderGetInteger(t, ORDER_TYPE));
      row.state = MxOrderState((ENUM_ORDER_STATE)HistoryOrderGetInteger(t, ORDER_STATE));
      row.position_id = (ulong)HistoryOrderGetInteger(t, ORDER_POSITION_ID);
      row.position_by = (ulong)HistoryOrderGetInteger(t, ORDER_POSITION_BY_ID);
      row.magic = (ulong)HistoryOrderGetInteger(t, ORDER_MAGIC);
      row.setup_msc = HistoryOrderGetInteger(t, ORDER_TIME_SETUP_MSC);
      row.done_msc = HistoryOrderGetInteger(t, ORDER_TIME_DONE_MSC);
      row.expiration_s = HistoryOrderGetInteger(t, ORDER_TIME_EXPIRATION);
      row.vol_initial = HistoryOrderGetDouble(t, ORDER_VOLUME_INITIAL);
      row.vol_current = HistoryOrderGetDouble(t, ORDER_VOLUME_CURRENT);
      row.price = HistoryOrderGetDouble(t, ORDER_PRICE_OPEN);
      row.stoplimit = HistoryOrderGetDouble(t, ORDER_PRICE_STOPLIMIT);
      row.sl = HistoryOrderGetDouble(t, ORDER_SL);
      row.tp = HistoryOrderGetDouble(t, ORDER_TP);
      row.filling = MxFillingOf((ENUM_ORDER_TYPE_FILLING)HistoryOrderGetInteger(t, ORDER_TYPE_FILLING));
      row.time_type = MxTimeType((ENUM_ORDER_TYPE_TIME)HistoryOrderGetInteger(t, ORDER_TYPE_TIME));
      row.reason = (uchar)HistoryOrderGetInteger(t, ORDER_REASON);
      row.comment = HistoryOrderGetString(t, ORDER_COMMENT);
      row.external_id = HistoryOrderGetString(t, ORDER_EXTERNAL_ID);
     }
   else if(OrderSelect(t))
     {
      row.symbol_id = EaSymbols.IdOf(OrderGetString(ORDER_SYMBOL));
      row.type = MxOrderType((ENUM_ORDER_TYPE)OrderGetInteger(ORDER_TYPE));
      row.state = MxOrderState((ENUM_ORDER_STATE)OrderGetInteger(ORDER_STATE));
      row.position_id = (ulong)OrderGetInteger(ORDER_POSITION_ID);
      row.position_by = (ulong)OrderGetInteger(ORDER_POSITION_BY_ID);
      row.magic = (ulong)OrderGetInteger(ORDER_MAGIC);
      row.setup_msc = OrderGetInteger(ORDER_TIME_SETUP_MSC);
      row.done_msc = 0;
      row.expiration_s = OrderGetInteger(ORDER_TIME_EXPIRATION);
      row.vol_initial = OrderGetDouble(ORDER_VOLUME_INITIAL);
      row.vol_current = OrderGetDouble(ORDER_VOLUME_CURRENT);
      row.price = OrderGetDouble(ORDER_PRICE_OPEN);
      row.stoplimit = OrderGetDouble(ORDER_PRICE_STOPLIMIT);
      row.sl = OrderGetDouble(ORDER_SL);
      row.tp = OrderGetDouble(ORDER_TP);
      row.filling = MxFillingOf((ENUM_ORDER_TYPE_FILLING)OrderGetInteger(ORDER_TYPE_FILLING));
      row.time_type = MxTimeType((ENUM_ORDER_TYPE_TIME)OrderGetInteger(ORDER_TYPE_TIME));
      row.reason = (uchar)OrderGetInteger(ORDER_REASON);
      row.comment = OrderGetString(ORDER_COMMENT);
      row.external_id = OrderGetString(ORDER_EXTERNAL_ID);
     }
   MxPutOrdersRow(EaSession.body, row);
  }

// A deal of the selected history.
void CEaBook::PutDeal(ulong t)
  {
   SMxDealsRow row = {};
   row.symbol_id = EaSymbols.IdOf(HistoryDealGetString(t, DEAL_SYMBOL));
   row.type = MxDealType((ENUM_DEAL_TYPE)HistoryDealGetInteger(t, DEAL_TYPE));
   row.entry = MxDealEntry((ENUM_DEAL_ENTRY)HistoryDealGetInteger(t, DEAL_ENTRY));
   row.deal = t;
   row.order = (ulong)HistoryDealGetInteger(t, DEAL_ORDER);
   row.position_id = (ulong)HistoryDealGetInteger(t, DEAL_POSITION_ID);
   row.magic = (ulong)HistoryDealGetInteger(t, DEAL_MAGIC);
   row.time_msc = HistoryDealGetInteger(t, DEAL_TIME_MSC);
   row.volume = HistoryDealGetDouble(t, DEAL_VOLUME);
   row.price = HistoryDealGetDouble(t, DEAL_PRICE);
   row.commission = HistoryDealGetDouble(t, DEAL_COMMISSION);
   row.fee = HistoryDealGetDouble(t, DEAL_FEE);
   row.swap = HistoryDealGetDouble(t, DEAL_SWAP);
   row.profit = HistoryDealGetDouble(t, DEAL_PROFIT);
   row.sl = HistoryDealGetDouble(t, DEAL_SL);
   row.tp = HistoryDealGetDouble(t, DEAL_TP);
   row.reason = (uchar)HistoryDealGetInteger(t, DEAL_REASON);
   row.comment = HistoryDealGetString(t, DEAL_COMMENT);
   row.external_id = HistoryDealGetString(t, DEAL_EXTERNAL_ID);
   MxPutDealsRow(EaSession.body, row);
  }

bool CEaBook::Told(ulong deal)
  {
   for(int i = 0; i < EA_DEALS_KEPT; i++)
      if(m_deals[i] == deal)
         return true;
   return false;
  }

void CEaBook::RememberDeal(ulong deal)
  {
   if(Told(deal))
      return;
   m_deals[m_nextDeal] = deal;
   m_nextDeal = m_nextDeal + 1 < EA_DEALS_KEPT ? m_nextDeal + 1 : 0;
  }

// False when history does not have it yet: it is found by a later sweep. A deal may be told twice, the connector counts
// it once.
bool CEaBook::TellDeal(ulong ticket)
  {
   if(!EaSession.Open())
      return false;
   if(!HistoryDealSelect(ticket))
     {
      m_sweptMs = 0;
      return false;
     }
   BeginDeals(0, 1);
   PutDeal(ticket);
   EaSession.Finish(MX_DEALS, 0);
   RememberDeal(ticket);
   return true;
  }

// Deals of the last minutes that no transaction has told of: the queue of transactions may overflow, history may lag.
void CEaBook::Sweep()
  {
   if(EaSession.state != EA_LIVE || (m_sweptMs != 0 && MxSince(m_sweptMs) < EA_SWEEP_MS))
      return;
   m_sweptMs = GetTickCount64();
   long now = (long)TimeTradeServer();
   HistorySelect((datetime)(now - EA_SWEEP_S), (datetime)(now + EA_DAY_S));
   MX_DYN(ulong, missing);
   int count = 0;
   int total = HistoryDealsTotal();
   ArrayResize(missing, total);
   for(int i = 0; i < total; i++)
     {
      ulong ticket = HistoryDealGetTicket(i);
      if(ticket == 0 || Told(ticket))
         continue;
      missing[count] = ticket;
      count++;
     }
   for(int i = 0; i < count; i++)
      TellDeal(missing[i]);
   if(count > 0)
      TellChangedPositions();
  }
#endif
