// A command's way: duplicate? live? too many? expired? allowed? sane? inside its guard? Then the journal, flushed, then
// OrderSendAsync, once; what the server says comes by OnTradeTransaction and is journaled before it is reported. What is
// ambiguous stays unknown until the server's own lists have been read (reconcile.mqh). Nothing is sent twice for one id, but
// for the one retry after a requote that a command may allow.
#ifndef LOCKSTEP_ORDERS_MQH
#define LOCKSTEP_ORDERS_MQH
#include "journal.mqh"
#include "book.mqh"
#include "request.mqh"
#include "retcodes.mqh"

#define EA_ANSWER_MS 30000
#define EA_ORDER_SEEN_MS 2000
#define EA_SETTLE_MS 10000
#define EA_LOOK_ORDERS_MS 250
#define EA_RETRIED 1

class CEaOrders
  {
public:
                     CEaOrders();
   void              OnCommand(const SMxCmd &cmd, CMxBuf &payload);
   void              OnResult(const MqlTradeResult &result);
   void              OnOrderEvent(ulong magic, ulong order);
   void              Tick();
   void              ReportAll(CMxBuf &in, int count);
   int               InFlight();
   ulong             sends;
   ulong             commands;
   string            lastLine;

private:
   ulong             m_lookedMs;
   ulong             m_secondMs;
   uint              m_inSecond;
   ulong             m_connectedMs;
   bool              m_connected;

   bool              OverRate();
   void              Content(CMxBuf &payload, string symbol, SMxId &content);
   void              OnNew(SEaCommand &c, const SMxCmd &cmd);
   void              Refuse(SEaCommand &c, int status, int state, uint retcode, string text);
   void              Send(SEaCommand &c, const SMxCmd &cmd, MqlTradeRequest &request);
   void              Check(SEaCommand &c, MqlTradeRequest &request);
   bool              Retry(int i);
   void              Success(int i, const MqlTradeResult &result);
   void              Move(int i, int state);
   void              Ack(const SMxId &id, int status, int state, uint retcode, ulong order, ulong deal, string text);
   void              Status(int i);
   void              Result(int i, const MqlTradeResult &result, bool sent, bool last, double volume);
   void              Finish(int i, int state, double volume);
   void              Settle(int i);
   void              SettleOrder(int i);
   void              SettleTicket(int i);
   bool              SettleProtect(int i);
   bool              SettleModify(int i);
   bool              SettleCancel(int i);
   ulong             FindOrder(int i);
   void              SelectHistory(int i);
   double            TellDeals(ulong order, ulong &lastDeal);

   // What a requote's retry needs; only of the last command that allows one.
   SMxCmd            m_retry;
  };

CEaOrders::CEaOrders()
  {
   sends = 0;
   commands = 0;
   lastLine = "none yet";
   m_lookedMs = 0;
   m_secondMs = 0;
   m_inSecond = 0;
   m_connectedMs = 0;
   m_connected = false;
  }

bool CEaOrders::OverRate()
  {
   if(MxSince(m_secondMs) >= EA_MS_PER_S)
     {
      m_secondMs = GetTickCount64();
      m_inSecond = 0;
     }
   m_inSecond++;
   return EaSession.maxPerSecond > 0 && m_inSecond > EaSession.maxPerSecond;
  }

// Everything the command says, with the symbol's name in the place of its number, which is of this session only.
void CEaOrders::Content(CMxBuf &payload, string symbol, SMxId &content)
  {
   CMxBuf said;
   CMxBuf hash;
   said.PutRange(payload, payload.pos, 18);
   said.PutRange(payload, payload.pos + 20, payload.end - payload.pos - 20);
   said.PutStr(symbol, 1);
   MxSha256(said, hash);
   hash.Rewind(0, 16);
   content.low = hash.GetU64();
   content.high = hash.GetU64();
  }

