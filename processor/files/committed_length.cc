#include "processor/files/committed_length.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "processor/base/durable_files.h"
#include "processor/base/field_reader.h"

namespace leadpulse::files {
namespace {

// The whole file: `1 <length> <hash: 16 hexadecimal digits, 16 more> <check>`, where `check` is the low half of the
// XXH3-128 of the text before it. The length is constant, so that a new value overwrites the old one in place.
constexpr int kVersion = 1;
constexpr size_t kCheckedBytes = 1 + 1 + 20 + 1 + 16 + 1 + 16 + 1;
constexpr size_t kMarkBytes = kCheckedBytes + 16 + 1;

uint64_t CheckOf(std::string_view text) {
  input::PrefixHash hash;
  hash.Update(text);
  return hash.Digest().low;
}

std::string Encode(const OutputRecord& committed) {
  std::array<char, kMarkBytes + 1> text{};
  std::snprintf(text.data(), text.size(), "%d %020" PRIu64 " %016" PRIx64 " %016" PRIx64 " ", kVersion,
                committed.length, committed.hash.high, committed.hash.low);
  const uint64_t check = CheckOf({text.data(), kCheckedBytes});
  std::snprintf(text.data() + kCheckedBytes, text.size() - kCheckedBytes, "%016" PRIx64 "\n", check);
  return {text.data(), kMarkBytes};
}

// nullopt for a mix of two values, or for a file damaged by a power cut.
std::optional<OutputRecord> Decode(std::string_view text) {
  if (text.size() != kMarkBytes || text.back() != '\n') return std::nullopt;
  OutputRecord committed;
  uint64_t check = 0;
  FieldReader fields(text.substr(0, kMarkBytes - 1));
  bool good = fields.NextIs(kVersion) && fields.Next(&committed.length) && fields.Next(&committed.hash.high, 16) &&
              fields.Next(&committed.hash.low, 16) && fields.Next(&check, 16) && fields.Done();
  if (!good || check != CheckOf(text.substr(0, kCheckedBytes))) return std::nullopt;
  return committed;
}

}  // namespace

std::string CommittedLengthPath(const std::string& output) { return output + ".committed"; }

Result<std::unique_ptr<CommittedLength>> CommittedLength::Open(const std::string& output) {
  std::string path = CommittedLengthPath(output);
  FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (!file.is_open()) {
    return Status::Rejected("output " + path + ": cannot be opened: " + strerror(errno) +
                            "; see to it that this user can write it, and run again");
  }
  return std::unique_ptr<CommittedLength>(new CommittedLength(std::move(path), std::move(file)));
}

Status CommittedLength::Publish(const OutputRecord& committed) {
  if (published_ == committed) return Status::Ok();
  if (lseek(file_.get(), 0, SEEK_SET) < 0) {
    return Status::Fatal("output " + path_ + ": cannot be written: " + strerror(errno) + "; run again to go on");
  }
  LP_RETURN_IF_ERROR(WriteAll(file_.get(), Encode(committed), path_));
  published_ = committed;
  return Status::Ok();
}

Result<std::optional<OutputRecord>> ReadCommittedLength(const std::string& output) {
  const std::string path = CommittedLengthPath(output);
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return std::optional<OutputRecord>();
  if (!file.is_open()) return Status::Rejected(path + " cannot be opened: " + strerror(errno));
  std::array<char, kMarkBytes + 1> text{};
  ssize_t got = read(file.get(), text.data(), text.size());
  if (got < 0) return Status::Rejected(path + " cannot be read: " + strerror(errno));
  return Decode({text.data(), static_cast<size_t>(got)});
}

}  // namespace leadpulse::files
