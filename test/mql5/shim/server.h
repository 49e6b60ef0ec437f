// What the trade server does with a request, and what time and prices do to what it holds.
#pragma once
#include "broker.h"

inline bool shimPending(ENUM_ORDER_TYPE t) { return t >= ORDER_TYPE_BUY_LIMIT && t <= ORDER_TYPE_SELL_STOP_LIMIT; }
inline bool shimBuy(ENUM_ORDER_TYPE t) { return t == ORDER_TYPE_BUY || t == ORDER_TYPE_BUY_LIMIT || t == ORDER_TYPE_BUY_STOP || t == ORDER_TYPE_BUY_STOP_LIMIT; }

// 0 or the return code of what is wrong.
inline uint shimCheckDeal(const MqlTradeRequest &r) {
  ShimSymbol *s = shimSymbol(r.symbol.utf8());
  if (!s) return 10013;
  if (s->quoteMsc == 0) return 10021;
  double steps = r.volume / s->volStep;
  if (r.volume < s->volMin - 1e-9 || r.volume > s->volMax + 1e-9 || std::fabs(steps - std::round(steps)) > 1e-6) return 10014;
  if (s->mode == SYMBOL_TRADE_MODE_DISABLED) return 10017;
  bool fok = r.type_filling == ORDER_FILLING_FOK, ioc = r.type_filling == ORDER_FILLING_IOC;
  bool market = s->execution == SYMBOL_TRADE_EXECUTION_MARKET, exchange = s->execution == SYMBOL_TRADE_EXECUTION_EXCHANGE;
  if (!shimPending(r.type) && (market || exchange)) {
    if (fok && !(s->filling & 1)) return 10030;
    if (ioc && !(s->filling & 2)) return 10030;
    if (!fok && !ioc && !(exchange && r.type_filling == ORDER_FILLING_RETURN)) return 10030;
  }
  if (r.position) {
    ShimPosition *p = broker.position(r.position);
    if (!p) return 10036;
    if (shimBuy(r.type) == (p->type == POSITION_TYPE_BUY)) return 10013;
    if (r.volume > p->volume + 1e-9) return 10038;
  }
  double at = shimPending(r.type) ? r.price : shimBuy(r.type) ? s->bid : s->ask, sign = shimBuy(r.type) ? 1 : -1, least = s->stopsPoints * s->point() - 1e-9;
  if ((r.sl && sign * (at - r.sl) < least) || (r.tp && sign * (r.tp - at) < least)) return 10016;
  return 0;
}

inline void shimDealRequest(const ShimRequest &q, Fault fault, double amount) {
  const MqlTradeRequest &r = q.request;
  ShimSymbol *s = shimSymbol(r.symbol.utf8());
  double price = shimBuy(r.type) ? s->ask : s->bid;
  bool named = s->execution == SYMBOL_TRADE_EXECUTION_INSTANT || s->execution == SYMBOL_TRADE_EXECUTION_REQUEST;
  if (named && std::fabs(price - r.price) > ((double)r.deviation + 0.5) * s->point()) return broker.answer(q, 10004);
  double part = fault == FAULT_PARTIAL || fault == FAULT_HELD ? std::max(s->volMin, std::floor(r.volume * amount / s->volStep) * s->volStep) : r.volume;
  bool all = part >= r.volume - 1e-9, works = !all && r.type_filling == ORDER_FILLING_RETURN;
  if (!all && r.type_filling == ORDER_FILLING_FOK) return broker.answer(q, 10006);
  ShimOrder o = broker.newOrder(r, ORDER_REASON_EXPERT);
  broker.orders.push_back(o);
  size_t first = broker.queue.size();
  if (fault != FAULT_LATE_TX) broker.tell(TRADE_TRANSACTION_ORDER_ADD, &o, nullptr);
  ShimDeal d = broker.execute(o, part, price);
  uint code = fault == FAULT_TIMEOUT_DONE ? 10012 : all ? 10009 : 10010;
  if (fault == FAULT_LATE_TX) broker.answer(q, code, o.ticket, d.deal, part, price);
  if (!r.position) broker.tell(TRADE_TRANSACTION_DEAL_ADD, nullptr, &d);
  if (works) {
    o.state = ORDER_STATE_PARTIAL;
    *broker.order(o.ticket) = o;
    broker.tell(TRADE_TRANSACTION_ORDER_UPDATE, &o, nullptr);
  } else
    broker.over(o, all ? ORDER_STATE_FILLED : ORDER_STATE_CANCELED);
  if (r.position) broker.tell(TRADE_TRANSACTION_DEAL_ADD, nullptr, &d);
  if (fault == FAULT_NO_TX) broker.queue.resize(first);
  if (fault != FAULT_LOST && fault != FAULT_LATE_TX) broker.answer(q, code, o.ticket, d.deal, part, price);
}

