// Positions, orders and deals: their rows, the snapshot, and what has changed since it was last told. Changes of positions
// are found by comparing, not by transactions, so that a lost transaction loses nothing; a position that is gone is told
// with volume 0.
#ifndef LOCKSTEP_BOOK_MQH
#define LOCKSTEP_BOOK_MQH
#include "account.mqh"
#include "symbols.mqh"

#define EA_ROWS_A_FRAME 500
#define EA_DEALS_KEPT 512
#define EA_DAY_S 86400
#define EA_SWEEP_MS 5000
#define EA_SWEEP_S 900

struct SEaPosition
  {
   ulong             ticket;
   ulong             identifier;
   ulong             magic;
   long              timeMsc;
   double            volume;
   double            sl;
   double            tp;
   uchar             type;
   string            symbol;
   bool              seen;
  };

class CEaBook
  {
public:
                     CEaBook();
   void              Snapshot(uint sections, long fromS);
   void              TellChangedPositions();
   bool              TellDeal(ulong ticket);
   void              Sweep();

private:
   MX_DYN(SEaPosition, m_positions);
   int               m_count;
   uint              m_snapshotId;
   ulong             m_deals[EA_DEALS_KEPT];
   int               m_nextDeal;
   ulong             m_sweptMs;

   int               SnapshotPositions(uint id);
   int               SnapshotOrders(uint id);
   int               SnapshotDeals(uint id);
   void              BeginPositions(uint id, int count);
   void              BeginDeals(uint id, int count);
   void              PutPosition(int told);
   void              PutOrder(ulong ticket, bool history);
   void              PutDeal(ulong ticket);
   bool              Told(ulong deal);
   void              RememberDeal(ulong deal);
   bool              Changed(int told);
   void              Remember(int told);
   void              TellPosition(int told);
   int               FindTold(ulong ticket);
  };

CEaBook::CEaBook()
  {
   m_count = 0;
   m_snapshotId = 0;
   m_nextDeal = 0;
   m_sweptMs = 0;
   for(int i = 0; i < EA_DEALS_KEPT; i++)
      m_deals[i] = 0;
  }

// MT5 has no atomic snapshot: the connector asks again when a transaction falls between begin and end.
void CEaBook::Snapshot(uint sections, long fromS)
  {
   m_snapshotId++;
   SMxSnapshotBegin begin = {};
   begin.id = m_snapshotId;
   begin.sections = sections;
   EaSession.Begin();
   MxPutSnapshotBegin(EaSession.body, begin);
   EaSession.Finish(MX_SNAPSHOT_BEGIN, 0);
   EaAccount.Tell();
   SMxSnapshotEnd end = {};
   end.id = m_snapshotId;
   HistorySelect((datetime)fromS, (datetime)((long)TimeTradeServer() + EA_DAY_S));
   end.positions = (uint)SnapshotPositions(m_snapshotId);
   end.orders = (uint)SnapshotOrders(m_snapshotId);
   end.deals = (uint)SnapshotDeals(m_snapshotId);
   end.trade_server_ms = (long)TimeTradeServer() * EA_MS_PER_S;
   EaSession.Begin();
   MxPutSnapshotEnd(EaSession.body, end);
   EaSession.Finish(MX_SNAPSHOT_END, 0);
  }

void CEaBook::BeginPositions(uint id, int count)
  {
   SMxPositions head = {};
   head.snapshot_id = id;
   head.count = (uint)count;
   EaSession.Begin();
   MxPutPositions(EaSession.body, head);
  }

// What is told here is also what later changes are held against.
int CEaBook::SnapshotPositions(uint id)
  {
   int total = PositionsTotal();
   m_count = 0;
   if(ArraySize(m_positions) < total)
      ArrayResize(m_positions, total + 64);
   for(int i = 0; i < total; i++)
     {
      if(PositionGetTicket(i) == 0)
         continue;
      Remember(m_count);
      m_count++;
     }
   for(int from = 0; from == 0 || from < m_count; from += EA_ROWS_A_FRAME)
     {
      int n = m_count - from < EA_ROWS_A_FRAME ? m_count - from : EA_ROWS_A_FRAME;
      BeginPositions(id, n);
      for(int i = 0; i < n; i++)
         PutPosition(from + i);
      EaSession.Finish(MX_POSITIONS, 0);
     }
   return m_count;
  }

int CEaBook::SnapshotOrders(uint id)
  {
   int active = OrdersTotal();
   int past = HistoryOrdersTotal();
   int rows = active + past;
   MX_DYN(ulong, tickets);
   ArrayResize(tickets, rows);
   int count = 0;
   for(int i = 0; i < rows; i++)
     {
      ulong ticket = i < active ? OrderGetTicket(i) : HistoryOrderGetTicket(i - active);
      if(ticket == 0)
         continue;
      tickets[count] = ticket;
      count++;
     }
   for(int from = 0; from == 0 || from < count; from += EA_ROWS_A_FRAME)
     {
      int n = count - from < EA_ROWS_A_FRAME ? count - from : EA_ROWS_A_FRAME;
      SMxOrders head = {};
      head.snapshot_id = id;
      head.count = (uint)n;
      EaSession.Begin();
      MxPutOrders(EaSession.body, head);
      for(int i = 0; i < n; i++)
         PutOrder(tickets[from + i], !OrderSelect(tickets[from + i]));
      EaSession.Finish(MX_ORDERS, 0);
     }
   return count;
  }

