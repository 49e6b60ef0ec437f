// Generated from proto/mtx1.ts by `npm run generate`. Do not edit.
#ifndef LOCKSTEP_MTX1_MQH
#define LOCKSTEP_MTX1_MQH

#define MX_HELLO 1
#define MX_CHALLENGE 2
#define MX_AUTH 3
#define MX_WELCOME 4
#define MX_REJECT 5
#define MX_HEARTBEAT 6
#define MX_BYE 7
#define MX_TIME_INFO 8
#define MX_GO_LIVE 9
#define MX_SUBSCRIBE 16
#define MX_TICKS 17
#define MX_BARS 18
#define MX_GAP 19
#define MX_HISTORY_REQ 21
#define MX_HISTORY_END 22
#define MX_ACCOUNT 32
#define MX_POSITIONS 33
#define MX_ORDERS 34
#define MX_DEALS 35
#define MX_SYMBOL_SPEC 36
#define MX_SNAPSHOT_BEGIN 37
#define MX_SNAPSHOT_END 38
#define MX_RESYNC_REQ 39
#define MX_CMD 48
#define MX_CMD_ACK 49
#define MX_CMD_RESULT 50
#define MX_TRADE_TX 51
#define MX_CMD_QUERY 53
#define MX_CMD_STATUS 54
#define MX_CAL_COUNTRIES 64
#define MX_CAL_EVENTS 65
#define MX_CAL_VALUES 66
#define MX_CAL_REQ 67

bool MxNeedsMac(ushort type)
  {
   return type == MX_GO_LIVE ||
          type == MX_DEALS ||
          type == MX_RESYNC_REQ ||
          type == MX_CMD ||
          type == MX_CMD_ACK ||
          type == MX_CMD_RESULT ||
          type == MX_TRADE_TX ||
          type == MX_CMD_QUERY ||
          type == MX_CMD_STATUS;
  }

#ifdef __MQL5__
#define MX_DYN(type, name) type name[]
#else
#define MX_DYN(type, name) MqlArray<type> name
#endif

#define MX_MAGIC 0x3158544D
#define MX_VERSION 1
#define MX_HEADER_BYTES 24
#define MX_MAC_BYTES 16
#define MX_PAYLOAD_MAX 1048576
#define MX_FLAG_MAC 4
#define MX_MORE 0
#define MX_FRAME 1
#define MX_BAD -1

union UMxDouble
  {
   double            d;
   ulong             u;
  };

// Bytes to send (data[0..size)) or received (the payload in [pos, end)). A read beyond the end clears ok and gives zeros.
class CMxBuf
  {
public:
   MX_DYN(uchar, data);
   int               size;
   int               pos;
   int               end;
   bool              ok;

                     CMxBuf() { size = 0; pos = 0; end = 0; ok = true; }
   void              Clear() { size = 0; pos = 0; end = 0; ok = true; }
   void              Rewind(int from, int to) { pos = from; end = to; ok = true; }
   void              Grow(int bytes)
     {
      if(ArraySize(data) < size + bytes)
         ArrayResize(data, size + bytes + 4096);
     }
   void              PutU8(uchar v)
     {
      Grow(1);
      data[size] = v;
      size++;
     }
   void              PutU16(ushort v) { PutLow((ulong)v, 2); }
   void              PutU32(uint v) { PutLow((ulong)v, 4); }
   void              PutU64(ulong v) { PutLow(v, 8); }
   void              PutI32(int v) { PutLow((ulong)(uint)v, 4); }
   void              PutI64(long v) { PutLow((ulong)v, 8); }
   void              PutF64(double v)
     {
      UMxDouble x;
      x.d = v;
      PutLow(x.u, 8);
     }
   void              PutZeros(int bytes)
     {
      for(int i = 0; i < bytes; i++)
         PutU8(0);
     }
   void              PutLow(ulong v, int bytes)
     {
      Grow(bytes);
      for(int i = 0; i < bytes; i++)
        {
         data[size] = (uchar)((v >> (8 * i)) & 255);
         size++;
        }
     }
   void              PatchU32(int at, uint v)
     {
      for(int i = 0; i < 4; i++)
         data[at + i] = (uchar)((v >> (8 * i)) & 255);
     }
   void              PatchU16(int at, ushort v)
     {
      data[at] = (uchar)(v & 255);
      data[at + 1] = (uchar)((v >> 8) & 255);
     }
   void              PutRange(CMxBuf &from, int at, int bytes)
     {
      for(int i = 0; i < bytes; i++)
         PutU8(from.data[at + i]);
     }
   // Text longer than its length field can say is cut.
   void              PutStr(const string &text, int lengthBytes)
     {
      MX_DYN(uchar, utf8);
      int bytes = StringToCharArray(text, utf8, 0, -1, CP_UTF8) - 1;
      if(bytes < 0)
         bytes = 0;
      int most = lengthBytes == 1 ? 255 : 65535;
      if(bytes > most)
         bytes = most;
      PutLow((ulong)bytes, lengthBytes);
      for(int i = 0; i < bytes; i++)
         PutU8(utf8[i]);
     }
   ulong             GetLow(int bytes)
     {
      if(!ok || end - pos < bytes)
        {
         ok = false;
         return 0;
        }
      ulong v = 0;
      for(int i = 0; i < bytes; i++)
         v |= ((ulong)data[pos + i]) << (8 * i);
      pos += bytes;
      return v;
     }
   uchar             GetU8() { return (uchar)GetLow(1); }
   ushort            GetU16() { return (ushort)GetLow(2); }
   uint              GetU32() { return (uint)GetLow(4); }
   ulong             GetU64() { return GetLow(8); }
   int               GetI32() { return (int)(uint)GetLow(4); }
   long              GetI64() { return (long)GetLow(8); }
   double            GetF64()
     {
      UMxDouble x;
      x.u = GetLow(8);
      return x.d;
     }
   void              Skip(int bytes)
     {
      if(!ok || end - pos < bytes)
         ok = false;
      else
         pos += bytes;
     }
   string            GetStr(int lengthBytes)
     {
      int bytes = (int)GetLow(lengthBytes);
      if(!ok || end - pos < bytes)
        {
         ok = false;
         return "";
        }
      string text = CharArrayToString(data, pos, bytes, CP_UTF8);
      pos += bytes;
      return text;
     }
   // Drops the first bytes: what is left moves to the front.
   void              Drop(int bytes)
     {
      for(int i = bytes; i < size; i++)
         data[i - bytes] = data[i];
      size -= bytes;
     }
  };

uint MxCrc32(CMxBuf &b, int from, int to, uint crc)
  {
   uint c = ~crc;
   for(int i = from; i < to; i++)
     {
      c ^= b.data[i];
      for(int bit = 0; bit < 8; bit++)
         c = (c & 1) != 0 ? (c >> 1) ^ 0xEDB88320 : c >> 1;
     }
   return ~c;
  }

void MxSha256(CMxBuf &b, CMxBuf &hash)
  {
   MX_DYN(uchar, bytes);
   MX_DYN(uchar, none);
   MX_DYN(uchar, out);
   ArrayResize(bytes, b.size);
   for(int i = 0; i < b.size; i++)
      bytes[i] = b.data[i];
   CryptEncode(CRYPT_HASH_SHA256, bytes, none, out);
   hash.Clear();
   for(int i = 0; i < ArraySize(out); i++)
      hash.PutU8(out[i]);
  }

void MxHmac(CMxBuf &key, CMxBuf &message, CMxBuf &mac)
  {
   CMxBuf inner;
   CMxBuf outer;
   CMxBuf hash;
   for(int i = 0; i < 64; i++)
     {
      uchar k = i < key.size ? key.data[i] : (uchar)0;
      inner.PutU8((uchar)(k ^ 0x36));
      outer.PutU8((uchar)(k ^ 0x5C));
     }
   inner.PutRange(message, 0, message.size);
   MxSha256(inner, hash);
   outer.PutRange(hash, 0, hash.size);
   MxSha256(outer, mac);
  }

