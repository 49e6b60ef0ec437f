// The Expert Advisor as a whole: the terminal's events in, one session at a time out. Everything runs in the EA's one
// thread; each handler looks, tells, flushes and returns.
#ifndef LOCKSTEP_EA_MQH
#define LOCKSTEP_EA_MQH
#include "transactions.mqh"
#include "bars.mqh"
#include "calendar.mqh"
#include "panel.mqh"

#define EA_TIMER_MS 10
#define EA_BACK_OFF_MIN_MS 250
#define EA_BACK_OFF_MAX_MS 5000
#define EA_STANDBY_MS 2000
#define EA_SPECS_MS 1000
#define EA_POSITIONS_MS 1000

class CEaLockstep
  {
public:
                     CEaLockstep();
   string            Start(const SEaSettings &settings);
   void              OnQuote();
   void              OnTime();
   void              OnTransaction(const MqlTradeTransaction &tx, const MqlTradeResult &result);
   void              Stop(int code, string why);

private:
   ulong             m_retryMs;
   long              m_waitMs;
   long              m_backOffMs;
   ulong             m_openedMs;
   ulong             m_specsMs;
   ulong             m_positionsMs;
   ulong             m_login;
   string            m_server;

   bool              HoldJournal();
   bool              SameAccount();
   void              Connect();
   void              AfterLoss();
   void              Receive();
   void              Dispatch(const SMxHeader &header);
   void              OnOpened();
   void              OnSubscribe();
   void              OnResync(ushort type);
   void              OnCommand();
   void              Periodic();
   bool              Damaged(string name);
  };

CEaLockstep::CEaLockstep()
  {
   m_retryMs = 0;
   m_waitMs = 0;
   m_backOffMs = EA_BACK_OFF_MIN_MS;
   m_openedMs = 0;
   m_specsMs = 0;
   m_positionsMs = 0;
   m_login = 0;
   m_server = "";
  }

// Empty when the EA runs, else what to change in its inputs.
string CEaLockstep::Start(const SEaSettings &settings)
  {
   string wrong = EaCheckSettings(settings);
   if(wrong != "")
      return wrong;
   EaSettings = settings;
   MathSrand((int)(GetTickCount64() & 0x7FFFFFFF));
   m_login = 0;
   m_retryMs = 0;
   m_waitMs = 0;
   m_backOffMs = EA_BACK_OFF_MIN_MS;
   m_openedMs = 0;
   EaPolicy.Start();
   EaPanel.standby = "";
   EaPanel.Show();
   EaLog.Say("version " + IntegerToString(EA_VERSION) + ", connector " + settings.host + ":" + IntegerToString(settings.port));
   return "";
  }

void CEaLockstep::Stop(int code, string why)
  {
   EaSession.Bye(code, why);
   EaJournal.Close();
   EaPanel.Hide();
   m_login = 0;
  }

// One EA an account: the journal is open for one only. Another chart's EA stands by and takes over when it goes.
bool CEaLockstep::HoldJournal()
  {
   if(EaJournal.IsOpen())
      return true;
   ulong login = (ulong)AccountInfoInteger(ACCOUNT_LOGIN);
   if(login == 0 || (m_openedMs != 0 && MxSince(m_openedMs) < EA_STANDBY_MS))
      return false;
   m_openedMs = GetTickCount64();
   bool opened = EaJournal.Open(login, AccountInfoString(ACCOUNT_SERVER));
   if(!EaJournal.IsOpen())
     {
      EaPanel.standby = "Another chart's Lockstep holds the journal: " + EaJournal.trouble;
      EaLog.Say("standing by: " + EaJournal.trouble + "; another chart of this terminal probably runs Lockstep");
      return false;
     }
   EaPanel.standby = "";
   m_login = login;
   m_server = AccountInfoString(ACCOUNT_SERVER);
   EaPolicy.Start();
   EaLog.Say("journal of " + MxNumber(login) + " at " + m_server + ": " + IntegerToString(EaJournal.count) + " commands" +
             (opened ? "" : ", " + EaJournal.trouble));
   return true;
  }

