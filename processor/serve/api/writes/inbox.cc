#include "processor/serve/api/writes/inbox.h"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <variant>

#include "processor/base/text.h"

namespace leadpulse::serve {
namespace {

// Parses a number from 0 on; nullopt if it is none.
template <typename Number>
std::optional<Number> NumberIn(std::string_view text) {
  const auto number = ParseInteger<Number>(text);
  return number && *number >= 0 ? number : std::nullopt;
}

std::optional<codec::SourcePosition> ReadFilePosition(const std::string& folder, std::string_view text) {
  constexpr std::string_view kEnding = ".jsonl";
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view file = text.substr(0, colon);
  const bool is_file = file.ends_with(kEnding) && file.size() > kEnding.size() &&
                       file.find_first_not_of("0123456789") == file.size() - kEnding.size();
  const auto offset = NumberIn<int64_t>(text.substr(colon + 1));
  if (!is_file || !offset) return std::nullopt;
  return codec::SourcePosition{folder + "/" + std::string(file), 0, *offset, 0};
}

std::optional<codec::SourcePosition> ReadTopicPosition(const std::string& topic, std::string_view text) {
  if (!text.starts_with(topic + "/")) return std::nullopt;
  text.remove_prefix(topic.size() + 1);
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto partition = NumberIn<int32_t>(text.substr(0, slash));
  const auto offset = NumberIn<int64_t>(text.substr(slash + 1));
  if (!partition || !offset) return std::nullopt;
  return codec::SourcePosition{topic, *partition, *offset, 0};
}

constexpr std::chrono::seconds kBelieved{10};
// The name of a missing segment. If the run follows the folder, it answers that it has not read it.
constexpr char kLaterSegment[] = "/999999999.jsonl";

}  // namespace

bool IsFolder(std::string_view inbox) { return inbox.starts_with('/'); }

std::string PositionText(const access::RecordPosition& at) {
  if (!IsFolder(at.input)) {
    return at.input + "/" + std::to_string(at.partition) + "/" + std::to_string(at.offset);
  }
  return std::filesystem::path(at.input).filename().string() + ":" + std::to_string(at.offset);
}

std::optional<codec::SourcePosition> ReadPosition(const std::string& inbox, std::string_view text) {
  return IsFolder(inbox) ? ReadFilePosition(inbox, text) : ReadTopicPosition(inbox, text);
}

codec::SourcePosition SourceOf(const access::RecordPosition& at) { return {at.input, at.partition, at.offset, 0}; }

void AskAbout(const codec::SourcePosition& at, v1::FindOutcomes* question) {
  v1::RecordPosition* position = question->add_positions();
  position->set_input(at.topic);
  position->set_partition(at.partition);
  position->set_offset(at.offset);
}

std::optional<bool> InboxCheck::IsFollowed() {
  const auto now = clock_.Monotonic();
  {
    const std::lock_guard lock(mutex_);
    if (followed_at_ && now - *followed_at_ < kBelieved) return true;
  }
  v1::FindOutcomes request;
  AskAbout({IsFolder(inbox_) ? inbox_ + kLaterSegment : inbox_, 0, std::numeric_limits<int64_t>::max(), 0}, &request);
  const auto answered = run_.Outcomes(request);
  if (!answered.ok()) return std::nullopt;
  const v1::RecordOutcomes* outcomes = AnswerIn(answered);
  const bool follows = outcomes != nullptr && outcomes->outcomes_size() == 1 && outcomes->outcomes(0).unknown().empty();
  const std::lock_guard lock(mutex_);
  followed_at_.reset();
  if (follows) followed_at_ = now;
  return follows;
}

}  // namespace leadpulse::serve
