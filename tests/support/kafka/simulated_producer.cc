#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "processor/engine/partitioner.h"
#include "tests/support/kafka/simulated_client.h"

namespace leadpulse::testing {
namespace {

using kafka::InputOffsets;
using kafka::OutputRecord;
using kafka::OutputTopic;
using kafka::TransactionError;
using kafka::TransactionErrorKind;
using kafka::TransactionOutcome;

constexpr Millis kRetryBackoff{20};
constexpr int kBatchAttempts = 3;

class SimulatedProducer : public kafka::TransactionalProducer {
 public:
  explicit SimulatedProducer(const ClientContext& context) : context_(context) {}

  TransactionOutcome Init() override {
    return Call("Init", [&] { return InitNow(); });
  }
  TransactionOutcome Begin() override {
    return Call("Begin", [&] { return BeginNow(); });
  }
  TransactionOutcome Produce(OutputRecord record) override {
    return Call("Produce", [&] { return ProduceNow(std::move(record)); });
  }
  TransactionOutcome SendOffsets(const std::map<PartitionId, InputOffsets>& offsets,
                                 const kafka::GroupMetadata& group) override {
    const MemberIdentity who = dynamic_cast<const SimulatedGroupMetadata&>(group).who();
    return Call("SendOffsets", [&] { return SendOffsetsNow(offsets, who); });
  }
  TransactionOutcome Commit() override {
    return Call("Commit", [&] { return CommitNow(); });
  }
  TransactionOutcome Abort() override {
    return Call("Abort", [&] { return AbortNow(); });
  }

  const std::map<PartitionId, int64_t>& delta_positions() const override { return committed_positions_; }

  bool may_have_stray_requests() const override {
    return is_stray_ || brokers_lost_before_ != cluster().brokers_lost();
  }

 private:
  // kMustAbort: a batch could not be sent, or a request of the transaction was refused. kCommitting, kAborting:
  // requested, but without a response yet.
  enum class Stage : uint8_t { kNew, kReady, kOpen, kMustAbort, kCommitting, kAborting, kLost };

  SimulatedCluster& cluster() const { return context_.cluster(); }
  const std::string& id() const { return context_.name().transactional_id; }

  template <typename Action>
  TransactionOutcome Call(std::string_view call, const Action& action) {
    return context_.Call(call, Fail(TransactionErrorKind::kFatal, "the process is killed"), [&] {
      if (stage_ == Stage::kLost) return Fail(TransactionErrorKind::kFatal, "used after it was lost");
      return action();
    });
  }

  static TransactionOutcome Fail(TransactionErrorKind kind, std::string message) {
    return TransactionError{kind, std::move(message)};
  }
  static TransactionOutcome OutOfTurn(const std::string& call) {
    return Fail(TransactionErrorKind::kFatal, call + " was called out of turn");
  }
  TransactionOutcome Lose(std::string message) {
    stage_ = Stage::kLost;
    return Fail(TransactionErrorKind::kProducerLost, std::move(message));
  }
  TransactionOutcome MustAbort(std::string message) {
    stage_ = Stage::kMustAbort;
    if (refused_by_) return TransactionError{TransactionErrorKind::kTooLarge, std::move(message), *refused_by_};
    return Fail(TransactionErrorKind::kAbortable, std::move(message));
  }

  // Sends a request, and repeats it while the coordinator is not ready. Returns nothing if there is no response in
  // time.
  std::optional<TransactionReply> Ask(const std::function<TransactionReply()>& request) {
    for (Millis waited{0};; waited += kRetryBackoff) {
      if (!context_.is_alive()) return std::nullopt;
      const std::optional<TransactionReply> reply = cluster().Request(request, &is_stray_);
      // Other clients run while this one waits.
      if (!reply && !context_.Reaches("Request", PortCall::Moment::kMiddle)) return std::nullopt;
      const bool shall_ask_again =
          reply && (*reply == TransactionReply::kConcurrentTransactions || *reply == TransactionReply::kNotCoordinator);
      if (!shall_ask_again || waited >= cluster().options().request_timeout) return reply;
      cluster().AdvanceTime(kRetryBackoff);
    }
  }

  // Returns the outcome of an ordinary request, given its response; nullopt if there was none in time.
  TransactionOutcome OutcomeOf(const std::optional<TransactionReply>& reply, const std::string& request) {
    if (!reply) return Fail(TransactionErrorKind::kRetriable, request + ": timed out");
    switch (*reply) {
      case TransactionReply::kOk:
        return std::nullopt;
      case TransactionReply::kConcurrentTransactions:
      case TransactionReply::kNotCoordinator:
        return Fail(TransactionErrorKind::kRetriable, request + ": the coordinator is not ready");
      case TransactionReply::kFenced:
        return Lose(request + ": fenced");
      case TransactionReply::kInvalidState:
        return Lose(request + ": invalid transaction state");
      case TransactionReply::kTooLarge:
      case TransactionReply::kOutOfSequence:
      case TransactionReply::kOffsetsRefused:
        return MustAbort(request + ": refused");
    }
    return std::nullopt;
  }