bool CEaLockstep::SameAccount()
  {
   ulong login = (ulong)AccountInfoInteger(ACCOUNT_LOGIN);
   if(m_login == 0 || login == 0 || (login == m_login && AccountInfoString(ACCOUNT_SERVER) == m_server))
      return true;
   EaSession.Bye(BYE_SUPERSEDED, "the terminal has changed its account");
   EaJournal.Close();
   EaSymbols.Clear();
   EaSymbols.ForgetBorn();
   EaSession.firstHelloMsc = 0;
   m_login = 0;
   m_openedMs = 0;
   return false;
  }

void CEaLockstep::Connect()
  {
   if(m_waitMs > 0 && MxSince(m_retryMs) < m_waitMs)
      return;
   m_retryMs = GetTickCount64();
   EaSymbols.Clear();
   EaCalendar.OnSession();
   if(!EaSession.Start(EaSettings.host, EaSettings.port, EaSettings.secret, EaJournal.instance))
      EaLog.Say(EaSession.ended);
   AfterLoss();
  }

// Longer each time, with a random part, so that many boxes do not come back at once.
void CEaLockstep::AfterLoss()
  {
   m_waitMs = m_backOffMs / 2 + (long)(MathRand() % (int)m_backOffMs); // lint: positive
   if((long)EaSession.retryAfterMs > m_waitMs)
      m_waitMs = (long)EaSession.retryAfterMs;
   m_backOffMs = m_backOffMs * 2 > EA_BACK_OFF_MAX_MS ? EA_BACK_OFF_MAX_MS : m_backOffMs * 2;
  }

void CEaLockstep::OnTime()
  {
   if(!HoldJournal() || !SameAccount())
     {
      EaPanel.Tick();
      return;
     }
   if(EaSession.state == EA_OFFLINE)
      Connect();
   Receive();
   EaTicks.Poll();
   EaOrders.Tick();
   Periodic();
   EaSession.Tick();
   EaPolicy.Tick();
   EaSession.Flush();
   EaPanel.Tick();
  }

// A quote of the chart's own symbol: whatever is new of any symbol goes out at once.
void CEaLockstep::OnQuote()
  {
   if(EaSession.state != EA_LIVE)
      return;
   EaTicks.Poll();
   EaSession.Flush();
   Receive();
   EaSession.Flush();
  }

void CEaLockstep::OnTransaction(const MqlTradeTransaction &tx, const MqlTradeResult &result)
  {
   if(!EaJournal.IsOpen())
      return;
   EaTransactions.On(tx, result);
   EaSession.Flush();
  }

void CEaLockstep::Receive()
  {
   if(!EaSession.Read())
      return;
   SMxHeader header = {};
   while(EaSession.NextFrame(header))
     {
      int before = EaSession.state;
      if(EaSession.OnSessionFrame(header))
        {
         if(before == EA_AUTH && EaSession.state == EA_SYNCING)
            OnOpened();
         if(before != EA_LIVE && EaSession.state == EA_LIVE)
           {
            m_backOffMs = EA_BACK_OFF_MIN_MS;
            EaLog.Say("live, session " + MxNumber(EaSession.id));
            EaTicks.OnLive();
           }
        }
      else
         Dispatch(header);
      EaSession.Done(header);
     }
  }

void CEaLockstep::OnOpened()
  {
   EaJournal.SavePolicy(EaSession.policy, EaSession.policyDelayMs);
   EaAccount.TellClocks();
  }

void CEaLockstep::Periodic()
  {
   if(!EaSession.Open())
      return;
   EaAccount.Tick();
   EaCalendar.Tick();
   EaBook.Sweep();
   if(MxSince(m_specsMs) >= EA_SPECS_MS)
     {
      m_specsMs = GetTickCount64();
      EaSymbols.TellChangedSpecs();
     }
   if(EaSession.state == EA_LIVE && MxSince(m_positionsMs) >= EA_POSITIONS_MS)
     {
      m_positionsMs = GetTickCount64();
      EaBook.TellChangedPositions();
     }
  }
#include "dispatch.mqh"

CEaLockstep EaLockstep;
#endif
