#include "processor/kafka/gap_acceptance.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/kafka/changelog.h"
#include "processor/kafka/delta_log.h"
#include "processor/kafka/transactions.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollWait{100};
// How far before the changelog's end the search for the last position begins.
constexpr int64_t kFirstLook = 1000;
// The position stores the newest accepted gaps.
constexpr size_t kMostGapsKept = 16;

std::string Offsets(int64_t first, int64_t last) {
  return first == last ? "offset " + std::to_string(first)
                       : "offsets " + std::to_string(first) + " to " + std::to_string(last);
}

class Acceptance : private RebalanceListener {
 public:
  Acceptance(const NamedGap& gap, const WorkerOptions& options, Connection* connection, const Clock& clock,
             milliseconds timeout)
      : gap_(gap),
        options_(options),
        connection_(connection),
        clock_(clock),
        deadline_(clock.Monotonic() + timeout),
        place_(options.PlaceName(gap.topic, gap.partition)),
        transactions_(connection, &metrics_, 1) {}

  Result<GapOutcome> Run() {
    LP_ASSIGN_OR_RETURN(consumer_, connection_->MakeConsumer());
    if (gap_.partition.value >= consumer_->partition_count()) {
      return Status::Rejected("there is no " + place_ + ": the topics have " +
                              std::to_string(consumer_->partition_count()) + " partitions");
    }
    Result<GapOutcome> outcome = RunAsMember();
    consumer_->Close(this);
    return outcome;
  }

 private:
  void OnAssigned(const std::vector<PartitionId>& partitions) override { given_ = partitions.size(); }
  void OnRevoked(const std::vector<PartitionId>& /*partitions*/) override { given_ = 0; }
  void OnLost(const std::vector<PartitionId>& /*partitions*/) override { given_ = 0; }

  bool is_late() const { return clock_.Monotonic() > deadline_; }

  Result<GapOutcome> RunAsMember() {
    LP_RETURN_IF_ERROR(Join());
    // Init ends the transaction of an earlier producer with this id, so that the committed offsets are final.
    while (true) {
      LP_ASSIGN_OR_RETURN(const bool made, transactions_.EnsureProducer());
      if (made) break;
      if (is_late()) return Status::Retriable("the brokers gave no transactional producer; run the command again");
    }
    LP_ASSIGN_OR_RETURN(const std::optional<InputOffsets> committed,
                        Patiently([&] { return consumer_->Committed(gap_.partition); }));
    LP_ASSIGN_OR_RETURN(engine::PartitionPosition position, LastPosition());
    LP_RETURN_IF_ERROR(CheckFits(position, committed));
    if (WasAccepted(position)) return GapOutcome::kAcceptedBefore;
    LP_ASSIGN_OR_RETURN(const InputOffsets beginning, Patiently([&] { return consumer_->Beginning(gap_.partition); }));
    LP_RETURN_IF_ERROR(CheckGap(position.next[gap_.topic], beginning[gap_.topic]));
    LP_RETURN_IF_ERROR(CheckAlone());  // a later member fences the transaction by a greater generation
    LP_RETURN_IF_ERROR(Commit(Behind(std::move(position))));
    telemetry::LogWarning("partition " + std::to_string(gap_.partition.value) + ": " + Offsets(gap_.first, gap_.last) +
                              " of " + place_ +
                              " were deleted before they were read, and that was accepted; it goes on at offset " +
                              std::to_string(gap_.last + 1),
                          {telemetry::PartitionField(gap_.partition)});
    return GapOutcome::kAccepted;
  }

  // Repeats the call after retriable errors.
  template <typename Call>
  auto Patiently(const Call& call) -> decltype(call()) {
    while (true) {
      auto answer = call();
      if (answer.ok() || answer.status().kind() != ErrorKind::kRetriable || is_late()) return answer;
      std::vector<InputRecord> none;
      if (Status polled = consumer_->Poll(kPollWait, 1, this, &none);
          !polled.ok() && polled.kind() != ErrorKind::kRetriable) {
        return polled;
      }
    }
  }

  // Waits for an assignment. It must have all partitions; otherwise the group has other members.
  Status Join() {
    while (given_ == 0) {
      std::vector<InputRecord> none;
      Status polled = consumer_->Poll(kPollWait, 1, this, &none);
      if (!polled.ok() && polled.kind() != ErrorKind::kRetriable) return polled;
      if (given_ == 0 && is_late()) return OthersAreThere();
    }
    return CheckAlone();
  }