// payload: the frame's bytes, from pos to end.
void CEaOrders::OnCommand(const SMxCmd &cmd, CMxBuf &payload)
  {
   commands++;
   SEaCommand c = {};
   c.receivedUs = GetMicrosecondCount();
   int s = EaSymbols.FindId(cmd.symbol_id);
   c.symbol = s == EA_NONE ? "" : EaSymbols.items[s].name;
   MxIdFrom(cmd.cmd_id, c.id);
   Content(payload, c.symbol, c.content);
   int known = EaJournal.Find(c.id);
   if(known != EA_NONE)
     {
      bool same = MxSameId(EaJournal.items[known].content, c.content);
      Ack(c.id, same ? ACK_DUPLICATE : ACK_INVALID, EaJournal.items[known].state, EaJournal.items[known].retcode,
          EaJournal.items[known].order, EaJournal.items[known].deal, same ? "" : "this id was used for another command");
      return;
     }
   if(EaSession.state != EA_LIVE)
      Ack(c.id, ACK_NOT_LIVE, STATE_NONE, 0, 0, 0, "not live yet");
   else if(OverRate())
      Ack(c.id, ACK_RATE, STATE_NONE, 0, 0, 0, "more than " + MxNumber(EaSession.maxPerSecond) + " commands a second");
   else if(EaJournal.trouble != "")
      Ack(c.id, ACK_TRADING_DISABLED, STATE_NONE, 0, 0, 0, EaJournal.trouble);
   else
      OnNew(c, cmd);
  }

void CEaOrders::OnNew(SEaCommand &c, const SMxCmd &cmd)
  {
   c.magic = cmd.magic;
   c.action = (int)cmd.action;
   c.orderType = (int)cmd.order_type;
   c.volume = cmd.volume;
   c.price = cmd.price;
   c.sl = cmd.sl;
   c.tp = cmd.tp;
   c.issuedMs = cmd.issued_utc_ms;
   c.position = cmd.position;
   if(cmd.action == ACTION_MODIFY || cmd.action == ACTION_CANCEL)
      c.order = cmd.order;
   long nowMs = 0;
   if(!EaSession.ConnectorUtcMs(nowMs))
     {
      Ack(c.id, ACK_NOT_LIVE, STATE_NONE, 0, 0, 0, "the connector's clock was not heard for 5 s");
      return;
     }
   string missing = EaAccount.Missing();
   MqlTradeRequest request = {};
   MqlTick quote = {};
   uint wrong = c.symbol == "" ? RET_INVALID : EaRequest.Build(cmd, c.symbol, request);
   // What was asked for on the symbol's grid: less than that is a partial fill.
   if(wrong == 0 && request.volume > 0)
      c.volume = request.volume;
   if(cmd.expires_utc_ms <= nowMs)
      Refuse(c, ACK_EXPIRED, STATE_EXPIRED, 0, "expired " + IntegerToString(nowMs - cmd.expires_utc_ms) + " ms ago");
   else if(missing != "")
      Refuse(c, ACK_TRADING_DISABLED, STATE_REJECTED, 0, missing);
   else if(wrong != 0)
      Refuse(c, ACK_INVALID, STATE_REJECTED, wrong, "refused by the EA before it was sent");
   else if(SymbolInfoTick(c.symbol, quote) && !EaRequest.InsideGuard(cmd, c.symbol, quote))
      Refuse(c, ACK_GUARD, STATE_REJECTED, 0, "quote " + DoubleToString(quote.bid, 8) + "/" + DoubleToString(quote.ask, 8) + " is outside the guard");
   else if(cmd.action == ACTION_CHECK)
      Check(c, request);
   else
      Send(c, cmd, request);
  }

// Remembered as well: the same id gets the same answer for ever.
void CEaOrders::Refuse(SEaCommand &c, int status, int state, uint retcode, string text)
  {
   c.state = state;
   c.retcode = retcode;
   c.changedMs = EaSession.UtcMs();
   int i = EaJournal.Add(c);
   EaJournal.Put(i);
   lastLine = MxActionName(c.action) + " " + c.symbol + ": " + MxStateName(state) + ", " + text;
   EaLog.Say(lastLine);
   Ack(c.id, status, state, retcode, 0, 0, text);
  }

