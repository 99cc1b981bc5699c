#include "processor/files/input/input_progress.h"

#include <cinttypes>
#include <cstdio>
#include <limits>

#include "processor/base/field_reader.h"

namespace leadpulse::input {
namespace {

constexpr char kNamePrefix[] = "input/";  // persisted: never change it
constexpr uint64_t kMaxFileBytes = std::numeric_limits<int64_t>::max();

}  // namespace

std::string EncodeInputProgress(const InputProgress& progress) {
  char text[160];
  std::snprintf(text, sizeof text, "1 %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d %d %016" PRIx64 " %016" PRIx64,
                progress.resume, progress.read, progress.lines, progress.finished, progress.broken,
                progress.in_long_line, progress.hash.high, progress.hash.low);
  return text;
}

Result<InputProgress> DecodeInputProgress(const std::string& path, std::string_view text) {
  InputProgress progress;
  FieldReader fields(text);
  bool good = fields.NextIs(1) && fields.Next(&progress.resume) && fields.Next(&progress.read) &&
              fields.Next(&progress.lines) && fields.NextFlag(&progress.finished) &&
              fields.NextFlag(&progress.broken) && fields.NextFlag(&progress.in_long_line) &&
              fields.Next(&progress.hash.high, 16) && fields.Next(&progress.hash.low, 16) && fields.Done();
  // A record takes at least a byte, and no file is longer than what an offset of it can say.
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

}  // namespace leadpulse::input
