#include "processor/kafka/repartition.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "processor/engine/erasure_rotation.h"
#include "processor/engine/partitioner.h"
#include "processor/kafka/changelog.h"
#include "processor/kafka/erasure_secret.h"
#include "processor/kafka/last_position.h"
#include "processor/kafka/partition_restores.h"
#include "processor/kafka/writer_fence.h"
#include "processor/pipeline/exchange_record.h"
#include "state/store/store_keys.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStepWait{100};
// A transaction ends with this many bytes, or `part_records`.
constexpr size_t kPartBytes = 8 << 20;
// What a person does where a new topic cannot be taken. Not "create it again": a wrong name may be another
// deployment's.
constexpr char kNameOthers[] = ". Name topics without records in the settings of --into, and run the command again";
// Messages that were not read are in memory, and in one transaction.
constexpr size_t kMostMessageBytesMoved = 64 << 20;

std::string MarkOf(const std::string& application) {
  return "a move of " + application + " that has not ended: give the command leadpulse repartition again";
}

std::vector<PartitionId> AllPartitions(uint32_t count) {
  std::vector<PartitionId> partitions;
  for (uint32_t number = 0; number < count; ++number) partitions.push_back(PartitionId{number});
  return partitions;
}

size_t BytesOf(const OutputRecord& record) { return record.key.size() + (record.value ? record.value->size() : 0); }

}  // namespace

// ---- Settings -------------------------------------------------------------------------------------------------------

Status CheckRepartition(const config::Settings& from, const config::Settings& into) {
  const auto must = [](const std::string& what) { return Status::Rejected("the settings of --into must " + what); };
  const config::TopicNames& old = from.kafka.topics;
  const config::TopicNames& topics = into.kafka.topics;
  if (from.kafka.bootstrap_servers != into.kafka.bootstrap_servers) {
    return must("have the same kafka.bootstrap_servers: a deployment moves within its cluster");
  }
  if (from.kafka.application == into.kafka.application) return must("have another kafka.application");
  if (into.kafka.moved_from != from.kafka.application) {
    return must("have kafka.moved_from: " + from.kafka.application +
                ", so that no process starts before the leads are there");
  }
  if (from.state.directory == into.state.directory) return must("have another state.directory");
  if (!state::ErasureKeysAfter(ErasureSecretOf(from.state), ErasureSecretOf(into.state))) {
    return must(
        "have the same state.erasure_secret and former_erasure_secrets, or a new secret and all of --config as former "
        "ones, in their order: otherwise erased leads would not be recognised");
  }
  const std::array internal{std::pair("exchange", &config::TopicNames::exchange),
                            std::pair("lead_state", &config::TopicNames::lead_state),
                            std::pair("lead_journal", &config::TopicNames::lead_journal),
                            std::pair("lead_profiles", &config::TopicNames::lead_profiles)};
  for (const auto& [name, topic] : internal) {
    if (topics.*topic == old.*topic) return must(std::string("have another kafka.topics.") + name);
  }
  const bool keeps_events = topics.events == old.events;
  if (keeps_events != (topics.commands == old.commands)) {
    return must("keep both kafka.topics.events and commands, or give both another name");
  }
  if (from.input_partitioning == config::InputPartitioning::kTrusted ||
      into.input_partitioning == config::InputPartitioning::kTrusted) {
    return Status::Rejected(
        "with `input_partitioning: trusted` the producers choose the partitions of leads, and only they know the new "
        "ones. Start over as RUNBOOK.md says");
  }
  if (keeps_events && into.input_partitioning != config::InputPartitioning::kAny) {
    return must("have `input_partitioning: any`: unread records are in the partitions of before");
  }
  return Status::Ok();
}

Repartition::Repartition(const RepartitionEnvironment& environment, uint32_t partitions)
    : environment_(environment),
      partitions_(partitions),
      transactions_(environment.into, &metrics_, environment.part_records) {}

bool Repartition::keeps_inputs() const {
  return environment_.from_options->record_topics() == environment_.into_options->record_topics();
}

TryAgain Repartition::Patience() const {
  const auto deadline = environment_.clock->Monotonic() + environment_.timeout;
  return [this, deadline] {
    std::this_thread::sleep_for(kStepWait);
    return environment_.clock->Monotonic() < deadline;
  };
}

