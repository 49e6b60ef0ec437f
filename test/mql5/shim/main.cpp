// Runs the Expert Advisor as the terminal would: one thread, one event at a time. Lines on stdin move the market, the broker
// and the terminal; `state` is answered by one line of JSON; see control() for the list. A killed EA loses its memory, its
// sockets and what it had not flushed, and starts again; broker and market live on.
#include <poll.h>
#include <sstream>
#include "calendar.h"
#include "files.h"
#include "sockets.h"
#include "trade-api.h"
#include "shell.h"

template <typename T> static void reborn(T &x) {
  x.~T();
  new (&x) T();
}
// What a terminal does when it loads a program anew.
static void eaReborn() {
  reborn(EaSettings), reborn(EaLog), reborn(EaLine), reborn(EaSession), reborn(EaSymbols), reborn(EaTicks), reborn(EaBars), reborn(EaAccount), reborn(EaBook);
  reborn(EaJournal), reborn(EaRequest), reborn(EaOrders), reborn(EaTransactions), reborn(EaPolicy), reborn(EaCalendar), reborn(EaPanel), reborn(EaLockstep);
}

static bool running = false, tickQueued = false, stalled = false;
static int kills = 0;
static ulong timerDue = 0;

static void eaStart() {
  running = OnInit() == INIT_SUCCEEDED;
  timerDue = GetTickCount64();
}
static void eaKill() {
  kills++;
  running = false;
  shimDropSockets();
  shimDropFiles();
  eaReborn();
  broker.queue.clear();
  broker.forgottenBelow = broker.nextRequest;
  tickQueued = false;
}

static std::string quoted(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if ((unsigned char)c < 32) out += ' ';
    else out += c;
  }
  return out + "\"";
}
template <typename L, typename F> static std::string list(const L &items, F each) {
  std::string out = "[";
  for (auto &item : items) out += (out.size() > 1 ? "," : "") + each(item);
  return out + "]";
}
static std::string num(double x) {
  char text[64];
  snprintf(text, sizeof text, "%.10g", x);
  return text;
}
static std::string id(ulong x) { return "\"" + std::to_string(x) + "\""; }

static std::string stateJson() {
  std::ostringstream o;
  o << "{\"state\":" << EaSession.state << ",\"running\":" << running << ",\"kills\":" << kills << ",\"sockets\":" << sockets.open.size() << ",\"commands\":" << EaJournal.count
    << ",\"inFlight\":" << EaOrders.InFlight() << ",\"told\":" << EaTicks.told << ",\"gaps\":" << EaTicks.gaps << ",\"acked\":" << EaSession.acked << ",\"framesOut\":" << EaSession.framesOut
    << ",\"framesIn\":" << EaSession.framesIn << ",\"balance\":" << num(broker.balance) << ",\"copies\":" << market.copies << ",\"pending\":" << broker.pending.size() + broker.queue.size()
    << ",\"trouble\":" << quoted(EaJournal.trouble.utf8()) << ",\"ended\":" << quoted(EaSession.ended.utf8());
  o << ",\"positions\":" << list(broker.positions, [](const ShimPosition &p) {
    return "{\"ticket\":" + std::to_string(p.ticket) + ",\"identifier\":" + std::to_string(p.identifier) + ",\"symbol\":" + quoted(p.symbol) + ",\"side\":" + (p.type == POSITION_TYPE_BUY ? "0" : "1") +
           ",\"volume\":" + num(p.volume) + ",\"sl\":" + num(p.sl) + ",\"tp\":" + num(p.tp) + ",\"magic\":" + id(p.magic) + "}";
  });
  auto order = [](const ShimOrder &p) {
    return "{\"ticket\":" + std::to_string(p.ticket) + ",\"symbol\":" + quoted(p.symbol) + ",\"type\":" + std::to_string(p.type - ORDER_TYPE_BUY) + ",\"state\":" + std::to_string(p.state - ORDER_STATE_STARTED) +
           ",\"filling\":" + std::to_string(p.filling) + ",\"volume\":" + num(p.initial) + ",\"price\":" + num(p.price) + ",\"comment\":" + quoted(p.comment) + ",\"magic\":" + id(p.magic) + "}";
  };
  o << ",\"orders\":" << list(broker.orders, order) << ",\"history\":" << list(broker.history, order);
  o << ",\"deals\":" << list(broker.deals, [](const ShimDeal &d) {
    return "{\"deal\":" + std::to_string(d.deal) + ",\"order\":" + std::to_string(d.order) + ",\"symbol\":" + quoted(d.symbol) + ",\"side\":" + (d.type == DEAL_TYPE_BUY ? "0" : "1") +
           ",\"entry\":" + std::to_string(d.entry - DEAL_ENTRY_IN) + ",\"volume\":" + num(d.volume) + ",\"price\":" + num(d.price) + ",\"magic\":" + id(d.magic) + "}";
  });
  o << ",\"sends\":" << list(broker.sends, [](const ShimSend &s) { return "{\"magic\":" + id(s.magic) + ",\"action\":" + std::to_string(s.action) + "}"; });
  o << ",\"panel\":" << list(terminal.objects, [](const std::pair<std::string, std::string> &p) { return quoted(p.second); });
  o << ",\"log\":" << list(terminal.log, [](const std::string &l) { return quoted(l); }) << "}";
  return o.str();
}

