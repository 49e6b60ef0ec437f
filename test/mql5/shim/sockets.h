// MQL5's sockets over POSIX ones, quirks included: 128 handles, an allow-list, SocketIsReadable that says 1 of an empty
// buffer at first, SocketRead that answers -1 to a timeout, short writes, and SocketIsConnected that notices a peer's end
// only by an operation that failed.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <map>
#include "terminal.h"

#define SOCKET_DEFAULT 0
#define ERR_FUNCTION_NOT_ALLOWED 4014
#define ERR_NETSOCKET_INVALIDHANDLE 5270
#define ERR_NETSOCKET_TOO_MANY_OPENED 5271
#define ERR_NETSOCKET_CANNOT_CONNECT 5272
#define ERR_NETSOCKET_IO_ERROR 5273
#define ERR_NETSOCKET_HANDSHAKE_FAILED 5274
#define ERR_NETSOCKET_NO_CERTIFICATE 5275

struct ShimSocket {
  int fd = -1;
  bool connected = false, readableCalled = false, tls = false;
};
struct ShimSockets {
  std::map<int, ShimSocket> open;
  int next = 1;
  size_t limit = 128;
  std::string allowed = "127.0.0.1";
  // Bytes that the next SocketSend writes before it stops short; -1 = all.
  long shortWrite = -1;
  // The system's TLS stands outside, in a proxy of the test: what is left here is which functions may be called when.
  std::string tlsName = "localhost", tlsThumbprint = "AB12";
};
inline ShimSockets sockets;

inline ShimSocket *shimSocket(int h) {
  auto found = sockets.open.find(h);
  if (found != sockets.open.end()) return &found->second;
  mqlLastError = ERR_NETSOCKET_INVALIDHANDLE;
  return nullptr;
}
inline void shimBroken(ShimSocket *s) {
  s->connected = false;
  mqlLastError = ERR_NETSOCKET_IO_ERROR;
}

inline int SocketCreate(uint) {
  if (sockets.open.size() >= sockets.limit) {
    mqlLastError = ERR_NETSOCKET_TOO_MANY_OPENED;
    return INVALID_HANDLE;
  }
  sockets.open[sockets.next] = ShimSocket();
  return sockets.next++;
}

inline bool SocketConnect(int h, const string &host, uint port, uint timeoutMs) {
  ShimSocket *s = shimSocket(h);
  if (!s) return false;
  if (host.utf8() != sockets.allowed) {
    mqlLastError = ERR_FUNCTION_NOT_ALLOWED;
    return false;
  }
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons((ushort)port);
  inet_pton(AF_INET, host.utf8().c_str(), &to.sin_addr);
  int error = 0;
  if (connect(s->fd, (sockaddr *)&to, sizeof to) != 0) {
    pollfd p = {s->fd, POLLOUT, 0};
    socklen_t size = sizeof error;
    if (errno != EINPROGRESS || poll(&p, 1, (int)timeoutMs) != 1) error = ETIMEDOUT;
    else getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error != 0) {
    mqlLastError = ERR_NETSOCKET_CANNOT_CONNECT;
    return false;
  }
  int blocking = 0;
  ioctl(s->fd, FIONBIO, &blocking);
  s->connected = true;
  return true;
}

inline bool SocketTimeouts(int h, uint sendMs, uint receiveMs) {
  ShimSocket *s = shimSocket(h);
  if (!s) return false;
  timeval send = {(long)sendMs / 1000, (long)sendMs % 1000 * 1000}, receive = {(long)receiveMs / 1000, (long)receiveMs % 1000 * 1000};
  setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof send);
  setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &receive, sizeof receive);
  return true;
}

inline bool SocketIsConnected(int h) {
  ShimSocket *s = shimSocket(h);
  return s && s->connected;
}

inline uint SocketIsReadable(int h) {
  ShimSocket *s = shimSocket(h);
  if (!s || !s->connected) return 0;
  int waiting = 0, error = 0;
  socklen_t size = sizeof error;
  getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0 || ioctl(s->fd, FIONREAD, &waiting) != 0) {
    shimBroken(s);
    return 0;
  }
  bool first = !s->readableCalled;
  s->readableCalled = true;
  return waiting == 0 && first ? 1 : (uint)waiting;
}

