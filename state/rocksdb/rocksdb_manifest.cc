#include "state/rocksdb/rocksdb_manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>

#include "processor/base/open_files.h"

namespace leadpulse::state {
namespace {

// Empty if there is none.
std::string CurrentName(const std::string& directory) {
  std::ifstream file(directory + "/CURRENT");
  std::string name;
  std::getline(file, name);
  return name;
}

uint64_t LengthOf(int descriptor) {
  struct stat info {};
  return fstat(descriptor, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

// The first bytes of a file; nullopt if it is shorter (errno is 0) or cannot be read (errno is set).
std::optional<uint64_t> HashOfFirst(int descriptor, uint64_t bytes) {
  struct stat info {};
  if (fstat(descriptor, &info) != 0) return std::nullopt;
  errno = 0;
  if (static_cast<uint64_t>(info.st_size) < bytes) return std::nullopt;
  std::string content(bytes, '\0');
  for (uint64_t done = 0; done < bytes;) {
    ssize_t got = pread(descriptor, content.data() + done, bytes - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) errno = 0;
    if (got <= 0) return std::nullopt;
    done += static_cast<uint64_t>(got);
  }
  return XXH3_64bits(content.data(), content.size());
}

std::string Encode(const std::string& name, uint64_t bytes, uint64_t hash) {
  char numbers[48];
  std::snprintf(numbers, sizeof numbers, " %" PRIu64 " %016" PRIx64, bytes, hash);
  return name + numbers;
}

}  // namespace

Result<std::string> ManifestRecorder::Record() {
  std::string name = CurrentName(directory_);
  std::string path = directory_ + "/" + (name.empty() ? "CURRENT" : name);
  const FileDescriptor file(name.empty() ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  bool readable = file.is_open() && fstat(file.get(), &info) == 0;
  auto bytes = static_cast<uint64_t>(info.st_size);
  if (readable && (name != name_ || bytes != bytes_)) {
    std::optional<uint64_t> hash = HashOfFirst(file.get(), bytes);
    readable = hash.has_value() && fsync(file.get()) == 0;
    if (readable) record_ = Encode(name, bytes, *hash);
  }
  if (!readable) {
    const int error = errno;
    return Status::Fatal("the file " + path + " of the state cannot be read and made durable (" + strerror(error) +
                         "). Start again once the cause is gone: it goes on from the last commit." +
                         OpenFileAdvice(error));
  }
  name_ = name;
  bytes_ = bytes;
  return record_;
}

OldManifest::OldManifest(const std::string& directory) : name_(CurrentName(directory)) {
  if (!name_.empty()) file_ = FileDescriptor(open((directory + "/" + name_).c_str(), O_RDONLY | O_CLOEXEC));
  if (file_.is_open()) bytes_ = LengthOf(file_.get());
}

bool OldManifest::IsAsItWas(const std::string& directory) const {
  return CurrentName(directory) == name_ && (!file_.is_open() || LengthOf(file_.get()) == bytes_);
}

Status OldManifest::Check(std::string_view record) const {
  if (!file_.is_open() || !record.starts_with(name_ + " ")) return Status::Ok();
  uint64_t bytes = std::strtoull(std::string(record.substr(name_.size() + 1)).c_str(), nullptr, 10);
  std::optional<uint64_t> hash = HashOfFirst(file_.get(), bytes);
  if (hash.has_value() && Encode(name_, bytes, *hash) == record) return Status::Ok();
  return Status::Fatal("file " + name_ + " does not begin with the " + std::to_string(bytes) +
                       " bytes that the last commit found there");
}

}  // namespace leadpulse::state