// Room for the header; the payload is put behind it, then MxEndFrame.
void MxBeginFrame(CMxBuf &b)
  {
   b.Clear();
   b.PutZeros(MX_HEADER_BYTES);
  }

void MxFrameMac(CMxBuf &b, int at, int to, CMxBuf &key, CMxBuf &mac)
  {
   CMxBuf message;
   message.PutRange(b, at, 20);
   message.PutRange(b, at + MX_HEADER_BYTES, to - at - MX_HEADER_BYTES);
   MxHmac(key, message, mac);
  }

// key.size 0: no MAC.
void MxEndFrame(CMxBuf &b, ushort type, uchar flags, uint seq, uint ack, CMxBuf &key)
  {
   int to = b.size;
   bool withMac = key.size > 0;
   if(withMac)
      b.PutZeros(MX_MAC_BYTES);
   b.PatchU32(0, MX_MAGIC);
   b.PatchU32(4, (uint)(b.size - MX_HEADER_BYTES));
   b.PatchU16(8, type);
   b.data[10] = withMac ? (uchar)(flags | MX_FLAG_MAC) : flags;
   b.data[11] = MX_VERSION;
   b.PatchU32(12, seq);
   b.PatchU32(16, ack);
   if(withMac)
     {
      CMxBuf mac;
      MxFrameMac(b, 0, to, key, mac);
      for(int i = 0; i < MX_MAC_BYTES; i++)
         b.data[to + i] = mac.data[i];
     }
   b.PatchU32(20, MxCrc32(b, MX_HEADER_BYTES, b.size, MxCrc32(b, 0, 20, 0)));
  }

struct SMxHeader
  {
   ushort            type;
   uchar             flags;
   uint              seq;
   uint              ack;
   int               total;
   bool              authenticated;
  };

// Looks at the first bytes of b. MX_MORE: not whole yet. MX_FRAME: the payload is [pos, end); b.Drop(h.total) when done.
// MX_BAD: say BYE(5) and close. key.size 0: there is no session key yet. seq must be the last one plus one.
int MxNextFrame(CMxBuf &b, SMxHeader &h, uint seq, CMxBuf &key)
  {
   if(b.size < MX_HEADER_BYTES)
      return MX_MORE;
   b.Rewind(0, b.size);
   uint magic = b.GetU32();
   uint length = b.GetU32();
   h.type = b.GetU16();
   h.flags = b.GetU8();
   uchar version = b.GetU8();
   h.seq = b.GetU32();
   h.ack = b.GetU32();
   uint crc = b.GetU32();
   h.authenticated = false;
   if(magic != MX_MAGIC || length > MX_PAYLOAD_MAX || version != MX_VERSION)
      return MX_BAD;
   h.total = MX_HEADER_BYTES + (int)length;
   if(b.size < h.total)
      return MX_MORE;
   if(h.seq != seq || MxCrc32(b, MX_HEADER_BYTES, h.total, MxCrc32(b, 0, 20, 0)) != crc)
      return MX_BAD;
   int to = h.total;
   if((h.flags & MX_FLAG_MAC) != 0)
     {
      to -= MX_MAC_BYTES;
      if(key.size == 0 || to < MX_HEADER_BYTES)
         return MX_BAD;
      CMxBuf mac;
      MxFrameMac(b, 0, to, key, mac);
      uchar difference = 0;
      for(int i = 0; i < MX_MAC_BYTES; i++)
         difference |= (uchar)(mac.data[i] ^ b.data[to + i]);
      if(difference != 0)
         return MX_BAD;
      h.authenticated = true;
     }
   if(!h.authenticated && MxNeedsMac(h.type))
      return MX_BAD;
   b.Rewind(MX_HEADER_BYTES, to);
   return MX_FRAME;
  }

// First frame of a session: who is calling.
struct SMxHello
  {
   ushort            proto_min;
   ushort            proto_max;
   uint              caps;
   ulong             login;
   ulong             instance_id;
   uchar             client_nonce[16];
   uchar             trade_mode;
   uchar             margin_mode;
   ushort            ea_version;
   uint              terminal_build;
   string            server;
   string            company;
   string            currency;
   string            terminal;
  };

void MxPutHello(CMxBuf &b, const SMxHello &v)
  {
   b.PutU16(v.proto_min);
   b.PutU16(v.proto_max);
   b.PutU32(v.caps);
   b.PutU64(v.login);
   b.PutU64(v.instance_id);
   for(int i = 0; i < 16; i++)
      b.PutU8(v.client_nonce[i]);
   b.PutU8(v.trade_mode);
   b.PutU8(v.margin_mode);
   b.PutU16(v.ea_version);
   b.PutU32(v.terminal_build);
   b.PutStr(v.server, 1);
   b.PutStr(v.company, 1);
   b.PutStr(v.currency, 1);
   b.PutStr(v.terminal, 1);
  }

bool MxGetHello(CMxBuf &b, SMxHello &v)
  {
   v.proto_min = b.GetU16();
   v.proto_max = b.GetU16();
   v.caps = b.GetU32();
   v.login = b.GetU64();
   v.instance_id = b.GetU64();
   for(int i = 0; i < 16; i++)
      v.client_nonce[i] = b.GetU8();
   v.trade_mode = b.GetU8();
   v.margin_mode = b.GetU8();
   v.ea_version = b.GetU16();
   v.terminal_build = b.GetU32();
   v.server = b.GetStr(1);
   v.company = b.GetStr(1);
   v.currency = b.GetStr(1);
   v.terminal = b.GetStr(1);
   return b.ok;
  }

// The connector's nonce, which the EA must answer.
struct SMxChallenge
  {
   uchar             server_nonce[32];
   ushort            proto;
   ushort            heartbeat_ms;
   uint              max_frame;
   long              utc_ms;
  };

void MxPutChallenge(CMxBuf &b, const SMxChallenge &v)
  {
   for(int i = 0; i < 32; i++)
      b.PutU8(v.server_nonce[i]);
   b.PutU16(v.proto);
   b.PutU16(v.heartbeat_ms);
   b.PutU32(v.max_frame);
   b.PutI64(v.utc_ms);
  }

bool MxGetChallenge(CMxBuf &b, SMxChallenge &v)
  {
   for(int i = 0; i < 32; i++)
      v.server_nonce[i] = b.GetU8();
   v.proto = b.GetU16();
   v.heartbeat_ms = b.GetU16();
   v.max_frame = b.GetU32();
   v.utc_ms = b.GetI64();
   return b.ok;
  }

// Proof that the EA knows the secret.
struct SMxAuth
  {
   uchar             mac[32];
  };

void MxPutAuth(CMxBuf &b, const SMxAuth &v)
  {
   for(int i = 0; i < 32; i++)
      b.PutU8(v.mac[i]);
  }

bool MxGetAuth(CMxBuf &b, SMxAuth &v)
  {
   for(int i = 0; i < 32; i++)
      v.mac[i] = b.GetU8();
   return b.ok;
  }

// Proof that the connector knows it too; the session is open, not yet live.
struct SMxWelcome
  {
   uchar             mac[32];
   ulong             session_id;
   long              utc_ms;
   uchar             disconnect_policy;
   uint              policy_delay_ms;
   uint              max_cmd_per_s;
  };

void MxPutWelcome(CMxBuf &b, const SMxWelcome &v)
  {
   for(int i = 0; i < 32; i++)
      b.PutU8(v.mac[i]);
   b.PutU64(v.session_id);
   b.PutI64(v.utc_ms);
   b.PutU8(v.disconnect_policy);
   b.PutZeros(3);
   b.PutU32(v.policy_delay_ms);
   b.PutU32(v.max_cmd_per_s);
   b.PutZeros(4);
  }

