// MQL5's files, inside one folder. Opened without a share flag a file belongs to one program alone; writes are kept back
// until FileFlush or FileClose, and are lost when the program is killed before. A test can let the disk be full, or kill
// the program in the middle of a record.
#pragma once
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <map>
#include "terminal.h"

#define FILE_READ 1
#define FILE_WRITE 2
#define FILE_BIN 4
#define FILE_REWRITE 512
#define ERR_CANNOT_OPEN_FILE 5004
#define ERR_FILE_WRITEERROR 5026

enum ENUM_FILE_POSITION { SEEK_SET_, SEEK_CUR_, SEEK_END_ };
#undef SEEK_SET
#undef SEEK_CUR
#undef SEEK_END
#define SEEK_SET SEEK_SET_
#define SEEK_CUR SEEK_CUR_
#define SEEK_END SEEK_END_

struct ShimFile {
  int fd;
  std::vector<uchar> kept;
};
struct ShimFiles {
  std::map<int, ShimFile> open;
  int next = 1;
  std::string folder;
  bool full = false;
  // Bytes of the next flush that reach the disk before the program is killed; -1 = none is.
  long killAfter = -1;
};
inline ShimFiles files;

inline std::string shimPath(const string &name) {
  std::string path = name.utf8();
  for (char &c : path)
    if (c == '\\') c = '/';
  if (path.find("..") != std::string::npos || path[0] == '/') mqlStop("a path outside MQL5\\Files");
  return files.folder + "/" + path;
}
inline bool FileIsExist(const string &name) { return access(shimPath(name).c_str(), F_OK) == 0; }
inline bool FileDelete(const string &name) { return unlink(shimPath(name).c_str()) == 0; }

inline int FileOpen(const string &name, int flags) {
  if (flags != (FILE_READ | FILE_WRITE | FILE_BIN)) mqlStop("the shim knows read and write of binary files only");
  std::string path = shimPath(name);
  for (size_t at = files.folder.size() + 1; (at = path.find('/', at)) != std::string::npos; at++) mkdir(path.substr(0, at).c_str(), 0700);
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (fd >= 0) close(fd);
    mqlLastError = ERR_CANNOT_OPEN_FILE;
    return INVALID_HANDLE;
  }
  files.open[files.next] = {fd, {}};
  return files.next++;
}
inline ShimFile &shimFile(int h) {
  auto found = files.open.find(h);
  if (found == files.open.end()) mqlStop("a file that is not open");
  return found->second;
}
inline void FileFlush(int h) {
  ShimFile &f = shimFile(h);
  size_t length = f.kept.size();
  if (files.killAfter >= 0) {
    if (write(f.fd, f.kept.data(), (size_t)files.killAfter < length ? (size_t)files.killAfter : length) < 0) mqlLastError = ERR_FILE_WRITEERROR;
    files.killAfter = -1;
    throw EaKilled();
  }
  if (length > 0 && write(f.fd, f.kept.data(), length) != (long)length) mqlLastError = ERR_FILE_WRITEERROR;
  f.kept.clear();
}
inline void FileClose(int h) {
  FileFlush(h);
  close(shimFile(h).fd);
  files.open.erase(h);
}
inline ulong FileSize(int h) {
  struct stat s;
  fstat(shimFile(h).fd, &s);
  return (ulong)s.st_size + shimFile(h).kept.size();
}
inline bool FileSeek(int h, long offset, ENUM_FILE_POSITION origin) {
  FileFlush(h);
  return lseek(shimFile(h).fd, offset, origin == SEEK_SET ? 0 : origin == SEEK_CUR ? 1 : 2) >= 0;
}
inline uint FileReadArray(int h, MqlArray<uchar> &a, int start, int count) {
  if (start != 0 || count < 0) mqlStop("the shim reads whole arrays from 0");
  a.v.resize((size_t)count);
  long got = read(shimFile(h).fd, a.v.data(), (size_t)count);
  return got < 0 ? 0 : (uint)got;
}
inline uint FileWriteArray(int h, const MqlArray<uchar> &a, int start, int count) {
  if (files.full) {
    mqlLastError = ERR_FILE_WRITEERROR;
    return 0;
  }
  if (count == 0) return 0;
  (void)a[start + count - 1];
  ShimFile &f = shimFile(h);
  f.kept.insert(f.kept.end(), a.v.begin() + start, a.v.begin() + start + count);
  return (uint)count;
}
// Refused while someone has either file open, as Windows does.
inline bool FileMove(const string &from, int, const string &to, int) {
  for (const string *name : {&from, &to}) {
    int fd = open(shimPath(*name).c_str(), O_RDWR | O_CLOEXEC);
    bool held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0;
    if (fd >= 0) close(fd);
    if (held) return false;
  }
  return rename(shimPath(from).c_str(), shimPath(to).c_str()) == 0;
}
inline void shimDropFiles() {
  for (auto &f : files.open) close(f.second.fd);
  files.open.clear();
}