// ---- Read -----------------------------------------------------------------------------------------------------------

Result<RepartitionPlan> Repartition::Read() {
  LP_RETURN_IF_ERROR(environment_.check_stopped());
  // The topics may have more partitions than the deployment.
  LP_ASSIGN_OR_RETURN(const std::optional<engine::PartitionPosition> first,
                      ReadLastPosition(PartitionId{0}, environment_.from, Patience()));
  if (!first || first->partition_count == 0) {
    return Status::Rejected("lead.state says nothing of partition 0: there is no deployment to move");
  }
  LP_RETURN_IF_ERROR(Restore(first->partition_count));
  LP_ASSIGN_OR_RETURN(definitions_, MergeDefinitions(former_));
  erasures_ = MergeErasures(store_->erasures(), partitions_);
  uint64_t epoch = 0;
  for (const FormerPartition& partition : former_) epoch = std::max(epoch, partition.position.epoch);
  LP_ASSIGN_OR_RETURN(day_counts_, MergeDayCounts(*store_, partitions_, epoch));
  LP_RETURN_IF_ERROR(ReadMessages());
  return CountRows();
}

Status Repartition::Restore(uint32_t former_partitions) {
  LP_ASSIGN_OR_RETURN(rows_, environment_.make_store(former_partitions));
  store_ = std::make_unique<ErasureCollector>(rows_.get());
  LP_ASSIGN_OR_RETURN(const auto consumer, environment_.from->MakeOffsetReader(former_partitions));
  LP_ASSIGN_OR_RETURN(const auto state, environment_.from->MakeChangelogReader());
  LP_ASSIGN_OR_RETURN(const auto deltas, environment_.from->MakeDeltaReader());
  WriterFence fence;
  WorkerMetrics metrics;
  const WorkerEnvironment worker{.store = store_.get(), .clock = environment_.clock, .metrics = &metrics};
  PartitionRestores restores(*environment_.from_options, worker, consumer.get(), {state.get(), deltas.get()});
  const std::vector<PartitionId> partitions = AllPartitions(former_partitions);
  for (const PartitionId partition : partitions) {
    restores.Begin(partition, PartitionWriter(partition, 1, &fence, store_.get()));
  }
  former_.resize(former_partitions);
  auto failing_since = environment_.clock->Monotonic();
  for (size_t done = 0; done < former_partitions;) {
    LP_ASSIGN_OR_RETURN(std::vector<PartitionRestores::Restored> restored, restores.Step(kStepWait));
    done += restored.size();
    for (auto& [partition, one] : restored) {
      former_[partition.value] = {std::move(one.position), std::move(one.definitions)};
      read_to_[partition] = one.next_delta_offset;
    }
    const auto now = environment_.clock->Monotonic();
    if (restores.failing() == 0) failing_since = now;
    if (now > failing_since + environment_.timeout) {
      return Status::Retriable("partitions of the deployment cannot be read, as the warnings say; nothing was changed");
    }
  }
  return Status::Ok();
}

Status Repartition::ReadMessages() {
  LP_ASSIGN_OR_RETURN(const auto reader, environment_.from->MakeExchangeReader());
  const std::string& topic = environment_.from_options->input_topics[InputTopic::kExchange];
  size_t bytes = 0;
  messages_.clear();
  const auto take = [&](const ChangelogRecord& record) -> Status {
    const std::string place = environment_.from_options->PlaceName(InputTopic::kExchange, record.partition) +
                              " at offset " + std::to_string(record.offset);
    LP_ASSIGN_OR_RETURN(pipeline::ExchangeRecord message,
                        pipeline::DecodeExchangeRecord(record.value.value_or(""), place));
    const auto* handed_on = std::get_if<pipeline::HandedOnRecord>(&message);
    auto* received = std::get_if<pipeline::ReceivedMessage>(&message);
    const LeadKey& to = handed_on != nullptr ? handed_on->to : received->message.to;
    OutputRecord moved;
    moved.topic = OutputTopic::kExchange;
    moved.partition = engine::PartitionOf(to, partitions_);
    moved.key = EncodeLeadKey(to);
    const std::string& added = environment_.added_erasure_keys;
    const bool rotates = received != nullptr && !added.empty() && engine::RotateMessage(added, &received->message);
    moved.value = rotates ? pipeline::EncodeMessage(received->message, received->original) : std::string(*record.value);
    bytes += BytesOf(moved);
    messages_.push_back(std::move(moved));
    if (bytes <= kMostMessageBytesMoved) return Status::Ok();
    return Status::Rejected(topic +
                            " has more than 64 MiB of messages that were not read. Nothing was changed. Start "
                            "the deployment with its present settings, let it read them, stop it, and run the "
                            "command again");
  };
  for (const PartitionId partition : AllPartitions(static_cast<uint32_t>(former_.size()))) {
    const int64_t next = former_[partition.value].position.next[InputTopic::kExchange];
    LP_ASSIGN_OR_RETURN(const LogBounds bounds, BoundsOf(partition, reader.get(), Patience()));
    if (next < bounds.begin || next > bounds.end) {
      return Status::Rejected("messages between leads from offset " + std::to_string(next) + " of " + topic + " [" +
                              std::to_string(partition.value) +
                              "] on are gone. Nothing was changed. Start the deployment with its present settings: it "
                              "says what to do");
    }
    LP_RETURN_IF_ERROR(ReadRange(partition, topic, {next, bounds.end}, reader.get(), Patience(), take));
  }
  return Status::Ok();
}

