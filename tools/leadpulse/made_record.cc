#include "tools/leadpulse/made_record.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

#include "absl/strings/escaping.h"
#include "processor/files/run.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/record_decoder.h"
#include "state/store/store_keys.h"

namespace leadpulse::tools {
namespace {

// U+FFFD, which the writer puts in place of what is not UTF-8.
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

template <typename Record>
Result<std::string> CheckedLine(const Record& record, Instant now) {
  std::string line;
  codec::AppendInputJson(record, &line);
  const codec::DecodeLimits limits{now + files::RunOptions().max_future_skew};
  const codec::Decoded decoded =
      codec::MakeJsonRecordDecoder()->Decode(std::string_view(line).substr(0, line.size() - 1), limits);
  if (const auto* rejection = std::get_if<codec::Rejection>(&decoded)) return Status::Rejected(rejection->detail);
  const auto* read = std::get_if<Record>(&decoded);
  // A run reads texts in their normal form, which may differ.
  const bool has_replaced = line.find(kReplacement) != std::string::npos;
  if (read == nullptr || (*read != record && has_replaced)) {
    return Status::Rejected("the record would be read as another one than was meant; are all its texts UTF-8?");
  }
  return line;
}

}  // namespace

Result<std::string> RecordLine(const codec::Command& command, Instant now) { return CheckedLine(command, now); }
Result<std::string> RecordLine(const codec::Event& event, Instant now) { return CheckedLine(event, now); }

Instant TimeOfRecordsFor(Instant clock, Instant now) { return std::min(clock, now); }

std::string LoginName() {
  std::array<char, 16 << 10> texts;
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, texts.data(), texts.size(), &found) != 0 || found == nullptr) return "";
  return found->pw_name;
}

std::optional<std::string> RandomCommandId() {
  constexpr size_t kRandomBytes = 16;
  const std::optional<std::string> random = state::RandomSecret(kRandomBytes);
  return random ? std::optional("hand-" + absl::BytesToHexString(*random)) : std::nullopt;
}

}  // namespace leadpulse::tools
