// The trade server behind the shim: netting and hedging accounts, market and pending orders, stops at the server, close-by,
// and the ways in which a server disappoints, one for the next request each: see Fault.
#pragma once
#include "market.h"

enum Fault {
  FAULT_NONE,
  FAULT_RETCODE,      // refused with the code
  FAULT_PARTIAL,      // only the fraction is executed
  FAULT_LOST,         // executed, the answer never comes
  FAULT_TIMEOUT_DONE, // executed, answered 10012
  FAULT_SILENT,       // not executed, no answer
  FAULT_LATE_TX,      // the answer comes before the transactions
  FAULT_NO_TX,        // no transaction but the answer: the queue ran over
  FAULT_HELD,         // the first half now, the rest of a RETURN order when a test says so
  FAULT_KILL_BEFORE,  // the EA ends before the request leaves
  FAULT_KILL_AFTER    // ... right after
};
struct ShimPosition { ulong ticket, identifier, magic; std::string symbol, comment; ENUM_POSITION_TYPE type; double volume, open, sl, tp; long msc, updateMsc; };
struct ShimOrder {
  ulong ticket, magic; std::string symbol, comment; ENUM_ORDER_TYPE type; ENUM_ORDER_STATE state; ENUM_ORDER_TYPE_FILLING filling; ENUM_ORDER_TYPE_TIME time;
  ENUM_ORDER_REASON reason; double initial, current, price, stoplimit, sl, tp; long expirationS, setupMsc, doneMsc; ulong positionId, closes, positionBy;
};
struct ShimDeal { ulong deal, order, positionId, magic; std::string symbol, comment; ENUM_DEAL_TYPE type; ENUM_DEAL_ENTRY entry; ENUM_ORDER_REASON reason; double volume, price, commission, profit; long msc; };
struct ShimTx { MqlTradeTransaction tx; MqlTradeRequest request; MqlTradeResult result; };
struct ShimRequest { MqlTradeRequest request; uint id; long dueMs; };
struct ShimSend { ulong magic; int action; uint id; };

// The trade server's own time: never behind the quotes, which a test may let run ahead of the clock.
inline long shimTradeMs() {
  long now = shimServerMs();
  for (auto &s : market.symbols) now = std::max(now, s.quoteMsc);
  return now;
}

struct Broker {
  bool hedging = false;
  double balance = 100000;
  long latencyMs = 3;
  std::vector<ShimPosition> positions;
  std::vector<ShimOrder> orders, history;
  std::vector<ShimDeal> deals;
  std::vector<ShimRequest> pending;
  std::vector<ShimTx> queue;
  std::vector<ShimSend> sends;
  ulong nextTicket = 1000001;
  uint nextRequest = 1;
  std::vector<std::pair<Fault, double>> faults;
  // Requests of an EA run that is over: answered to nobody.
  uint forgottenBelow = 0;

  ShimPosition *position(ulong ticket) {
    for (auto &p : positions) if (p.ticket == ticket) return &p;
    return nullptr;
  }
  ShimOrder *order(ulong ticket) {
    for (auto &o : orders) if (o.ticket == ticket) return &o;
    return nullptr;
  }
  double profit(const ShimPosition &p) {
    ShimSymbol *s = shimSymbol(p.symbol);
    double move = p.type == POSITION_TYPE_BUY ? s->bid - p.open : p.open - s->ask;
    return std::round(move / s->point() * s->tickValue * p.volume * 100) / 100;
  }
  double floating() {
    double sum = 0;
    for (auto &p : positions) sum += profit(p);
    return sum;
  }
  double margin() {
    double sum = 0;
    for (auto &p : positions) sum += p.volume * shimSymbol(p.symbol)->contract / 100;
    return sum;
  }

  void tell(ENUM_TRADE_TRANSACTION_TYPE type, const ShimOrder *o, const ShimDeal *d, const ShimPosition *p = nullptr) {
    ShimTx t = {};
    t.tx.type = type;
    t.tx.order_type = ORDER_TYPE_BUY, t.tx.order_state = ORDER_STATE_STARTED, t.tx.deal_type = DEAL_TYPE_BUY, t.tx.time_type = ORDER_TIME_GTC;
    if (o) {
      t.tx.order = o->ticket, t.tx.symbol = string(o->symbol), t.tx.order_type = o->type, t.tx.order_state = o->state, t.tx.price = o->price;
      t.tx.price_sl = o->sl, t.tx.price_tp = o->tp, t.tx.volume = o->current, t.tx.time_type = o->time, t.tx.time_expiration = datetime(o->expirationS);
    }
    if (d) t.tx.deal = d->deal, t.tx.order = d->order, t.tx.symbol = string(d->symbol), t.tx.deal_type = d->type, t.tx.price = d->price, t.tx.volume = d->volume, t.tx.position = d->positionId;
    if (p) t.tx.position = p->ticket, t.tx.symbol = string(p->symbol), t.tx.price = p->open, t.tx.price_sl = p->sl, t.tx.price_tp = p->tp, t.tx.volume = p->volume;
    queue.push_back(t);
  }
  void answer(const ShimRequest &r, uint retcode, ulong order = 0, ulong deal = 0, double volume = 0, double price = 0) {
    if (r.id == 0 || r.id < forgottenBelow) return;
    ShimTx t = {};
    t.tx.type = TRADE_TRANSACTION_REQUEST;
    t.tx.order_type = ORDER_TYPE_BUY, t.tx.order_state = ORDER_STATE_STARTED, t.tx.deal_type = DEAL_TYPE_BUY, t.tx.time_type = ORDER_TIME_GTC;
    t.request = r.request;
    ShimSymbol *s = shimSymbol(r.request.symbol.utf8());
    t.result.retcode = retcode, t.result.order = order, t.result.deal = deal, t.result.volume = volume, t.result.price = price, t.result.request_id = r.id;
    if (s) t.result.bid = s->bid, t.result.ask = s->ask;
    queue.push_back(t);
  }

