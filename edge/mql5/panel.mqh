// The status panel on the chart: what a person beside the terminal wants to know, in ten lines.
#ifndef LOCKSTEP_PANEL_MQH
#define LOCKSTEP_PANEL_MQH
#include "policy.mqh"

#define EA_PANEL_MS 500
#define EA_PANEL_LINES 10
#define EA_PANEL_PREFIX "Lockstep."
#define EA_PANEL_BACK "Lockstep.back"

class CEaPanel
  {
private:
   bool              m_shown;
   ulong             m_drawnMs;
   string            m_texts[EA_PANEL_LINES];

   string            State();
   color             StateColor();
   string            Line(int line);
   string            PolicyText();
   void              Label(int line, string text, color shade);
   void              Background();

public:
                     CEaPanel() { m_shown = false; m_drawnMs = 0; }
   // Set by the EA when it does not hold the journal.
   string            standby;
   void              Show();
   void              Hide();
   void              Tick();
  };

string CEaPanel::State()
  {
   if(standby != "")
      return "STAND-BY";
   if(EaPolicy.Acting())
      return "ALONE, POLICY ACTS";
   switch(EaSession.state)
     {
      case EA_HELLO:
      case EA_AUTH:
         return "CONNECTING";
      case EA_SYNCING:
         return "SYNCHRONISING";
      case EA_LIVE:
         return EaAccount.Missing() == "" ? "LIVE" : "LIVE, NOT TRADING";
     }
   return "NO CONNECTOR";
  }

color CEaPanel::StateColor()
  {
   if(EaSession.state == EA_LIVE && EaAccount.Missing() == "")
      return clrLimeGreen;
   if(EaSession.Open() || standby != "")
      return clrGold;
   return clrTomato;
  }

string CEaPanel::PolicyText()
  {
   string what = "does nothing";
   if(EaPolicy.Policy() == EA_POLICY_CANCEL)
      what = "cancels our pending orders";
   else if(EaPolicy.Policy() == EA_POLICY_CLOSE)
      what = "cancels our pending orders and closes our positions";
   return "Alone: " + what + " after " + IntegerToString(EaPolicy.DelayMs() / EA_MS_PER_S) + " s";
  }

string CEaPanel::Line(int line)
  {
   switch(line)
     {
      case 0:
         return "Lockstep  " + State();
      case 1:
         return standby != "" ? standby : "Account " + MxNumber((ulong)AccountInfoInteger(ACCOUNT_LOGIN)) + " at " + AccountInfoString(ACCOUNT_SERVER);
      case 2:
         return "Connector " + EaSettings.host + ":" + IntegerToString(EaSettings.port) +
                (EaSession.Open() ? "  session " + MxNumber(EaSession.id) : "");
      case 3:
         return EaSession.Open() ? "Round trip " + (EaSession.roundTripMs < 0 ? "not known yet" : IntegerToString(EaSession.roundTripMs) + " ms") :
                "Alone for " + IntegerToString(EaPolicy.AloneMs() / EA_MS_PER_S) + " s";
      case 4:
         return "Ticks told " + MxNumber(EaTicks.told) + "  symbols " + IntegerToString(EaSymbols.count) + "  gaps " + MxNumber(EaTicks.gaps);
      case 5:
         return "Commands " + MxNumber(EaOrders.commands) + "  sent " + MxNumber(EaOrders.sends) + "  open " + IntegerToString(EaOrders.InFlight());
      case 6:
         return "Last command " + EaOrders.lastLine;
      case 7:
         return PolicyText();
      case 8:
         return EaJournal.trouble != "" ? "JOURNAL: " + EaJournal.trouble :
                (EaAccount.Missing() != "" ? "TRADING: " + EaAccount.Missing() : "Trading allowed, journal in order");
      case 9:
         return EaSession.Open() ? "" : EaSession.ended;
     }
   return "";
  }

void CEaPanel::Background()
  {
   string name = EA_PANEL_BACK;
   ObjectCreate(0, name, OBJ_RECTANGLE_LABEL, 0, (datetime)0, 0.0);
   ObjectSetInteger(0, name, OBJPROP_CORNER, (long)CORNER_LEFT_UPPER);
   ObjectSetInteger(0, name, OBJPROP_XDISTANCE, 8);
   ObjectSetInteger(0, name, OBJPROP_YDISTANCE, 18);
   ObjectSetInteger(0, name, OBJPROP_XSIZE, 620);
   ObjectSetInteger(0, name, OBJPROP_YSIZE, EA_PANEL_LINES * 16 + 12);
   ObjectSetInteger(0, name, OBJPROP_BGCOLOR, (long)clrBlack);
   ObjectSetInteger(0, name, OBJPROP_COLOR, (long)clrDimGray);
   ObjectSetInteger(0, name, OBJPROP_SELECTABLE, 0);
  }

void CEaPanel::Show()
  {
   if(m_shown || !EaSettings.panel)
      return;
   m_shown = true;
   Background();
   for(int line = 0; line < EA_PANEL_LINES; line++)
     {
      string name = EA_PANEL_PREFIX + IntegerToString(line);
      m_texts[line] = "";
      ObjectCreate(0, name, OBJ_LABEL, 0, (datetime)0, 0.0);
      ObjectSetInteger(0, name, OBJPROP_CORNER, (long)CORNER_LEFT_UPPER);
      ObjectSetInteger(0, name, OBJPROP_XDISTANCE, 16);
      ObjectSetInteger(0, name, OBJPROP_YDISTANCE, 24 + line * 16);
      ObjectSetInteger(0, name, OBJPROP_FONTSIZE, line == 0 ? 11 : 9);
      ObjectSetInteger(0, name, OBJPROP_SELECTABLE, 0);
      ObjectSetString(0, name, OBJPROP_FONT, "Consolas");
     }
   m_drawnMs = 0;
   Tick();
  }

void CEaPanel::Hide()
  {
   if(!m_shown)
      return;
   m_shown = false;
   ObjectDelete(0, EA_PANEL_BACK);
   for(int line = 0; line < EA_PANEL_LINES; line++)
      ObjectDelete(0, EA_PANEL_PREFIX + IntegerToString(line));
   ChartRedraw(0);
  }

void CEaPanel::Label(int line, string text, color shade)
  {
   string name = EA_PANEL_PREFIX + IntegerToString(line);
   // A label shows 63 characters; the log has the whole line.
   ObjectSetString(0, name, OBJPROP_TEXT, text == "" ? " " : StringSubstr(text, 0, 63));
   ObjectSetString(0, name, OBJPROP_TOOLTIP, text == "" ? "\n" : text);
   ObjectSetInteger(0, name, OBJPROP_COLOR, (long)shade);
  }

void CEaPanel::Tick()
  {
   if(!m_shown || (m_drawnMs != 0 && MxSince(m_drawnMs) < EA_PANEL_MS))
      return;
   m_drawnMs = GetTickCount64();
   bool changed = false;
   for(int line = 0; line < EA_PANEL_LINES; line++)
     {
      string text = Line(line);
      if(text == m_texts[line] && line != 0)
         continue;
      m_texts[line] = text;
      Label(line, text, line == 0 ? StateColor() : clrSilver);
      changed = true;
     }
   if(changed)
      ChartRedraw(0);
  }

CEaPanel EaPanel;
#endif