static void addSymbol(const std::string &name) {
  ShimSymbol s = {};
  s.name = name, s.base = name.substr(0, 3), s.profit = name.substr(3);
  s.digits = name == "XAUUSD" || s.profit == "JPY" ? 3 : 5;
  s.contract = name == "XAUUSD" ? 100 : 100000;
  s.tickValue = s.profit == "USD" ? s.contract * s.point() : s.contract * s.point() / 150;
  market.symbols.push_back(s);
}

static MqlTick readTick(std::istringstream &in) {
  MqlTick t = {};
  in >> t.time_msc >> t.bid >> t.ask >> t.flags;
  t.time = datetime(t.time_msc / 1000);
  return t;
}

static const std::map<std::string, Fault> FAULTS = {
    {"retcode", FAULT_RETCODE}, {"partial", FAULT_PARTIAL}, {"lost", FAULT_LOST}, {"timeout_done", FAULT_TIMEOUT_DONE}, {"silent", FAULT_SILENT}, {"late_tx", FAULT_LATE_TX},
    {"no_tx", FAULT_NO_TX}, {"held", FAULT_HELD}, {"kill_before", FAULT_KILL_BEFORE}, {"kill_after", FAULT_KILL_AFTER}};

static void controlMarket(const std::string &verb, std::istringstream &in) {
  std::string name;
  in >> name;
  ShimSymbol *s = shimSymbol(name);
  if (verb == "symbol") return addSymbol(name);
  if (!s) mqlStop("a symbol the shim does not have");
  if (verb == "tick") {
    MqlTick t = readTick(in);
    s->ticks.push_back(t);
    s->bid = t.bid, s->ask = t.ask, s->quoteMsc = t.time_msc;
    if (name == terminal.chart) tickQueued = true;
    shimTrigger(s);
  } else if (verb == "insert") {
    MqlTick t = readTick(in);
    auto at = s->ticks.begin();
    while (at != s->ticks.end() && at->time_msc <= t.time_msc) at++;
    s->ticks.insert(at, t);
  } else if (verb == "erase") {
    long msc;
    in >> msc;
    for (size_t i = 0; i < s->ticks.size(); i++)
      if (s->ticks[i].time_msc == msc) s->ticks.erase(s->ticks.begin() + (long)i--);
  } else if (verb == "spec") {
    std::string key;
    double value;
    while (in >> key >> value) {
      if (key == "filling") s->filling = (int)value;
      else if (key == "execution") s->execution = (ENUM_SYMBOL_TRADE_EXECUTION)(SYMBOL_TRADE_EXECUTION_REQUEST + (int)value);
      else if (key == "closeonly") s->mode = value != 0 ? SYMBOL_TRADE_MODE_CLOSEONLY : SYMBOL_TRADE_MODE_FULL;
      else if (key == "tick_points") s->tickPoints = (int)value;
      else if (key == "stops") s->stopsPoints = (int)value;
      else if (key == "tick_value") s->tickValue = value;
      else mqlStop("a property the shim does not have");
    }
  } else if (verb == "manual") {
    double volume;
    in >> volume;
    MqlTradeRequest r = {};
    r.symbol = string(name), r.volume = std::fabs(volume), r.type = volume > 0 ? ORDER_TYPE_BUY : ORDER_TYPE_SELL, r.type_filling = ORDER_FILLING_RETURN, r.type_time = ORDER_TIME_GTC;
    ShimOrder o = broker.newOrder(r, ORDER_REASON_CLIENT);
    broker.tell(TRADE_TRANSACTION_ORDER_ADD, &o, nullptr);
    ShimDeal d = broker.execute(o, r.volume, volume > 0 ? s->ask : s->bid);
    broker.tell(TRADE_TRANSACTION_DEAL_ADD, nullptr, &d);
    broker.over(o, ORDER_STATE_FILLED);
  }
}