bool MxGetWelcome(CMxBuf &b, SMxWelcome &v)
  {
   for(int i = 0; i < 32; i++)
      v.mac[i] = b.GetU8();
   v.session_id = b.GetU64();
   v.utc_ms = b.GetI64();
   v.disconnect_policy = b.GetU8();
   b.Skip(3);
   v.policy_delay_ms = b.GetU32();
   v.max_cmd_per_s = b.GetU32();
   b.Skip(4);
   return b.ok;
  }

// The session is refused.
struct SMxReject
  {
   ushort            code;
   uint              retry_after_ms;
   string            text;
  };

void MxPutReject(CMxBuf &b, const SMxReject &v)
  {
   b.PutU16(v.code);
   b.PutZeros(2);
   b.PutU32(v.retry_after_ms);
   b.PutStr(v.text, 1);
  }

bool MxGetReject(CMxBuf &b, SMxReject &v)
  {
   v.code = b.GetU16();
   b.Skip(2);
   v.retry_after_ms = b.GetU32();
   v.text = b.GetStr(1);
   return b.ok;
  }

// Every second both ways; silence of 5 s beyond the announced busy_ms is death.
struct SMxHeartbeat
  {
   long              sender_utc_ms;
   long              echo_peer_ms;
   uint              echo_held_ms;
   uint              flags;
   long              trade_server_ms;
   int               ping_us;
   uint              busy_ms;
  };

void MxPutHeartbeat(CMxBuf &b, const SMxHeartbeat &v)
  {
   b.PutI64(v.sender_utc_ms);
   b.PutI64(v.echo_peer_ms);
   b.PutU32(v.echo_held_ms);
   b.PutU32(v.flags);
   b.PutI64(v.trade_server_ms);
   b.PutI32(v.ping_us);
   b.PutU32(v.busy_ms);
  }

bool MxGetHeartbeat(CMxBuf &b, SMxHeartbeat &v)
  {
   v.sender_utc_ms = b.GetI64();
   v.echo_peer_ms = b.GetI64();
   v.echo_held_ms = b.GetU32();
   v.flags = b.GetU32();
   v.trade_server_ms = b.GetI64();
   v.ping_us = b.GetI32();
   v.busy_ms = b.GetU32();
   return b.ok;
  }

// The session ends.
struct SMxBye
  {
   ushort            code;
   uint              retry_after_ms;
   string            text;
  };

void MxPutBye(CMxBuf &b, const SMxBye &v)
  {
   b.PutU16(v.code);
   b.PutZeros(2);
   b.PutU32(v.retry_after_ms);
   b.PutStr(v.text, 1);
  }

bool MxGetBye(CMxBuf &b, SMxBye &v)
  {
   v.code = b.GetU16();
   b.Skip(2);
   v.retry_after_ms = b.GetU32();
   v.text = b.GetStr(1);
   return b.ok;
  }

// The terminal's clocks.
struct SMxTimeInfo
  {
   long              trade_server_s;
   long              gmt_s;
   long              current_s;
   long              last_tick_msc;
   int               offset_s;
   uint              flags;
  };

void MxPutTimeInfo(CMxBuf &b, const SMxTimeInfo &v)
  {
   b.PutI64(v.trade_server_s);
   b.PutI64(v.gmt_s);
   b.PutI64(v.current_s);
   b.PutI64(v.last_tick_msc);
   b.PutI32(v.offset_s);
   b.PutU32(v.flags);
  }

bool MxGetTimeInfo(CMxBuf &b, SMxTimeInfo &v)
  {
   v.trade_server_s = b.GetI64();
   v.gmt_s = b.GetI64();
   v.current_s = b.GetI64();
   v.last_tick_msc = b.GetI64();
   v.offset_s = b.GetI32();
   v.flags = b.GetU32();
   return b.ok;
  }

// Commands may follow.
struct SMxGoLive
  {
   uchar             none;
  };

void MxPutGoLive(CMxBuf &b, const SMxGoLive &v)
  {
  }

bool MxGetGoLive(CMxBuf &b, SMxGoLive &v)
  {
   v.none = 0;
   return b.ok;
  }

// Symbols wanted, each with the cursor up to which the connector has its ticks.
struct SMxSubscribe
  {
   ushort            count;
   ushort            flags;
  };

void MxPutSubscribe(CMxBuf &b, const SMxSubscribe &v)
  {
   b.PutU16(v.count);
   b.PutU16(v.flags);
  }

bool MxGetSubscribe(CMxBuf &b, SMxSubscribe &v)
  {
   v.count = b.GetU16();
   v.flags = b.GetU16();
   return b.ok;
  }

// One of the symbols of subscribe.
struct SMxSubscribeRow
  {
   uchar             what;
   long              from_msc;
   string            symbol;
  };

void MxPutSubscribeRow(CMxBuf &b, const SMxSubscribeRow &v)
  {
   int at = b.size;
   b.PutU32(0);
   b.PutU8(v.what);
   b.PutZeros(3);
   b.PutI64(v.from_msc);
   b.PutStr(v.symbol, 1);
   b.PatchU32(at, (uint)(b.size - at));
  }

bool MxGetSubscribeRow(CMxBuf &b, SMxSubscribeRow &v)
  {
   int at = b.pos;
   int outer = b.end;
   uint bytes = b.GetU32();
   if(!b.ok || bytes < 16 || bytes > (uint)(outer - at))
     {
      b.ok = false;
      return false;
     }
   b.end = at + (int)bytes;
   v.what = b.GetU8();
   b.Skip(3);
   v.from_msc = b.GetI64();
   v.symbol = b.GetStr(1);
   b.pos = b.end;
   b.end = outer;
   return b.ok;
  }

// Ticks of one symbol, oldest first.
struct SMxTicks
  {
   ushort            symbol_id;
   uchar             source;
   uchar             flags;
   uint              count;
   long              base_msc;
   ulong             index_of_first;
  };

void MxPutTicks(CMxBuf &b, const SMxTicks &v)
  {
   b.PutU16(v.symbol_id);
   b.PutU8(v.source);
   b.PutU8(v.flags);
   b.PutU32(v.count);
   b.PutI64(v.base_msc);
   b.PutU64(v.index_of_first);
  }

bool MxGetTicks(CMxBuf &b, SMxTicks &v)
  {
   v.symbol_id = b.GetU16();
   v.source = b.GetU8();
   v.flags = b.GetU8();
   v.count = b.GetU32();
   v.base_msc = b.GetI64();
   v.index_of_first = b.GetU64();
   return b.ok;
  }

// One of the rows of ticks.
struct SMxTicksRow
  {
   int               dt_ms;
   uint              flags;
   double            bid;
   double            ask;
   double            last;
   double            volume_real;
  };

void MxPutTicksRow(CMxBuf &b, const SMxTicksRow &v)
  {
   b.PutI32(v.dt_ms);
   b.PutU32(v.flags);
   b.PutF64(v.bid);
   b.PutF64(v.ask);
   b.PutF64(v.last);
   b.PutF64(v.volume_real);
  }

bool MxGetTicksRow(CMxBuf &b, SMxTicksRow &v)
  {
   v.dt_ms = b.GetI32();
   v.flags = b.GetU32();
   v.bid = b.GetF64();
   v.ask = b.GetF64();
   v.last = b.GetF64();
   v.volume_real = b.GetF64();
   return b.ok;
  }

// Bars of one symbol and timeframe, oldest first.
struct SMxBars
  {
   ushort            symbol_id;
   ushort            tf_minutes;
   uint              count;
   uchar             flags;
  };

void MxPutBars(CMxBuf &b, const SMxBars &v)
  {
   b.PutU16(v.symbol_id);
   b.PutU16(v.tf_minutes);
   b.PutU32(v.count);
   b.PutU8(v.flags);
   b.PutZeros(7);
  }

bool MxGetBars(CMxBuf &b, SMxBars &v)
  {
   v.symbol_id = b.GetU16();
   v.tf_minutes = b.GetU16();
   v.count = b.GetU32();
   v.flags = b.GetU8();
   b.Skip(7);
   return b.ok;
  }

