// What the EA does by itself when the connector stays away: nothing, cancel our pending orders, or also close our
// positions, after a delay. Ours is what carries a magic of the journal. The last policy a connector asked for is kept in
// the journal, so it holds over a restart of the terminal; the user's input overrides it. It never acts beside a live session.
#ifndef LOCKSTEP_POLICY_MQH
#define LOCKSTEP_POLICY_MQH
#include "orders.mqh"

#define EA_POLICY_LOOK_MS 1000
#define EA_POLICY_AGAIN_MS 30000
#define EA_POLICY_SENT_MAX 64
#define EA_POLICY_DEVIATION 100

class CEaPolicy
  {
private:
   ulong             m_aloneMs;
   ulong             m_lookedMs;
   ulong             m_tickets[EA_POLICY_SENT_MAX];
   ulong             m_sentMs[EA_POLICY_SENT_MAX];
   int               m_next;

   bool              Recently(ulong ticket);
   void              Send(MqlTradeRequest &request, ulong ticket, string what);
   void              CancelPendings();
   void              ClosePositions();

public:
                     CEaPolicy();
   void              Start() { m_aloneMs = GetTickCount64(); }
   int               Policy();
   long              DelayMs();
   // Milliseconds since a session was last live.
   long              AloneMs() { return MxSince(m_aloneMs); }
   bool              Acting();
   void              Tick();
  };

CEaPolicy::CEaPolicy()
  {
   m_aloneMs = 0;
   m_lookedMs = 0;
   m_next = 0;
   for(int i = 0; i < EA_POLICY_SENT_MAX; i++)
     {
      m_tickets[i] = 0;
      m_sentMs[i] = 0;
     }
  }

int CEaPolicy::Policy()
  {
   return EaSettings.policy == EA_POLICY_CONNECTOR ? EaJournal.policy : EaSettings.policy;
  }

long CEaPolicy::DelayMs()
  {
   return EaSettings.policy == EA_POLICY_CONNECTOR ? (long)EaJournal.policyDelayMs : (long)EaSettings.policyDelayS * EA_MS_PER_S;
  }

bool CEaPolicy::Acting()
  {
   return EaSession.state != EA_LIVE && Policy() != EA_POLICY_NOTHING && AloneMs() >= DelayMs();
  }

void CEaPolicy::Tick()
  {
   if(EaSession.state == EA_LIVE)
     {
      Start();
      return;
     }
   if(MxSince(m_lookedMs) < EA_POLICY_LOOK_MS || !Acting() || !EaJournal.IsOpen())
      return;
   m_lookedMs = GetTickCount64();
   if(EaAccount.Missing() != "")
     {
      EaLog.Say("alone, and the disconnect policy cannot act: " + EaAccount.Missing());
      return;
     }
   CancelPendings();
   if(Policy() == EA_POLICY_CLOSE)
      ClosePositions();
  }

bool CEaPolicy::Recently(ulong ticket)
  {
   for(int i = 0; i < EA_POLICY_SENT_MAX; i++)
      if(m_tickets[i] == ticket && MxSince(m_sentMs[i]) < EA_POLICY_AGAIN_MS)
         return true;
   return false;
  }

// The ticket makes it harmless to ask twice; still not before the first request had time to be answered.
void CEaPolicy::Send(MqlTradeRequest &request, ulong ticket, string what)
  {
   m_tickets[m_next] = ticket;
   m_sentMs[m_next] = GetTickCount64();
   m_next = m_next + 1 < EA_POLICY_SENT_MAX ? m_next + 1 : 0;
   MqlTradeResult result = {};
   bool sent = OrderSendAsync(request, result);
   string outcome = sent ? "" : " (not sent: " + MxNumber(result.retcode) + ")";
   EaLog.Say("alone for " + IntegerToString(AloneMs() / EA_MS_PER_S) + " s, disconnect policy: " + what + " " + MxNumber(ticket) + outcome);
  }

void CEaPolicy::CancelPendings()
  {
   for(int i = OrdersTotal() - 1; i >= 0; i--)
     {
      ulong ticket = OrderGetTicket(i);
      uchar type = MxOrderType((ENUM_ORDER_TYPE)OrderGetInteger(ORDER_TYPE));
      bool pending = type >= MX_BUY_LIMIT && type <= MX_SELL_STOP_LIMIT;
      if(ticket == 0 || !pending || EaJournal.FindByMagic((ulong)OrderGetInteger(ORDER_MAGIC)) == EA_NONE || Recently(ticket))
         continue;
      MqlTradeRequest request = {};
      request.action = TRADE_ACTION_REMOVE;
      request.order = ticket;
      Send(request, ticket, "cancel order");
     }
  }

void CEaPolicy::ClosePositions()
  {
   for(int i = PositionsTotal() - 1; i >= 0; i--)
     {
      ulong ticket = PositionGetTicket(i);
      if(ticket == 0 || EaJournal.FindByMagic((ulong)PositionGetInteger(POSITION_MAGIC)) == EA_NONE || Recently(ticket))
         continue;
      string symbol = PositionGetString(POSITION_SYMBOL);
      bool isLong = (ENUM_POSITION_TYPE)PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY;
      MqlTick quote = {};
      SMxCmd any = {};
      any.filling = MX_FILLING_AUTO;
      any.flags = CMD_PARTIAL;
      int filling = MxChooseFilling(any, symbol, false);
      if(!SymbolInfoTick(symbol, quote) || filling == EA_NONE)
         continue;
      MqlTradeRequest request = {};
      request.action = TRADE_ACTION_DEAL;
      request.position = ticket;
      request.symbol = symbol;
      request.magic = (ulong)PositionGetInteger(POSITION_MAGIC);
      request.volume = PositionGetDouble(POSITION_VOLUME);
      request.type = isLong ? ORDER_TYPE_SELL : ORDER_TYPE_BUY;
      request.type_filling = (ENUM_ORDER_TYPE_FILLING)filling;
      request.price = isLong ? quote.bid : quote.ask;
      request.deviation = EA_POLICY_DEVIATION;
      request.comment = "MX policy";
      Send(request, ticket, "close position");
     }
  }

CEaPolicy EaPolicy;
#endif
