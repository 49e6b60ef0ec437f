// One MTX1 session over the line: handshake with both sides proven, counters, heartbeats, liveness, and the connector's
// clock. Frames go out with Begin, MxPut... into body, Finish, and leave with Flush; they come in with Read, NextFrame and Done.
#ifndef LOCKSTEP_SESSION_MQH
#define LOCKSTEP_SESSION_MQH
#include "line.mqh"
#include "log.mqh"
#include "map.mqh"

#define EA_OFFLINE 0
#define EA_HELLO 1
#define EA_AUTH 2
#define EA_SYNCING 3
#define EA_LIVE 4
#define EA_HANDSHAKE_MS 5000
#define EA_HEARTBEAT_MS 1000
#define EA_SILENCE_MS 5000
#define EA_CLOCK_MS 5000
#define EA_FLUSH_BYTES 65536
#define EA_FLAG_REPLAY 1
#define EA_BUSY_MAX_MS 60000

class CEaSession
  {
public:
   int               state;
   ulong             id;
   uint              acked;
   // Of WELCOME.
   int               policy;
   uint              policyDelayMs;
   uint              maxPerSecond;
   // Round trip of the last heartbeat; -1 = none yet.
   long              roundTripMs;
   ulong             framesOut;
   ulong             framesIn;
   // What the connector or we said when the last session ended.
   string            ended;
   uint              retryAfterMs;
   // Server time of the first HELLO to this account; 0 = there was none, or the terminal had no time then.
   long              firstHelloMsc;

                     CEaSession();
   bool              Start(string host, int port, string secret, ulong instance);
   void              End(string why);
   void              Bye(int code, string why);
   bool              Open() { return state == EA_SYNCING || state == EA_LIVE; }
   uint              Sent() { return m_outSeq; }
   bool              Read();
   bool              NextFrame(SMxHeader &header);
   void              Done(const SMxHeader &header);
   bool              OnSessionFrame(const SMxHeader &header);
   void              Begin() { MxBeginFrame(body); }
   void              Finish(ushort type, uchar flags);
   bool              Flush();
   void              Tick();
   void              Heartbeat(uint busyMs);
   long              UtcMs();
   bool              ConnectorUtcMs(long &utcMs);

   CMxBuf            in;
   CMxBuf            body;

private:
   CMxBuf            m_out;
   CMxBuf            m_secretKey;
   CMxBuf            m_sessionKey;
   CMxBuf            m_clientNonce;
   CMxBuf            m_serverNonce;
   ulong             m_login;
   string            m_server;
   uint              m_outSeq;
   uint              m_inSeq;
   ulong             m_startedMs;
   ulong             m_heardMs;
   ulong             m_beatMs;
   long              m_peerUtcMs;
   ulong             m_peerHeardMs;
   long              m_utcBaseMs;
   ulong             m_nonces;

   void              MakeNonce(ulong instance);
   void              SayHello(ulong instance);
   bool              OnChallenge();
   bool              OnWelcome();
   void              OnGoodbye();
   bool              OnHeartbeat();
   void              PutAscii(CMxBuf &b, string text);
  };

CEaSession::CEaSession()
  {
   state = EA_OFFLINE;
   id = 0;
   acked = 0;
   policy = 0;
   policyDelayMs = 0;
   maxPerSecond = 0;
   roundTripMs = -1;
   framesOut = 0;
   framesIn = 0;
   ended = "";
   retryAfterMs = 0;
   firstHelloMsc = 0;
   m_login = 0;
   m_server = "";
   m_outSeq = 0;
   m_inSeq = 0;
   m_startedMs = 0;
   m_heardMs = 0;
   m_beatMs = 0;
   m_peerUtcMs = 0;
   m_peerHeardMs = 0;
   m_utcBaseMs = 0;
   m_nonces = 0;
  }

void CEaSession::PutAscii(CMxBuf &b, string text)
  {
   MX_DYN(uchar, bytes);
   int count = StringToCharArray(text, bytes, 0, -1, CP_UTF8) - 1;
   for(int i = 0; i < count; i++)
      b.PutU8(bytes[i]);
  }

