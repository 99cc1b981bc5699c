#include <errno.h>
#include <rocksdb/file_system.h>
#include <sys/stat.h>

#include <cstring>
#include <memory>
#include <string>

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
    return MakePrivate(target()->NewWritableFile(path, options, file, debug), path, kFile);
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override {
    return MakePrivate(target()->ReopenWritableFile(path, options, file, debug), path, kFile);
  }
  IOStatus LockFile(const std::string& path, const IOOptions& options, rocksdb::FileLock** lock,
                    IODebugContext* debug) override {
    return MakePrivate(target()->LockFile(path, options, lock, debug), path, kFile);
  }
  IOStatus CreateDir(const std::string& path, const IOOptions& options, IODebugContext* debug) override {
    return MakePrivate(target()->CreateDir(path, options, debug), path, kDirectory);
  }

 private:
  static constexpr mode_t kFile = 0600;
  static constexpr mode_t kDirectory = 0700;
};

}  // namespace

rocksdb::Env* PrivateFiles() {
  static rocksdb::Env* const files = rocksdb::NewCompositeEnv(std::make_shared<PrivateFileSystem>()).release();
  return files;
}

}  // namespace leadpulse::state
