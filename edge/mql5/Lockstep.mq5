// Lockstep's Expert Advisor: the thin shell around ea.mqh. Handlers and inputs only; everything else compiles under g++ too
// and is tested there against the real connector (test/mql5).
#property copyright "Lockstep"
#property version   "1.00"
#property description "Connects this terminal to Lockstep's metatrader-connector. No DLLs."
#property description "Allow the connector's address in Tools > Options > Expert Advisors, and Algo Trading in the toolbar."
#property strict

#include "ea.mqh"

enum ENUM_EA_WHEN_ALONE
  {
   WHEN_ALONE_AS_CONNECTOR_SAYS = -1, // as the connector says
   WHEN_ALONE_NOTHING           = 0,  // do nothing
   WHEN_ALONE_CANCEL            = 1,  // cancel our pending orders
   WHEN_ALONE_CLOSE             = 2   // also close our positions
  };

input string             Host              = "127.0.0.1";                   // Connector's address, an allowed one
input int                Port              = 9001;                          // Connector's port
input string             Secret            = "";                            // The connector's LOCKSTEP_EA_SECRET
input bool               Tls               = false;                         // Encrypted line (the connector has LOCKSTEP_EA_TLS_CERT)
input string             TlsName           = "localhost";                   // ... the name in its certificate
input string             TlsThumbprint     = "";                            // ... and its thumbprint, if only this one will do
input ENUM_EA_WHEN_ALONE WhenAlone         = WHEN_ALONE_AS_CONNECTOR_SAYS;  // When the connector stays away
input int                AloneAfterSeconds = 60;                            // ... after so many seconds (not with "as the connector says")
input int                HistoryBars       = 1000;                          // Closed M1 and H1 bars for a new symbol
input int                BackfillDays      = 7;                             // Missed ticks are told from at most so many days back
input bool               ShowPanel         = true;                          // Status on the chart

int OnInit()
  {
   SEaSettings settings = {};
   settings.host = Host;
   settings.port = Port;
   settings.secret = Secret;
   settings.tls = Tls;
   settings.tlsName = TlsName;
   settings.tlsThumbprint = TlsThumbprint;
   settings.policy = (int)WhenAlone;
   settings.policyDelayS = AloneAfterSeconds;
   settings.historyBars = HistoryBars;
   settings.backfillDays = BackfillDays;
   settings.panel = ShowPanel;
   string wrong = EaLockstep.Start(settings);
   if(wrong != "")
     {
      Alert("Lockstep: ", wrong);
      return INIT_PARAMETERS_INCORRECT;
     }
   return EventSetMillisecondTimer(EA_TIMER_MS) ? INIT_SUCCEEDED : INIT_FAILED;
  }

void OnDeinit(const int reason)
  {
   EventKillTimer();
   EaLockstep.Stop(reason == REASON_ACCOUNT ? BYE_SUPERSEDED : BYE_SHUTDOWN, "the EA was taken off its chart or stopped");
  }

void OnTick()
  {
   EaLockstep.OnQuote();
  }

void OnTimer()
  {
   EaLockstep.OnTime();
  }

void OnTradeTransaction(const MqlTradeTransaction &transaction, const MqlTradeRequest &request, const MqlTradeResult &result)
  {
   EaLockstep.OnTransaction(transaction, result);
  }