// One of the rows of bars.
struct SMxBarsRow
  {
   long              open_time_s;
   double            open;
   double            high;
   double            low;
   double            close;
   long              tick_volume;
   long              real_volume;
   int               spread;
  };

void MxPutBarsRow(CMxBuf &b, const SMxBarsRow &v)
  {
   b.PutI64(v.open_time_s);
   b.PutF64(v.open);
   b.PutF64(v.high);
   b.PutF64(v.low);
   b.PutF64(v.close);
   b.PutI64(v.tick_volume);
   b.PutI64(v.real_volume);
   b.PutI32(v.spread);
   b.PutZeros(4);
  }

bool MxGetBarsRow(CMxBuf &b, SMxBarsRow &v)
  {
   v.open_time_s = b.GetI64();
   v.open = b.GetF64();
   v.high = b.GetF64();
   v.low = b.GetF64();
   v.close = b.GetF64();
   v.tick_volume = b.GetI64();
   v.real_volume = b.GetI64();
   v.spread = b.GetI32();
   b.Skip(4);
   return b.ok;
  }

// Ticks are missing.
struct SMxGap
  {
   ushort            symbol_id;
   ushort            reason;
   uint              est_lost;
   long              from_msc;
   long              to_msc;
  };

void MxPutGap(CMxBuf &b, const SMxGap &v)
  {
   b.PutU16(v.symbol_id);
   b.PutU16(v.reason);
   b.PutU32(v.est_lost);
   b.PutI64(v.from_msc);
   b.PutI64(v.to_msc);
  }

bool MxGetGap(CMxBuf &b, SMxGap &v)
  {
   v.symbol_id = b.GetU16();
   v.reason = b.GetU16();
   v.est_lost = b.GetU32();
   v.from_msc = b.GetI64();
   v.to_msc = b.GetI64();
   return b.ok;
  }

// Asks for past ticks or bars.
struct SMxHistoryReq
  {
   uint              req;
   ushort            symbol_id;
   uchar             kind;
   ushort            tf_minutes;
   uint              max;
   long              from;
   long              to;
  };

void MxPutHistoryReq(CMxBuf &b, const SMxHistoryReq &v)
  {
   b.PutU32(v.req);
   b.PutU16(v.symbol_id);
   b.PutU8(v.kind);
   b.PutZeros(1);
   b.PutU16(v.tf_minutes);
   b.PutZeros(2);
   b.PutU32(v.max);
   b.PutI64(v.from);
   b.PutI64(v.to);
  }

bool MxGetHistoryReq(CMxBuf &b, SMxHistoryReq &v)
  {
   v.req = b.GetU32();
   v.symbol_id = b.GetU16();
   v.kind = b.GetU8();
   b.Skip(1);
   v.tf_minutes = b.GetU16();
   b.Skip(2);
   v.max = b.GetU32();
   v.from = b.GetI64();
   v.to = b.GetI64();
   return b.ok;
  }

// Everything asked for has been sent.
struct SMxHistoryEnd
  {
   uint              req;
   uint              status;
   ulong             rows;
  };

void MxPutHistoryEnd(CMxBuf &b, const SMxHistoryEnd &v)
  {
   b.PutU32(v.req);
   b.PutU32(v.status);
   b.PutU64(v.rows);
  }

bool MxGetHistoryEnd(CMxBuf &b, SMxHistoryEnd &v)
  {
   v.req = b.GetU32();
   v.status = b.GetU32();
   v.rows = b.GetU64();
   return b.ok;
  }

// The account.
struct SMxAccount
  {
   ulong             login;
   uchar             trade_mode;
   uchar             margin_mode;
   uchar             perms;
   uchar             currency_digits;
   uint              leverage;
   double            balance;
   double            credit;
   double            profit;
   double            equity;
   double            margin;
   double            margin_free;
   double            margin_level;
   double            so_call;
   double            so_so;
   uchar             so_mode;
   uint              limit_orders;
   long              server_ms;
   string            currency;
   string            server;
   string            company;
  };

void MxPutAccount(CMxBuf &b, const SMxAccount &v)
  {
   b.PutU64(v.login);
   b.PutU8(v.trade_mode);
   b.PutU8(v.margin_mode);
   b.PutU8(v.perms);
   b.PutU8(v.currency_digits);
   b.PutU32(v.leverage);
   b.PutF64(v.balance);
   b.PutF64(v.credit);
   b.PutF64(v.profit);
   b.PutF64(v.equity);
   b.PutF64(v.margin);
   b.PutF64(v.margin_free);
   b.PutF64(v.margin_level);
   b.PutF64(v.so_call);
   b.PutF64(v.so_so);
   b.PutU8(v.so_mode);
   b.PutZeros(3);
   b.PutU32(v.limit_orders);
   b.PutI64(v.server_ms);
   b.PutStr(v.currency, 1);
   b.PutStr(v.server, 1);
   b.PutStr(v.company, 1);
  }

bool MxGetAccount(CMxBuf &b, SMxAccount &v)
  {
   v.login = b.GetU64();
   v.trade_mode = b.GetU8();
   v.margin_mode = b.GetU8();
   v.perms = b.GetU8();
   v.currency_digits = b.GetU8();
   v.leverage = b.GetU32();
   v.balance = b.GetF64();
   v.credit = b.GetF64();
   v.profit = b.GetF64();
   v.equity = b.GetF64();
   v.margin = b.GetF64();
   v.margin_free = b.GetF64();
   v.margin_level = b.GetF64();
   v.so_call = b.GetF64();
   v.so_so = b.GetF64();
   v.so_mode = b.GetU8();
   b.Skip(3);
   v.limit_orders = b.GetU32();
   v.server_ms = b.GetI64();
   v.currency = b.GetStr(1);
   v.server = b.GetStr(1);
   v.company = b.GetStr(1);
   return b.ok;
  }

// Open positions.
struct SMxPositions
  {
   uint              snapshot_id;
   uint              count;
  };

void MxPutPositions(CMxBuf &b, const SMxPositions &v)
  {
   b.PutU32(v.snapshot_id);
   b.PutU32(v.count);
  }

bool MxGetPositions(CMxBuf &b, SMxPositions &v)
  {
   v.snapshot_id = b.GetU32();
   v.count = b.GetU32();
   return b.ok;
  }

// One of the rows of positions.
struct SMxPositionsRow
  {
   ushort            symbol_id;
   uchar             type;
   uchar             reason;
   ulong             ticket;
   ulong             identifier;
   ulong             magic;
   long              time_msc;
   long              update_msc;
   double            volume;
   double            open;
   double            sl;
   double            tp;
   double            current;
   double            swap;
   double            profit;
   string            comment;
  };

void MxPutPositionsRow(CMxBuf &b, const SMxPositionsRow &v)
  {
   int at = b.size;
   b.PutU32(0);
   b.PutU16(v.symbol_id);
   b.PutU8(v.type);
   b.PutU8(v.reason);
   b.PutU64(v.ticket);
   b.PutU64(v.identifier);
   b.PutU64(v.magic);
   b.PutI64(v.time_msc);
   b.PutI64(v.update_msc);
   b.PutF64(v.volume);
   b.PutF64(v.open);
   b.PutF64(v.sl);
   b.PutF64(v.tp);
   b.PutF64(v.current);
   b.PutF64(v.swap);
   b.PutF64(v.profit);
   b.PutStr(v.comment, 1);
   b.PatchU32(at, (uint)(b.size - at));
  }

