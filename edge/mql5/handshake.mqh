// The session's beginning and end: HELLO, CHALLENGE, AUTH, WELCOME, and goodbyes. K = SHA-256(secret); both sides prove that
// they know it over both nonces, and the session's key follows from it (docs/mtx1.md).
#ifndef LOCKSTEP_HANDSHAKE_MQH
#define LOCKSTEP_HANDSHAKE_MQH

// The EA's nonce has to be unique, not secret: MQL5 has no good random numbers, the connector's nonce is the unpredictable one.
void CEaSession::MakeNonce(ulong instance)
  {
   CMxBuf seed;
   m_nonces++;
   seed.PutU64(instance);
   seed.PutU64(m_nonces);
   seed.PutU64(m_login);
   seed.PutU64(GetTickCount64());
   seed.PutU64(GetMicrosecondCount());
   seed.PutI64((long)TimeLocal());
   for(int i = 0; i < 16; i++)
      seed.PutU16((ushort)MathRand());
   CMxBuf hash;
   MxSha256(seed, hash);
   m_clientNonce.Clear();
   m_clientNonce.PutRange(hash, 0, 16);
  }

void CEaSession::SayHello(ulong instance)
  {
   if(firstHelloMsc == 0)
      firstHelloMsc = (long)TimeTradeServer() * EA_MS_PER_S;
   SMxHello hello = {};
   hello.proto_min = MX_VERSION;
   hello.proto_max = MX_VERSION;
   hello.login = m_login;
   hello.instance_id = instance;
   for(int i = 0; i < 16; i++)
      hello.client_nonce[i] = m_clientNonce.data[i];
   hello.trade_mode = MxAccountMode((ENUM_ACCOUNT_TRADE_MODE)AccountInfoInteger(ACCOUNT_TRADE_MODE));
   hello.margin_mode = MxMarginMode((ENUM_ACCOUNT_MARGIN_MODE)AccountInfoInteger(ACCOUNT_MARGIN_MODE));
   hello.ea_version = EA_VERSION;
   hello.terminal_build = (uint)TerminalInfoInteger(TERMINAL_BUILD);
   hello.server = m_server;
   hello.company = AccountInfoString(ACCOUNT_COMPANY);
   hello.currency = AccountInfoString(ACCOUNT_CURRENCY);
   hello.terminal = TerminalInfoString(TERMINAL_NAME);
   Begin();
   MxPutHello(body, hello);
   Finish(MX_HELLO, 0);
  }

bool CEaSession::OnChallenge()
  {
   SMxChallenge challenge = {};
   if(!MxGetChallenge(in, challenge))
      return false;
   m_serverNonce.Clear();
   for(int i = 0; i < 32; i++)
      m_serverNonce.PutU8(challenge.server_nonce[i]);
   CMxBuf message;
   CMxBuf mac;
   PutAscii(message, "MTX1-EA");
   message.PutRange(m_serverNonce, 0, 32);
   message.PutRange(m_clientNonce, 0, 16);
   message.PutU64(m_login);
   PutAscii(message, m_server);
   MxHmac(m_secretKey, message, mac);
   SMxAuth auth = {};
   for(int i = 0; i < 32; i++)
      auth.mac[i] = mac.data[i];
   state = EA_AUTH;
   Begin();
   MxPutAuth(body, auth);
   Finish(MX_AUTH, 0);
   return true;
  }

// We are about to take orders from this peer: it must prove that it knows the secret.
bool CEaSession::OnWelcome()
  {
   SMxWelcome welcome = {};
   if(!MxGetWelcome(in, welcome))
      return false;
   CMxBuf message;
   CMxBuf mac;
   PutAscii(message, "MTX1-SRV");
   message.PutRange(m_clientNonce, 0, 16);
   message.PutRange(m_serverNonce, 0, 32);
   message.PutU64(welcome.session_id);
   MxHmac(m_secretKey, message, mac);
   uchar difference = 0;
   for(int i = 0; i < 32; i++)
      difference |= (uchar)(mac.data[i] ^ welcome.mac[i]);
   if(difference != 0)
     {
      Bye(BYE_AUTH, "the connector does not know the secret: compare Secret with LOCKSTEP_EA_SECRET");
      return true;
     }
   message.Clear();
   PutAscii(message, "MTX1-KEY");
   message.PutRange(m_serverNonce, 0, 32);
   message.PutRange(m_clientNonce, 0, 16);
   MxHmac(m_secretKey, message, m_sessionKey);
   state = EA_SYNCING;
   id = welcome.session_id;
   policy = welcome.disconnect_policy;
   policyDelayMs = welcome.policy_delay_ms;
   maxPerSecond = welcome.max_cmd_per_s;
   m_peerUtcMs = welcome.utc_ms;
   m_peerHeardMs = GetTickCount64();
   m_beatMs = m_peerHeardMs;
   return true;
  }

void CEaSession::OnGoodbye()
  {
   SMxBye bye = {};
   if(!MxGetBye(in, bye))
      bye.text = "goodbye";
   retryAfterMs = bye.retry_after_ms;
   End("connector: " + bye.text + " (code " + IntegerToString(bye.code) + ")");
  }
#endif
