#include "processor/serve/api/writes/new_contacts.h"

#include <chrono>
#include <optional>

#include "processor/serve/api/writes/inbox.h"

namespace leadpulse::serve {
namespace {

// A live run shows a contact some commits after it has applied the command: the mailbox of the address may be in
// another partition.
constexpr std::chrono::seconds kUntilShown{5};
constexpr size_t kFewClaims = 64;

}  // namespace

NewContacts::Claim NewContacts::TryClaim(const std::string& tenant, const std::string& address, const std::string& id) {
  const std::lock_guard lock(mutex_);
  // The removal is rare enough that a claim costs the same however many are held.
  if (claims_.size() >= most_before_removal_) {
    std::erase_if(claims_, [](const auto& entry) { return entry.second.expired(); });
    most_before_removal_ = 2 * claims_.size() + kFewClaims;
  }
  std::weak_ptr<const std::string>& known = claims_[{tenant, address}];
  Claim claim = known.lock();
  if (claim == nullptr) known = claim = std::make_shared<const std::string>(id);
  return *claim == id ? claim : nullptr;
}

void NewContacts::Hold(Claim claim, const codec::SourcePosition& at, OutcomeWatch* watch, const Clock& clock) {
  const auto on_outcome = [claim = std::move(claim), at, watch,
                           &clock](const std::optional<v1::RecordOutcome>& outcome) {
    const bool is_made = outcome && outcome->is_read() && outcome->reason().empty();
    if (!is_made || IsFolder(at.topic)) return;
    const OutcomeWatch::Time shown = clock.Monotonic() + kUntilShown;
    const auto drop = [claim](const std::optional<v1::RecordOutcome>& /*outcome*/) {};
    watch->Add(at, shown, drop, shown);
  };
  watch->Add(at, clock.Monotonic() + kLongestSeenThrough, on_outcome);
}

}  // namespace leadpulse::serve
