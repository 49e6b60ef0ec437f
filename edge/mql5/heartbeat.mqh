// Liveness, and the connector's clock as its heartbeats tell it.
#ifndef LOCKSTEP_HEARTBEAT_MQH
#define LOCKSTEP_HEARTBEAT_MQH

bool CEaSession::OnHeartbeat()
  {
   SMxHeartbeat beat = {};
   if(!MxGetHeartbeat(in, beat))
      return false;
   m_peerUtcMs = beat.sender_utc_ms;
   m_peerHeardMs = GetTickCount64();
   if(beat.echo_peer_ms != 0)
      roundTripMs = UtcMs() - beat.echo_peer_ms - (long)beat.echo_held_ms;
   return true;
  }

// The terminal's idea of UTC with millisecond steps; only for measuring round trips and stamping reports.
long CEaSession::UtcMs()
  {
   return m_utcBaseMs + (long)GetTickCount64();
  }

// The connector's clock, by which commands expire; false when its last word is too old to tell.
bool CEaSession::ConnectorUtcMs(long &utcMs)
  {
   long age = MxSince(m_peerHeardMs);
   utcMs = m_peerUtcMs + age;
   return m_peerHeardMs != 0 && age <= EA_CLOCK_MS;
  }

void CEaSession::Tick()
  {
   if(state == EA_HELLO || state == EA_AUTH)
     {
      if(MxSince(m_startedMs) > EA_HANDSHAKE_MS)
         Bye(BYE_PROTOCOL, "the handshake took longer than 5 s");
      return;
     }
   if(!Open())
      return;
   if(MxSince(m_heardMs) > EA_SILENCE_MS)
      Bye(BYE_PROTOCOL, "nothing was heard of the connector for 5 s");
   else if(MxSince(m_beatMs) >= EA_HEARTBEAT_MS)
      Heartbeat(0);
  }

// busyMs: the EA may be silent for this long, because a call that follows may block.
void CEaSession::Heartbeat(uint busyMs)
  {
   if(!Open())
      return;
   m_beatMs = GetTickCount64();
   bool connected = TerminalInfoInteger(TERMINAL_CONNECTED) != 0;
   bool allowed = TerminalInfoInteger(TERMINAL_TRADE_ALLOWED) != 0 && MQLInfoInteger(MQL_TRADE_ALLOWED) != 0;
   SMxHeartbeat beat = {};
   beat.sender_utc_ms = UtcMs();
   beat.echo_peer_ms = m_peerUtcMs;
   beat.echo_held_ms = (uint)MxSince(m_peerHeardMs);
   beat.flags = (uint)((connected ? 1 : 0) | (allowed ? 2 : 0) | (state == EA_LIVE ? 4 : 0));
   beat.trade_server_ms = (long)TimeTradeServer() * EA_MS_PER_S;
   beat.ping_us = (int)TerminalInfoInteger(TERMINAL_PING_LAST);
   beat.busy_ms = busyMs > EA_BUSY_MAX_MS ? EA_BUSY_MAX_MS : busyMs;
   Begin();
   MxPutHeartbeat(body, beat);
   Finish(MX_HEARTBEAT, 0);
   if(busyMs > 0)
      Flush();
  }
#endif
