// The TCP line to the connector, on MQL5's own sockets. Knows their quirks (SocketIsReadable may say 1 of an empty buffer,
// SocketRead answers -1 to a timeout as to an error, SocketSend may write less than asked; over TLS other
// functions do the same) and hides them: bytes come and go whole, or the line is closed and the reason kept.
#ifndef LOCKSTEP_LINE_MQH
#define LOCKSTEP_LINE_MQH
#include "support.mqh"
#include "settings.mqh"

#define EA_CONNECT_MS 500
#define EA_SEND_MS 1000
#define EA_READ_MS 1
#define EA_READ_MAX 1048576
#define EA_NOT_ALLOWED 4014

class CEaLine
  {
private:
   int               m_handle;
   string            m_why;

public:
                     CEaLine() { m_handle = INVALID_HANDLE; m_why = ""; }
   bool              IsOpen() { return m_handle != INVALID_HANDLE; }
   // Why the last attempt or line came to nothing.
   string            Why() { return m_why; }
   bool              Open(string host, int port);
   void              Close();
   bool              Send(CMxBuf &b);
   bool              Receive(CMxBuf &b);

private:
   bool              Encrypt();
   bool              Lost(string why);
  };

bool CEaLine::Open(string host, int port)
  {
   Close();
   m_why = "";
   ResetLastError();
   m_handle = SocketCreate(SOCKET_DEFAULT);
   if(m_handle == INVALID_HANDLE)
      return Lost("no socket could be made (error " + IntegerToString(GetLastError()) + ")");
   if(!SocketConnect(m_handle, host, (uint)port, EA_CONNECT_MS))
     {
      int error = GetLastError();
      string hint = error == EA_NOT_ALLOWED ?
                    "add " + host + " in Tools > Options > Expert Advisors > Allow WebRequest for listed URL" :
                    "is the connector running, and is " + host + " an allowed address in Tools > Options > Expert Advisors?";
      return Lost("no connection to " + host + ":" + IntegerToString(port) + " (error " + IntegerToString(error) + "): " + hint);
     }
   SocketTimeouts(m_handle, EA_SEND_MS, EA_SEND_MS);
   return EaSettings.tls ? Encrypt() : true;
  }

// The system checks the certificate; a thumbprint that the user has given is checked here.
bool CEaLine::Encrypt()
  {
   ResetLastError();
   if(!SocketTlsHandshake(m_handle, EaSettings.tlsName))
      return Lost("no TLS with " + EaSettings.tlsName + " (error " + IntegerToString(GetLastError()) +
                  "): has the connector LOCKSTEP_EA_TLS_CERT, and does this PC trust it?");
   if(EaSettings.tlsThumbprint == "")
      return true;
   string subject = "";
   string issuer = "";
   string serial = "";
   string thumbprint = "";
   datetime expires = (datetime)0;
   if(!SocketTlsCertificate(m_handle, subject, issuer, serial, thumbprint, expires))
      return Lost("the connector's certificate cannot be read (error " + IntegerToString(GetLastError()) + ")");
   if(thumbprint != EaSettings.tlsThumbprint)
      return Lost("the connector's certificate has the thumbprint " + thumbprint + ", TlsThumbprint says " + EaSettings.tlsThumbprint);
   return true;
  }

void CEaLine::Close()
  {
   if(m_handle != INVALID_HANDLE)
      SocketClose(m_handle);
   m_handle = INVALID_HANDLE;
  }

// Everything or nothing: half a frame cannot be continued, so a short write ends the line.
bool CEaLine::Send(CMxBuf &b)
  {
   if(!IsOpen())
      return false;
   if(b.size == 0)
      return true;
   ResetLastError();
   int sent = EaSettings.tls ? SocketTlsSend(m_handle, b.data, (uint)b.size) : SocketSend(m_handle, b.data, (uint)b.size);
   if(sent != b.size)
      return Lost("the connector takes no more bytes (error " + IntegerToString(GetLastError()) + ")");
   return true;
  }

// Adds whatever has arrived to b; false when the line is gone.
bool CEaLine::Receive(CMxBuf &b)
  {
   if(!IsOpen())
      return false;
   ResetLastError();
   // Of a TLS line it counts what is still encrypted: that can be nothing while decrypted bytes wait.
   uint waiting = EaSettings.tls ? EA_READ_MAX : SocketIsReadable(m_handle);
   if(waiting == 0)
      return SocketIsConnected(m_handle) ? true : Lost("the connector closed the line");
   if(waiting > EA_READ_MAX)
      waiting = EA_READ_MAX;
   MX_DYN(uchar, bytes);
   int got = EaSettings.tls ? SocketTlsReadAvailable(m_handle, bytes, waiting) : SocketRead(m_handle, bytes, waiting, EA_READ_MS);
   if(got < 0 || (got == 0 && EaSettings.tls))
     {
      // Nothing there after all, or an error: only the second has ended the connection, whatever the error code says.
      int error = GetLastError();
      return SocketIsConnected(m_handle) ? true : Lost("the line broke (error " + IntegerToString(error) + ")");
     }
   b.Grow(got);
   for(int i = 0; i < got; i++)
      b.PutU8(bytes[i]);
   return true;
  }

bool CEaLine::Lost(string why)
  {
   Close();
   m_why = why;
   return false;
  }

CEaLine EaLine;
#endif