bool MxGetPositionsRow(CMxBuf &b, SMxPositionsRow &v)
  {
   int at = b.pos;
   int outer = b.end;
   uint bytes = b.GetU32();
   if(!b.ok || bytes < 104 || bytes > (uint)(outer - at))
     {
      b.ok = false;
      return false;
     }
   b.end = at + (int)bytes;
   v.symbol_id = b.GetU16();
   v.type = b.GetU8();
   v.reason = b.GetU8();
   v.ticket = b.GetU64();
   v.identifier = b.GetU64();
   v.magic = b.GetU64();
   v.time_msc = b.GetI64();
   v.update_msc = b.GetI64();
   v.volume = b.GetF64();
   v.open = b.GetF64();
   v.sl = b.GetF64();
   v.tp = b.GetF64();
   v.current = b.GetF64();
   v.swap = b.GetF64();
   v.profit = b.GetF64();
   v.comment = b.GetStr(1);
   b.pos = b.end;
   b.end = outer;
   return b.ok;
  }

// Working orders and, in a snapshot, history orders.
struct SMxOrders
  {
   uint              snapshot_id;
   uint              count;
  };

void MxPutOrders(CMxBuf &b, const SMxOrders &v)
  {
   b.PutU32(v.snapshot_id);
   b.PutU32(v.count);
  }

bool MxGetOrders(CMxBuf &b, SMxOrders &v)
  {
   v.snapshot_id = b.GetU32();
   v.count = b.GetU32();
   return b.ok;
  }

// One of the rows of orders.
struct SMxOrdersRow
  {
   ushort            symbol_id;
   uchar             type;
   uchar             state;
   ulong             ticket;
   ulong             position_id;
   ulong             position_by;
   ulong             magic;
   long              setup_msc;
   long              done_msc;
   long              expiration_s;
   double            vol_initial;
   double            vol_current;
   double            price;
   double            stoplimit;
   double            sl;
   double            tp;
   uchar             filling;
   uchar             time_type;
   uchar             reason;
   uchar             is_history;
   string            comment;
   string            external_id;
  };

void MxPutOrdersRow(CMxBuf &b, const SMxOrdersRow &v)
  {
   int at = b.size;
   b.PutU32(0);
   b.PutU16(v.symbol_id);
   b.PutU8(v.type);
   b.PutU8(v.state);
   b.PutU64(v.ticket);
   b.PutU64(v.position_id);
   b.PutU64(v.position_by);
   b.PutU64(v.magic);
   b.PutI64(v.setup_msc);
   b.PutI64(v.done_msc);
   b.PutI64(v.expiration_s);
   b.PutF64(v.vol_initial);
   b.PutF64(v.vol_current);
   b.PutF64(v.price);
   b.PutF64(v.stoplimit);
   b.PutF64(v.sl);
   b.PutF64(v.tp);
   b.PutU8(v.filling);
   b.PutU8(v.time_type);
   b.PutU8(v.reason);
   b.PutU8(v.is_history);
   b.PutZeros(4);
   b.PutStr(v.comment, 1);
   b.PutStr(v.external_id, 1);
   b.PatchU32(at, (uint)(b.size - at));
  }

bool MxGetOrdersRow(CMxBuf &b, SMxOrdersRow &v)
  {
   int at = b.pos;
   int outer = b.end;
   uint bytes = b.GetU32();
   if(!b.ok || bytes < 120 || bytes > (uint)(outer - at))
     {
      b.ok = false;
      return false;
     }
   b.end = at + (int)bytes;
   v.symbol_id = b.GetU16();
   v.type = b.GetU8();
   v.state = b.GetU8();
   v.ticket = b.GetU64();
   v.position_id = b.GetU64();
   v.position_by = b.GetU64();
   v.magic = b.GetU64();
   v.setup_msc = b.GetI64();
   v.done_msc = b.GetI64();
   v.expiration_s = b.GetI64();
   v.vol_initial = b.GetF64();
   v.vol_current = b.GetF64();
   v.price = b.GetF64();
   v.stoplimit = b.GetF64();
   v.sl = b.GetF64();
   v.tp = b.GetF64();
   v.filling = b.GetU8();
   v.time_type = b.GetU8();
   v.reason = b.GetU8();
   v.is_history = b.GetU8();
   b.Skip(4);
   v.comment = b.GetStr(1);
   v.external_id = b.GetStr(1);
   b.pos = b.end;
   b.end = outer;
   return b.ok;
  }

// Deals: the fill message. Deduplicated by deal ticket.
struct SMxDeals
  {
   uint              snapshot_id;
   uint              count;
  };

void MxPutDeals(CMxBuf &b, const SMxDeals &v)
  {
   b.PutU32(v.snapshot_id);
   b.PutU32(v.count);
  }

bool MxGetDeals(CMxBuf &b, SMxDeals &v)
  {
   v.snapshot_id = b.GetU32();
   v.count = b.GetU32();
   return b.ok;
  }

// One of the rows of deals.
struct SMxDealsRow
  {
   ushort            symbol_id;
   uchar             type;
   uchar             entry;
   ulong             deal;
   ulong             order;
   ulong             position_id;
   ulong             magic;
   long              time_msc;
   double            volume;
   double            price;
   double            commission;
   double            fee;
   double            swap;
   double            profit;
   double            sl;
   double            tp;
   uchar             reason;
   string            comment;
   string            external_id;
  };

void MxPutDealsRow(CMxBuf &b, const SMxDealsRow &v)
  {
   int at = b.size;
   b.PutU32(0);
   b.PutU16(v.symbol_id);
   b.PutU8(v.type);
   b.PutU8(v.entry);
   b.PutU64(v.deal);
   b.PutU64(v.order);
   b.PutU64(v.position_id);
   b.PutU64(v.magic);
   b.PutI64(v.time_msc);
   b.PutF64(v.volume);
   b.PutF64(v.price);
   b.PutF64(v.commission);
   b.PutF64(v.fee);
   b.PutF64(v.swap);
   b.PutF64(v.profit);
   b.PutF64(v.sl);
   b.PutF64(v.tp);
   b.PutU8(v.reason);
   b.PutZeros(7);
   b.PutStr(v.comment, 1);
   b.PutStr(v.external_id, 1);
   b.PatchU32(at, (uint)(b.size - at));
  }

bool MxGetDealsRow(CMxBuf &b, SMxDealsRow &v)
  {
   int at = b.pos;
   int outer = b.end;
   uint bytes = b.GetU32();
   if(!b.ok || bytes < 120 || bytes > (uint)(outer - at))
     {
      b.ok = false;
      return false;
     }
   b.end = at + (int)bytes;
   v.symbol_id = b.GetU16();
   v.type = b.GetU8();
   v.entry = b.GetU8();
   v.deal = b.GetU64();
   v.order = b.GetU64();
   v.position_id = b.GetU64();
   v.magic = b.GetU64();
   v.time_msc = b.GetI64();
   v.volume = b.GetF64();
   v.price = b.GetF64();
   v.commission = b.GetF64();
   v.fee = b.GetF64();
   v.swap = b.GetF64();
   v.profit = b.GetF64();
   v.sl = b.GetF64();
   v.tp = b.GetF64();
   v.reason = b.GetU8();
   b.Skip(7);
   v.comment = b.GetStr(1);
   v.external_id = b.GetStr(1);
   b.pos = b.end;
   b.end = outer;
   return b.ok;
  }

// A symbol's specification; gives the session's number of the symbol.
struct SMxSymbolSpec
  {
   ushort            symbol_id;
   uchar             digits;
   uchar             trade_mode;
   uchar             exec_mode;
   uchar             calc_mode;
   uchar             filling_bits;
   uchar             expiration_bits;
   uchar             order_bits;
   uchar             chart_mode;
   uchar             gtc_mode;
   uchar             bools;
   int               stops_level;
   int               freeze_level;
   int               spread;
   double            point;
   double            tick_size;
   double            tick_value;
   double            tick_value_profit;
   double            tick_value_loss;
   double            contract_size;
   double            vol_min;
   double            vol_max;
   double            vol_step;
   double            vol_limit;
   double            swap_long;
   double            swap_short;
   double            margin_initial;
   double            margin_maint;
   double            margin_hedged;
   uchar             swap_mode;
   uchar             rollover3;
   string            name;
   string            base_currency;
   string            profit_currency;
   string            margin_currency;
   string            path;
   string            description;
  };

