#include "processor/kafka/worker.h"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "processor/kafka/owned_partitions.h"
#include "processor/kafka/transactions.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

using Time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr milliseconds kGaugeInterval{250};

std::string Spell(const std::vector<PartitionId>& partitions) {
  std::string text;
  for (PartitionId partition : partitions) text += (text.empty() ? "" : ", ") + std::to_string(partition.value);
  return text;
}

// The decision whether a worker joins the group again after another member has taken its instance id.
//
// The other member may be the worker itself: if a broker is killed before it answers a request to join, the request
// still takes the id (KIP-345). Such a member loses the id when its session ends. So the worker joins again at once,
// which takes the id back. If it is fenced again soon, it waits and asks the group: a member that has the id for longer
// than a session is another process.
class InstanceClaim {
 public:
  // Keeps `connection` and `clock`, which must outlive this. `session` is the group's session timeout.
  InstanceClaim(Connection* connection, const Clock* clock, std::chrono::milliseconds session)
      : connection_(connection), clock_(clock), session_(session) {}

  // Whether the worker may join again, with a new consumer. Call it after a fence until it returns true. Fatal if
  // another process has the id. The message then begins with `fenced`, the consumer's error.
  Result<bool> MayJoin(const std::string& fenced) {
    const Time now = clock_->Monotonic();
    if (!asks_) {
      // Two live processes fence each other at each heartbeat, several times in a session.
      const bool again = joined_.has_value() && now < *joined_ + 2 * session_;
      if (!again) {
        telemetry::LogWarning(
            "joining the group again, because an earlier request to join may have fenced this worker: " + fenced,
            {telemetry::ErrorField(fenced)});
        joined_ = now;
        return true;
      }
      telemetry::LogWarning("fenced again; asking the group for a session whether another process runs: " + fenced,
                            {telemetry::ErrorField(fenced)});
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

 private:
  Result<bool> Ask(const std::string& fenced) {
    // A response may take long: the member existed at some time between the two instants.
    const Time asked = clock_->Monotonic();
    const Result<std::optional<GroupMember>> holder = connection_->FindInstanceHolder();
    if (!holder.ok()) {
      held_since_.reset();  // a new coordinator restarts all sessions
      if (holder.status().kind() != ErrorKind::kRetriable) return holder.status();
      telemetry::LogWarning("asking the group: " + holder.status().message(),
                            {telemetry::ErrorField(holder.status().message())});
      return false;
    }
    if (!holder->has_value()) return true;
    if (!held_since_ || holder_ != (*holder)->id) {
      held_since_ = clock_->Monotonic();
      holder_ = (*holder)->id;
    }
    // The wait is a quarter longer, because a coordinator checks sessions a little late.
    if (asked < *held_since_ + session_ + session_ / 4) return false;
    return Status::Fatal(fenced + ". The other one is the client " + (*holder)->client_id + " at " + (*holder)->host);
  }

  Connection* const connection_;
  const Clock* const clock_;
  const std::chrono::milliseconds session_;
  std::optional<Time> joined_;      // when the worker last joined again
  bool asks_ = false;               // fenced twice, and not joined since
  std::optional<Time> held_since_;  // since when `holder_` has had the id
  std::string holder_;              // the member's own id
  Time next_question_{};
};

class GroupWorker : public Worker, private RebalanceListener, private OutputSink {
 public:
  GroupWorker(const WorkerOptions& options, const WorkerEnvironment& environment)
      : options_(options),
        environment_(environment),
        metrics_(environment.metrics),
        clock_(environment.clock),
        claim_(environment.connection, environment.clock, options.session_timeout),
        transactions_(environment.connection, environment.metrics, options.max_epoch_records) {}

  Status Start() override {
    LP_ASSIGN_OR_RETURN(consumer_, environment_.connection->MakeConsumer());
    LP_ASSIGN_OR_RETURN(state_reader_, environment_.connection->MakeChangelogReader());
    LP_ASSIGN_OR_RETURN(delta_reader_, environment_.connection->MakeDeltaReader());
    if (consumer_->partition_count() != environment_.store->partition_count()) {
      return Status::Fatal("the topics have " + std::to_string(consumer_->partition_count()) +
                           " partitions, the state directory was made for " +
                           std::to_string(environment_.store->partition_count()) +
                           ": a lead's partition would be another one. Is the directory another deployment's? " +
                           kAfterPartitionsWereAdded);
    }
    OwnPartitions();
    return Status::Ok();
  }

  Status RunOnce() override {
    LP_ASSERT(partitions_ != nullptr);
    // If another process has the instance id, a new producer would fence that process's producer.
    if (!consumer_->is_fenced()) LP_RETURN_IF_ERROR(EnsureProducer());
    // Records that did not fit into the last epoch come first.
    if (records_.empty()) LP_RETURN_IF_ERROR(Poll());
    // If the wait is long, the group gives the partitions to a process whose clock is right.
    const bool is_clock_believed =
        environment_.clock_guard == nullptr || !environment_.clock_guard->FindDoubt().has_value();
    metrics_->clock_doubtful = !is_clock_believed;
    if (is_clock_believed) {
      LP_RETURN_IF_ERROR(partitions_->ConsiderDefinitions());
      LP_RETURN_IF_ERROR(partitions_->Apply(&records_));
      LP_RETURN_IF_ERROR(partitions_->RunTimedWork());
    } else {
      std::this_thread::sleep_for(options_.poll_wait);
    }
    if (!transactions_.has_producer()) return failed_;
    LP_RETURN_IF_ERROR(partitions_->Restore());
    LP_RETURN_IF_ERROR(PublishOutput());
    if (CommitIsDue()) LP_RETURN_IF_ERROR(CommitEpoch());
    DeleteOldDeltas();
    LP_RETURN_IF_ERROR(partitions_->FetchRestored());
    ShowGauges();
    return failed_;
  }

  Status Finish() override {
    if (partitions_ == nullptr) return Status::Ok();
    partitions_->PrepareToStop();
    if (failed_.ok() && transactions_.has_producer()) failed_ = CommitEpoch();
    consumer_->Close(this);
    partitions_.reset();
    return failed_;
  }

  bool ready() const override {
    return partitions_ != nullptr && !consumer_->is_fenced() && partitions_->all_live() && IsMember();
  }

 private:
  // ---- The group ----

  void OnAssigned(const std::vector<PartitionId>& partitions) override {
    telemetry::LogInfo("partitions assigned: " + Spell(partitions));
    ++metrics_->rebalances;
    partitions_->Take(partitions);
    CrashPoint("live_assigned");
  }

  // Commits the epoch of the partitions, which still belong to this worker. If that fails, the next owner does the work
  // again.
  void OnRevoked(const std::vector<PartitionId>& partitions) override {
    telemetry::LogInfo("partitions revoked: " + Spell(partitions));
    ++metrics_->rebalances;
    if (failed_.ok() && transactions_.has_producer()) Note(CommitEpoch());
    CrashPoint("live_revoked");
    partitions_->Forget(partitions);
  }

  void OnLost(const std::vector<PartitionId>& partitions) override {
    telemetry::LogWarning("partitions lost: " + Spell(partitions) + "; what was not committed is done again");
    ++metrics_->rebalances;
    partitions_->Forget(partitions);
    // The open transaction contains output of partitions that belong to others now.
    if (transactions_.open()) Note(Recover({TransactionErrorKind::kAbortable, "partitions were lost"}));
  }

  void OnTopicAbsent() override {
    telemetry::LogWarning("an input topic was not there for a while; the last records read are compared");
    Note(partitions_->ReadAgain());
  }

  // Whether the worker is a member. True also without partitions, in a group with more members than partitions. False
  // during a rebalance, and after the group has gone on without the worker.
  bool IsMember() const { return !partitions_->empty() || consumer_->CurrentGroupMetadata()->generation() >= 0; }

  void OwnPartitions() {
    partitions_ = std::make_unique<OwnedPartitions>(options_, environment_, consumer_.get(),
                                                    StateReaders{state_reader_.get(), delta_reader_.get()},
                                                    static_cast<OutputSink*>(this));
  }

  // Drops the open epoch after another member of the group has taken the worker's instance id. Joins with a new
  // consumer as soon as InstanceClaim permits it.
  Status JoinAgain(const Status& fenced) {
    if (!partitions_->empty()) OnLost(partitions_->all());
    LP_RETURN_IF_ERROR(failed_);
    if (!may_join_again_) {
      LP_ASSIGN_OR_RETURN(may_join_again_, claim_.MayJoin(fenced.message()));
    }
    if (!may_join_again_) return Status::Ok();
    Result<std::unique_ptr<InputConsumer>> consumer = environment_.connection->MakeConsumer();
    if (!consumer.ok()) {
      if (consumer.status().kind() != ErrorKind::kRetriable) return consumer.status();
      telemetry::LogWarning("joining the group: " + consumer.status().message(),
                            {telemetry::ErrorField(consumer.status().message())});
      return Status::Ok();
    }
    may_join_again_ = false;
    partitions_.reset();
    consumer_ = std::move(*consumer);
    OwnPartitions();
    return Status::Ok();
  }

  void Note(Status status) {
    if (failed_.ok() && !status.ok()) failed_ = std::move(status);
  }

  Status Poll() {
    // Take no more records than fit into the transaction, because all are applied before the commit.
    const uint64_t held = partitions_->epoch().records;
    LP_ASSERT(held < transactions_.most_records());
    Status polled = consumer_->Poll(PollWait(), transactions_.most_records() - held, this, &records_);
    LP_RETURN_IF_ERROR(failed_);
    if (consumer_->is_fenced()) return JoinAgain(polled);
    if (polled.ok() || polled.kind() != ErrorKind::kRetriable) return polled;
    telemetry::LogWarning("reading from Kafka: " + polled.message(), {telemetry::ErrorField(polled.message())});
    records_.clear();
    return Status::Ok();
  }

  milliseconds PollWait() const {
    if (partitions_->busy()) return milliseconds(0);
    const Time now = clock_->Monotonic();
    Time until = now + options_.poll_wait;
    if (epoch_began_) until = std::min(until, CommitTime());
    if (auto rollout = partitions_->next_rollout()) until = std::min(until, *rollout);
    if (auto attempt = partitions_->next_attempt()) until = std::min(until, *attempt);
    return std::max(std::chrono::ceil<milliseconds>(until - now), milliseconds(0));
  }

  // ---- Committing ----

  bool CommitIsDue() {
    const OwnedPartitions::Epoch epoch = partitions_->epoch();
    if (!epoch.touched) {
      epoch_began_.reset();  // partitions that were lost have taken with them what they touched
      return false;
    }
    const Time now = clock_->Monotonic();
    if (!epoch_began_) epoch_began_ = now;
    // Records that found no room wait for the next epoch.
    return !records_.empty() || epoch.keeps_from_reading || epoch.records >= transactions_.most_records() ||
           epoch.timers >= options_.max_epoch_timers || epoch.reevaluated >= options_.max_epoch_reevaluated ||
           epoch.changes >= options_.max_epoch_changes || epoch.bytes >= options_.max_epoch_bytes ||
           now >= CommitTime();
  }

  // Returns when to commit. While more records wait than a round applies, the interval begins with the epoch: fewer
  // commits mean more throughput. Otherwise it begins with the previous commit: an event waits at most for the interval
  // and its own commit, and a single event only for its commit.
  Time CommitTime() const { return (IsBehind() ? *epoch_began_ : last_commit_began_) + options_.commit_interval; }

  bool IsBehind() const {
    return consumer_->has_more() || partitions_->busy() || partitions_->next_rollout().has_value();
  }

  // Produces the records. Called inside a call of the engine, so an error is handled later. The epoch is then not
  // committed.
  void Publish(std::vector<OutputRecord>* records) override {
    if (!publishing_problem_) publishing_problem_ = transactions_.Produce(std::exchange(*records, {}));
    records->clear();
    CrashPoint("live_published");
  }

  Status PublishOutput() {
    std::vector<OutputRecord> output;
    partitions_->TakeOutput(&output);
    if (!output.empty()) Publish(&output);
    return publishing_problem_ ? Recover(*std::exchange(publishing_problem_, {})) : Status::Ok();
  }

  // Commits one transaction with the epoch's output, its positions, and the offsets of each touched partition. Then
  // writes the store.
  Status CommitEpoch() {
    std::vector<OutputRecord> output;
    LP_ASSIGN_OR_RETURN(const auto offsets, partitions_->EndEpoch(&output));
    epoch_began_.reset();
    if (offsets.empty()) return Status::Ok();
    last_commit_began_ = clock_->Monotonic();
    TransactionOutcome error = transactions_.Produce(std::move(output));
    CrashPoint("live_produced");
    if (!error) error = CheckGroup(offsets);
    if (!error) error = transactions_.Commit(offsets, consumer_.get());
    if (error) return Recover(*error);
    metrics_->commit_durations.Observe(clock_->Monotonic() - last_commit_began_);
    ++metrics_->commits;
    LP_RETURN_IF_ERROR(partitions_->Committed(offsets, transactions_.delta_positions()));
    transactions_.Settle();
    return Status::Ok();
  }

  // Deletes old records of lead.journal. A failure is no harm: later deletions include these records.
  void DeleteOldDeltas() {
    const std::map<PartitionId, int64_t> offsets = partitions_->TakeDeletable();
    if (offsets.empty()) return;
    const Status deleted = delta_reader_->DeleteBefore(offsets);
    if (deleted.ok()) return;
    telemetry::LogWarning("lead.journal grows: " + deleted.message(), {telemetry::ErrorField(deleted.message())});
  }

  // Runs while the brokers write the output. After an error, partitions are restored and their last records compared.
  TransactionOutcome CheckGroup(const std::map<PartitionId, InputOffsets>& epoch) {
    const Result<bool> has_offsets = partitions_->GroupHasOffsetsOf(epoch);
    if (!has_offsets.ok()) {
      const bool retriable = has_offsets.status().kind() == ErrorKind::kRetriable;
      return TransactionError{retriable ? TransactionErrorKind::kAbortable : TransactionErrorKind::kFatal,
                              has_offsets.status().message()};
    }
    if (*has_offsets) return std::nullopt;
    return TransactionError{TransactionErrorKind::kAbortable,
                            "the group has lost its offsets, as it does when an input topic is deleted; the last "
                            "records read are compared"};
  }

  // Drops the epoch after any doubt about a transaction, and restores every partition to the committed offsets. That is
  // cheap for a state that is already there.
  Status Recover(const TransactionError& error) {
    if (error.kind == TransactionErrorKind::kTooLarge) LP_RETURN_IF_ERROR(MakeRoomFor(error));
    LP_RETURN_IF_ERROR(transactions_.GiveUp(error, partitions_->epoch().records));
    epoch_began_.reset();
    return Rewind();
  }

  // Makes dead letters smaller if one is too large, so that an unusable record does not stop the others. Any other
  // refused record ends the process.
  Status MakeRoomFor(const TransactionError& error) {
    if (error.topic != OutputTopic::kDeadLetters) return Status::Fatal(error.message);
    const std::optional<size_t> bound = partitions_->ShrinkDeadLetters();
    if (!bound) return Status::Fatal(error.message);
    telemetry::LogWarning("dead letters are cut to " + std::to_string(*bound) + " bytes from now on: " + error.message,
                          {telemetry::ErrorField(error.message)});
    return Status::Ok();
  }

  Status Rewind() {
    records_.clear();
    return partitions_->RestoreAllAgain();
  }

  // Makes a producer if there is none. If that fails now, nothing is read in the meantime.
  Status EnsureProducer() {
    LP_ASSIGN_OR_RETURN(bool there, transactions_.EnsureProducer());
    return there ? Status::Ok() : Rewind();
  }

  void ShowGauges() {
    const Time now = clock_->Monotonic();
    if (now < next_gauges_) return;
    next_gauges_ = now + kGaugeInterval;
    partitions_->ShowGauges();
  }

  const WorkerOptions options_;
  const WorkerEnvironment environment_;
  WorkerMetrics* const metrics_;
  const Clock* const clock_;

  std::unique_ptr<InputConsumer> consumer_;
  std::unique_ptr<ChangelogReader> state_reader_;
  std::unique_ptr<DeltaReader> delta_reader_;
  InstanceClaim claim_;
  bool may_join_again_ = false;  // permitted, and not done yet
  Transactions transactions_;
  std::unique_ptr<OwnedPartitions> partitions_;  // null before Start and after Finish
  std::vector<InputRecord> records_;             // the last Poll returned them; not applied yet
  TransactionOutcome publishing_problem_;        // the first error of Publish
  std::optional<Time> epoch_began_;              // nullopt if no partition is touched
  Time last_commit_began_{};
  Time next_gauges_{};
  Status failed_;  // the first error of a callback
};

}  // namespace

std::unique_ptr<Worker> MakeWorker(const WorkerOptions& options, const WorkerEnvironment& environment) {
  return std::make_unique<GroupWorker>(options, environment);
}

}  // namespace leadpulse::kafka
