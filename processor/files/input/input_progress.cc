#include "processor/files/input/input_progress.h"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <limits>
#include <utility>
#include <vector>

#include "processor/base/field_reader.h"
#include "processor/files/input/byte_source.h"

namespace leadpulse::input {
namespace {

constexpr char kNamePrefix[] = "input/";  // persisted: never change it
constexpr uint64_t kMaxFileBytes = std::numeric_limits<int64_t>::max();

constexpr size_t kVerifyChunk = 1 << 20;
// How long to wait for standard input before checking `stop` again.
constexpr std::chrono::milliseconds kStopCheck{50};

std::string WhatToDo() {
  return "; put back what was read and add to its end only, give new data another name, or start again from "
         "the beginning: with an empty --state and --output, or without the checkpoint";
}

Status Shorter(const std::string& path, uint64_t have, uint64_t want, const std::string& detail) {
  return Status::Rejected("input " + path + " is shorter than what was already read from it (" + std::to_string(have) +
                          " < " + std::to_string(want) + " bytes" + detail + ")" + WhatToDo());
}

// Passes the next `count` bytes to `use`. Returns false if `stop` became true.
template <typename Use>
Result<bool> ReadThrough(const std::string& path, const InputProgress& progress, uint64_t from, uint64_t count,
                         const std::atomic<bool>& stop, ByteSource* source, const Use& use) {
  std::vector<char> buffer(std::min<uint64_t>(kVerifyChunk, std::max<uint64_t>(count, 1)));
  for (uint64_t done = 0; done < count;) {
    while (!stop && !source->WaitReadable(kStopCheck)) {
    }
    if (stop) return false;
    Result<size_t> got = source->Read(buffer.data(), std::min<uint64_t>(buffer.size(), count - done));
    if (!got.ok() && got.status().kind() == ErrorKind::kFatal) return got.status();
    if (!got.ok()) return Shorter(path, from + done, progress.read, ", then: " + got.status().message());
    if (*got == 0) return Shorter(path, from + done, progress.read, "");
    use(std::string_view(buffer.data(), *got));
    done += *got;
  }
  return true;
}

Result<bool> HasMore(const InputProgress& progress, ByteSource* source) {
  char byte = 0;
  Result<size_t> got = source->Read(&byte, 1);
  if (got.ok()) return *got > 0;
  if (got.status().kind() == ErrorKind::kFatal) return got.status();
  // Compressed data that is damaged at the same place as in the earlier run has nothing new.
  return !progress.broken;
}

}  // namespace

std::string EncodeInputProgress(const InputProgress& progress) {
  char text[160];
  std::snprintf(text, sizeof text, "%d %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d %d %016" PRIx64 " %016" PRIx64,
                progress.applied > 0 ? 2 : 1, progress.resume, progress.read, progress.lines, progress.finished,
                progress.broken, progress.in_long_line, progress.hash.high, progress.hash.low);
  return progress.applied > 0 ? text + (" " + std::to_string(progress.applied)) : text;
}

Result<InputProgress> DecodeInputProgress(const std::string& path, std::string_view text) {
  InputProgress progress;
  FieldReader fields(text);
  uint64_t version = 0;
  bool good = fields.Next(&version) && (version == 1 || version == 2) && fields.Next(&progress.resume) &&
              fields.Next(&progress.read) && fields.Next(&progress.lines) && fields.NextFlag(&progress.finished) &&
              fields.NextFlag(&progress.broken) && fields.NextFlag(&progress.in_long_line) &&
              fields.Next(&progress.hash.high, 16) && fields.Next(&progress.hash.low, 16) &&
              (version == 1 || (fields.Next(&progress.applied) && progress.applied > 0)) && fields.Done();
  // A record takes at least a byte, and offsets limit the size of a file.
  good = good && progress.resume <= progress.read && progress.lines <= progress.read && progress.read <= kMaxFileBytes;
  if (!good) {
    return Status::Fatal("the state's record of how far input " + path +
                         " was read is damaged or was written by a later version of this program; restore a backup, "
                         "or start again with an empty --state and --output");
  }
  return progress;
}

std::string InputProgressName(const std::string& path) { return kNamePrefix + path; }

std::optional<std::string> InputOfProgressName(std::string_view name) {
  if (!name.starts_with(kNamePrefix)) return std::nullopt;
  return std::string(name.substr(sizeof kNamePrefix - 1));
}

Result<std::optional<VerifiedInput>> VerifyInput(const std::string& path, const InputProgress& progress, bool keep_tail,
                                                 const std::atomic<bool>& stop, ByteSource* source) {
  VerifiedInput verified;
  LP_ASSIGN_OR_RETURN(auto to_resume,
                      ReadThrough(path, progress, 0, progress.resume, stop, source,
                                  [&](std::string_view bytes) { verified.before_resume.Update(bytes); }));
  if (!to_resume) return std::optional<VerifiedInput>();
  PrefixHash whole = verified.before_resume;
  LP_ASSIGN_OR_RETURN(auto to_read, ReadThrough(path, progress, progress.resume, progress.read - progress.resume, stop,
                                                source, [&](std::string_view bytes) {
                                                  whole.Update(bytes);
                                                  if (keep_tail) verified.tail += bytes;
                                                }));
  if (!to_read) return std::optional<VerifiedInput>();
  if (whole.Digest() != progress.hash) {
    return Status::Rejected("input " + path + " has changed in the " + std::to_string(progress.read) +
                            " bytes that were already read from it" + WhatToDo());
  }
  if (keep_tail) {
    verified.grown = true;
    return std::optional(std::move(verified));
  }
  LP_ASSIGN_OR_RETURN(verified.grown, HasMore(progress, source));
  return std::optional(std::move(verified));
}

}  // namespace leadpulse::input