void MxPutSymbolSpec(CMxBuf &b, const SMxSymbolSpec &v)
  {
   b.PutU16(v.symbol_id);
   b.PutU8(v.digits);
   b.PutU8(v.trade_mode);
   b.PutU8(v.exec_mode);
   b.PutU8(v.calc_mode);
   b.PutU8(v.filling_bits);
   b.PutU8(v.expiration_bits);
   b.PutU8(v.order_bits);
   b.PutU8(v.chart_mode);
   b.PutU8(v.gtc_mode);
   b.PutU8(v.bools);
   b.PutI32(v.stops_level);
   b.PutI32(v.freeze_level);
   b.PutI32(v.spread);
   b.PutF64(v.point);
   b.PutF64(v.tick_size);
   b.PutF64(v.tick_value);
   b.PutF64(v.tick_value_profit);
   b.PutF64(v.tick_value_loss);
   b.PutF64(v.contract_size);
   b.PutF64(v.vol_min);
   b.PutF64(v.vol_max);
   b.PutF64(v.vol_step);
   b.PutF64(v.vol_limit);
   b.PutF64(v.swap_long);
   b.PutF64(v.swap_short);
   b.PutF64(v.margin_initial);
   b.PutF64(v.margin_maint);
   b.PutF64(v.margin_hedged);
   b.PutU8(v.swap_mode);
   b.PutU8(v.rollover3);
   b.PutZeros(2);
   b.PutZeros(4);
   b.PutStr(v.name, 1);
   b.PutStr(v.base_currency, 1);
   b.PutStr(v.profit_currency, 1);
   b.PutStr(v.margin_currency, 1);
   b.PutStr(v.path, 2);
   b.PutStr(v.description, 2);
  }

bool MxGetSymbolSpec(CMxBuf &b, SMxSymbolSpec &v)
  {
   v.symbol_id = b.GetU16();
   v.digits = b.GetU8();
   v.trade_mode = b.GetU8();
   v.exec_mode = b.GetU8();
   v.calc_mode = b.GetU8();
   v.filling_bits = b.GetU8();
   v.expiration_bits = b.GetU8();
   v.order_bits = b.GetU8();
   v.chart_mode = b.GetU8();
   v.gtc_mode = b.GetU8();
   v.bools = b.GetU8();
   v.stops_level = b.GetI32();
   v.freeze_level = b.GetI32();
   v.spread = b.GetI32();
   v.point = b.GetF64();
   v.tick_size = b.GetF64();
   v.tick_value = b.GetF64();
   v.tick_value_profit = b.GetF64();
   v.tick_value_loss = b.GetF64();
   v.contract_size = b.GetF64();
   v.vol_min = b.GetF64();
   v.vol_max = b.GetF64();
   v.vol_step = b.GetF64();
   v.vol_limit = b.GetF64();
   v.swap_long = b.GetF64();
   v.swap_short = b.GetF64();
   v.margin_initial = b.GetF64();
   v.margin_maint = b.GetF64();
   v.margin_hedged = b.GetF64();
   v.swap_mode = b.GetU8();
   v.rollover3 = b.GetU8();
   b.Skip(2);
   b.Skip(4);
   v.name = b.GetStr(1);
   v.base_currency = b.GetStr(1);
   v.profit_currency = b.GetStr(1);
   v.margin_currency = b.GetStr(1);
   v.path = b.GetStr(2);
   v.description = b.GetStr(2);
   return b.ok;
  }

// State follows.
struct SMxSnapshotBegin
  {
   uint              id;
   uint              sections;
  };

void MxPutSnapshotBegin(CMxBuf &b, const SMxSnapshotBegin &v)
  {
   b.PutU32(v.id);
   b.PutU32(v.sections);
  }

bool MxGetSnapshotBegin(CMxBuf &b, SMxSnapshotBegin &v)
  {
   v.id = b.GetU32();
   v.sections = b.GetU32();
   return b.ok;
  }

// The state is complete; the counts tell whether anything is missing.
struct SMxSnapshotEnd
  {
   uint              id;
   uint              positions;
   uint              orders;
   uint              deals;
   long              trade_server_ms;
  };

void MxPutSnapshotEnd(CMxBuf &b, const SMxSnapshotEnd &v)
  {
   b.PutU32(v.id);
   b.PutU32(v.positions);
   b.PutU32(v.orders);
   b.PutU32(v.deals);
   b.PutI64(v.trade_server_ms);
  }

bool MxGetSnapshotEnd(CMxBuf &b, SMxSnapshotEnd &v)
  {
   v.id = b.GetU32();
   v.positions = b.GetU32();
   v.orders = b.GetU32();
   v.deals = b.GetU32();
   v.trade_server_ms = b.GetI64();
   return b.ok;
  }

// Asks for a snapshot and one CMD_STATUS for each id named.
struct SMxResyncReq
  {
   uint              sections;
   uint              count;
   long              history_from_s;
  };

void MxPutResyncReq(CMxBuf &b, const SMxResyncReq &v)
  {
   b.PutU32(v.sections);
   b.PutU32(v.count);
   b.PutI64(v.history_from_s);
  }

bool MxGetResyncReq(CMxBuf &b, SMxResyncReq &v)
  {
   v.sections = b.GetU32();
   v.count = b.GetU32();
   v.history_from_s = b.GetI64();
   return b.ok;
  }

// One of the commands of resync_req.
struct SMxResyncReqRow
  {
   uchar             cmd_id[16];
  };

void MxPutResyncReqRow(CMxBuf &b, const SMxResyncReqRow &v)
  {
   for(int i = 0; i < 16; i++)
      b.PutU8(v.cmd_id[i]);
  }

bool MxGetResyncReqRow(CMxBuf &b, SMxResyncReqRow &v)
  {
   for(int i = 0; i < 16; i++)
      v.cmd_id[i] = b.GetU8();
   return b.ok;
  }

// One trade command. The EA executes a cmd_id once at the most.
struct SMxCmd
  {
   uchar             cmd_id[16];
   ushort            action;
   ushort            symbol_id;
   uchar             order_type;
   uchar             filling;
   uchar             time_type;
   uchar             flags;
   uint              deviation_pts;
   uint              max_spread_pts;
   long              issued_utc_ms;
   long              expires_utc_ms;
   double            volume;
   double            price;
   double            stoplimit;
   double            sl;
   double            tp;
   long              order_expiration_s;
   ulong             position;
   ulong             position_by;
   ulong             order;
   ulong             magic;
   double            guard_price;
   string            tag;
  };

void MxPutCmd(CMxBuf &b, const SMxCmd &v)
  {
   for(int i = 0; i < 16; i++)
      b.PutU8(v.cmd_id[i]);
   b.PutU16(v.action);
   b.PutU16(v.symbol_id);
   b.PutU8(v.order_type);
   b.PutU8(v.filling);
   b.PutU8(v.time_type);
   b.PutU8(v.flags);
   b.PutU32(v.deviation_pts);
   b.PutU32(v.max_spread_pts);
   b.PutI64(v.issued_utc_ms);
   b.PutI64(v.expires_utc_ms);
   b.PutF64(v.volume);
   b.PutF64(v.price);
   b.PutF64(v.stoplimit);
   b.PutF64(v.sl);
   b.PutF64(v.tp);
   b.PutI64(v.order_expiration_s);
   b.PutU64(v.position);
   b.PutU64(v.position_by);
   b.PutU64(v.order);
   b.PutU64(v.magic);
   b.PutF64(v.guard_price);
   b.PutStr(v.tag, 1);
  }

