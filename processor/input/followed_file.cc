#include "processor/input/followed_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "processor/base/clock.h"

namespace leadpulse::input {
namespace {

// Between two looks at the size: what a record may wait for, beside its epoch.
constexpr std::chrono::milliseconds kLook{5};

class FollowedFile : public ByteSource {
 public:
  FollowedFile(std::string path, const struct stat& opened, std::unique_ptr<ByteSource> file,
               std::function<bool()> succeeded)
      : path_(std::move(path)), opened_(opened), file_(std::move(file)), succeeded_(std::move(succeeded)) {}

  Result<size_t> Read(char* buffer, size_t size) override {
    LP_RETURN_IF_ERROR(problem_);
    Result<size_t> got = file_->Read(buffer, size);
    if (got.ok() && *got == 0 && !ended_) return Status::Fatal(Problem("became shorter"));
    return got;
  }

  bool WaitReadable(std::chrono::milliseconds timeout) override {
    const auto deadline = MonotonicNow() + timeout;
    while (!Look()) {
      const auto now = MonotonicNow();
      if (now >= deadline) return LookForSuccessor();
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(kLook, deadline - now));
    }
    return true;
  }

  Result<uint64_t> Skip(uint64_t count) override { return file_->Skip(count); }
  uint64_t stored_bytes_read() const override { return file_->stored_bytes_read(); }

 private:
  std::string Problem(const std::string& what) const {
    return "input " + path_ + " " + what +
           " while it was followed, and may have held records that were not read. Who writes it may only append; what"
           " is not needed any more may go once a later file has been begun";
  }

  // Whether Read has something to say.
  bool Look() {
    struct stat now {};
    if (stat(path_.c_str(), &now) != 0) {
      problem_ = Status::Fatal(Problem("is gone"));
    } else if (now.st_dev != opened_.st_dev || now.st_ino != opened_.st_ino) {
      problem_ = Status::Fatal(Problem("was replaced by another file"));
    } else if (static_cast<uint64_t>(now.st_size) < stored_bytes_read()) {
      problem_ = Status::Fatal(Problem("became shorter"));
    } else {
      return static_cast<uint64_t>(now.st_size) > stored_bytes_read();
    }
    return true;
  }

  // What was appended before the later file was begun is seen by looking once more behind it.
  bool LookForSuccessor() {
    if (!succeeded_()) return false;
    if (Look()) return true;
    ended_ = true;
    return true;
  }

  const std::string path_;
  const struct stat opened_;
  std::unique_ptr<ByteSource> file_;
  std::function<bool()> succeeded_;
  Status problem_;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> FollowFile(const std::string& path, std::function<bool()> succeeded) {
  Result<std::unique_ptr<ByteSource>> file = OpenInput(path, Compression::kNone, /*standard_input=*/-1);
  if (!file.ok()) return file.status();
  struct stat opened {};
  if (stat(path.c_str(), &opened) != 0) return Status::Rejected("input " + path + ": there is no such file");
  return std::unique_ptr<ByteSource>(
      std::make_unique<FollowedFile>(path, opened, std::move(*file), std::move(succeeded)));
}

}  // namespace leadpulse::input
