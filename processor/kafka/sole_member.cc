#include "processor/kafka/sole_member.h"

namespace leadpulse::kafka {
namespace {

constexpr std::chrono::milliseconds kMemberWait{100};

}  // namespace

Result<std::unique_ptr<SoleMember>> SoleMember::Make(const std::string& group, Connection* connection,
                                                     const Clock& clock, std::chrono::milliseconds timeout) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<InputConsumer> consumer, connection->MakeConsumer());
  return std::unique_ptr<SoleMember>(new SoleMember(group, std::move(consumer), clock, timeout));
}

Status SoleMember::Poll(std::chrono::milliseconds wait) {
  std::vector<InputRecord> none;  // nothing is fetched
  Status polled = consumer_->Poll(wait, 1, this, &none);
  return polled.ok() || polled.kind() == ErrorKind::kRetriable ? Status::Ok() : polled;
}

// Waits for an assignment. A group with other members gives this one some partitions, or none.
Status SoleMember::Join() {
  while (given_ == 0 && clock_.Monotonic() <= deadline_) LP_RETURN_IF_ERROR(Poll(kMemberWait));
  return CheckAlone();
}

Status SoleMember::CheckAlone() const {
  if (given_ == consumer_->partition_count()) return Status::Ok();
  return Status::Rejected("the group " + group_ +
                          " has other members. Stop all processes; one that has ended "
                          "keeps its place until kafka.session_timeout is over. Then run the command again");
}

Status SoleMember::Stay() {
  LP_RETURN_IF_ERROR(Poll(std::chrono::milliseconds(0)));
  return CheckAlone();
}

bool SoleMember::TryAgain() { return Poll(kMemberWait).ok() && clock_.Monotonic() <= deadline_; }

}  // namespace leadpulse::kafka
