// RocksDB's files: with modes of our own and a log that never fails.
#include <errno.h>
#include <rocksdb/file_system.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdarg>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>

#include "processor/base/clock.h"
#include "processor/base/file_modes.h"
#include "state/rocksdb/rocksdb_options.h"

namespace leadpulse::state {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// Sets the mode of a file or directory that was made with the result `made`.
IOStatus MakePrivate(const IOStatus& made, const std::string& path, mode_t mode) {
  if (!made.ok() || chmod(path.c_str(), mode) == 0) return made;
  return IOStatus::IOError(path, strerror(errno));
}

class PrivateFileSystem : public rocksdb::FileSystemWrapper {
 public:
  PrivateFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "LeadpulsePrivateFiles"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override {
    return MakePrivate(target()->NewWritableFile(path, options, file, debug), path, kPrivateFile);
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override {
    return MakePrivate(target()->ReopenWritableFile(path, options, file, debug), path, kPrivateFile);
  }
  IOStatus LockFile(const std::string& path, const IOOptions& options, rocksdb::FileLock** lock,
                    IODebugContext* debug) override {
    return MakePrivate(target()->LockFile(path, options, lock, debug), path, kPrivateFile);
  }
  IOStatus CreateDir(const std::string& path, const IOOptions& options, IODebugContext* debug) override {
    return MakePrivate(target()->CreateDir(path, options, debug), path, kPrivateDirectory);
  }
};

// The longest line; longer ones, such as the dump of options at opening, are cut.
constexpr size_t kMaxLineBytes = 4096;

class RocksDbLog : public rocksdb::Logger {
 public:
  RocksDbLog(const std::string& directory, size_t max_bytes) : directory_(directory), max_bytes_(max_bytes) {
    if (!directory.empty()) Rotate();
  }

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    char line[kMaxLineBytes];
    int size = std::vsnprintf(line, sizeof line, format, arguments);
    if (size < 0) return;
    std::string_view text(line, std::min(static_cast<size_t>(size), sizeof line - 1));
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (directory_.empty()) return;
    std::string dated = FormatRfc3339(SystemClock().Now()) + " ";
    dated += text;
    dated += '\n';
    std::lock_guard lock(mutex_);
    if (bytes_ + dated.size() > max_bytes_) Rotate();
    bytes_ += dated.size();
    file_ << dated << std::flush;
    file_.clear();
  }

 private:
  void Rotate() {
    file_.close();
    std::error_code ignored;
    std::filesystem::rename(directory_ / "LOG", directory_ / "LOG.old", ignored);
    file_.open(directory_ / "LOG", std::ios::trunc);
    std::filesystem::permissions(directory_ / "LOG", std::filesystem::perms(kPrivateFile), ignored);
    bytes_ = 0;
  }

  const std::filesystem::path directory_;
  const size_t max_bytes_;
  std::mutex mutex_;
  std::ofstream file_;
  size_t bytes_ = 0;
};

}  // namespace

rocksdb::Env* PrivateFiles() {
  static rocksdb::Env* const files = rocksdb::NewCompositeEnv(std::make_shared<PrivateFileSystem>()).release();
  return files;
}

std::shared_ptr<rocksdb::Logger> MakeRocksDbLog(const std::string& directory, size_t max_bytes) {
  return std::make_shared<RocksDbLog>(directory, max_bytes);
}

}  // namespace leadpulse::state