int CEaBook::SnapshotDeals(uint id)
  {
   int rows = HistoryDealsTotal();
   int count = 0;
   MX_DYN(ulong, tickets);
   ArrayResize(tickets, rows);
   for(int i = 0; i < rows; i++)
     {
      ulong ticket = HistoryDealGetTicket(i);
      if(ticket == 0)
         continue;
      tickets[count] = ticket;
      count++;
      RememberDeal(ticket);
     }
   for(int from = 0; from == 0 || from < count; from += EA_ROWS_A_FRAME)
     {
      int n = count - from < EA_ROWS_A_FRAME ? count - from : EA_ROWS_A_FRAME;
      BeginDeals(id, n);
      for(int i = 0; i < n; i++)
         PutDeal(tickets[from + i]);
      EaSession.Finish(MX_DEALS, 0);
     }
   return count;
  }

void CEaBook::BeginDeals(uint id, int count)
  {
   SMxDeals head = {};
   head.snapshot_id = id;
   head.count = (uint)count;
   EaSession.Begin();
   MxPutDeals(EaSession.body, head);
  }

// The position that is selected now, into the table.
void CEaBook::Remember(int told)
  {
   m_positions[told].ticket = (ulong)PositionGetInteger(POSITION_TICKET);
   m_positions[told].identifier = (ulong)PositionGetInteger(POSITION_IDENTIFIER);
   m_positions[told].magic = (ulong)PositionGetInteger(POSITION_MAGIC);
   m_positions[told].timeMsc = PositionGetInteger(POSITION_TIME_MSC);
   m_positions[told].volume = PositionGetDouble(POSITION_VOLUME);
   m_positions[told].sl = PositionGetDouble(POSITION_SL);
   m_positions[told].tp = PositionGetDouble(POSITION_TP);
   m_positions[told].type = (ENUM_POSITION_TYPE)PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_SELL ? (uchar)MX_SELL : (uchar)MX_BUY;
   m_positions[told].symbol = PositionGetString(POSITION_SYMBOL);
   m_positions[told].seen = true;
  }

// The table's row as the terminal has it; when it is gone, with volume 0.
void CEaBook::PutPosition(int told)
  {
   SMxPositionsRow row = {};
   row.symbol_id = EaSymbols.IdOf(m_positions[told].symbol);
   row.type = m_positions[told].type;
   row.ticket = m_positions[told].ticket;
   row.identifier = m_positions[told].identifier;
   row.magic = m_positions[told].magic;
   row.time_msc = m_positions[told].timeMsc;
   if(PositionSelectByTicket(m_positions[told].ticket))
     {
      row.reason = (uchar)PositionGetInteger(POSITION_REASON);
      row.update_msc = PositionGetInteger(POSITION_TIME_UPDATE_MSC);
      row.volume = PositionGetDouble(POSITION_VOLUME);
      row.open = PositionGetDouble(POSITION_PRICE_OPEN);
      row.sl = PositionGetDouble(POSITION_SL);
      row.tp = PositionGetDouble(POSITION_TP);
      row.current = PositionGetDouble(POSITION_PRICE_CURRENT);
      row.swap = PositionGetDouble(POSITION_SWAP);
      row.profit = PositionGetDouble(POSITION_PROFIT);
      row.comment = PositionGetString(POSITION_COMMENT);
     }
   else
      row.update_msc = (long)TimeTradeServer() * EA_MS_PER_S;
   MxPutPositionsRow(EaSession.body, row);
  }

int CEaBook::FindTold(ulong ticket)
  {
   for(int i = 0; i < m_count; i++)
      if(m_positions[i].ticket == ticket)
         return i;
   return EA_NONE;
  }

bool CEaBook::Changed(int told)
  {
   return m_positions[told].volume != PositionGetDouble(POSITION_VOLUME) ||
          m_positions[told].sl != PositionGetDouble(POSITION_SL) ||
          m_positions[told].tp != PositionGetDouble(POSITION_TP);
  }

void CEaBook::TellPosition(int told)
  {
   BeginPositions(0, 1);
   PutPosition(told);
   EaSession.Finish(MX_POSITIONS, 0);
  }

void CEaBook::TellChangedPositions()
  {
   for(int i = 0; i < m_count; i++)
      m_positions[i].seen = false;
   for(int i = 0; i < PositionsTotal(); i++)
     {
      ulong ticket = PositionGetTicket(i);
      if(ticket == 0)
         continue;
      int told = FindTold(ticket);
      bool same = told != EA_NONE && !Changed(told);
      if(told == EA_NONE)
        {
         told = m_count;
         if(ArraySize(m_positions) < m_count + 1)
            ArrayResize(m_positions, m_count + 64);
         m_count++;
        }
      Remember(told);
      if(!same)
         TellPosition(told);
     }
   for(int i = m_count - 1; i >= 0; i--)
     {
      if(m_positions[i].seen)
         continue;
      TellPosition(i);
      m_count--;
      if(i < m_count)
         m_positions[i] = m_positions[m_count];
     }
  }
#include "book-rows.mqh"

CEaBook EaBook;
#endif
