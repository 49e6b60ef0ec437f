// The fixed part of the MQL5 codec: a byte buffer, CRC-32, HMAC, and the frame around a payload. Written in the dialect
// that MetaEditor and g++ both take (the latter for tests): no pointers, no string work, arrays hidden in one class.
export const MQL5_BASE = `#ifdef __MQL5__
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
`;
