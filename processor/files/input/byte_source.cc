#include "processor/files/input/byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/status.h"

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
      if (errno != EINTR) return CannotReadInput(path_);
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

Status CannotOpen(const std::string& path) {
  if (errno == ENOENT) return Status::Rejected(InputError(path, "there is no such file"));
  return Status::Rejected(InputError(path, std::string("cannot be opened: ") + strerror(errno)));
}

Result<struct stat> StatRegularFile(const std::string& path, Links links) {
  struct stat info {};
  if (fstatat(AT_FDCWD, path.c_str(), &info, links == Links::kRefuse ? AT_SYMLINK_NOFOLLOW : 0) != 0) {
    return CannotOpen(path);
  }
  if (S_ISLNK(info.st_mode)) return NotReadThroughLink(path);
  if (S_ISDIR(info.st_mode)) return Status::Rejected(InputError(path, "is a directory; give the files in it"));
  if (!S_ISREG(info.st_mode)) return NotARegularFile(path);
  return info;
}

constexpr size_t kInputBytes = 256 << 10;
constexpr size_t kBlockHeaderBytes = 3;  // RFC 8878, 3.1.1.2

// The common part of gzip and zstd: a buffer of compressed bytes, refilled from the file, and an error that lasts.
class Decompressor : public ByteSource {
 public:
  explicit Decompressor(std::unique_ptr<ByteSource> compressed)
      : compressed_(std::move(compressed)), input_(kInputBytes) {}

  Result<size_t> Read(char* buffer, size_t size) override {
    if (!failure_.ok()) return failure_;
    while (true) {
      Result<size_t> given = Step(buffer, size);
      if (!given.ok()) {
        if (given.status().kind() != ErrorKind::kRetriable) failure_ = given.status();
        return given.status();
      }
      if (*given > 0 || ended_) return given;
    }
  }
  uint64_t stored_bytes_read() const override { return compressed_->stored_bytes_read(); }

 protected:
  // Decompresses some bytes and returns their number. 0 without ended_: call again.
  virtual Result<size_t> Step(char* buffer, size_t size) = 0;

  // Fills the buffer so that it has `wanted` compressed bytes, or as many as fit; fewer at the end of the file.
  Status Refill(size_t wanted) {
    wanted = std::min(wanted, input_.size());
    if (at_hand().size() >= wanted) return Status::Ok();
    std::copy(input_.begin() + begin_, input_.begin() + end_, input_.begin());
    end_ -= begin_;
    begin_ = 0;
    while (end_ < wanted) {
      LP_ASSIGN_OR_RETURN(size_t got, compressed_->Read(input_.data() + end_, input_.size() - end_));
      if (got == 0) break;
      end_ += got;
    }
    return Status::Ok();
  }
  // Fills the buffer between two members or frames, where a followed file may end without an error.
  Status RefillBetween(size_t wanted) {
    const Status status = Refill(wanted);
    const bool at_its_end = !status.ok() && status.kind() == ErrorKind::kRetriable && at_hand().empty();
    return at_its_end ? Status::Ok() : status;
  }
  std::string_view at_hand() const { return {input_.data() + begin_, end_ - begin_}; }
  void Consume(size_t count) { begin_ += count; }
  void End() { ended_ = true; }

 private:
  std::unique_ptr<ByteSource> compressed_;
  std::vector<char> input_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool ended_ = false;
  Status failure_;
};

class GzipSource : public Decompressor {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> compressed) : Decompressor(std::move(compressed)) {
    constexpr int kGzipOnly = 16;
    LP_ASSERT(inflateInit2(&stream_, MAX_WBITS + kGzipOnly) == Z_OK);
  }
  ~GzipSource() override { inflateEnd(&stream_); }

 private:
  Result<size_t> Step(char* buffer, size_t size) override {
    LP_RETURN_IF_ERROR(damage_);
    // zlib may still hold output that the last buffer had no room for.
    if (at_hand().empty() && in_member_ && output_was_full_) return Inflate(buffer, size);
    const bool between_members = !in_member_ && members_ > 0;
    LP_RETURN_IF_ERROR(between_members ? RefillBetween(1) : Refill(1));
    if (between_members) SkipPadding();
    if (at_hand().empty()) {
      if (!between_members) return Status::Rejected("the gzip file ends early");
      LP_RETURN_IF_ERROR(RefillBetween(1));
      if (at_hand().empty()) End();
      return size_t{0};
    }
    if (!in_member_) inflateReset(&stream_);
    in_member_ = true;
    return Inflate(buffer, size);
  }

  void SkipPadding() {
    size_t zeros = std::min(at_hand().find_first_not_of('\0'), at_hand().size());
    Consume(zeros);
  }

  Result<size_t> Inflate(char* buffer, size_t size) {
    std::string_view input = at_hand();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(size, 1 << 30));
    size_t room = stream_.avail_out;
    int code = inflate(&stream_, Z_NO_FLUSH);
    Consume(input.size() - stream_.avail_in);
    size_t given = room - stream_.avail_out;
    output_was_full_ = stream_.avail_out == 0;
    if (code == Z_STREAM_END) {
      in_member_ = false;
      ++members_;
      return given;
    }
    if (code == Z_OK || code == Z_BUF_ERROR) return given;
    damage_ =
        Status::Rejected(std::string("the gzip data are corrupt: ") + (stream_.msg != nullptr ? stream_.msg : "?"));
    // The bytes before the damage are good: return them first.
    if (given > 0) return given;
    return damage_;
  }

  z_stream stream_{};
  bool in_member_ = false;
  bool output_was_full_ = false;
  uint64_t members_ = 0;
  Status damage_;  // returned after the bytes before it
};