bool MxGetCmd(CMxBuf &b, SMxCmd &v)
  {
   for(int i = 0; i < 16; i++)
      v.cmd_id[i] = b.GetU8();
   v.action = b.GetU16();
   v.symbol_id = b.GetU16();
   v.order_type = b.GetU8();
   v.filling = b.GetU8();
   v.time_type = b.GetU8();
   v.flags = b.GetU8();
   v.deviation_pts = b.GetU32();
   v.max_spread_pts = b.GetU32();
   v.issued_utc_ms = b.GetI64();
   v.expires_utc_ms = b.GetI64();
   v.volume = b.GetF64();
   v.price = b.GetF64();
   v.stoplimit = b.GetF64();
   v.sl = b.GetF64();
   v.tp = b.GetF64();
   v.order_expiration_s = b.GetI64();
   v.position = b.GetU64();
   v.position_by = b.GetU64();
   v.order = b.GetU64();
   v.magic = b.GetU64();
   v.guard_price = b.GetF64();
   v.tag = b.GetStr(1);
   return b.ok;
  }

// The EA has taken the command, or why not.
struct SMxCmdAck
  {
   uchar             cmd_id[16];
   ushort            status;
   ushort            state;
   uint              last_retcode;
   long              ea_utc_ms;
   ulong             order;
   ulong             deal;
   string            text;
  };

void MxPutCmdAck(CMxBuf &b, const SMxCmdAck &v)
  {
   for(int i = 0; i < 16; i++)
      b.PutU8(v.cmd_id[i]);
   b.PutU16(v.status);
   b.PutU16(v.state);
   b.PutU32(v.last_retcode);
   b.PutI64(v.ea_utc_ms);
   b.PutU64(v.order);
   b.PutU64(v.deal);
   b.PutStr(v.text, 1);
  }

bool MxGetCmdAck(CMxBuf &b, SMxCmdAck &v)
  {
   for(int i = 0; i < 16; i++)
      v.cmd_id[i] = b.GetU8();
   v.status = b.GetU16();
   v.state = b.GetU16();
   v.last_retcode = b.GetU32();
   v.ea_utc_ms = b.GetI64();
   v.order = b.GetU64();
   v.deal = b.GetU64();
   v.text = b.GetStr(1);
   return b.ok;
  }

// What the trade server said.
struct SMxCmdResult
  {
   uchar             cmd_id[16];
   uint              retcode;
   int               external;
   uint              request_id;
   uint              last_error;
   ulong             order;
   ulong             deal;
   double            volume;
   double            price;
   double            bid;
   double            ask;
   ulong             t_recv_us;
   ulong             t_send_us;
   ulong             t_done_us;
   uchar             send_ok;
   uchar             final_;
   string            comment;
  };

void MxPutCmdResult(CMxBuf &b, const SMxCmdResult &v)
  {
   for(int i = 0; i < 16; i++)
      b.PutU8(v.cmd_id[i]);
   b.PutU32(v.retcode);
   b.PutI32(v.external);
   b.PutU32(v.request_id);
   b.PutU32(v.last_error);
   b.PutU64(v.order);
   b.PutU64(v.deal);
   b.PutF64(v.volume);
   b.PutF64(v.price);
   b.PutF64(v.bid);
   b.PutF64(v.ask);
   b.PutU64(v.t_recv_us);
   b.PutU64(v.t_send_us);
   b.PutU64(v.t_done_us);
   b.PutU8(v.send_ok);
   b.PutU8(v.final_);
   b.PutZeros(2);
   b.PutZeros(4);
   b.PutStr(v.comment, 1);
  }

bool MxGetCmdResult(CMxBuf &b, SMxCmdResult &v)
  {
   for(int i = 0; i < 16; i++)
      v.cmd_id[i] = b.GetU8();
   v.retcode = b.GetU32();
   v.external = b.GetI32();
   v.request_id = b.GetU32();
   v.last_error = b.GetU32();
   v.order = b.GetU64();
   v.deal = b.GetU64();
   v.volume = b.GetF64();
   v.price = b.GetF64();
   v.bid = b.GetF64();
   v.ask = b.GetF64();
   v.t_recv_us = b.GetU64();
   v.t_send_us = b.GetU64();
   v.t_done_us = b.GetU64();
   v.send_ok = b.GetU8();
   v.final_ = b.GetU8();
   b.Skip(2);
   b.Skip(4);
   v.comment = b.GetStr(1);
   return b.ok;
  }

// One MqlTradeTransaction.
struct SMxTradeTx
  {
   ulong             event_no;
   uchar             type;
   uchar             order_type;
   uchar             order_state;
   uchar             deal_type;
   uchar             time_type;
   ushort            symbol_id;
   ulong             deal;
   ulong             order;
   ulong             position;
   ulong             position_by;
   long              expiration;
   double            price;
   double            trigger;
   double            sl;
   double            tp;
   double            volume;
   ulong             ea_us;
   uint              request_id;
   uint              retcode;
   uchar             cmd_id[16];
  };

void MxPutTradeTx(CMxBuf &b, const SMxTradeTx &v)
  {
   b.PutU64(v.event_no);
   b.PutU8(v.type);
   b.PutU8(v.order_type);
   b.PutU8(v.order_state);
   b.PutU8(v.deal_type);
   b.PutU8(v.time_type);
   b.PutZeros(1);
   b.PutU16(v.symbol_id);
   b.PutU64(v.deal);
   b.PutU64(v.order);
   b.PutU64(v.position);
   b.PutU64(v.position_by);
   b.PutI64(v.expiration);
   b.PutF64(v.price);
   b.PutF64(v.trigger);
   b.PutF64(v.sl);
   b.PutF64(v.tp);
   b.PutF64(v.volume);
   b.PutU64(v.ea_us);
   b.PutU32(v.request_id);
   b.PutU32(v.retcode);
   for(int i = 0; i < 16; i++)
      b.PutU8(v.cmd_id[i]);
  }

bool MxGetTradeTx(CMxBuf &b, SMxTradeTx &v)
  {
   v.event_no = b.GetU64();
   v.type = b.GetU8();
   v.order_type = b.GetU8();
   v.order_state = b.GetU8();
   v.deal_type = b.GetU8();
   v.time_type = b.GetU8();
   b.Skip(1);
   v.symbol_id = b.GetU16();
   v.deal = b.GetU64();
   v.order = b.GetU64();
   v.position = b.GetU64();
   v.position_by = b.GetU64();
   v.expiration = b.GetI64();
   v.price = b.GetF64();
   v.trigger = b.GetF64();
   v.sl = b.GetF64();
   v.tp = b.GetF64();
   v.volume = b.GetF64();
   v.ea_us = b.GetU64();
   v.request_id = b.GetU32();
   v.retcode = b.GetU32();
   for(int i = 0; i < 16; i++)
      v.cmd_id[i] = b.GetU8();
   return b.ok;
  }

// Asks for one CMD_STATUS for each id named.
struct SMxCmdQuery
  {
   uint              sections;
   uint              count;
   long              history_from_s;
  };

void MxPutCmdQuery(CMxBuf &b, const SMxCmdQuery &v)
  {
   b.PutU32(v.sections);
   b.PutU32(v.count);
   b.PutI64(v.history_from_s);
  }

bool MxGetCmdQuery(CMxBuf &b, SMxCmdQuery &v)
  {
   v.sections = b.GetU32();
   v.count = b.GetU32();
   v.history_from_s = b.GetI64();
   return b.ok;
  }

// One of the commands of cmd_query.
struct SMxCmdQueryRow
  {
   uchar             cmd_id[16];
  };

void MxPutCmdQueryRow(CMxBuf &b, const SMxCmdQueryRow &v)
  {
   for(int i = 0; i < 16; i++)
      b.PutU8(v.cmd_id[i]);
  }

bool MxGetCmdQueryRow(CMxBuf &b, SMxCmdQueryRow &v)
  {
   for(int i = 0; i < 16; i++)
      v.cmd_id[i] = b.GetU8();
   return b.ok;
  }

// What the EA's journal says of a command.
struct SMxCmdStatus
  {
   uchar             cmd_id[16];
   ushort            status;
   ushort            state;
   uint              last_retcode;
   long              ea_utc_ms;
   ulong             order;
   ulong             deal;
   string            text;
  };

