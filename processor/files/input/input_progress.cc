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

// Persisted: never change them.
constexpr char kNamePrefix[] = "input/";
constexpr std::string_view kInodePrefix = "input-of-inode/";
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

std::string EncodeNumbers(const InputProgress& progress) {
  char text[160];
  std::snprintf(text, sizeof text, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d %d %016" PRIx64 " %016" PRIx64,
                progress.resume, progress.read, progress.lines, progress.finished, progress.broken,
                progress.in_long_line, progress.hash.high, progress.hash.low);
  return text;
}

bool DecodeNumbers(FieldReader* fields, InputProgress* progress) {
  return fields->Next(&progress->resume) && fields->Next(&progress->read) && fields->Next(&progress->lines) &&
         fields->NextFlag(&progress->finished) && fields->NextFlag(&progress->broken) &&
         fields->NextFlag(&progress->in_long_line) && fields->Next(&progress->hash.high, 16) &&
         fields->Next(&progress->hash.low, 16) &&
         // A record takes at least a byte, and offsets limit the size of a file.
         progress->resume <= progress->read && progress->lines <= progress->read && progress->read <= kMaxFileBytes;
}

bool Decode(std::string_view text, InputProgress* progress) {
  FieldReader fields(text);
  int version = 0;
  if (!fields.Next(&version) || !DecodeNumbers(&fields, progress)) return false;
  if (version == 1) return fields.Done();
  const auto decode_more = [&](InputProgress* file) {
    return fields.Next(&file->inode) && (version == 2 || fields.Next(&file->applied));
  };
  size_t before = 0;
  if ((version != 2 && version != 3) || !decode_more(progress) || !fields.Next(&before)) return false;
  for (; before > 0; --before) {
    InputProgress* one = &progress->before.emplace_back();
    if (!DecodeNumbers(&fields, one) || !decode_more(one)) return false;
  }
  return fields.Done();
}

}  // namespace

std::string EncodeInputProgress(const InputProgress& progress) {
  const bool has_applied = progress.applied > 0 || std::ranges::any_of(progress.before, &InputProgress::applied);
  if (!has_applied && progress.inode == 0 && progress.before.empty()) return "1" + EncodeNumbers(progress);
  const auto more = [&](const InputProgress& file) {
    return " " + std::to_string(file.inode) + (has_applied ? " " + std::to_string(file.applied) : "");
  };
  std::string text = (has_applied ? "3" : "2") + EncodeNumbers(progress) + more(progress);
  text += " " + std::to_string(progress.before.size());
  for (const InputProgress& one : progress.before) text += EncodeNumbers(one) + more(one);
  return text;
}

Result<InputProgress> DecodeInputProgress(const std::string& path, std::string_view text) {
  InputProgress progress;
  if (!Decode(text, &progress)) {
    return Status::Fatal("the state's record of how far input " + path +
                         " was read is damaged or was written by a later version of this program; restore a backup, "
                         "or start again with an empty --state and --output");
  }
  return progress;
}

std::string InputProgressName(const std::string& path) { return kNamePrefix + path; }

std::string InputOfInodeName(uint64_t inode) { return std::string(kInodePrefix) + std::to_string(inode); }
bool IsInputOfInodeName(std::string_view name) { return name.starts_with(kInodePrefix); }

void AppendInputProgress(const std::string& path, const InputProgress& progress,
                         std::vector<std::pair<std::string, std::string>>* entries) {
  entries->emplace_back(InputProgressName(path), EncodeInputProgress(progress));
  if (progress.inode != 0) entries->emplace_back(InputOfInodeName(progress.inode), path);
  for (const InputProgress& one : progress.before) entries->emplace_back(InputOfInodeName(one.inode), path);
}

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
