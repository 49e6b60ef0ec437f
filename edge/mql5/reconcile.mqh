// What the server's own lists say of a command: active orders, history, deals, found by ticket or by magic. Lists may lag,
// so "not found" counts only after ten seconds of being connected.
#ifndef LOCKSTEP_RECONCILE_MQH
#define LOCKSTEP_RECONCILE_MQH

#define EA_HISTORY_BACK_S 300

void CEaOrders::Settle(int i)
  {
   if(MxFinalState(EaJournal.items[i].state))
      return;
   if(MxMakesOrder(EaJournal.items[i].action))
      SettleOrder(i);
   else
      SettleTicket(i);
  }

// From a little before the command was sent to the day after now, in the server's time.
void CEaOrders::SelectHistory(int i)
  {
   long age = (EaSession.UtcMs() - EaJournal.items[i].issuedMs) / EA_MS_PER_S;
   if(age < 0)
      age = 0;
   long now = (long)TimeTradeServer();
   HistorySelect((datetime)(now - age - EA_HISTORY_BACK_S), (datetime)(now + EA_DAY_S));
  }

// The order with the command's magic, 0 = none. A position keeps its order's magic and stops and targets of it carry the
// magic too, so an order counts only when it is of the command's own symbol and made by an EA.
ulong CEaOrders::FindOrder(int i)
  {
   if(EaJournal.items[i].order != 0)
      return EaJournal.items[i].order;
   for(int n = 0; n < OrdersTotal(); n++)
     {
      ulong ticket = OrderGetTicket(n);
      if(ticket != 0 && (ulong)OrderGetInteger(ORDER_MAGIC) == EaJournal.items[i].magic &&
         OrderGetString(ORDER_SYMBOL) == EaJournal.items[i].symbol)
         return ticket;
     }
   SelectHistory(i);
   for(int n = 0; n < HistoryOrdersTotal(); n++)
     {
      ulong ticket = HistoryOrderGetTicket(n);
      if(ticket != 0 && (ulong)HistoryOrderGetInteger(ticket, ORDER_MAGIC) == EaJournal.items[i].magic &&
         (ENUM_ORDER_REASON)HistoryOrderGetInteger(ticket, ORDER_REASON) == ORDER_REASON_EXPERT &&
         HistoryOrderGetString(ticket, ORDER_SYMBOL) == EaJournal.items[i].symbol)
         return ticket;
     }
   return 0;
  }

// Tells every deal of the order; returns their volume.
double CEaOrders::TellDeals(ulong order, ulong &lastDeal)
  {
   if(!HistoryOrderSelect(order) && !OrderSelect(order))
      return 0;
   ulong position = OrderSelect(order) ? (ulong)OrderGetInteger(ORDER_POSITION_ID) : (ulong)HistoryOrderGetInteger(order, ORDER_POSITION_ID);
   if(!HistorySelectByPosition(position != 0 ? position : order))
      return 0;
   double volume = 0;
   MX_DYN(ulong, tickets);
   int count = 0;
   int total = HistoryDealsTotal();
   ArrayResize(tickets, total);
   for(int n = 0; n < total; n++)
     {
      ulong deal = HistoryDealGetTicket(n);
      if(deal == 0 || (ulong)HistoryDealGetInteger(deal, DEAL_ORDER) != order)
         continue;
      volume += HistoryDealGetDouble(deal, DEAL_VOLUME);
      tickets[count] = deal;
      count++;
      lastDeal = deal;
     }
   for(int n = 0; n < count; n++)
      EaBook.TellDeal(tickets[n]);
   return volume;
  }

