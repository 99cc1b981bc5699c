#include "processor/serve/api/writes/inbox_check.h"

#include <cstdint>
#include <limits>
#include <variant>

#include "processor/serve/api/writes/write_position.h"

namespace leadpulse::serve {
namespace {

constexpr std::chrono::seconds kBelieved{10};
// The name of a segment that is not there: the run answers that it has not read it, if it follows the folder.
constexpr char kLaterSegment[] = "/999999999.jsonl";

}  // namespace

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
  const auto* outcomes = std::get_if<v1::RecordOutcomes>(&*answered);
  const bool follows = outcomes != nullptr && outcomes->outcomes_size() == 1 && outcomes->outcomes(0).unknown().empty();
  const std::lock_guard lock(mutex_);
  followed_at_.reset();
  if (follows) followed_at_ = now;
  return follows;
}

}  // namespace leadpulse::serve