  Status CheckAlone() const { return given_ == consumer_->partition_count() ? Status::Ok() : OthersAreThere(); }

  Status OthersAreThere() const {
    return Status::Rejected("the group " + options_.application +
                            " has other members, and nothing was changed. Stop all processes; one that has ended "
                            "keeps its place until kafka.session_timeout is over. Then run the command again");
  }

  // Returns the position that the partition's last transaction wrote.
  Result<engine::PartitionPosition> LastPosition() {
    for (const bool deltas : {true, false}) {
      // A version without lead.journal wrote its positions to lead.state.
      std::unique_ptr<ChangelogReader> reader;
      if (deltas) {
        LP_ASSIGN_OR_RETURN(reader, connection_->MakeDeltaReader());
      } else {
        LP_ASSIGN_OR_RETURN(reader, connection_->MakeChangelogReader());
      }
      LP_ASSIGN_OR_RETURN(std::optional<engine::PartitionPosition> last, LastPositionIn(reader.get(), deltas));
      if (last) return *std::move(last);
    }
    return Status::Rejected("lead.state says nothing of partition " + std::to_string(gap_.partition.value) +
                            ": no process has owned it yet, so there is no gap to accept");
  }

  Result<std::optional<engine::PartitionPosition>> LastPositionIn(ChangelogReader* reader, bool deltas) {
    for (int64_t look = kFirstLook;; look *= 10) {
      LP_ASSIGN_OR_RETURN(const LogBounds bounds, Patiently([&] { return reader->Bounds(gap_.partition); }));
      const int64_t from = std::max(bounds.begin, bounds.end - look);
      LP_RETURN_IF_ERROR(reader->Start(gap_.partition, from));
      LP_ASSIGN_OR_RETURN(std::optional<engine::PartitionPosition> last, ReadUntil(reader, deltas, from, bounds.end));
      if (last || from == bounds.begin) return last;
    }
  }

  Result<std::optional<engine::PartitionPosition>> ReadUntil(ChangelogReader* reader, bool deltas, int64_t reached,
                                                             int64_t end) {
    std::optional<engine::PartitionPosition> last;
    std::vector<ChangelogRecord> records;
    while (reached < end) {
      const Result<int64_t> read = reader->Read(kPollWait, &records);
      if (!read.ok() && (read.status().kind() != ErrorKind::kRetriable || is_late())) return read.status();
      if (!read.ok()) continue;
      if (*read == reached && is_late()) {
        return Status::Retriable(std::string("could not read ") + (deltas ? "lead.journal" : "lead.state") + " [" +
                                 std::to_string(gap_.partition.value) + "] to its end: it is at offset " +
                                 std::to_string(reached) + " of " + std::to_string(end) +
                                 ", where a transaction may be open; run the command again");
      }
      reached = *read;
      for (const ChangelogRecord& record : records) {
        if (!record.value) continue;
        if (deltas) {
          LP_ASSIGN_OR_RETURN(Deltas read_deltas, DecodeDeltas(*record.value));
          if (read_deltas.position) last = std::move(read_deltas.position);
        } else if (KindOfChangelogKey(record.key) == ChangelogKind::kPosition) {
          LP_ASSIGN_OR_RETURN(last, DecodePosition(*record.value));
        }
      }
    }
    return last;
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
    if (!error) error = transactions_.Commit({{gap_.partition, position.next}}, consumer_.get());
    if (!error) return Status::Ok();
    LP_RETURN_IF_ERROR(transactions_.GiveUp(*error, 1));
    return Status::Retriable("it is not known whether the gap was accepted: " + error->message +
                             ". Run the command again: a gap is not accepted twice");
  }

  const NamedGap gap_;
  const WorkerOptions& options_;
  Connection* const connection_;
  const Clock& clock_;
  const std::chrono::steady_clock::time_point deadline_;
  const std::string place_;
  WorkerMetrics metrics_;
  Transactions transactions_;
  std::unique_ptr<InputConsumer> consumer_;
  size_t given_ = 0;  // number of assigned partitions
};

}  // namespace

Result<GapOutcome> AcceptGap(const NamedGap& gap, const WorkerOptions& options, Connection* connection,
                             const Clock& clock, std::chrono::milliseconds timeout) {
  return Acceptance(gap, options, connection, clock, timeout).Run();
}

}  // namespace leadpulse::kafka
