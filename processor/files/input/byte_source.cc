#include "processor/files/input/byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace leadpulse::input {
namespace {

std::string InputError(const std::string& path, const std::string& what) { return "input " + path + ": " + what; }

class DescriptorSource : public ByteSource {
 public:
  DescriptorSource(std::string path, int descriptor, bool regular)
      : path_(std::move(path)), descriptor_(descriptor), regular_(regular) {}
  ~DescriptorSource() override {
    if (regular_) close(descriptor_);
  }

  Result<size_t> Read(char* buffer, size_t size) override {
    while (true) {
      ssize_t count = read(descriptor_, buffer, size);
      if (count >= 0) {
        position_ += static_cast<uint64_t>(count);
        return static_cast<size_t>(count);
      }
      if (errno != EINTR) return Status::Fatal(InputError(path_, std::string("cannot be read: ") + strerror(errno)));
    }
  }

  bool WaitReadable(std::chrono::milliseconds timeout) override {
    if (regular_) return true;
    pollfd wait{descriptor_, POLLIN, 0};
    return poll(&wait, 1, static_cast<int>(timeout.count())) != 0 && wait.revents != 0;
  }

  Result<uint64_t> Skip(uint64_t count) override {
    struct stat info {};
    if (!regular_ || fstat(descriptor_, &info) != 0) return ByteSource::Skip(count);
    uint64_t target = std::min(position_ + count, static_cast<uint64_t>(info.st_size));
    if (lseek(descriptor_, static_cast<off_t>(target), SEEK_SET) < 0) return ByteSource::Skip(count);
    uint64_t skipped = target - position_;
    position_ = target;
    return skipped;
  }

  uint64_t stored_bytes_read() const override { return position_; }

 private:
  std::string path_;
  int descriptor_;
  bool regular_;  // and so owned
  uint64_t position_ = 0;
};

class PrefixedSource : public ByteSource {
 public:
  PrefixedSource(std::string bytes, std::unique_ptr<ByteSource> rest)
      : bytes_(std::move(bytes)), rest_(std::move(rest)) {}

  Result<size_t> Read(char* buffer, size_t size) override {
    if (given_ == bytes_.size()) return rest_->Read(buffer, size);
    size_t count = bytes_.copy(buffer, size, given_);
    given_ += count;
    return count;
  }
  bool WaitReadable(std::chrono::milliseconds timeout) override {
    return given_ < bytes_.size() || rest_->WaitReadable(timeout);
  }
  uint64_t stored_bytes_read() const override { return rest_->stored_bytes_read(); }

 private:
  std::string bytes_;
  size_t given_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

Result<struct stat> StatRegularFile(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return Status::Rejected(InputError(path, "there is no such file"));
    return Status::Rejected(InputError(path, std::string("cannot be opened: ") + strerror(errno)));
  }
  if (S_ISDIR(info.st_mode)) return Status::Rejected(InputError(path, "is a directory; give the files in it"));
  if (!S_ISREG(info.st_mode)) return NotARegularFile(path);
  return info;
}

}  // namespace

bool ByteSource::WaitReadable(std::chrono::milliseconds) { return true; }

Result<uint64_t> ByteSource::Skip(uint64_t count) {
  std::vector<char> buffer(256 << 10);
  uint64_t skipped = 0;
  while (skipped < count) {
    LP_ASSIGN_OR_RETURN(size_t got, Read(buffer.data(), std::min<uint64_t>(buffer.size(), count - skipped)));
    if (got == 0) break;
    skipped += got;
  }
  return skipped;
}

Result<uint64_t> StoredSize(const std::string& path) {
  LP_ASSIGN_OR_RETURN(struct stat info, StatRegularFile(path));
  return static_cast<uint64_t>(info.st_size);
}

Result<std::unique_ptr<ByteSource>> OpenInput(const std::string& path, Compression compression, int standard_input) {
  std::unique_ptr<ByteSource> source;
  if (path == kStandardInput) {
    source = std::make_unique<DescriptorSource>(path, standard_input, false);
  } else {
    LP_RETURN_IF_ERROR(StatRegularFile(path).status());
    int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
      return Status::Rejected(InputError(path, std::string("cannot be opened: ") + strerror(errno)));
    }
    source = std::make_unique<DescriptorSource>(path, descriptor, true);
  }
  return Decompress(compression, std::move(source));
}

std::unique_ptr<ByteSource> MakePrefixedSource(std::string bytes, std::unique_ptr<ByteSource> rest) {
  return std::make_unique<PrefixedSource>(std::move(bytes), std::move(rest));
}

}  // namespace leadpulse::input