inline void shimServe(const ShimRequest &q) {
  const MqlTradeRequest &r = q.request;
  Fault fault = FAULT_NONE;
  double amount = 0;
  if (!broker.faults.empty()) {
    fault = broker.faults[0].first, amount = broker.faults[0].second;
    broker.faults.erase(broker.faults.begin());
  }
  if (fault == FAULT_SILENT) return;
  if (fault == FAULT_RETCODE) return broker.answer(q, (uint)amount);
  if (r.action == TRADE_ACTION_DEAL) {
    uint wrong = shimCheckDeal(r);
    return wrong ? broker.answer(q, wrong) : shimDealRequest(q, fault, amount);
  }
  if (r.action == TRADE_ACTION_PENDING) {
    uint wrong = shimCheckDeal(r);
    if (wrong) return broker.answer(q, wrong);
    ShimOrder o = broker.newOrder(r, ORDER_REASON_EXPERT);
    broker.orders.push_back(o);
    broker.tell(TRADE_TRANSACTION_ORDER_ADD, &o, nullptr);
    return fault == FAULT_LOST ? (void)0 : broker.answer(q, 10009, o.ticket, 0, r.volume, r.price);
  }
  if (r.action == TRADE_ACTION_SLTP) {
    ShimPosition *p = broker.position(r.position);
    if (!p) return broker.answer(q, 10036);
    if (p->sl == r.sl && p->tp == r.tp) return broker.answer(q, 10025);
    p->sl = r.sl, p->tp = r.tp, p->updateMsc = shimTradeMs();
    broker.tell(TRADE_TRANSACTION_POSITION, nullptr, nullptr, p);
    return fault == FAULT_LOST ? (void)0 : broker.answer(q, 10009);
  }
  if (r.action == TRADE_ACTION_MODIFY || r.action == TRADE_ACTION_REMOVE) {
    ShimOrder *o = broker.order(r.order);
    if (!o) return broker.answer(q, 10013);
    if (r.action == TRADE_ACTION_REMOVE) broker.over(*o, ORDER_STATE_CANCELED);
    else {
      o->price = r.price, o->stoplimit = r.stoplimit, o->sl = r.sl, o->tp = r.tp, o->time = r.type_time, o->expirationS = (long)r.expiration;
      broker.tell(TRADE_TRANSACTION_ORDER_UPDATE, o, nullptr);
    }
    return fault == FAULT_LOST ? (void)0 : broker.answer(q, 10009, r.order);
  }
  if (r.action == TRADE_ACTION_CLOSE_BY) {
    ShimPosition *a = broker.position(r.position), *b = broker.position(r.position_by);
    if (!broker.hedging || !a || !b || a->type == b->type || a->symbol != b->symbol) return broker.answer(q, 10013);
    double volume = std::min(a->volume, b->volume), price = b->open;
    MqlTradeRequest one = r;
    one.type = ORDER_TYPE_CLOSE_BY, one.volume = volume;
    ShimOrder o = broker.newOrder(one, ORDER_REASON_EXPERT);
    ulong ids[2] = {r.position, r.position_by};
    broker.tell(TRADE_TRANSACTION_ORDER_ADD, &o, nullptr);
    for (ulong id : ids) {
      ShimOrder leg = o;
      leg.type = broker.position(id)->type == POSITION_TYPE_BUY ? ORDER_TYPE_SELL : ORDER_TYPE_BUY, leg.closes = id, leg.current = volume;
      ShimDeal d = broker.execute(leg, volume, price);
      broker.deals.back().entry = DEAL_ENTRY_OUT_BY, d.entry = DEAL_ENTRY_OUT_BY;
      broker.tell(TRADE_TRANSACTION_DEAL_ADD, nullptr, &d);
      if (id == r.position) o.positionId = d.positionId;
    }
    o.current = 0;
    broker.over(o, ORDER_STATE_FILLED);
    return broker.answer(q, 10009, o.ticket);
  }
  broker.answer(q, 10013);
}

