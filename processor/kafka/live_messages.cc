// Messages between leads of different partitions: reads them from the topic `lead.exchange` and writes them to it (spec
// §9, rule 8).
//
// A message leaves within the transaction of the epoch that sent it, to the partition of its receiver, also if that is
// this one: for each pair of leads, one log keeps the order. It applies at the receiving partition's clock.
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/status.h"
#include "processor/engine/partitioner.h"
#include "processor/kafka/live_partition.h"
#include "processor/pipeline/exchange_record.h"

namespace leadpulse::kafka {
namespace {

// Messages that wait, encoded or decoded. Each may have a journal, so they are bounded by bytes.
constexpr size_t kMostMessageBytes = 4 << 20;

// Returns the first records with at most kMostMessageBytes together, but at least one.
std::span<const InputRecord> WithinBytes(std::span<const InputRecord> records) {
  size_t count = 0, bytes = 0;
  while (count < records.size() && (count == 0 || bytes + records[count].value.size() <= kMostMessageBytes)) {
    bytes += records[count++].value.size();
  }
  return records.first(count);
}

}  // namespace

Result<size_t> LivePartition::DeliverBatch(std::span<const InputRecord> records, const engine::StepBounds& bounds) {
  std::vector<ReceivedMessage> messages;
  for (const InputRecord& record : WithinBytes(records)) {
    LP_ASSIGN_OR_RETURN(ReceivedMessage message, DecodeMessageOf(record));
    messages.push_back(std::move(message));
  }
  std::vector<const LeadKey*> keys;
  for (const ReceivedMessage& received : messages) keys.push_back(&received.message.to);
  LP_ASSIGN_OR_RETURN(const size_t loaded, runner_->Load(keys, options_.max_epoch_bytes / 4));
  const uint64_t outputs_before = outputs();
  size_t delivered = 0;
  while (delivered < loaded) {
    LP_RETURN_IF_ERROR(DeliverMessage(messages[delivered++]));
    if (outputs() - outputs_before >= bounds.changes || bytes() >= bounds.changed_bytes) break;
  }
  messages_received_ += delivered;
  return delivered;
}

Result<LivePartition::ReceivedMessage> LivePartition::DecodeMessageOf(const InputRecord& record) const {
  const std::string place =
      options_.PlaceName(record.topic, partition_) + " at offset " + std::to_string(record.offset);
  ReceivedMessage received;
  LP_ASSIGN_OR_RETURN(received.message, pipeline::DecodeMessage(record.value, place, &received.original));
  engine::LeadMessage& message = received.message;
  const PartitionId should_be = engine::PartitionOf(message.to, partition_count_);
  if (should_be != partition_) {
    return Status::Fatal("the record of " + place + " is for a lead of partition " + std::to_string(should_be.value) +
                         ": another program has written it. Stop that, and start over as the runbook says");
  }
  message.clock = position_.clock;
  return received;
}

// Delivers a message. A command ends at its receiver, as if the mailbox had read it there.
Status LivePartition::DeliverMessage(const ReceivedMessage& received) {
  const engine::LeadMessage& message = received.message;
  const auto* command = std::get_if<std::shared_ptr<const codec::Command>>(&message.content);
  if (command == nullptr || !message.cause->source) return runner_->Deliver(message, nullptr);
  const codec::Decoded decoded = **command;
  const codec::SourcePosition& source = *message.cause->source;
  const pipeline::Record origin{.decoded = &decoded,
                                .clock = message.clock,
                                .topic = &source.topic,
                                .partition = source.partition,
                                .offset = source.offset};
  delivered_ = &received.original;
  Status delivered = runner_->Deliver(message, &origin);
  delivered_ = nullptr;
  return delivered;
}

// Returns the record of a command. Only a mailbox that reads a command routes it, so its record is among the prepared
// ones.
pipeline::OriginalRecord LivePartition::OriginalOf(const engine::LeadMessage& message,
                                                   const pipeline::Record* origin) const {
  if (!std::holds_alternative<std::shared_ptr<const codec::Command>>(message.content)) return {};
  LP_ASSERT(origin != nullptr && delivered_ == nullptr);
  const InputRecord& record = prepared_.input[origin->index];
  return {std::string(record.key), std::string(record.value)};
}

void LivePartition::OnMessages(const pipeline::Record* origin, std::span<engine::LeadMessage> messages) {
  touched_ = true;
  messages_sent_ += messages.size();
  for (const engine::LeadMessage& message : messages) {
    OutputRecord& record = messages_.emplace_back();
    record.topic = OutputTopic::kExchange;
    record.partition = engine::PartitionOf(message.to, partition_count_);
    record.key = EncodeLeadKey(message.to);
    record.value = pipeline::EncodeMessage(message, OriginalOf(message, origin));
    message_bytes_ += record.key.size() + record.value->size();
    if (message_bytes_ < kMostMessageBytes) continue;
    message_bytes_ = 0;
    sink_->Publish(&messages_);
  }
}

}  // namespace leadpulse::kafka
