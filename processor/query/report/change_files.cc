#include "processor/query/report/change_files.h"

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/files/input/byte_source.h"
#include "processor/files/input/input_format.h"
#include "processor/files/input/record_splitter.h"
#include "schemas/codec/change_line_reader.h"

namespace leadpulse::report {
namespace {

constexpr size_t kReadAtOnce = 256 << 10;
// A change holds two names of a definition, a lead's key and ids: a few KiB where all are as long as they may be.
constexpr size_t kMaxLine = 1 << 20;

class LineSplitter {
 public:
  LineSplitter(const std::string& path, const TakeLine& take) : path_(path), take_(take) {}

  Status Add(std::string_view bytes) {
    size_t begin = 0;
    for (size_t end = bytes.find('\n'); end != bytes.npos; end = bytes.find('\n', begin)) {
      const std::string_view piece = bytes.substr(begin, end - begin);
      begin = end + 1;
      if (open_.empty()) {
        LP_RETURN_IF_ERROR(Take(piece));
        continue;
      }
      open_ += piece;
      LP_RETURN_IF_ERROR(Take(std::exchange(open_, {})));
    }
    open_ += bytes.substr(begin);
    return open_.size() > kMaxLine ? At(line_ + 1, "is longer than any change") : Status::Ok();
  }

  Status End() { return Take(open_); }

 private:
  Status At(uint64_t line, const std::string& what) const {
    return Status::Rejected("changes " + path_ + ", line " + std::to_string(line) + ": " + what);
  }

  Status Take(std::string_view text) {
    ++line_;
    if (input::IsBlank(text)) return Status::Ok();
    const Status status = take_(text);
    return status.ok() ? status : At(line_, status.message());
  }

  const std::string& path_;
  const TakeLine& take_;
  std::string open_;  // the beginning of a line whose end is not read yet
  uint64_t line_ = 0;
};

}  // namespace

Status ForEachLine(const std::string& path, const TakeLine& take) {
  LP_ASSIGN_OR_RETURN(auto source, input::OpenInput(path, input::CompressionOf(path), STDIN_FILENO));
  LineSplitter splitter(path, take);
  const std::unique_ptr<char[]> buffer(new char[kReadAtOnce]);
  while (true) {
    const Result<size_t> count = source->Read(buffer.get(), kReadAtOnce);
    if (!count.ok()) return Status::Rejected("changes " + path + ": " + count.status().message());
    if (*count == 0) return splitter.End();
    LP_RETURN_IF_ERROR(splitter.Add({buffer.get(), *count}));
  }
}

Status ForEachChange(const std::vector<std::string>& paths, const std::function<Status(const codec::Change&)>& take) {
  codec::ChangeLineReader reader;
  const TakeLine take_line = [&](std::string_view line) -> Status {
    const Result<codec::Change> change = reader.Read(line);
    if (!change.ok()) return Status::Rejected("this is no change: " + change.status().message());
    return take(*change);
  };
  for (const std::string& path : paths) LP_RETURN_IF_ERROR(ForEachLine(path, take_line));
  return Status::Ok();
}

}  // namespace leadpulse::report