// Stops and targets live at the server.
inline void shimCloseAtServer(ShimPosition p, double price, ENUM_ORDER_REASON reason) {
  MqlTradeRequest r = {};
  r.magic = p.magic, r.symbol = string(p.symbol), r.volume = p.volume, r.position = p.ticket, r.type_filling = ORDER_FILLING_RETURN, r.type_time = ORDER_TIME_GTC;
  r.type = p.type == POSITION_TYPE_BUY ? ORDER_TYPE_SELL : ORDER_TYPE_BUY;
  r.comment = string(reason == ORDER_REASON_SL ? "[sl]" : reason == ORDER_REASON_TP ? "[tp]" : "");
  ShimOrder o = broker.newOrder(r, reason);
  broker.tell(TRADE_TRANSACTION_ORDER_ADD, &o, nullptr);
  ShimDeal d = broker.execute(o, p.volume, price);
  broker.over(o, ORDER_STATE_FILLED);
  broker.tell(TRADE_TRANSACTION_DEAL_ADD, nullptr, &d);
}

inline void shimTrigger(ShimSymbol *s) {
  auto positions = broker.positions;
  for (auto &p : positions) {
    if (p.symbol != s->name || !broker.position(p.ticket)) continue;
    bool isLong = p.type == POSITION_TYPE_BUY;
    double at = isLong ? s->bid : s->ask;
    if (p.sl && (isLong ? at <= p.sl : at >= p.sl)) shimCloseAtServer(p, at, ORDER_REASON_SL);
    else if (p.tp && (isLong ? at >= p.tp : at <= p.tp)) shimCloseAtServer(p, p.tp, ORDER_REASON_TP);
  }
  auto orders = broker.orders;
  for (auto o : orders) {
    if (o.symbol != s->name || !shimPending(o.type) || o.state == ORDER_STATE_PARTIAL) continue;
    bool buy = shimBuy(o.type), limit = o.type == ORDER_TYPE_BUY_LIMIT || o.type == ORDER_TYPE_SELL_LIMIT;
    double at = buy ? s->ask : s->bid;
    if (buy == limit ? at > o.price : at < o.price) continue;
    ShimDeal d = broker.execute(o, o.current, at);
    broker.tell(TRADE_TRANSACTION_DEAL_ADD, nullptr, &d);
    broker.over(o, ORDER_STATE_FILLED);
  }
}

// Time passes: what is due is served, what has expired goes.
inline void shimAdvance() {
  long now = shimUtcMs();
  while (!broker.pending.empty() && broker.pending[0].dueMs <= now) {
    ShimRequest q = broker.pending[0];
    broker.pending.erase(broker.pending.begin());
    shimServe(q);
  }
  auto orders = broker.orders;
  for (auto &o : orders)
    if (o.time == ORDER_TIME_SPECIFIED && o.expirationS > 0 && o.expirationS * 1000 <= shimServerMs()) broker.over(o, ORDER_STATE_EXPIRED);
}
// The rest of orders of which a part was held back.
inline void shimFillRest() {
  auto orders = broker.orders;
  for (auto o : orders) {
    if (o.state != ORDER_STATE_PARTIAL) continue;
    ShimSymbol *s = shimSymbol(o.symbol);
    ShimDeal d = broker.execute(o, o.current, shimBuy(o.type) ? s->ask : s->bid);
    broker.tell(TRADE_TRANSACTION_DEAL_ADD, nullptr, &d);
    broker.over(o, ORDER_STATE_FILLED);
  }
}
