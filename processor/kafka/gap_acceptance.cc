#include "processor/kafka/gap_acceptance.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/kafka/delta_log.h"
#include "processor/kafka/last_position.h"
#include "processor/kafka/sole_member.h"
#include "processor/kafka/transactions.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::milliseconds;

// The position stores the newest accepted gaps.
constexpr size_t kMostGapsKept = 16;

std::string Offsets(int64_t first, int64_t last) {
  return first == last ? "offset " + std::to_string(first)
                       : "offsets " + std::to_string(first) + " to " + std::to_string(last);
}

class Acceptance {
 public:
  Acceptance(const NamedGap& gap, const WorkerOptions& options, Connection* connection, const Clock& clock)
      : gap_(gap),
        options_(options),
        connection_(connection),
        clock_(clock),
        place_(options.PlaceName(gap.topic, gap.partition)),
        transactions_(connection, &metrics_, 1) {}

  Result<GapOutcome> Run(milliseconds timeout) {
    LP_ASSIGN_OR_RETURN(member_, SoleMember::Make(options_.application, connection_, clock_, timeout));
    if (gap_.partition.value >= member_->partition_count()) {
      return Status::Rejected("there is no " + place_ + ": the topics have " +
                              std::to_string(member_->partition_count()) + " partitions");
    }
    return RunAsMember();
  }

 private:
  Result<GapOutcome> RunAsMember() {
    LP_RETURN_IF_ERROR(member_->Join());
    // Init ends the transaction of an earlier producer with this id, so that the committed offsets are final.
    while (true) {
      LP_ASSIGN_OR_RETURN(const bool made, transactions_.EnsureProducer());
      if (made) break;
      if (!member_->TryAgain()) {
        return Status::Retriable("the brokers gave no transactional producer; run the command again");
      }
    }
    InputConsumer* const consumer = member_->consumer();
    LP_ASSIGN_OR_RETURN(const std::optional<InputOffsets> committed,
                        member_->Patiently([&] { return consumer->Committed(gap_.partition); }));
    LP_ASSIGN_OR_RETURN(engine::PartitionPosition position, LastPosition());
    LP_RETURN_IF_ERROR(CheckFits(position, committed));
    if (WasAccepted(position)) return GapOutcome::kAcceptedBefore;
    LP_ASSIGN_OR_RETURN(const InputOffsets beginning,
                        member_->Patiently([&] { return consumer->Beginning(gap_.partition); }));
    LP_RETURN_IF_ERROR(CheckGap(position.next[gap_.topic], beginning[gap_.topic]));
    LP_RETURN_IF_ERROR(member_->CheckAlone());
    LP_RETURN_IF_ERROR(Commit(Behind(std::move(position))));
    telemetry::LogWarning("partition " + std::to_string(gap_.partition.value) + ": " + Offsets(gap_.first, gap_.last) +
                              " of " + place_ +
                              " were deleted before they were read, and that was accepted; it goes on at offset " +
                              std::to_string(gap_.last + 1),
                          {telemetry::PartitionField(gap_.partition)});
    return GapOutcome::kAccepted;
  }

  // Returns the position that the partition's last transaction wrote.
  Result<engine::PartitionPosition> LastPosition() {
    LP_ASSIGN_OR_RETURN(std::optional<engine::PartitionPosition> last,
                        ReadLastPosition(gap_.partition, connection_, [this] { return member_->TryAgain(); }));
    if (last) return *std::move(last);
    return Status::Rejected("lead.state says nothing of partition " + std::to_string(gap_.partition.value) +
                            ": no process has owned it yet, so there is no gap to accept");
  }

  Status CheckFits(const engine::PartitionPosition& position, const std::optional<InputOffsets>& committed) const {
    if (position.application != options_.application) {
      return Status::Rejected("lead.state was written by the application \"" + position.application + "\", not by \"" +
                              options_.application + "\"");
    }
    if (!committed || *committed == position.next) return Status::Ok();
    return Status::Rejected("the group's offsets of partition " + std::to_string(gap_.partition.value) +
                            " are not those that lead.state ends with. Delete the group's offsets of all input "
                            "topics (kafka-consumer-groups --delete-offsets), and run the command again");
  }

  bool WasAccepted(const engine::PartitionPosition& position) const {
    return std::ranges::any_of(position.accepted_gaps, [&](const engine::AcceptedGap& accepted) {
      return accepted.topic == gap_.topic && accepted.first == gap_.first && accepted.last == gap_.last;
    });
  }

  Status CheckGap(int64_t next, int64_t begin) const {
    if (begin <= next) {
      return Status::Rejected(place_ + " has no gap: it was read up to offset " + std::to_string(next) +
                              ", and has records from offset " + std::to_string(begin) + " on");
    }
    if (gap_.first == next && gap_.last == begin - 1) return Status::Ok();
    return Status::Rejected("what is lost of " + place_ + " is " + Offsets(next, begin - 1) + ", not " +
                            Offsets(gap_.first, gap_.last) + ". To accept that, say --from " + std::to_string(next) +
                            " --to " + std::to_string(begin - 1));
  }

  engine::PartitionPosition Behind(engine::PartitionPosition position) const {
    position.next[gap_.topic] = gap_.last + 1;
    position.last_hashes[gap_.topic].reset();
    position.accepted_gaps.push_back({gap_.topic, gap_.first, gap_.last, clock_.Now()});
    if (position.accepted_gaps.size() > kMostGapsKept) position.accepted_gaps.erase(position.accepted_gaps.begin());
    ++position.epoch;
    return position;
  }

  Status Commit(engine::PartitionPosition position) {
    std::vector<OutputRecord> records;
    DeltaWriter(gap_.partition, position.epoch, &records).End(&position);  // the transaction changes no lead
    TransactionOutcome error = transactions_.Produce(std::move(records));
    if (!error) error = transactions_.Commit({{gap_.partition, position.next}}, member_->consumer());
    if (!error) return Status::Ok();
    LP_RETURN_IF_ERROR(transactions_.GiveUp(*error, 1));
    return Status::Retriable("it is not known whether the gap was accepted: " + error->message +
                             ". Run the command again: a gap is not accepted twice");
  }

  const NamedGap gap_;
  const WorkerOptions& options_;
  Connection* const connection_;
  const Clock& clock_;
  const std::string place_;
  WorkerMetrics metrics_;
  Transactions transactions_;
  std::unique_ptr<SoleMember> member_;
};

}  // namespace

Result<GapOutcome> AcceptGap(const NamedGap& gap, const WorkerOptions& options, Connection* connection,
                             const Clock& clock, std::chrono::milliseconds timeout) {
  return Acceptance(gap, options, connection, clock).Run(timeout);
}

}  // namespace leadpulse::kafka