  // Gets a new epoch. From then on requests of earlier epochs have no effect.
  TransactionOutcome NewEpoch() {
    const auto given = std::make_shared<ProducerEpoch>();
    const auto reply = Ask(
        [&transactions = cluster().transactions(), id = id(), given] { return transactions.Init(id, given.get()); });
    if (TransactionOutcome failed = OutcomeOf(reply, "InitProducerId")) return failed;
    producer_ = *given;
    sequences_.clear();
    return std::nullopt;
  }

  TransactionOutcome InitNow() {
    if (stage_ != Stage::kNew) return OutOfTurn("Init");
    if (TransactionOutcome failed = NewEpoch()) return failed;
    brokers_lost_before_ = cluster().brokers_lost();
    // All stray requests so far have earlier epochs.
    is_stray_ = false;
    stage_ = Stage::kReady;
    return std::nullopt;
  }

  TransactionOutcome BeginNow() {
    if (stage_ != Stage::kReady) return OutOfTurn("Begin");
    stage_ = Stage::kOpen;
    queue_.clear();
    added_.clear();
    has_asked_ = false;
    needs_new_epoch_ = false;
    refused_by_.reset();
    positions_.clear();
    return std::nullopt;
  }

  TransactionOutcome ProduceNow(OutputRecord record) {
    if (stage_ == Stage::kMustAbort) return MustAbort("Produce: the transaction has failed already");
    if (stage_ != Stage::kOpen) return OutOfTurn("Produce");
    queue_.push_back(std::move(record));
    Chaos& chaos = context_.chaos();
    // As in a real producer, the next call reports a batch that cannot be sent, and this call that it is fenced.
    if (chaos.Happens(chaos.rates.early_send)) SendQueued();
    if (stage_ == Stage::kLost) return Lose("Produce: fenced");
    return std::nullopt;
  }

  PartitionId PartitionFor(const OutputRecord& record) {
    if (record.partition) return *record.partition;
    const uint32_t count = cluster().options().partitions;
    if (record.key.empty()) return PartitionId{static_cast<uint32_t>(context_.chaos().random().Below(count))};
    return PartitionId{(engine::Murmur2(record.key) & 0x7fffffff) % count};
  }

  // Sends everything in the queue, one batch a partition. The stage shows a failure.
  void SendQueued() {
    std::map<LogId, std::vector<Message>> batches;
    for (OutputRecord& record : queue_) {
      const LogId log{TopicOf(record.topic), PartitionFor(record)};
      batches[log].push_back(
          {std::move(record.key), std::move(record.value), {record.headers.begin(), record.headers.end()}});
    }
    queue_.clear();
    for (auto& [log, messages] : batches) {
      if (stage_ == Stage::kOpen) SendBatch(log, std::move(messages));
    }
  }

  void SendBatch(const LogId& log, std::vector<Message> messages) {
    std::optional<TransactionReply> reply = AddPartition(log);
    const auto count = static_cast<int32_t>(messages.size());
    const auto last = std::make_shared<std::optional<int64_t>>();
    const auto request = [&cluster = cluster(), id = id(), producer = producer_, log, first = sequences_[log],
                          batch = std::make_shared<const std::vector<Message>>(std::move(messages)), last] {
      if (!cluster.HasLeader(log)) return TransactionReply::kNotCoordinator;
      if (cluster.options().verifies_transactions) {
        const TransactionReply verified = cluster.transactions().VerifyPartition(id, producer, log);
        if (verified != TransactionReply::kOk) return verified;
      }
      if (cluster.log(log.topic, log.partition).Fences(producer)) return TransactionReply::kFenced;
      const bool takes_all =
          std::ranges::all_of(*batch, [&](const Message& message) { return cluster.Takes(log.topic, message); });
      if (!takes_all) return TransactionReply::kTooLarge;
      *last = cluster.log(log.topic, log.partition).AppendBatch(producer, first, *batch);
      return *last ? TransactionReply::kOk : TransactionReply::kOutOfSequence;
    };
    Chaos& chaos = context_.chaos();
    if (chaos.Happens(chaos.rates.unsent_batches)) {
      reply.reset();
    } else if (reply == TransactionReply::kOk) {
      reply = AskSeveralTimes(request);
    }
    if (reply == TransactionReply::kOk) {
      sequences_[log] += count;
      if (log.topic == Topic::kLeadJournal) positions_[log.partition] = **last + 1;
    } else if (reply == TransactionReply::kFenced) {
      stage_ = Stage::kLost;
    } else if (reply == TransactionReply::kTooLarge) {
      needs_new_epoch_ = true;
      refused_by_ = OutputTopicOf(log.topic);
      stage_ = Stage::kMustAbort;
    } else {
      // The batch may yet arrive, but not in a transaction of a later epoch.
      needs_new_epoch_ = true;
      stage_ = Stage::kMustAbort;
    }
  }