Result<RepartitionPlan> Repartition::CountRows() {
  RepartitionPlan plan;
  plan.former_partitions = static_cast<uint32_t>(former_.size());
  plan.partitions.resize(partitions_);
  plan.erasures = erasures_.size();
  plan.added_erasure_keys = environment_.added_erasure_keys.size() / state::kErasureKeyBytes;
  plan.day_counts = day_counts_.size();
  plan.messages = messages_.size();
  plan.keeps_inputs = keeps_inputs();
  LP_RETURN_IF_ERROR(
      VisitMovedRows(*store_, partitions_, environment_.added_erasure_keys, [&plan](const OutputRecord& record) {
        RepartitionPlan::Partition& partition = plan.partitions[record.partition->value];
        ++(KindOfChangelogKey(record.key) == ChangelogKind::kLead ? partition.leads : partition.mailboxes);
        partition.bytes += BytesOf(record);
        return Status::Ok();
      }));
  return plan;
}

std::string Repartition::SecretCheck() const { return ErasureSecretCheck(*store_, environment_.added_erasure_keys); }

Status Repartition::CheckUnchanged() {
  LP_RETURN_IF_ERROR(environment_.check_stopped());
  LP_ASSIGN_OR_RETURN(const auto deltas, environment_.from->MakeDeltaReader());
  const auto refuse = [this](const ChangelogRecord&) {
    return Status::Rejected("a process of " + environment_.from_options->application +
                            " has run meanwhile. Stop all of them" + kNameOthers);
  };
  for (const auto& [partition, from] : read_to_) {
    LP_ASSIGN_OR_RETURN(const LogBounds bounds, BoundsOf(partition, deltas.get(), Patience()));
    LP_RETURN_IF_ERROR(ReadRange(partition, "lead.journal", {from, bounds.end}, deltas.get(), Patience(), refuse));
  }
  return Status::Ok();
}

// ---- Write ----------------------------------------------------------------------------------------------------------

Result<RepartitionOutcome> Repartition::Write() {
  const WorkerOptions& options = *environment_.into_options;
  LP_ASSIGN_OR_RETURN(
      member_, SoleMember::Make(options.application, environment_.into, *environment_.clock, environment_.timeout));
  if (member_->partition_count() != partitions_) {
    return Status::Rejected("the new topics have " + std::to_string(member_->partition_count()) + " partitions, not " +
                            std::to_string(partitions_) + " as --to says. Nothing was changed");
  }
  LP_RETURN_IF_ERROR(member_->Join());
  LP_RETURN_IF_ERROR(MakeProducer());
  LP_ASSIGN_OR_RETURN(const Target target, LookAtTarget());
  if (target == Target::kDone) return RepartitionOutcome::kMovedBefore;
  LP_RETURN_IF_ERROR(CheckEmpty());
  LP_RETURN_IF_ERROR(PlanPositions());
  LP_RETURN_IF_ERROR(Begin());
  CrashPoint("repartition_begun");
  LP_RETURN_IF_ERROR(Fill());
  CrashPoint("repartition_filled");
  LP_RETURN_IF_ERROR(End());
  CrashPoint("repartition_ended");
  return RepartitionOutcome::kMoved;
}