static bool control(const std::string &line) {
  std::istringstream in(line);
  std::string verb, word;
  long n = 0;
  in >> verb;
  if (verb == "quit") return false;
  if (verb == "tick" || verb == "insert" || verb == "erase" || verb == "spec" || verb == "manual" || verb == "symbol") controlMarket(verb, in);
  else if (verb == "fault") {
    double amount = 0;
    in >> word >> amount;
    broker.faults.push_back({FAULTS.at(word), amount});
  } else if (verb == "set") {
    in >> word >> n;
    if (word == "connected") terminal.connected = n != 0;
    else if (word == "allowed") terminal.allowed = n != 0;
    else if (word == "offset") terminal.offsetS = n;
    else if (word == "login") terminal.login = n;
    else if (word == "latency") broker.latencyMs = n;
    else if (word == "stalled") stalled = n != 0;
    else if (word == "disk_full") files.full = n != 0;
    else if (word == "kill_after_bytes") files.killAfter = n;
    else if (word == "short_write") sockets.shortWrite = n;
    else if (word == "tick_timeouts") market.timeouts = (int)n;
    else mqlStop("a setting the shim does not have");
  } else if (verb == "skip") {
    in >> n;
    terminal.skippedMs += n;
  } else if (verb == "fill_rest") shimFillRest();
  else if (verb == "calendar") {
    MqlCalendarValue v = {};
    long time = 0;
    in >> v.id >> time >> v.actual_value;
    v.event_id = 840030016, v.time = datetime(time), v.period = datetime(time), v.prev_value = INT64_MIN, v.revised_prev_value = INT64_MIN, v.forecast_value = 4000000;
    bool known = false;
    for (auto &old : calendar.values)
      if (old.id == v.id) old = v, known = true;
    if (!known) calendar.values.push_back(v);
    calendar.changes.push_back(v.id);
  } else if (verb == "deinit") {
    OnDeinit(REASON_REMOVE);
    running = false;
  } else if (verb == "kill") eaKill();
  else if (verb == "init") eaStart();
  else if (verb != "state") mqlStop("a line the shim does not know");
  return true;
}

// One event of the terminal, in the order in which they came; a tick or timer that waits is not queued twice.
static void events() {
  try {
    while (!broker.queue.empty() && running) {
      ShimTx t = broker.queue[0];
      broker.queue.erase(broker.queue.begin());
      OnTradeTransaction(t.tx, t.request, t.result);
    }
    if (tickQueued && running) {
      tickQueued = false;
      OnTick();
    }
    if (running && terminal.timerMs > 0 && GetTickCount64() >= timerDue) {
      timerDue = GetTickCount64() + (ulong)terminal.timerMs;
      OnTimer();
    }
  } catch (const EaKilled &) {
    eaKill();
    eaStart();
  }
}

static std::string option(int argc, char **argv, const char *name, const char *otherwise) {
  for (int i = 1; i + 1 < argc; i++)
    if (std::string(argv[i]) == std::string("--") + name) return argv[i + 1];
  return otherwise;
}

int main(int argc, char **argv) {
  Port = std::stoi(option(argc, argv, "port", "9001"));
  Secret = string(option(argc, argv, "secret", ""));
  Host = string(option(argc, argv, "host", "127.0.0.1"));
  Tls = option(argc, argv, "tls", "0") == "1";
  TlsName = string(option(argc, argv, "tls-name", "localhost"));
  TlsThumbprint = string(option(argc, argv, "thumbprint", ""));
  WhenAlone = (ENUM_EA_WHEN_ALONE)std::stoi(option(argc, argv, "alone", "-1"));
  AloneAfterSeconds = std::stoi(option(argc, argv, "alone-after", "60"));
  HistoryBars = std::stoi(option(argc, argv, "bars", "200"));
  files.folder = option(argc, argv, "files", ".");
  terminal.login = std::stol(option(argc, argv, "login", "12345678"));
  terminal.server = option(argc, argv, "server", "Demo-Server");
  broker.hedging = option(argc, argv, "hedging", "0") == "1";
  sockets.limit = std::stoul(option(argc, argv, "sockets", "128"));
  std::istringstream names(option(argc, argv, "symbols", "EURUSD,XAUUSD"));
  for (std::string name; std::getline(names, name, ',');) addSymbol(name);
  terminal.chart = market.symbols[0].name;
  eaStart();
  std::string typed;
  for (bool on = true; on;) {
    pollfd p = {0, POLLIN, 0};
    if (poll(&p, 1, 2) > 0) {
      char chunk[65536];
      long got = read(0, chunk, sizeof chunk);
      if (got <= 0) break;
      typed.append(chunk, (size_t)got);
      for (size_t at; on && (at = typed.find('\n')) != std::string::npos;) {
        on = control(typed.substr(0, at));
        if (typed.compare(0, 5, "state") == 0) {
          puts(stateJson().c_str());
          fflush(stdout);
        }
        typed.erase(0, at + 1);
      }
    }
    shimAdvance();
    if (!stalled) events();
  }
  OnDeinit(REASON_REMOVE);
  return 0;
}
