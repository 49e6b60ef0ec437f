// What is said of commands: CMD_ACK, CMD_RESULT, CMD_STATUS.
#ifndef LOCKSTEP_ORDER_REPORTS_MQH
#define LOCKSTEP_ORDER_REPORTS_MQH

void CEaOrders::Ack(const SMxId &id, int status, int state, uint retcode, ulong order, ulong deal, string text)
  {
   if(!EaSession.Open())
      return;
   SMxCmdAck ack = {};
   MxIdTo(id, ack.cmd_id);
   ack.status = (ushort)status;
   ack.state = (ushort)state;
   ack.last_retcode = retcode;
   ack.ea_utc_ms = EaSession.UtcMs();
   ack.order = order;
   ack.deal = deal;
   ack.text = StringSubstr(text, 0, 200);
   EaSession.Begin();
   MxPutCmdAck(EaSession.body, ack);
   EaSession.Finish(MX_CMD_ACK, 0);
  }

void CEaOrders::Status(int i)
  {
   if(!EaSession.Open())
      return;
   SMxCmdStatus status = {};
   MxIdTo(EaJournal.items[i].id, status.cmd_id);
   status.status = ACK_ACCEPTED;
   status.state = (ushort)EaJournal.items[i].state;
   status.last_retcode = EaJournal.items[i].retcode;
   status.ea_utc_ms = EaSession.UtcMs();
   status.order = EaJournal.items[i].order;
   status.deal = EaJournal.items[i].deal;
   EaSession.Begin();
   MxPutCmdStatus(EaSession.body, status);
   EaSession.Finish(MX_CMD_STATUS, 0);
  }

// sent: the terminal handed it to the server. last: nothing more will come. volume: executed.
void CEaOrders::Result(int i, const MqlTradeResult &result, bool sent, bool last, double volume)
  {
   EaLog.Say(lastLine);
   if(!EaSession.Open())
      return;
   SMxCmdResult v = {};
   MxIdTo(EaJournal.items[i].id, v.cmd_id);
   v.retcode = result.retcode;
   v.external = (int)result.retcode_external;
   v.request_id = result.request_id;
   v.last_error = (uint)GetLastError();
   v.order = EaJournal.items[i].order;
   v.deal = EaJournal.items[i].deal;
   v.volume = volume;
   v.price = result.price;
   v.bid = result.bid;
   v.ask = result.ask;
   v.t_recv_us = EaJournal.items[i].receivedUs;
   v.t_send_us = EaJournal.items[i].sentUs;
   v.t_done_us = GetMicrosecondCount();
   v.send_ok = sent ? (uchar)1 : (uchar)0;
   v.final_ = last ? (uchar)1 : (uchar)0;
   v.comment = result.comment;
   EaSession.Begin();
   MxPutCmdResult(EaSession.body, v);
   EaSession.Finish(MX_CMD_RESULT, 0);
  }

// One CMD_STATUS an id, in the order in which they are asked for.
void CEaOrders::ReportAll(CMxBuf &in, int count)
  {
   for(int n = 0; n < count; n++)
     {
      SMxResyncReqRow row = {};
      if(!MxGetResyncReqRow(in, row))
        {
         EaSession.Bye(BYE_PROTOCOL, "a list of commands is cut off");
         return;
        }
      SMxId id = {};
      MxIdFrom(row.cmd_id, id);
      int i = EaJournal.Find(id);
      if(i != EA_NONE)
        {
         if(!MxFinalState(EaJournal.items[i].state) && EaJournal.items[i].state != STATE_SENT && EaJournal.items[i].state != STATE_SENDING)
            Settle(i);
         Status(i);
         continue;
        }
      SMxCmdStatus none = {};
      MxIdTo(id, none.cmd_id);
      none.status = ACK_ACCEPTED;
      none.state = STATE_NONE;
      none.ea_utc_ms = EaSession.UtcMs();
      EaSession.Begin();
      MxPutCmdStatus(EaSession.body, none);
      EaSession.Finish(MX_CMD_STATUS, 0);
     }
  }

// The end of a command that has an order. Its deals have been told before.
void CEaOrders::Finish(int i, int state, double volume)
  {
   bool partly = state == STATE_DONE && volume < EaJournal.items[i].volume - EA_VOLUME_EPSILON;
   bool executed = state == STATE_DONE && MxMakesOrder(EaJournal.items[i].action);
   bool asked = EaJournal.items[i].state != STATE_UNKNOWN;
   if(executed)
      EaJournal.items[i].retcode = partly ? RET_DONE_PARTIAL : RET_DONE;
   Move(i, state);
   if(!executed || !asked)
     {
      EaLog.Say(lastLine);
      Status(i);
      return;
     }
   MqlTradeResult result = {};
   result.retcode = EaJournal.items[i].retcode;
   result.request_id = EaJournal.items[i].requestId;
   result.price = EaJournal.items[i].resultPrice;
   result.bid = EaJournal.items[i].resultBid;
   result.ask = EaJournal.items[i].resultAsk;
   Result(i, result, true, true, volume);
  }
#endif