class ZstdSource : public Decompressor {
 public:
  explicit ZstdSource(std::unique_ptr<ByteSource> compressed)
      : Decompressor(std::move(compressed)), stream_(ZSTD_createDStream()) {
    LP_ASSERT(stream_ != nullptr);
    first_step_ = next_step_ = ZSTD_initDStream(stream_);
  }
  ~ZstdSource() override { ZSTD_freeDStream(stream_); }

 private:
  Result<size_t> Step(char* buffer, size_t size) override {
    // Passes at most one block at a time, in whatever pieces the file comes, and none while output is held: at a
    // corrupt block, the library drops the output of everything that was passed in the same call. The size it asks for
    // may include the next block's header, which has to wait, too.
    const size_t step = next_step_ > kBlockHeaderBytes ? next_step_ - kBlockHeaderBytes : next_step_;
    const bool may_end = between_frames_ && started_;
    if (!output_was_full_) LP_RETURN_IF_ERROR(may_end ? RefillBetween(step) : Refill(step));
    const bool at_end = !output_was_full_ && at_hand().empty();
    if (at_end && may_end) {
      End();
      return size_t{0};
    }
    ZSTD_inBuffer input{at_hand().data(), output_was_full_ ? 0 : std::min(at_hand().size(), step), 0};
    ZSTD_outBuffer output{buffer, size, 0};
    size_t code = ZSTD_decompressStream(stream_, &output, &input);
    Consume(input.pos);
    if (ZSTD_isError(code)) {
      return Status::Rejected(std::string("the zstd data cannot be decompressed: ") + ZSTD_getErrorName(code));
    }
    output_was_full_ = code != 0 && output.pos == size;  // at a frame's end nothing is held
    started_ = started_ || !at_end;
    between_frames_ = code == 0;
    next_step_ = code == 0 ? first_step_ : code;
    // At the file's end the library may still hold output of the last block.
    if (at_end && output.pos == 0 && !(between_frames_ && started_))
      return Status::Rejected("the zstd file ends early");
    return output.pos;
  }

  ZSTD_DStream* stream_;
  size_t first_step_ = 0;
  size_t next_step_ = 0;
  bool started_ = false;
  bool output_was_full_ = false;
  bool between_frames_ = true;
};

}  // namespace

int OpenFlags(Links links) { return O_RDONLY | O_CLOEXEC | O_NONBLOCK | (links == Links::kRefuse ? O_NOFOLLOW : 0); }

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

Status CannotReadInput(const std::string& path) {
  return Status::Fatal(InputError(path, std::string("cannot be read: ") + strerror(errno)));
}

Result<uint64_t> StoredSize(const std::string& path, Links links) {
  LP_ASSIGN_OR_RETURN(struct stat info, StatRegularFile(path, links));
  return static_cast<uint64_t>(info.st_size);
}

Result<std::unique_ptr<ByteSource>> OpenInput(const std::string& path, Compression compression, int standard_input,
                                              Links links) {
  std::unique_ptr<ByteSource> source;
  if (path == kStandardInput) {
    source = std::make_unique<DescriptorSource>(path, standard_input, false);
  } else {
    LP_RETURN_IF_ERROR(StatRegularFile(path, links).status());  // opening a device may act on it
    const int descriptor = open(path.c_str(), OpenFlags(links));
    if (descriptor < 0) return errno == ELOOP ? NotReadThroughLink(path) : CannotOpen(path);
    source = std::make_unique<DescriptorSource>(path, descriptor, true);
    struct stat opened {};  // another file may have taken the name meanwhile
    if (fstat(descriptor, &opened) != 0 || !S_ISREG(opened.st_mode)) return NotARegularFile(path);
  }
  return Decompress(compression, std::move(source));
}

std::unique_ptr<ByteSource> MakePrefixedSource(std::string bytes, std::unique_ptr<ByteSource> rest) {
  return std::make_unique<PrefixedSource>(std::move(bytes), std::move(rest));
}

std::unique_ptr<ByteSource> Decompress(Compression compression, std::unique_ptr<ByteSource> stored) {
  if (compression == Compression::kGzip) return std::make_unique<GzipSource>(std::move(stored));
  if (compression == Compression::kZstd) return std::make_unique<ZstdSource>(std::move(stored));
  return stored;
}

}  // namespace leadpulse::input