bool CEaSession::Start(string host, int port, string secret, ulong instance)
  {
   retryAfterMs = 0;
   if(!EaLine.Open(host, port))
     {
      ended = EaLine.Why();
      return false;
     }
   CMxBuf text;
   PutAscii(text, secret);
   MxSha256(text, m_secretKey);
   m_sessionKey.Clear();
   in.Clear();
   m_out.Clear();
   m_outSeq = 0;
   m_inSeq = 0;
   acked = 0;
   m_startedMs = GetTickCount64();
   m_heardMs = m_startedMs;
   m_peerUtcMs = 0;
   m_peerHeardMs = 0;
   roundTripMs = -1;
   m_utcBaseMs = (long)TimeGMT() * EA_MS_PER_S - (long)m_startedMs;
   m_login = (ulong)AccountInfoInteger(ACCOUNT_LOGIN);
   m_server = AccountInfoString(ACCOUNT_SERVER);
   state = EA_HELLO;
   MakeNonce(instance);
   SayHello(instance);
   return Flush();
  }

void CEaSession::End(string why)
  {
   if(state == EA_OFFLINE)
      return;
   state = EA_OFFLINE;
   ended = why;
   EaLine.Close();
   EaLog.Say("session over: " + why);
  }

void CEaSession::Bye(int code, string why)
  {
   if(state == EA_OFFLINE)
      return;
   SMxBye bye = {};
   bye.code = (ushort)code;
   bye.text = StringSubstr(why, 0, 200);
   Begin();
   MxPutBye(body, bye);
   Finish(MX_BYE, 0);
   if(Flush())
      End(why);
  }

void CEaSession::Finish(ushort type, uchar flags)
  {
   CMxBuf none;
   m_outSeq++;
   framesOut++;
   if(MxNeedsMac(type))
      MxEndFrame(body, type, flags, m_outSeq, m_inSeq, m_sessionKey);
   else
      MxEndFrame(body, type, flags, m_outSeq, m_inSeq, none);
   m_out.PutRange(body, 0, body.size);
   if(m_out.size >= EA_FLUSH_BYTES)
      Flush();
  }

// False when the line is gone.
bool CEaSession::Flush()
  {
   if(state == EA_OFFLINE)
      return false;
   if(m_out.size == 0)
      return true;
   bool sent = EaLine.Send(m_out);
   m_out.Clear();
   if(!sent)
      End(EaLine.Why());
   return sent;
  }

bool CEaSession::Read()
  {
   if(state == EA_OFFLINE)
      return false;
   // What came before the line broke still counts: frames are whole or they are nothing.
   bool open = EaLine.Receive(in);
   if(!open && in.size < MX_HEADER_BYTES)
      End(EaLine.Why());
   return state != EA_OFFLINE;
  }

// The next whole frame: its payload is in.pos to in.end until Done.
bool CEaSession::NextFrame(SMxHeader &header)
  {
   if(state == EA_OFFLINE)
      return false;
   int found = MxNextFrame(in, header, m_inSeq + 1, m_sessionKey);
   if(found == MX_BAD)
     {
      Bye(BYE_PROTOCOL, "a frame of the connector is damaged, out of order or not proven");
      return false;
     }
   if(found == MX_MORE)
     {
      if(!EaLine.IsOpen())
         End(EaLine.Why());
      return false;
     }
   if(header.ack > m_outSeq)
     {
      Bye(BYE_PROTOCOL, "the connector acknowledges a frame that was never sent");
      return false;
     }
   m_inSeq = header.seq;
   m_heardMs = GetTickCount64();
   framesIn++;
   if(header.ack > acked)
      acked = header.ack;
   return true;
  }

void CEaSession::Done(const SMxHeader &header)
  {
   if(state != EA_OFFLINE)
      in.Drop(header.total);
  }

// True when the frame was about the session itself.
bool CEaSession::OnSessionFrame(const SMxHeader &header)
  {
   bool fine = true;
   if(header.type == MX_BYE || header.type == MX_REJECT)
      OnGoodbye();
   else if(state == EA_HELLO)
      fine = header.type == MX_CHALLENGE && OnChallenge();
   else if(state == EA_AUTH)
      fine = header.type == MX_WELCOME && OnWelcome();
   else if(header.type == MX_HEARTBEAT)
      fine = OnHeartbeat();
   else if(header.type == MX_GO_LIVE)
      state = EA_LIVE;
   else
      return false;
   if(!fine)
      Bye(BYE_PROTOCOL, "frame type " + IntegerToString(header.type) + " is not what must come now");
   return true;
  }

#include "heartbeat.mqh"
#include "handshake.mqh"

CEaSession EaSession;
#endif