// The journal first: after a crash between the two, the order is looked for at the broker and never sent again.
void CEaOrders::Send(SEaCommand &c, const SMxCmd &cmd, MqlTradeRequest &request)
  {
   c.state = STATE_SENDING;
   c.changedMs = EaSession.UtcMs();
   c.sinceMs = GetTickCount64();
   int i = EaJournal.Add(c);
   if(!EaJournal.Put(i))
     {
      Ack(c.id, ACK_TRADING_DISABLED, STATE_NONE, 0, 0, 0, EaJournal.trouble);
      EaJournal.count--;
      return;
     }
   if((cmd.flags & CMD_RETRY) != 0)
      m_retry = cmd;
   MqlTradeResult result = {};
   sends++;
   EaJournal.items[i].sentUs = GetMicrosecondCount();
   bool sent = OrderSendAsync(request, result);
   EaJournal.items[i].requestId = result.request_id;
   if(sent)
     {
      Move(i, STATE_SENT);
      Ack(c.id, ACK_ACCEPTED, STATE_SENT, 0, 0, 0, "");
      return;
     }
   // Not sent at all: the terminal itself refused it.
   EaJournal.items[i].retcode = result.retcode;
   Move(i, STATE_REJECTED);
   Ack(c.id, ACK_ACCEPTED, STATE_REJECTED, result.retcode, 0, 0, "the terminal did not send it");
   Result(i, result, false, true, 0);
  }

void CEaOrders::Check(SEaCommand &c, MqlTradeRequest &request)
  {
   MqlTradeCheckResult checked = {};
   bool passed = OrderCheck(request, checked);
   c.state = passed ? STATE_DONE : STATE_REJECTED;
   c.retcode = checked.retcode;
   c.changedMs = EaSession.UtcMs();
   int i = EaJournal.Add(c);
   EaJournal.Put(i);
   Ack(c.id, ACK_ACCEPTED, c.state, c.retcode, 0, 0, checked.comment);
   MqlTradeResult result = {};
   result.retcode = checked.retcode;
   result.comment = checked.comment;
   Result(i, result, true, true, 0);
  }

void CEaOrders::Move(int i, int state)
  {
   EaJournal.items[i].state = state;
   EaJournal.items[i].changedMs = EaSession.UtcMs();
   EaJournal.items[i].sinceMs = GetTickCount64();
   EaJournal.Put(i);
   lastLine = MxActionName(EaJournal.items[i].action) + " " + EaJournal.items[i].symbol + " " +
              DoubleToString(EaJournal.items[i].volume, 2) + ": " + MxStateName(state) +
              (EaJournal.items[i].retcode != 0 ? " (" + MxNumber(EaJournal.items[i].retcode) + ")" : "");
  }

// Time passes: silence becomes unknown, what is open is looked up.
void CEaOrders::Tick()
  {
   bool connected = TerminalInfoInteger(TERMINAL_CONNECTED) != 0;
   if(connected && !m_connected)
      m_connectedMs = GetTickCount64();
   m_connected = connected;
   if(MxSince(m_lookedMs) < EA_LOOK_ORDERS_MS)
      return;
   m_lookedMs = GetTickCount64();
   int open = 0;
   for(int i = 0; i < EaJournal.count; i++)
     {
      if(MxFinalState(EaJournal.items[i].state))
         continue;
      open++;
      long waited = MxSince(EaJournal.items[i].sinceMs);
      if(EaJournal.items[i].state == STATE_SENT && waited >= EA_ANSWER_MS)
        {
         Move(i, STATE_UNKNOWN);
         Status(i);
        }
      else if(EaJournal.items[i].state == STATE_SENT && EaJournal.items[i].order != 0 && waited >= EA_ORDER_SEEN_MS &&
              MxMakesOrder(EaJournal.items[i].action))
         Move(i, STATE_WORKING);
      if(EaJournal.items[i].state != STATE_SENT && EaJournal.items[i].state != STATE_SENDING)
         Settle(i);
     }
   EaJournal.Tidy(open == 0);
  }

int CEaOrders::InFlight()
  {
   int open = 0;
   for(int i = 0; i < EaJournal.count; i++)
      if(!MxFinalState(EaJournal.items[i].state))
         open++;
   return open;
  }
#include "order-results.mqh"
#include "order-reports.mqh"
#include "reconcile.mqh"

CEaOrders EaOrders;
#endif