// -1 on a timeout as on an error; a timeout of 0 is the default of two minutes.
inline int SocketRead(int h, MqlArray<uchar> &b, uint maxlen, uint timeoutMs) {
  ShimSocket *s = shimSocket(h);
  if (s && s->tls) mqlStop("SocketRead of a TLS socket");
  if (!s || !s->connected) return -1;
  pollfd p = {s->fd, POLLIN, 0};
  int ready = poll(&p, 1, timeoutMs == 0 ? 120000 : (int)timeoutMs);
  if (ready == 0) {
    mqlLastError = ERR_NETSOCKET_IO_ERROR;
    return -1;
  }
  std::vector<uchar> bytes(maxlen);
  long got = recv(s->fd, bytes.data(), maxlen, 0);
  if (got <= 0) {
    shimBroken(s);
    return -1;
  }
  b.v.insert(b.v.end(), bytes.begin(), bytes.begin() + got);
  return (int)got;
}

inline int shimSend(ShimSocket *s, const MqlArray<uchar> &b, uint len) {
  if (!s || !s->connected) {
    if (s) mqlLastError = ERR_NETSOCKET_IO_ERROR;
    return -1;
  }
  if (len > b.v.size()) mqlStop("SocketSend beyond its array");
  uint stop = sockets.shortWrite >= 0 && (uint)sockets.shortWrite < len ? (uint)sockets.shortWrite : len;
  sockets.shortWrite = -1;
  uint sent = 0;
  while (sent < stop) {
    long n = send(s->fd, b.v.data() + sent, stop - sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) {
      shimBroken(s);
      return -1;
    }
    if (n <= 0) break;
    sent += (uint)n;
  }
  return (int)sent;
}

inline int SocketSend(int h, const MqlArray<uchar> &b, uint len) {
  ShimSocket *s = shimSocket(h);
  if (s && s->tls) mqlStop("SocketSend to a TLS socket");
  return shimSend(s, b, len);
}

inline bool SocketTlsHandshake(int h, const string &host) {
  ShimSocket *s = shimSocket(h);
  if (!s || !s->connected) return false;
  if (host.utf8() != sockets.tlsName) {
    mqlLastError = ERR_NETSOCKET_HANDSHAKE_FAILED;
    return false;
  }
  s->tls = true;
  return true;
}

inline bool SocketTlsCertificate(int h, string &subject, string &issuer, string &serial, string &thumbprint, datetime &expiration) {
  ShimSocket *s = shimSocket(h);
  if (!s || !s->tls) {
    if (s) mqlLastError = ERR_NETSOCKET_NO_CERTIFICATE;
    return false;
  }
  subject = string("connector");
  issuer = string("authority");
  serial = string("01");
  thumbprint = string(sockets.tlsThumbprint);
  expiration = (datetime)0;
  return true;
}

inline int SocketTlsSend(int h, const MqlArray<uchar> &b, uint len) {
  ShimSocket *s = shimSocket(h);
  if (s && !s->tls) mqlStop("SocketTlsSend to a socket in the clear");
  return shimSend(s, b, len);
}

// Only what is there: 0 is normal.
inline int SocketTlsReadAvailable(int h, MqlArray<uchar> &b, uint maxlen) {
  ShimSocket *s = shimSocket(h);
  if (!s || !s->connected) return -1;
  if (!s->tls) mqlStop("SocketTlsReadAvailable of a socket in the clear");
  std::vector<uchar> bytes(maxlen);
  long got = recv(s->fd, bytes.data(), maxlen, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return 0;
  if (got <= 0) {
    shimBroken(s);
    return -1;
  }
  b.v.insert(b.v.end(), bytes.begin(), bytes.begin() + got);
  return (int)got;
}

inline bool SocketClose(int h) {
  ShimSocket *s = shimSocket(h);
  if (!s) return false;
  if (s->fd >= 0) close(s->fd);
  sockets.open.erase(h);
  return true;
}
// What the operating system does when the terminal is gone.
inline void shimDropSockets() {
  for (auto &s : sockets.open)
    if (s.second.fd >= 0) close(s.second.fd);
  sockets.open.clear();
}
