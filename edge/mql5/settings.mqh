// What the user chooses in the EA's inputs, and the EA's own bounds.
#ifndef LOCKSTEP_SETTINGS_MQH
#define LOCKSTEP_SETTINGS_MQH
#include "support.mqh"

// As in WELCOME; EA_POLICY_CONNECTOR takes what the connector says.
#define EA_POLICY_CONNECTOR -1
#define EA_POLICY_NOTHING 0
#define EA_POLICY_CANCEL 1
#define EA_POLICY_CLOSE 2

struct SEaSettings
  {
   string            host;
   int               port;
   string            secret;
   // The line is TLS: the name in the connector's certificate, and its thumbprint ("" = any that the system trusts).
   bool              tls;
   string            tlsName;
   string            tlsThumbprint;
   int               policy;
   int               policyDelayS;
   int               historyBars;
   int               backfillDays;
   bool              panel;
  };

SEaSettings EaSettings;

// Empty when the settings can be used, else what to change.
string EaCheckSettings(const SEaSettings &s)
  {
   if(s.host == "" || s.port < 1 || s.port > 65535)
      return "Host and Port: where the connector listens, 127.0.0.1 and 9001 unless you changed it";
   if(StringLen(s.secret) < 12)
      return "Secret: the connector's LOCKSTEP_EA_SECRET, 12 characters or more";
   if(s.tls && s.tlsName == "")
      return "TlsName: the name in the connector's certificate";
   if(s.policy < EA_POLICY_CONNECTOR || s.policy > EA_POLICY_CLOSE)
      return "WhenAlone: -1 as the connector says, 0 nothing, 1 cancel pending orders, 2 also close positions";
   if(s.policyDelayS < 5 || s.policyDelayS > 86400)
      return "AloneAfterSeconds: 5 to 86400";
   if(s.historyBars < 0 || s.historyBars > 10000)
      return "HistoryBars: 0 to 10000";
   if(s.backfillDays < 1 || s.backfillDays > 60)
      return "BackfillDays: 1 to 60";
   return "";
  }
#endif
