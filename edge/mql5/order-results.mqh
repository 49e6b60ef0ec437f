// What the trade server answers to a request of this run, and what follows from it.
#ifndef LOCKSTEP_ORDER_RESULTS_MQH
#define LOCKSTEP_ORDER_RESULTS_MQH

// The answer of the trade server to a request of this run.
void CEaOrders::OnResult(const MqlTradeResult &result)
  {
   int i = EaJournal.FindByRequest(result.request_id);
   if(i == EA_NONE)
      return;
   EaJournal.items[i].retcode = result.retcode;
   EaJournal.items[i].resultPrice = result.price;
   EaJournal.items[i].resultBid = result.bid;
   EaJournal.items[i].resultAsk = result.ask;
   if(result.order != 0 && MxMakesOrder(EaJournal.items[i].action))
      EaJournal.items[i].order = result.order;
   if(result.deal != 0)
      EaJournal.items[i].deal = result.deal;
   // Settled meanwhile by what the server's lists say: nothing changes any more.
   if(MxFinalState(EaJournal.items[i].state))
     {
      EaJournal.Put(i);
      return;
     }
   int verdict = MxRetcodeClass(result.retcode);
   bool stale = result.retcode == RET_REQUOTE || result.retcode == RET_PRICE_CHANGED;
   if(stale && Retry(i))
      return;
   if(verdict == CLASS_SUCCESS)
      Success(i, result);
   else
     {
      Move(i, verdict == CLASS_REFUSED ? STATE_REJECTED : STATE_UNKNOWN);
      Result(i, result, true, verdict == CLASS_REFUSED, 0);
     }
  }

// Surely not executed, allowed by the command, not expired, inside its guard: once more with the price of now.
bool CEaOrders::Retry(int i)
  {
   SMxId id = {};
   MxIdFrom(m_retry.cmd_id, id);
   bool may = MxSameId(id, EaJournal.items[i].id) && (m_retry.flags & CMD_RETRY) != 0 && (EaJournal.items[i].flags & EA_RETRIED) == 0;
   long nowMs = 0;
   MqlTradeRequest request = {};
   MqlTick quote = {};
   if(!may || !EaSession.ConnectorUtcMs(nowMs) || m_retry.expires_utc_ms <= nowMs || EaAccount.Missing() != "")
      return false;
   if(!SymbolInfoTick(EaJournal.items[i].symbol, quote) || !EaRequest.InsideGuard(m_retry, EaJournal.items[i].symbol, quote))
      return false;
   if(EaRequest.Build(m_retry, EaJournal.items[i].symbol, request) != 0)
      return false;
   EaJournal.items[i].flags |= EA_RETRIED;
   EaJournal.items[i].requestId = 0;
   Move(i, STATE_SENDING);
   if(EaJournal.trouble != "")
      return false;
   MqlTradeResult result = {};
   sends++;
   if(!OrderSendAsync(request, result))
      return false;
   EaJournal.items[i].requestId = result.request_id;
   Move(i, STATE_SENT);
   return true;
  }

// Done as far as the server's answer goes; a command with an order is done when the order is, with all its deals told.
void CEaOrders::Success(int i, const MqlTradeResult &result)
  {
   if(!MxMakesOrder(EaJournal.items[i].action))
     {
      Move(i, STATE_DONE);
      Result(i, result, true, true, 0);
      return;
     }
   Move(i, STATE_WORKING);
   Settle(i);
   if(!MxFinalState(EaJournal.items[i].state))
      Result(i, result, true, false, result.volume);
  }

// Something happened to an order, or a deal of one, that carries this magic.
void CEaOrders::OnOrderEvent(ulong magic, ulong order)
  {
   int i = EaJournal.FindByMagic(magic);
   if(i == EA_NONE)
      return;
   // The answer to the request mostly follows; when it does not, the order's own fate is told (Tick).
   if(EaJournal.items[i].state == STATE_SENT && EaJournal.items[i].order == 0)
      EaJournal.items[i].order = order;
   if(EaJournal.items[i].state == STATE_WORKING || EaJournal.items[i].state == STATE_PARTIAL)
      Settle(i);
  }
#endif
