// MQL5's trade functions over the broker: OrderSendAsync, and the lists of positions, orders, history orders and deals with
// their one selected item each.
#pragma once
#include "server.h"

struct Selected {
  ulong position = 0, order = 0;
  std::vector<ulong> historyOrders, deals;
};
inline Selected selected;

inline bool OrderSendAsync(MqlTradeRequest &r, MqlTradeResult &result) {
  result = MqlTradeResult();
  if (!terminal.allowed || !terminal.eaAllowed) {
    result.retcode = 10027;
    return false;
  }
  if (!terminal.connected) {
    result.retcode = 10031;
    return false;
  }
  Fault kill = broker.faults.empty() ? FAULT_NONE : broker.faults[0].first;
  if (kill == FAULT_KILL_BEFORE || kill == FAULT_KILL_AFTER) broker.faults.erase(broker.faults.begin());
  if (kill == FAULT_KILL_BEFORE) throw EaKilled();
  result.retcode = 10008;
  result.request_id = broker.nextRequest++;
  broker.sends.push_back({r.magic, r.action, result.request_id});
  broker.pending.push_back({r, result.request_id, shimUtcMs() + broker.latencyMs});
  if (kill == FAULT_KILL_AFTER) throw EaKilled();
  return true;
}
inline bool OrderCheck(MqlTradeRequest &r, MqlTradeCheckResult &result) {
  result = MqlTradeCheckResult();
  result.retcode = shimCheckDeal(r);
  return result.retcode == 0;
}

inline long AccountInfoInteger(ENUM_ACCOUNT_INFO_INTEGER what) {
  switch (what) {
    case ACCOUNT_LOGIN: return terminal.login;
    case ACCOUNT_TRADE_MODE: return ACCOUNT_TRADE_MODE_DEMO;
    case ACCOUNT_LEVERAGE: return 100;
    case ACCOUNT_LIMIT_ORDERS: return 200;
    case ACCOUNT_MARGIN_SO_MODE: return ACCOUNT_STOPOUT_MODE_PERCENT;
    case ACCOUNT_TRADE_ALLOWED: return terminal.accountAllowed;
    case ACCOUNT_TRADE_EXPERT: return terminal.accountExpert;
    case ACCOUNT_MARGIN_MODE: return broker.hedging ? ACCOUNT_MARGIN_MODE_RETAIL_HEDGING : ACCOUNT_MARGIN_MODE_RETAIL_NETTING;
    case ACCOUNT_CURRENCY_DIGITS: return 2;
    case ACCOUNT_FIFO_CLOSE: return 0;
    case ACCOUNT_HEDGE_ALLOWED: return broker.hedging;
  }
  return 0;
}
inline double AccountInfoDouble(ENUM_ACCOUNT_INFO_DOUBLE what) {
  double floating = broker.floating(), margin = broker.margin(), equity = broker.balance + floating;
  switch (what) {
    case ACCOUNT_BALANCE: return broker.balance;
    case ACCOUNT_CREDIT: return 0;
    case ACCOUNT_PROFIT: return floating;
    case ACCOUNT_EQUITY: return equity;
    case ACCOUNT_MARGIN: return margin;
    case ACCOUNT_MARGIN_FREE: return equity - margin;
    case ACCOUNT_MARGIN_LEVEL: return margin == 0 ? 0 : 100 * equity / margin;
    case ACCOUNT_MARGIN_SO_CALL: return 100;
    case ACCOUNT_MARGIN_SO_SO: return 50;
  }
  return 0;
}
inline string AccountInfoString(ENUM_ACCOUNT_INFO_STRING what) {
  return string(what == ACCOUNT_SERVER ? terminal.server : what == ACCOUNT_CURRENCY ? std::string("USD") : std::string("MQL5 Shim"));
}