void CEaOrders::SettleOrder(int i)
  {
   ulong ticket = FindOrder(i);
   if(ticket != 0 && EaJournal.items[i].order == 0)
      EaJournal.items[i].order = ticket;
   if(ticket != 0 && OrderSelect(ticket))
     {
      bool part = OrderGetDouble(ORDER_VOLUME_CURRENT) < OrderGetDouble(ORDER_VOLUME_INITIAL) - EA_VOLUME_EPSILON;
      int state = part ? STATE_PARTIAL : STATE_WORKING;
      if(state == EaJournal.items[i].state)
         return;
      Move(i, state);
      Status(i);
      return;
     }
   if(ticket != 0 && HistoryOrderSelect(ticket))
     {
      ENUM_ORDER_STATE ended = (ENUM_ORDER_STATE)HistoryOrderGetInteger(ticket, ORDER_STATE);
      bool closeBy = (ENUM_ORDER_TYPE)HistoryOrderGetInteger(ticket, ORDER_TYPE) == ORDER_TYPE_CLOSE_BY;
      double wanted = HistoryOrderGetDouble(ticket, ORDER_VOLUME_INITIAL) - HistoryOrderGetDouble(ticket, ORDER_VOLUME_CURRENT);
      double volume = TellDeals(ticket, EaJournal.items[i].deal);
      bool late = volume < wanted - EA_VOLUME_EPSILON && !closeBy;
      // The order is over, its deals are not all to be seen yet.
      if(late && MxSince(EaJournal.items[i].sinceMs) < EA_SETTLE_MS)
         return;
      if(ended == ORDER_STATE_FILLED || volume > 0)
         Finish(i, STATE_DONE, volume);
      else if(ended == ORDER_STATE_EXPIRED)
         Finish(i, STATE_EXPIRED, 0);
      else if(ended == ORDER_STATE_CANCELED || ended == ORDER_STATE_REJECTED)
        {
         EaJournal.items[i].retcode = RET_CANCEL;
         Finish(i, STATE_REJECTED, 0);
        }
      return;
     }
   if(MxSince(EaJournal.items[i].sinceMs) < EA_SETTLE_MS || !m_connected || MxSince(m_connectedMs) < EA_SETTLE_MS)
      return;
   if(EaJournal.items[i].state == STATE_UNKNOWN)
      Finish(i, STATE_NOT_FOUND, 0);
   else
     {
      // Said to be done, and nowhere to be seen.
      Move(i, STATE_UNKNOWN);
      Status(i);
     }
  }

// A change of something that exists: whether it has happened is to be seen there.
void CEaOrders::SettleTicket(int i)
  {
   if(EaJournal.items[i].state != STATE_UNKNOWN || !m_connected)
      return;
   bool done = false;
   if(EaJournal.items[i].action == ACTION_PROTECT)
      done = SettleProtect(i);
   else if(EaJournal.items[i].action == ACTION_MODIFY)
      done = SettleModify(i);
   else if(EaJournal.items[i].action == ACTION_CANCEL)
      done = SettleCancel(i);
   if(done)
      Finish(i, STATE_DONE, 0);
   else if(MxSince(EaJournal.items[i].sinceMs) >= EA_SETTLE_MS && MxSince(m_connectedMs) >= EA_SETTLE_MS)
      Finish(i, STATE_NOT_FOUND, 0);
  }

bool CEaOrders::SettleProtect(int i)
  {
   double half = SymbolInfoDouble(EaJournal.items[i].symbol, SYMBOL_TRADE_TICK_SIZE) * 0.5;
   return PositionSelectByTicket(EaJournal.items[i].position) &&
          MxNear(PositionGetDouble(POSITION_SL), EaJournal.items[i].sl, half) &&
          MxNear(PositionGetDouble(POSITION_TP), EaJournal.items[i].tp, half);
  }

bool CEaOrders::SettleModify(int i)
  {
   double half = SymbolInfoDouble(EaJournal.items[i].symbol, SYMBOL_TRADE_TICK_SIZE) * 0.5;
   return OrderSelect(EaJournal.items[i].order) &&
          MxNear(OrderGetDouble(ORDER_PRICE_OPEN), EaJournal.items[i].price, half) &&
          MxNear(OrderGetDouble(ORDER_SL), EaJournal.items[i].sl, half) &&
          MxNear(OrderGetDouble(ORDER_TP), EaJournal.items[i].tp, half);
  }

bool CEaOrders::SettleCancel(int i)
  {
   return HistoryOrderSelect(EaJournal.items[i].order) &&
          (ENUM_ORDER_STATE)HistoryOrderGetInteger(EaJournal.items[i].order, ORDER_STATE) == ORDER_STATE_CANCELED;
  }
#endif
