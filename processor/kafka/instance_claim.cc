#include "processor/kafka/instance_claim.h"

#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {

Result<bool> InstanceClaim::MayJoin(const std::string& fenced) {
  const Time now = clock_->Monotonic();
  if (!asks_) {
    // Two live processes fence each other at each heartbeat, several times in a session.
    const bool again = joined_.has_value() && now < *joined_ + 2 * session_;
    if (!again) {
      telemetry::LogWarning(
          "joining the group again, because an earlier request to join may have fenced this worker: " + fenced);
      joined_ = now;
      return true;
    }
    telemetry::LogWarning("fenced again; asking the group for a session whether another process runs: " + fenced);
    asks_ = true;
    held_since_.reset();
    next_question_ = now;
  }
  if (now < next_question_) return false;
  next_question_ = now + session_ / 10;
  Result<bool> may_join = Ask(fenced);
  if (may_join.ok() && *may_join) {
    asks_ = false;
    joined_ = clock_->Monotonic();
  }
  return may_join;
}

Result<bool> InstanceClaim::Ask(const std::string& fenced) {
  // An answer may take long: the member existed at some time between the two instants.
  const Time asked = clock_->Monotonic();
  const Result<std::optional<GroupMember>> holder = connection_->FindInstanceHolder();
  if (!holder.ok()) {
    held_since_.reset();  // a new coordinator restarts all sessions
    if (holder.status().kind() != ErrorKind::kRetriable) return holder.status();
    telemetry::LogWarning("asking the group: " + holder.status().message());
    return false;
  }
  if (!holder->has_value()) return true;
  if (!held_since_ || holder_ != (*holder)->id) {
    held_since_ = clock_->Monotonic();
    holder_ = (*holder)->id;
  }
  // A quarter more, because a coordinator checks sessions a little late.
  if (asked < *held_since_ + session_ + session_ / 4) return false;
  return Status::Fatal(fenced + ". The other one is the client " + (*holder)->client_id + " at " + (*holder)->host);
}

}  // namespace leadpulse::kafka