  ShimOrder newOrder(const MqlTradeRequest &r, ENUM_ORDER_REASON reason) {
    ShimOrder o = {};
    o.ticket = nextTicket++, o.magic = r.magic, o.symbol = r.symbol.utf8(), o.comment = r.comment.utf8(), o.type = r.type, o.state = ORDER_STATE_PLACED;
    o.filling = r.type_filling, o.time = r.type_time, o.reason = reason, o.initial = o.current = r.volume, o.price = r.price, o.stoplimit = r.stoplimit;
    o.sl = r.sl, o.tp = r.tp, o.expirationS = (long)r.expiration, o.setupMsc = shimTradeMs(), o.closes = r.position, o.positionBy = r.position_by;
    return o;
  }
  void over(ShimOrder o, ENUM_ORDER_STATE state) {
    o.state = state, o.doneMsc = shimTradeMs();
    for (size_t i = 0; i < orders.size(); i++) if (orders[i].ticket == o.ticket) orders.erase(orders.begin() + (long)i--);
    history.push_back(o);
    tell(TRADE_TRANSACTION_ORDER_DELETE, &o, nullptr);
    tell(TRADE_TRANSACTION_HISTORY_ADD, &o, nullptr);
  }

  // One execution of an order, booked by the rules of the account.
  ShimDeal execute(ShimOrder &o, double volume, double price) {
    bool buy = o.type == ORDER_TYPE_BUY || o.type == ORDER_TYPE_BUY_LIMIT || o.type == ORDER_TYPE_BUY_STOP || o.type == ORDER_TYPE_BUY_STOP_LIMIT;
    ENUM_POSITION_TYPE side = buy ? POSITION_TYPE_BUY : POSITION_TYPE_SELL;
    ShimPosition *p = o.closes ? position(o.closes) : nullptr;
    if (!p && !hedging) for (auto &held : positions) if (held.symbol == o.symbol) p = &held;
    ShimDeal d = {};
    d.deal = nextTicket++, d.order = o.ticket, d.magic = o.magic, d.symbol = o.symbol, d.comment = o.comment, d.type = buy ? DEAL_TYPE_BUY : DEAL_TYPE_SELL;
    d.reason = o.reason, d.volume = volume, d.price = price, d.commission = -std::round(350 * volume) / 100, d.msc = shimTradeMs(), d.entry = DEAL_ENTRY_IN;
    o.current = std::round((o.current - volume) * 1e8) / 1e8;
    if (!p) {
      positions.push_back({o.ticket, o.ticket, o.magic, o.symbol, o.comment, side, volume, price, o.sl, o.tp, d.msc, d.msc});
      d.positionId = o.ticket;
    } else if (p->type == side) {
      p->open = (p->open * p->volume + price * volume) / (p->volume + volume);
      p->volume = std::round((p->volume + volume) * 1e8) / 1e8, p->updateMsc = d.msc;
      if (o.sl) p->sl = o.sl;
      if (o.tp) p->tp = o.tp;
      d.positionId = p->identifier;
    } else {
      double closed = std::min(volume, p->volume);
      d.entry = volume > p->volume + 1e-9 ? DEAL_ENTRY_INOUT : DEAL_ENTRY_OUT, d.positionId = p->identifier;
      d.profit = std::round((p->type == POSITION_TYPE_BUY ? price - p->open : p->open - price) / shimSymbol(o.symbol)->point() * shimSymbol(o.symbol)->tickValue * closed * 100) / 100;
      p->volume = std::round((p->volume - closed) * 1e8) / 1e8, p->updateMsc = d.msc;
      double rest = std::round((volume - closed) * 1e8) / 1e8;
      // A reversal takes the order's ticket and keeps the identifier.
      if (rest > 0) *p = {o.ticket, p->identifier, o.magic, o.symbol, o.comment, side, rest, price, o.sl, o.tp, d.msc, d.msc};
      else if (p->volume <= 0) positions.erase(positions.begin() + (p - positions.data()));
    }
    o.positionId = d.positionId;
    balance += d.profit + d.commission;
    deals.push_back(d);
    return d;
  }
};
inline Broker broker;
