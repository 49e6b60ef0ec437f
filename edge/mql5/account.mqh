// The account and the terminal's clocks.
#ifndef LOCKSTEP_ACCOUNT_MQH
#define LOCKSTEP_ACCOUNT_MQH
#include "session.mqh"

#define EA_ACCOUNT_MS 60000
#define EA_CLOCK_INFO_MS 60000
#define EA_ACCOUNT_LOOK_MS 1000
#define PERM_CONNECTED 1
#define PERM_TERMINAL 2
#define PERM_EA 4
#define PERM_ACCOUNT 8
#define PERM_ACCOUNT_EXPERT 16
#define PERM_FIFO 32
#define PERM_HEDGE 64
#define PERM_TRADE_ALL 31

class CEaAccount
  {
private:
   ulong             m_toldMs;
   ulong             m_lookedMs;
   ulong             m_clockMs;
   double            m_balance;
   double            m_credit;
   double            m_margin;
   uchar             m_permissions;

public:
                     CEaAccount();
   uchar             Permissions();
   string            Missing();
   void              Tell();
   void              TellClocks();
   void              Tick();
  };

CEaAccount::CEaAccount()
  {
   m_toldMs = 0;
   m_lookedMs = 0;
   m_clockMs = 0;
   m_balance = 0;
   m_credit = 0;
   m_margin = 0;
   m_permissions = 0;
  }

uchar CEaAccount::Permissions()
  {
   int p = 0;
   if(TerminalInfoInteger(TERMINAL_CONNECTED) != 0)
      p |= PERM_CONNECTED;
   if(TerminalInfoInteger(TERMINAL_TRADE_ALLOWED) != 0)
      p |= PERM_TERMINAL;
   if(MQLInfoInteger(MQL_TRADE_ALLOWED) != 0)
      p |= PERM_EA;
   if(AccountInfoInteger(ACCOUNT_TRADE_ALLOWED) != 0)
      p |= PERM_ACCOUNT;
   if(AccountInfoInteger(ACCOUNT_TRADE_EXPERT) != 0)
      p |= PERM_ACCOUNT_EXPERT;
   if(AccountInfoInteger(ACCOUNT_FIFO_CLOSE) != 0)
      p |= PERM_FIFO;
   if(AccountInfoInteger(ACCOUNT_HEDGE_ALLOWED) != 0)
      p |= PERM_HEDGE;
   return (uchar)p;
  }

// What stands in the way of trading and where to change it; empty = nothing.
string CEaAccount::Missing()
  {
   int p = Permissions();
   if((p & PERM_CONNECTED) == 0)
      return "the terminal is not connected to the broker";
   if((p & PERM_TERMINAL) == 0)
      return "Algo Trading is off: press the button in the terminal's toolbar";
   if((p & PERM_EA) == 0)
      return "this EA may not trade: tick Allow Algo Trading in its properties";
   if((p & PERM_ACCOUNT) == 0)
      return "the account may not trade: log in with the main password, not the investor's";
   if((p & PERM_ACCOUNT_EXPERT) == 0)
      return "the broker does not allow this account to trade by EAs";
   return "";
  }

void CEaAccount::Tell()
  {
   m_toldMs = GetTickCount64();
   m_balance = AccountInfoDouble(ACCOUNT_BALANCE);
   m_credit = AccountInfoDouble(ACCOUNT_CREDIT);
   m_margin = AccountInfoDouble(ACCOUNT_MARGIN);
   m_permissions = Permissions();
   SMxAccount v = {};
   v.login = (ulong)AccountInfoInteger(ACCOUNT_LOGIN);
   v.trade_mode = MxAccountMode((ENUM_ACCOUNT_TRADE_MODE)AccountInfoInteger(ACCOUNT_TRADE_MODE));
   v.margin_mode = MxMarginMode((ENUM_ACCOUNT_MARGIN_MODE)AccountInfoInteger(ACCOUNT_MARGIN_MODE));
   v.perms = m_permissions;
   v.currency_digits = (uchar)AccountInfoInteger(ACCOUNT_CURRENCY_DIGITS);
   v.leverage = (uint)AccountInfoInteger(ACCOUNT_LEVERAGE);
   v.balance = m_balance;
   v.credit = m_credit;
   v.profit = AccountInfoDouble(ACCOUNT_PROFIT);
   v.equity = AccountInfoDouble(ACCOUNT_EQUITY);
   v.margin = m_margin;
   v.margin_free = AccountInfoDouble(ACCOUNT_MARGIN_FREE);
   v.margin_level = AccountInfoDouble(ACCOUNT_MARGIN_LEVEL);
   v.so_call = AccountInfoDouble(ACCOUNT_MARGIN_SO_CALL);
   v.so_so = AccountInfoDouble(ACCOUNT_MARGIN_SO_SO);
   v.so_mode = AccountInfoInteger(ACCOUNT_MARGIN_SO_MODE) == (long)ACCOUNT_STOPOUT_MODE_MONEY ? (uchar)1 : (uchar)0;
   v.limit_orders = (uint)AccountInfoInteger(ACCOUNT_LIMIT_ORDERS);
   v.server_ms = (long)TimeTradeServer() * EA_MS_PER_S;
   v.currency = AccountInfoString(ACCOUNT_CURRENCY);
   v.server = AccountInfoString(ACCOUNT_SERVER);
   v.company = AccountInfoString(ACCOUNT_COMPANY);
   EaSession.Begin();
   MxPutAccount(EaSession.body, v);
   EaSession.Finish(MX_ACCOUNT, 0);
  }

void CEaAccount::TellClocks()
  {
   m_clockMs = GetTickCount64();
   long server = (long)TimeTradeServer();
   long gmt = (long)TimeGMT();
   MqlTick quote = {};
   bool quoted = SymbolInfoTick(Symbol(), quote);
   SMxTimeInfo v = {};
   v.trade_server_s = server;
   v.gmt_s = gmt;
   v.current_s = (long)TimeCurrent();
   v.last_tick_msc = quoted ? quote.time_msc : 0;
   v.offset_s = (int)(MathRound((double)(server - gmt) / 900) * 900);
   EaSession.Begin();
   MxPutTimeInfo(EaSession.body, v);
   EaSession.Finish(MX_TIME_INFO, 0);
  }

// Once a minute, and as soon as money was booked or a permission changed.
void CEaAccount::Tick()
  {
   if(MxSince(m_clockMs) >= EA_CLOCK_INFO_MS)
      TellClocks();
   if(MxSince(m_lookedMs) < EA_ACCOUNT_LOOK_MS)
      return;
   m_lookedMs = GetTickCount64();
   bool changed = AccountInfoDouble(ACCOUNT_BALANCE) != m_balance || AccountInfoDouble(ACCOUNT_CREDIT) != m_credit ||
                  AccountInfoDouble(ACCOUNT_MARGIN) != m_margin || Permissions() != m_permissions;
   if(changed || MxSince(m_toldMs) >= EA_ACCOUNT_MS)
      Tell();
  }

CEaAccount EaAccount;
#endif
