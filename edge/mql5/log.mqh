// One line in the terminal's Experts log, and the last one for the panel. A line that repeats is written once a minute.
#ifndef LOCKSTEP_LOG_MQH
#define LOCKSTEP_LOG_MQH
#include "support.mqh"

#define EA_LOG_REPEAT_MS 60000

class CEaLog
  {
private:
   string            m_last;
   ulong             m_lastMs;

public:
                     CEaLog() { m_last = ""; m_lastMs = 0; }
   string            Last() { return m_last; }
   void              Say(string text)
     {
      if(text == m_last && MxSince(m_lastMs) < EA_LOG_REPEAT_MS)
         return;
      m_last = text;
      m_lastMs = GetTickCount64();
      Print("Lockstep: ", text);
     }
  };

CEaLog EaLog;
#endif