// Makes a producer, whose Init ends the transaction of an earlier command that was killed.
Status Repartition::MakeProducer() {
  while (true) {
    LP_ASSIGN_OR_RETURN(const bool made, transactions_.EnsureProducer());
    if (made) return Status::Ok();
    if (!member_->TryAgain()) {
      return Status::Retriable("the brokers gave no transactional producer; run the command again");
    }
  }
}

Result<Repartition::Target> Repartition::LookAtTarget() {
  LP_ASSIGN_OR_RETURN(const auto state, environment_.into->MakeChangelogReader());
  std::optional<Target> all;
  for (const PartitionId partition : AllPartitions(partitions_)) {
    member_->BeginWait();
    LP_ASSIGN_OR_RETURN(const Target one, LookAtPartition(partition, state.get()));
    if (all && *all != one) {
      return Status::Rejected(std::string("the partitions of the new lead.state differ: it has other records") +
                              kNameOthers);
    }
    all = one;
  }
  return *all;
}

Result<Repartition::Target> Repartition::LookAtPartition(PartitionId partition, ChangelogReader* state) {
  LP_ASSIGN_OR_RETURN(const LogEnd end,
                      ReadLogEnd(partition, PositionTopic::kLeadState, state, [this] { return member_->TryAgain(); }));
  if (!end.has_records) return Target::kNew;
  const std::string& application = environment_.from_options->application;
  if (end.position && end.position->application == environment_.into_options->application) {
    if (end.position->moved_from == application) return Target::kDone;
    return Status::Rejected("the new lead.state is that of " + end.position->application +
                            " already, and does not say that the leads of " + application +
                            " were moved to it. If they were, by an earlier version, there is nothing to do. If "
                            "processes have begun there without them, stop these" +
                            kNameOthers);
  }
  const bool is_marked = end.position && end.position->application == MarkOf(application);
  const bool has_secret = is_marked && end.position->erasure_secret_check == SecretCheck();
  if (has_secret && end.position->last_hashes[InputTopic::kEvents] == FingerprintOf(former_)) return Target::kBegun;
  return Status::Rejected(
      (has_secret  ? "the new lead.state has a part of an earlier move, and " + application + " has run since"
       : is_marked ? "the new lead.state has a part of an earlier move to another state.erasure_secret"
                   : std::string("the new lead.state has other records")) +
      kNameOthers);
}

// Checks that nobody has written to the new topics that only Leadpulse writes.
Status Repartition::CheckEmpty() {
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<ChangelogReader> deltas, environment_.into->MakeDeltaReader());
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<ChangelogReader> exchange, environment_.into->MakeExchangeReader());
  const std::array<std::pair<const char*, ChangelogReader*>, 2> topics{
      {{"lead.journal", deltas.get()}, {"lead.exchange", exchange.get()}}};
  const TryAgain patience = [this] { return member_->TryAgain(); };
  for (const auto& [name, reader] : topics) {
    const auto refuse = [name = name](const ChangelogRecord&) {
      return Status::Rejected(std::string("the new ") + name + " has other records" + kNameOthers);
    };
    for (const PartitionId partition : AllPartitions(partitions_)) {
      member_->BeginWait();
      LP_ASSIGN_OR_RETURN(const LogBounds bounds, BoundsOf(partition, reader, patience));
      LP_RETURN_IF_ERROR(ReadRange(partition, name, bounds, reader, patience, refuse));
    }
  }
  return Status::Ok();
}

Status Repartition::PlanPositions() {
  LP_ASSIGN_OR_RETURN(const auto deltas, environment_.into->MakeDeltaReader());
  positions_.clear();
  for (const PartitionId partition : AllPartitions(partitions_)) {
    member_->BeginWait();
    InputConsumer* const consumer = member_->consumer();
    LP_ASSIGN_OR_RETURN(const InputOffsets beginning,
                        member_->Patiently([&] { return consumer->Beginning(partition); }));
    LP_ASSIGN_OR_RETURN(const LogBounds bounds,
                        BoundsOf(partition, deltas.get(), [this] { return member_->TryAgain(); }));
    positions_.push_back(MergePositions(former_, definitions_, environment_.into_options->application,
                                        {.partition = partition,
                                         .count = partitions_,
                                         .beginning = beginning,
                                         .messages_from = beginning[InputTopic::kExchange],
                                         .deltas_from = bounds.end,
                                         .erasure_secret_check = SecretCheck(),
                                         .keeps_inputs = keeps_inputs()}));
  }
  return Status::Ok();
}