inline int PositionsTotal() { return (int)broker.positions.size(); }
inline bool PositionSelectByTicket(ulong ticket) {
  if (!broker.position(ticket)) return false;
  selected.position = ticket;
  return true;
}
inline ulong PositionGetTicket(int i) {
  if (i < 0 || i >= PositionsTotal()) return 0;
  return selected.position = broker.positions[(size_t)i].ticket;
}
inline long PositionGetInteger(ENUM_POSITION_PROPERTY_INTEGER what) {
  ShimPosition *p = broker.position(selected.position);
  if (!p) return 0;
  switch (what) {
    case POSITION_TICKET: return (long)p->ticket;
    case POSITION_TYPE: return p->type;
    case POSITION_MAGIC: return (long)p->magic;
    case POSITION_IDENTIFIER: return (long)p->identifier;
    case POSITION_REASON: return 3;
    case POSITION_TIME_MSC: return p->msc;
    case POSITION_TIME_UPDATE_MSC: return p->updateMsc;
  }
  return 0;
}
inline double PositionGetDouble(ENUM_POSITION_PROPERTY_DOUBLE what) {
  ShimPosition *p = broker.position(selected.position);
  if (!p) return 0;
  ShimSymbol *s = shimSymbol(p->symbol);
  switch (what) {
    case POSITION_VOLUME: return p->volume;
    case POSITION_PRICE_OPEN: return p->open;
    case POSITION_SL: return p->sl;
    case POSITION_TP: return p->tp;
    case POSITION_PRICE_CURRENT: return p->type == POSITION_TYPE_BUY ? s->bid : s->ask;
    case POSITION_SWAP: return 0;
    case POSITION_PROFIT: return broker.profit(*p);
  }
  return 0;
}
inline string PositionGetString(ENUM_POSITION_PROPERTY_STRING what) {
  ShimPosition *p = broker.position(selected.position);
  return !p ? string() : string(what == POSITION_SYMBOL ? p->symbol : p->comment);
}

inline long shimOrderInteger(const ShimOrder *o, ENUM_ORDER_PROPERTY_INTEGER what) {
  if (!o) return 0;
  switch (what) {
    case ORDER_TICKET: return (long)o->ticket;
    case ORDER_TYPE: return o->type;
    case ORDER_STATE: return o->state;
    case ORDER_TIME_SETUP_MSC: return o->setupMsc;
    case ORDER_TIME_DONE_MSC: return o->doneMsc;
    case ORDER_TIME_EXPIRATION: return o->expirationS;
    case ORDER_TYPE_FILLING: return o->filling;
    case ORDER_TYPE_TIME: return o->time;
    case ORDER_MAGIC: return (long)o->magic;
    case ORDER_REASON: return o->reason;
    case ORDER_POSITION_ID: return (long)o->positionId;
    case ORDER_POSITION_BY_ID: return (long)o->positionBy;
  }
  return 0;
}
inline double shimOrderDouble(const ShimOrder *o, ENUM_ORDER_PROPERTY_DOUBLE what) {
  if (!o) return 0;
  switch (what) {
    case ORDER_VOLUME_INITIAL: return o->initial;
    case ORDER_VOLUME_CURRENT: return o->current;
    case ORDER_PRICE_OPEN: return o->price;
    case ORDER_PRICE_STOPLIMIT: return o->stoplimit;
    case ORDER_SL: return o->sl;
    case ORDER_TP: return o->tp;
  }
  return 0;
}
inline string shimOrderString(const ShimOrder *o, ENUM_ORDER_PROPERTY_STRING what) {
  return !o || what == ORDER_EXTERNAL_ID ? string() : string(what == ORDER_SYMBOL ? o->symbol : o->comment);
}
inline int OrdersTotal() { return (int)broker.orders.size(); }
inline bool OrderSelect(ulong ticket) {
  if (!broker.order(ticket)) return false;
  selected.order = ticket;
  return true;
}
inline ulong OrderGetTicket(int i) {
  if (i < 0 || i >= OrdersTotal()) return 0;
  return selected.order = broker.orders[(size_t)i].ticket;
}
inline long OrderGetInteger(ENUM_ORDER_PROPERTY_INTEGER what) { return shimOrderInteger(broker.order(selected.order), what); }
inline double OrderGetDouble(ENUM_ORDER_PROPERTY_DOUBLE what) { return shimOrderDouble(broker.order(selected.order), what); }
inline string OrderGetString(ENUM_ORDER_PROPERTY_STRING what) { return shimOrderString(broker.order(selected.order), what); }