  std::optional<TransactionReply> AddPartition(const LogId& log) {
    if (added_.contains(log)) return TransactionReply::kOk;
    has_asked_ = true;
    const auto reply = AskSeveralTimes([&transactions = cluster().transactions(), id = id(), producer = producer_,
                                        log] { return transactions.AddPartition(id, producer, log); });
    if (reply == TransactionReply::kOk) added_.insert(log);
    return reply;
  }

  // Sends a request up to kBatchAttempts times. Only for requests that can be executed twice without harm.
  std::optional<TransactionReply> AskSeveralTimes(const std::function<TransactionReply()>& request) {
    std::optional<TransactionReply> reply;
    for (int attempt = 0; attempt < kBatchAttempts && !reply; ++attempt) reply = Ask(request);
    return reply;
  }

  TransactionOutcome SendOffsetsNow(const std::map<PartitionId, InputOffsets>& offsets, const MemberIdentity& who) {
    if (stage_ == Stage::kMustAbort) return MustAbort("SendOffsets: the transaction has failed already");
    if (stage_ != Stage::kOpen) return OutOfTurn("SendOffsets");
    if (offsets.empty()) return std::nullopt;
    ClusterObserver* observer = cluster().observer();
    const uint64_t call = observer == nullptr ? 0 : observer->OnSendOffsets(context_.name());
    has_asked_ = true;
    auto reply = Ask([&transactions = cluster().transactions(), id = id(), producer = producer_] {
      return transactions.AddOffsets(id, producer);
    });
    if (TransactionOutcome failed = OutcomeOf(reply, "AddOffsetsToTxn")) return failed;
    if (!context_.Reaches("SendOffsets", PortCall::Moment::kMiddle)) return std::nullopt;
    reply = Ask([&cluster = cluster(), id = id(), producer = producer_, offsets, who, call] {
      if (cluster.options().verifies_transactions) {
        const TransactionReply verified = cluster.transactions().VerifyOffsets(id, producer);
        if (verified != TransactionReply::kOk) return verified;
      }
      if (!cluster.group().is_here()) return TransactionReply::kNotCoordinator;
      if (cluster.group().CheckCommit(who) != GroupReply::kOk) return TransactionReply::kOffsetsRefused;
      const bool is_added = cluster.offsets().AddPending(producer, offsets, call);
      return is_added ? TransactionReply::kOk : TransactionReply::kFenced;
    });
    return OutcomeOf(reply, "TxnOffsetCommit");
  }

  TransactionOutcome CommitNow() {
    if (stage_ == Stage::kOpen) SendQueued();
    if (stage_ == Stage::kLost) return Lose("Commit: fenced");
    if (stage_ == Stage::kMustAbort) return MustAbort("Commit: not everything could be sent");
    if (stage_ != Stage::kOpen && stage_ != Stage::kCommitting) return OutOfTurn("Commit");
    if (!context_.Reaches("Commit", PortCall::Moment::kMiddle)) return std::nullopt;
    if (TransactionOutcome failed = EndNow(Stage::kCommitting)) return failed;
    committed_positions_ = positions_;
    stage_ = Stage::kReady;
    return std::nullopt;
  }

  TransactionOutcome AbortNow() {
    if (stage_ != Stage::kOpen && stage_ != Stage::kMustAbort && stage_ != Stage::kAborting) return OutOfTurn("Abort");
    queue_.clear();
    if (TransactionOutcome failed = EndNow(Stage::kAborting)) return failed;
    if (needs_new_epoch_) {
      // A repeated call continues here, since nothing is left to end.
      stage_ = Stage::kAborting;
      has_asked_ = false;
      if (TransactionOutcome failed = NewEpoch()) return failed;
    }
    stage_ = Stage::kReady;
    return std::nullopt;
  }

  TransactionOutcome EndNow(Stage ending) {
    // The coordinator does not know a transaction without records or offsets.
    if (!has_asked_) return std::nullopt;
    stage_ = ending;
    const auto reply =
        Ask([&transactions = cluster().transactions(), id = id(), producer = producer_,
             commits = ending == Stage::kCommitting] { return transactions.End(id, producer, commits); });
    Chaos& chaos = context_.chaos();
    if (!reply && chaos.Happens(chaos.rates.given_up)) return Lose("EndTxn: timed out");
    return OutcomeOf(reply, "EndTxn");
  }

  const ClientContext context_;
  Stage stage_ = Stage::kNew;
  ProducerEpoch producer_;
  bool is_stray_ = false;
  uint64_t brokers_lost_before_ = 0;
  std::map<LogId, int32_t> sequences_;  // the next batch's, in this epoch

  // State of the open transaction.
  std::deque<OutputRecord> queue_;
  std::set<LogId> added_;
  bool has_asked_ = false;  // the coordinator may know of it
  bool needs_new_epoch_ = false;
  std::optional<OutputTopic> refused_by_;  // a record was too large for it
  std::map<PartitionId, int64_t> positions_;

  std::map<PartitionId, int64_t> committed_positions_;
};

}  // namespace

std::unique_ptr<kafka::TransactionalProducer> MakeSimulatedProducer(const ClientContext& context) {
  return std::make_unique<SimulatedProducer>(context);
}

}  // namespace leadpulse::testing