std::vector<OutputRecord> Repartition::Marks() const {
  std::vector<OutputRecord> marks;
  for (const PartitionId partition : AllPartitions(partitions_)) {
    engine::PartitionPosition mark = positions_[partition.value];
    mark.application = MarkOf(environment_.from_options->application);
    mark.last_hashes[InputTopic::kEvents] = FingerprintOf(former_);
    marks.push_back({OutputTopic::kLeadState, partition, std::string(kPositionKey), engine::EncodePosition(mark), {}});
  }
  return marks;
}

Status Repartition::Begin() {
  for (const PartitionId partition : AllPartitions(partitions_)) {
    part_.push_back({OutputTopic::kLeadState,
                     partition,
                     std::string(kDefinitionsKey),
                     engine::EncodeDefinitions(definitions_),
                     {}});
  }
  return CommitPart();
}

Status Repartition::Fill() {
  LP_RETURN_IF_ERROR(VisitMovedRows(*store_, partitions_, environment_.added_erasure_keys,
                                    [this](OutputRecord record) { return Add(std::move(record)); }));
  const std::string& added = environment_.added_erasure_keys;
  for (const auto& [hash, moved] : erasures_) {
    state::Erasure erasure = moved.erasure;
    if (!added.empty()) engine::RotateErasure(added, &erasure);
    const std::string key = ErasureKey(added.empty() ? hash : state::ErasureHashOf(added, hash));
    for (const PartitionId partition : moved.partitions) {
      LP_RETURN_IF_ERROR(Add({OutputTopic::kLeadState, partition, key, EncodeErasure(erasure), {}}));
    }
  }
  for (const auto& [key, moved] : day_counts_) {
    LP_RETURN_IF_ERROR(Add({OutputTopic::kLeadState, moved.partition, DayCountsRecordKey(key), moved.counts, {}}));
  }
  return part_.empty() ? Status::Ok() : CommitPart();
}

Status Repartition::Add(OutputRecord record) {
  part_bytes_ += BytesOf(record);
  part_.push_back(std::move(record));
  return part_.size() < environment_.part_records && part_bytes_ < kPartBytes ? Status::Ok() : CommitPart();
}

// Commits the records so far. The marks come last, so that the next command finds them at the end of the topic.
Status Repartition::CommitPart() {
  std::vector<OutputRecord> records = std::exchange(part_, {});
  part_bytes_ = 0;
  std::ranges::move(Marks(), std::back_inserter(records));
  LP_RETURN_IF_ERROR(Commit(std::move(records)));
  CrashPoint("repartition_part_committed");
  return Status::Ok();
}

Status Repartition::End() {
  LP_RETURN_IF_ERROR(CheckUnchanged());
  std::vector<OutputRecord> records = std::move(messages_);
  for (const PartitionId partition : AllPartitions(partitions_)) {
    records.push_back({OutputTopic::kLeadState,
                       partition,
                       std::string(kPositionKey),
                       engine::EncodePosition(positions_[partition.value]),
                       {}});
  }
  return Commit(std::move(records));
}

Status Repartition::Commit(std::vector<OutputRecord> records) {
  LP_RETURN_IF_ERROR(member_->Stay());
  std::map<PartitionId, InputOffsets> offsets;
  for (const PartitionId partition : AllPartitions(partitions_)) offsets[partition] = positions_[partition.value].next;
  const uint64_t count = records.size();
  TransactionOutcome error = transactions_.Produce(std::move(records));
  if (!error) error = transactions_.Commit(offsets, member_->consumer());
  if (!error) {
    transactions_.Settle();
    return transactions_.has_producer() ? Status::Ok() : MakeProducer();
  }
  LP_RETURN_IF_ERROR(transactions_.GiveUp(*error, count));
  return Status::Retriable("a part was not written: " + error->message + ". Run the command again: it goes on");
}

}  // namespace leadpulse::kafka