void MxPutCmdStatus(CMxBuf &b, const SMxCmdStatus &v)
  {
   for(int i = 0; i < 16; i++)
      b.PutU8(v.cmd_id[i]);
   b.PutU16(v.status);
   b.PutU16(v.state);
   b.PutU32(v.last_retcode);
   b.PutI64(v.ea_utc_ms);
   b.PutU64(v.order);
   b.PutU64(v.deal);
   b.PutStr(v.text, 1);
  }

bool MxGetCmdStatus(CMxBuf &b, SMxCmdStatus &v)
  {
   for(int i = 0; i < 16; i++)
      v.cmd_id[i] = b.GetU8();
   v.status = b.GetU16();
   v.state = b.GetU16();
   v.last_retcode = b.GetU32();
   v.ea_utc_ms = b.GetI64();
   v.order = b.GetU64();
   v.deal = b.GetU64();
   v.text = b.GetStr(1);
   return b.ok;
  }

// Countries of the economic calendar.
struct SMxCalCountries
  {
   uint              count;
  };

void MxPutCalCountries(CMxBuf &b, const SMxCalCountries &v)
  {
   b.PutU32(v.count);
   b.PutZeros(4);
  }

bool MxGetCalCountries(CMxBuf &b, SMxCalCountries &v)
  {
   v.count = b.GetU32();
   b.Skip(4);
   return b.ok;
  }

// One of the rows of cal_countries.
struct SMxCalCountriesRow
  {
   ulong             country_id;
   string            code;
   string            currency;
   string            currency_symbol;
   string            name;
   string            url_name;
  };

void MxPutCalCountriesRow(CMxBuf &b, const SMxCalCountriesRow &v)
  {
   int at = b.size;
   b.PutU32(0);
   b.PutZeros(4);
   b.PutU64(v.country_id);
   b.PutStr(v.code, 1);
   b.PutStr(v.currency, 1);
   b.PutStr(v.currency_symbol, 1);
   b.PutStr(v.name, 2);
   b.PutStr(v.url_name, 2);
   b.PatchU32(at, (uint)(b.size - at));
  }

bool MxGetCalCountriesRow(CMxBuf &b, SMxCalCountriesRow &v)
  {
   int at = b.pos;
   int outer = b.end;
   uint bytes = b.GetU32();
   if(!b.ok || bytes < 16 || bytes > (uint)(outer - at))
     {
      b.ok = false;
      return false;
     }
   b.end = at + (int)bytes;
   b.Skip(4);
   v.country_id = b.GetU64();
   v.code = b.GetStr(1);
   v.currency = b.GetStr(1);
   v.currency_symbol = b.GetStr(1);
   v.name = b.GetStr(2);
   v.url_name = b.GetStr(2);
   b.pos = b.end;
   b.end = outer;
   return b.ok;
  }

// Kinds of calendar events.
struct SMxCalEvents
  {
   uint              count;
  };

void MxPutCalEvents(CMxBuf &b, const SMxCalEvents &v)
  {
   b.PutU32(v.count);
   b.PutZeros(4);
  }

bool MxGetCalEvents(CMxBuf &b, SMxCalEvents &v)
  {
   v.count = b.GetU32();
   b.Skip(4);
   return b.ok;
  }

// One of the rows of cal_events.
struct SMxCalEventsRow
  {
   uchar             type;
   uchar             sector;
   uchar             frequency;
   uchar             time_mode;
   ulong             event_id;
   ulong             country_id;
   uchar             unit;
   uchar             importance;
   uchar             multiplier;
   uchar             digits;
   string            currency;
   string            country;
   string            name;
   string            event_code;
   string            url;
  };

void MxPutCalEventsRow(CMxBuf &b, const SMxCalEventsRow &v)
  {
   int at = b.size;
   b.PutU32(0);
   b.PutU8(v.type);
   b.PutU8(v.sector);
   b.PutU8(v.frequency);
   b.PutU8(v.time_mode);
   b.PutU64(v.event_id);
   b.PutU64(v.country_id);
   b.PutU8(v.unit);
   b.PutU8(v.importance);
   b.PutU8(v.multiplier);
   b.PutU8(v.digits);
   b.PutZeros(4);
   b.PutStr(v.currency, 1);
   b.PutStr(v.country, 1);
   b.PutStr(v.name, 2);
   b.PutStr(v.event_code, 2);
   b.PutStr(v.url, 2);
   b.PatchU32(at, (uint)(b.size - at));
  }

bool MxGetCalEventsRow(CMxBuf &b, SMxCalEventsRow &v)
  {
   int at = b.pos;
   int outer = b.end;
   uint bytes = b.GetU32();
   if(!b.ok || bytes < 32 || bytes > (uint)(outer - at))
     {
      b.ok = false;
      return false;
     }
   b.end = at + (int)bytes;
   v.type = b.GetU8();
   v.sector = b.GetU8();
   v.frequency = b.GetU8();
   v.time_mode = b.GetU8();
   v.event_id = b.GetU64();
   v.country_id = b.GetU64();
   v.unit = b.GetU8();
   v.importance = b.GetU8();
   v.multiplier = b.GetU8();
   v.digits = b.GetU8();
   b.Skip(4);
   v.currency = b.GetStr(1);
   v.country = b.GetStr(1);
   v.name = b.GetStr(2);
   v.event_code = b.GetStr(2);
   v.url = b.GetStr(2);
   b.pos = b.end;
   b.end = outer;
   return b.ok;
  }

// Occurrences of calendar events; values in millionths, the least i64 = absent.
struct SMxCalValues
  {
   uint              count;
  };

void MxPutCalValues(CMxBuf &b, const SMxCalValues &v)
  {
   b.PutU32(v.count);
   b.PutZeros(4);
  }

bool MxGetCalValues(CMxBuf &b, SMxCalValues &v)
  {
   v.count = b.GetU32();
   b.Skip(4);
   return b.ok;
  }

// One of the rows of cal_values.
struct SMxCalValuesRow
  {
   ulong             value_id;
   ulong             event_id;
   long              time_s;
   long              period_s;
   int               revision;
   uchar             impact;
   long              actual;
   long              previous;
   long              revised_previous;
   long              forecast;
   ulong             change_id;
  };

void MxPutCalValuesRow(CMxBuf &b, const SMxCalValuesRow &v)
  {
   b.PutU64(v.value_id);
   b.PutU64(v.event_id);
   b.PutI64(v.time_s);
   b.PutI64(v.period_s);
   b.PutI32(v.revision);
   b.PutU8(v.impact);
   b.PutZeros(3);
   b.PutI64(v.actual);
   b.PutI64(v.previous);
   b.PutI64(v.revised_previous);
   b.PutI64(v.forecast);
   b.PutU64(v.change_id);
  }

bool MxGetCalValuesRow(CMxBuf &b, SMxCalValuesRow &v)
  {
   v.value_id = b.GetU64();
   v.event_id = b.GetU64();
   v.time_s = b.GetI64();
   v.period_s = b.GetI64();
   v.revision = b.GetI32();
   v.impact = b.GetU8();
   b.Skip(3);
   v.actual = b.GetI64();
   v.previous = b.GetI64();
   v.revised_previous = b.GetI64();
   v.forecast = b.GetI64();
   v.change_id = b.GetU64();
   return b.ok;
  }

// Asks for the calendar.
struct SMxCalReq
  {
   uchar             what;
   long              from_s;
   long              to_s;
  };

void MxPutCalReq(CMxBuf &b, const SMxCalReq &v)
  {
   b.PutU8(v.what);
   b.PutZeros(7);
   b.PutI64(v.from_s);
   b.PutI64(v.to_s);
  }

bool MxGetCalReq(CMxBuf &b, SMxCalReq &v)
  {
   v.what = b.GetU8();
   b.Skip(7);
   v.from_s = b.GetI64();
   v.to_s = b.GetI64();
   return b.ok;
  }

#endif
