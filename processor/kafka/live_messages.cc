// Messages between leads of different partitions, and input records that were read in another partition than their
// lead's: reads them from the topic `lead.exchange` and writes them to it (spec §9, rule 8).
//
// A message leaves within the transaction of the epoch that sent it, to the partition of its receiver, also if that is
// this one: for each pair of leads, one log keeps the order. It applies at the receiving partition's clock.
//
// An input record is handed on in the same way, undecoded and with its position. What can be judged without the lead is
// judged where it was read, once: form, size, time. What needs the definitions or the lead is judged by those of its
// own partition.
#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/status.h"
#include "processor/engine/partitioner.h"
#include "processor/kafka/live_partition.h"
#include "processor/pipeline/exchange_record.h"

namespace leadpulse::kafka {
namespace {

using pipeline::HandedOnRecord;
using pipeline::ReceivedMessage;

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

const LeadKey& ReceiverOf(const pipeline::ExchangeRecord& record) {
  const auto* handed_on = std::get_if<HandedOnRecord>(&record);
  return handed_on != nullptr ? handed_on->to : std::get<ReceivedMessage>(record).message.to;
}

}  // namespace

Result<size_t> LivePartition::DeliverBatch(std::span<const InputRecord> records, const engine::StepBounds& bounds) {
  std::vector<pipeline::ExchangeRecord> received;
  for (const InputRecord& record : WithinBytes(records)) {
    LP_ASSIGN_OR_RETURN(pipeline::ExchangeRecord one, DecodeExchange(record));
    received.push_back(std::move(one));
  }
  std::vector<const LeadKey*> keys;
  originals_.clear();
  for (const pipeline::ExchangeRecord& one : received) {
    keys.push_back(&ReceiverOf(one));
    const auto* handed_on = std::get_if<HandedOnRecord>(&one);
    const auto& original = handed_on != nullptr ? handed_on->original : std::get<ReceivedMessage>(one).original;
    originals_.push_back(
        {original.key, original.value, handed_on != nullptr ? handed_on->format : InputFormat::kProtobuf});
  }
  LP_ASSIGN_OR_RETURN(const size_t loaded, runner_->Load(keys, options_.max_epoch_bytes / 4));
  const uint64_t outputs_before = outputs();
  size_t delivered = 0;
  while (delivered < loaded) {
    const size_t index = delivered++;
    if (const auto* handed_on = std::get_if<HandedOnRecord>(&received[index])) {
      LP_RETURN_IF_ERROR(ApplyHandedOn(*handed_on, index));
    } else {
      LP_RETURN_IF_ERROR(DeliverMessage(std::get<ReceivedMessage>(received[index]).message, index));
      ++messages_received_;
      changing_.Expect(counters().AllChanges());
    }
    if (outputs() - outputs_before >= bounds.changes || bytes() >= bounds.changed_bytes) break;
  }
  return delivered;
}

Result<pipeline::ExchangeRecord> LivePartition::DecodeExchange(const InputRecord& record) const {
  const std::string place =
      options_.PlaceName(record.topic, partition_) + " at offset " + std::to_string(record.offset);
  LP_ASSIGN_OR_RETURN(pipeline::ExchangeRecord received, pipeline::DecodeExchangeRecord(record.value, place));
  const PartitionId should_be = engine::PartitionOf(ReceiverOf(received), partition_count_);
  if (should_be != partition_) {
    return Status::Fatal("the record of " + place + " is for a lead of partition " + std::to_string(should_be.value) +
                         ": another program has written it. Stop that, and start over as the runbook says");
  }
  if (auto* message = std::get_if<ReceivedMessage>(&received)) message->message.clock = position_.clock;
  return received;
}

// Delivers a message. A command ends at its receiver, as if the mailbox had read it there.
Status LivePartition::DeliverMessage(const engine::LeadMessage& message, size_t index) {
  const auto* command = std::get_if<std::shared_ptr<const codec::Command>>(&message.content);
  if (command == nullptr || !message.cause->source) return runner_->Deliver(message, nullptr);
  const codec::Decoded decoded = **command;
  const codec::SourcePosition& source = *message.cause->source;
  const pipeline::Record origin{.decoded = &decoded,
                                .clock = message.clock,
                                .topic = &source.topic,
                                .partition = source.partition,
                                .offset = source.offset,
                                .index = index};
  return runner_->Deliver(message, &origin);
}

// ---- Input records of other partitions ------------------------------------------------------------------------------

Status LivePartition::ApplyHandedOn(const pipeline::HandedOnRecord& handed_on, size_t index) {
  // The partition that read it has compared its size and its time with the limits.
  const codec::DecodeLimits limits{.max_bytes = std::numeric_limits<size_t>::max()};
  const InputTopic topic = handed_on.kind == codec::CauseKind::kEvent ? InputTopic::kEvents : InputTopic::kCommands;
  codec::Decoded decoded = encoding_->decoder(topic, handed_on.format)->Decode(handed_on.original.value, limits);
  const pipeline::Record record{.decoded = &decoded,
                                .clock = position_.clock,
                                .topic = &handed_on.source.topic,
                                .partition = handed_on.source.partition,
                                .offset = handed_on.source.offset,
                                .index = index};
  // A later version of the program may give an address another normal form, and so another partition.
  if (BelongsElsewhere(decoded)) {
    HandOn(decoded, record);
    return Status::Ok();
  }
  Check(&decoded);
  return runner_->ApplyOne(record);
}

void LivePartition::HandOn(const codec::Decoded& decoded, const pipeline::Record& record) {
  const bool is_event = std::holds_alternative<codec::Event>(decoded);
  const auto& [key, value, format] = originals_[record.index];
  const LeadKey& lead = *pipeline::KeyOf(decoded);
  newest_ = std::max(newest_, std::min(pipeline::TimeOf(decoded), position_.clock));
  ++handed_on_[is_event ? InputTopic::kEvents : InputTopic::kCommands];
  Send(lead, pipeline::EncodeHandedOn({lead,
                                       is_event ? codec::CauseKind::kEvent : codec::CauseKind::kCommand,
                                       {*record.topic, record.partition, record.offset},
                                       format,
                                       {std::string(key), std::string(value)}}));
}

// ---- Sending --------------------------------------------------------------------------------------------------------

// Returns the record of a command. Only a mailbox that reads a command routes it, so `origin` is that record.
pipeline::OriginalRecord LivePartition::OriginalOf(const engine::LeadMessage& message,
                                                   const pipeline::Record* origin) const {
  if (!std::holds_alternative<std::shared_ptr<const codec::Command>>(message.content)) return {};
  LP_ASSERT(origin != nullptr);
  const auto& [key, value, format] = originals_[origin->index];
  return {std::string(key), std::string(value)};
}

void LivePartition::OnMessages(const pipeline::Record* origin, std::span<engine::LeadMessage> messages) {
  messages_sent_ += messages.size();
  for (const engine::LeadMessage& message : messages) {
    Send(message.to, pipeline::EncodeMessage(message, OriginalOf(message, origin)));
  }
}

void LivePartition::Send(const LeadKey& to, std::string value) {
  touched_ = true;
  OutputRecord& record = messages_.emplace_back();
  record.topic = OutputTopic::kExchange;
  record.partition = engine::PartitionOf(to, partition_count_);
  record.key = EncodeLeadKey(to);
  record.value = std::move(value);
  message_bytes_ += record.key.size() + record.value->size();
  if (message_bytes_ < kMostMessageBytes) return;
  message_bytes_ = 0;
  sink_->Publish(&messages_);
}

}  // namespace leadpulse::kafka