// Each selection takes the place of the one before: only what is selected can be read.
inline bool HistorySelect(datetime from, datetime to) {
  selected.historyOrders.clear(), selected.deals.clear();
  for (auto &o : broker.history) if (o.doneMsc / 1000 >= (long)from && o.doneMsc / 1000 <= (long)to) selected.historyOrders.push_back(o.ticket);
  for (auto &d : broker.deals) if (d.msc / 1000 >= (long)from && d.msc / 1000 <= (long)to) selected.deals.push_back(d.deal);
  return true;
}
inline bool HistorySelectByPosition(ulong id) {
  selected.historyOrders.clear(), selected.deals.clear();
  for (auto &o : broker.history) if (o.positionId == id) selected.historyOrders.push_back(o.ticket);
  for (auto &d : broker.deals) if (d.positionId == id) selected.deals.push_back(d.deal);
  return true;
}
inline bool HistoryOrderSelect(ulong ticket) {
  selected.historyOrders.clear();
  for (auto &o : broker.history) if (o.ticket == ticket) selected.historyOrders.push_back(ticket);
  return !selected.historyOrders.empty();
}
inline bool HistoryDealSelect(ulong ticket) {
  selected.deals.clear();
  for (auto &d : broker.deals) if (d.deal == ticket) selected.deals.push_back(ticket);
  return !selected.deals.empty();
}
inline int HistoryOrdersTotal() { return (int)selected.historyOrders.size(); }
inline int HistoryDealsTotal() { return (int)selected.deals.size(); }
inline ulong HistoryOrderGetTicket(int i) { return i < 0 || i >= HistoryOrdersTotal() ? 0 : selected.historyOrders[(size_t)i]; }
inline ulong HistoryDealGetTicket(int i) { return i < 0 || i >= HistoryDealsTotal() ? 0 : selected.deals[(size_t)i]; }
inline const ShimOrder *shimHistoryOrder(ulong ticket) {
  if (std::find(selected.historyOrders.begin(), selected.historyOrders.end(), ticket) != selected.historyOrders.end())
    for (auto &o : broker.history) if (o.ticket == ticket) return &o;
  return nullptr;
}
inline const ShimDeal *shimDeal(ulong ticket) {
  if (std::find(selected.deals.begin(), selected.deals.end(), ticket) != selected.deals.end())
    for (auto &d : broker.deals) if (d.deal == ticket) return &d;
  return nullptr;
}
inline long HistoryOrderGetInteger(ulong t, ENUM_ORDER_PROPERTY_INTEGER what) { return shimOrderInteger(shimHistoryOrder(t), what); }
inline double HistoryOrderGetDouble(ulong t, ENUM_ORDER_PROPERTY_DOUBLE what) { return shimOrderDouble(shimHistoryOrder(t), what); }
inline string HistoryOrderGetString(ulong t, ENUM_ORDER_PROPERTY_STRING what) { return shimOrderString(shimHistoryOrder(t), what); }
inline long HistoryDealGetInteger(ulong t, ENUM_DEAL_PROPERTY_INTEGER what) {
  const ShimDeal *d = shimDeal(t);
  if (!d) return 0;
  switch (what) {
    case DEAL_ORDER: return (long)d->order;
    case DEAL_TYPE: return d->type;
    case DEAL_ENTRY: return d->entry;
    case DEAL_MAGIC: return (long)d->magic;
    case DEAL_REASON: return d->reason;
    case DEAL_POSITION_ID: return (long)d->positionId;
    case DEAL_TIME_MSC: return d->msc;
  }
  return 0;
}
inline double HistoryDealGetDouble(ulong t, ENUM_DEAL_PROPERTY_DOUBLE what) {
  const ShimDeal *d = shimDeal(t);
  if (!d) return 0;
  switch (what) {
    case DEAL_VOLUME: return d->volume;
    case DEAL_PRICE: return d->price;
    case DEAL_COMMISSION: return d->commission;
    case DEAL_PROFIT: return d->profit;
    default: return 0;
  }
}
inline string HistoryDealGetString(ulong t, ENUM_DEAL_PROPERTY_STRING what) {
  const ShimDeal *d = shimDeal(t);
  return !d || what == DEAL_EXTERNAL_ID ? string() : string(what == DEAL_SYMBOL ? d->symbol : d->comment);
}
