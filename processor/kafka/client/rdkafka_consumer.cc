#include "processor/kafka/client/rdkafka_consumer.h"

#include <algorithm>
#include <string_view>
#include <thread>

#include "processor/base/assert.h"
#include "processor/base/clock.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "processor/kafka/record_identity.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::milliseconds;

// How long a result of FirstOffset is used. A worker calls FetchFrom for all its partitions at once.
constexpr milliseconds kFirstOffsetsLast{30'000};

}  // namespace

// ---- records --------------------------------------------------------------------------------------------------------

Status RdkafkaConsumer::Poll(milliseconds timeout, uint64_t most, RebalanceListener* listener,
                             std::vector<InputRecord>* records) {
  records->clear();
  messages_.clear();
  has_more_ = false;
  listener_ = listener;
  listener_was_called_ = false;
  if (joins_again_ && !is_fenced()) {
    LP_RETURN_IF_ERROR(Subscribe());
    joins_again_ = false;
  }
  messages_ = TakeMessages(*client_, queue_.get(), timeout, most);
  has_more_ = messages_.size() >= std::min<uint64_t>(most, kMostMessages);
  if (full_queue_.Took(messages_, !has_more_)) WakeFetching(*client_, AllTopics(Fetched()).get());
  listener_ = nullptr;
  if (!rebalance_problem_.ok() && rebalance_problem_.kind() == ErrorKind::kRetriable) {
    joins_again_ = true;
    return std::exchange(rebalance_problem_, Status::Ok());
  }
  LP_RETURN_IF_ERROR(rebalance_problem_);
  Status status = SortOut(records);
  if (is_fenced()) status = fenced_;
  if (!status.ok() && status.kind() == ErrorKind::kFatal) {
    records->clear();
    return status;
  }
  // librdkafka assigns and revokes all partitions at once (`range`). So the records from before the listener was called
  // belong to partitions that are not assigned any more, or that the worker fetches again from another offset.
  if (listener_was_called_) {
    records->clear();
    return Status::Ok();
  }
  if (std::exchange(topic_is_absent_, false)) {
    records->clear();
    listener->OnTopicAbsent();
  }
  // With records, the error can wait: librdkafka repeats it if it lasts.
  return records->empty() ? status : Status::Ok();
}

std::vector<PartitionId> RdkafkaConsumer::Fetched() const {
  std::vector<PartitionId> fetched;
  for (uint32_t number = 0; number < assigned_.size(); ++number) {
    if (assigned_[number].has_value() && assigned_[number]->fetching) fetched.push_back({number});
  }
  return fetched;
}

Status RdkafkaConsumer::SortOut(std::vector<InputRecord>* records) {
  Status worst;
  for (const Message& message : messages_) {
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      NoteEnd(*message);
      continue;
    }
    const Status status = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? Give(*message, records) : ErrorOf(*message);
    if (!status.ok() && (worst.ok() || status.kind() == ErrorKind::kFatal)) worst = status;
  }
  return worst;
}

Status RdkafkaConsumer::Give(const rd_kafka_message_t& message, std::vector<InputRecord>* records) {
  const auto [topic, found] = AssignedOf(message);
  if (found == nullptr) return Status::Ok();
  Assigned& assigned = *found;
  int64_t& next = (*assigned.next)[topic];
  if (!assigned.fetching || message.offset < next) return Status::Ok();
  if (std::exchange(assigned.looks_back[topic], false) && message.offset != next) {
    return CreatedAgain(PlaceName(rd_kafka_topic_name(message.rkt), message.partition),
                        "has no record at offset " + std::to_string(next) + ", where one was read", topic);
  }
  next = message.offset + 1;
  records->push_back({topic, PartitionId{static_cast<uint32_t>(message.partition)}, message.offset,
                      BytesAt(message.key, message.key_len).value_or(""),
                      BytesAt(message.payload, message.len).value_or(""), TimeOf(message).value_or(Instant()).millis});
  return Status::Ok();
}

// Notes a partition's end. It may be behind markers of transactions and aborted records, which are not messages.
void RdkafkaConsumer::NoteEnd(const rd_kafka_message_t& message) {
  const auto [topic, assigned] = AssignedOf(message);
  if (assigned != nullptr) assigned->read_to[topic] = message.offset;
}

// Handles an offset that does not exist any more: retention has deleted it, or the topic was created again.
Status RdkafkaConsumer::OutOfRange(const rd_kafka_message_t& message, const std::string& said) {
  const auto [topic, assigned] = AssignedOf(message);
  if (assigned == nullptr || !assigned->next.has_value()) return Status::Ok();
  const int64_t next = (*assigned->next)[topic];
  const int64_t wanted = next + (assigned->looks_back[topic] ? 1 : 0);
  const char* const topic_name = rd_kafka_topic_name(message.rkt);
  const std::string name = PlaceName(topic_name, message.partition);
  const Result<LogBounds> marks = QueryWatermarks(*client_, topic_name, message.partition);
  if (marks.ok() && marks->begin <= next) {
    return CreatedAgain(name, "ended before offset " + std::to_string(next) + ", up to which it was read", topic);
  }
  if (marks.ok() && marks->begin == wanted) {
    // Retention deleted only the record to compare, after the assignment. librdkafka does not fetch the partition again
    // before its next assignment.
    joins_again_ = true;
    return Status::Retriable("retention has deleted the record at offset " + std::to_string(next) + " of " + name +
                             ", which was to be compared; joining the group again");
  }
  if (!marks.ok()) {
    return Status::Fatal("records of " + name + " from offset " + std::to_string(wanted) +
                         " on were deleted before they were read, or the topic was created again: " + said +
                         ". Nothing is skipped silently; the next start says which are lost");
  }
  return DeletedUnread(topic, topic_name, PartitionId{static_cast<uint32_t>(message.partition)}, wanted,
                       marks->begin - 1, said);
}

Status RdkafkaConsumer::ErrorOf(const rd_kafka_message_t& message) {
  const std::string text = ErrorText(message);
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET && message.rkt != nullptr) return OutOfRange(message, text);
  if (message.err == RD_KAFKA_RESP_ERR__FATAL) return FatalError();
  // OnLost follows soon, and the worker joins again.
  if (message.err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED) {
    client_->Log(4, "CONSUMER: " + text);
    return Status::Ok();
  }
  // A broker's metadata may be old. librdkafka continues when it knows the topic again.
  if (message.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    topic_is_absent_ = true;
    return Status::Retriable(text);
  }
  return ToStatus("read the input topics", message.err, text);
}

// ---- positions ------------------------------------------------------------------------------------------------------

Status RdkafkaConsumer::FetchFrom(PartitionId partition, const InputOffsets& offsets, const LookBack& look_back) {
  Assigned& assigned = AssignedOf(partition);
  InputOffsets from = offsets;
  LookBack looks_back{};
  for (const InputTopic topic : kInputTopics) {
    if (!look_back[topic]) continue;
    LP_ASSIGN_OR_RETURN(const int64_t first, FirstOffset(topic, partition));
    looks_back[topic] = offsets[topic] > first;
    from[topic] -= looks_back[topic] ? 1 : 0;
  }
  LP_RETURN_IF_ERROR(Seek(partition, from));
  // The first offsets may have changed at the next assignment.
  for (const InputTopic topic : kInputTopics) first_offsets_.erase({topic, partition});
  assigned.next = from;
  assigned.looks_back = looks_back;
  assigned.read_to = {};
  for (const InputTopic topic : kInputTopics) {
    if (look_back[topic] == looks_back[topic]) continue;
    const std::string name = NameOf(options_.topics, topic);
    const int64_t last = offsets[topic] - 1;
    telemetry::LogWarning(
        "the last record read of " + PlaceName(name.c_str(), static_cast<int32_t>(partition.value)) + ", at offset " +
            std::to_string(last) + ", was deleted by retention: that the topic is the same cannot be checked",
        {telemetry::TopicField(name), telemetry::PartitionField(partition), telemetry::OffsetField(last)});
  }
  if (assigned.paused) LP_RETURN_IF_ERROR(SetPaused(partition, false));
  assigned.fetching = true;
  return Status::Ok();
}

// Returns a partition's first offset. After a rebalance or an abort, the worker calls FetchFrom for one partition after
// the other; the first call asks for all. If retention deletes more in the meantime, OutOfRange notices. A partition
// without a response fails the request for all, so for a while each is then asked for alone.
Result<int64_t> RdkafkaConsumer::FirstOffset(InputTopic topic, PartitionId partition) {
  const auto now = MonotonicNow();
  const auto known = first_offsets_.find({topic, partition});
  if (known != first_offsets_.end() && now - first_offsets_asked_ <= kFirstOffsetsLast) return known->second;
  std::vector<PartitionId> waiting{partition};
  for (uint32_t number = 0; number < assigned_.size(); ++number) {
    const bool fetched_next = assigned_[number].has_value() && !assigned_[number]->fetching;
    if (fetched_next && number != partition.value && now >= asks_alone_until_) waiting.push_back({number});
  }
  const PartitionList list = AllTopics(waiting);
  QueryOffsets(*client_, LogSide::kBeginning, list.get());
  first_offsets_.clear();
  first_offsets_asked_ = now;
  for (size_t i = 0; i < waiting.size() * kInputTopics.size(); ++i) {
    const rd_kafka_topic_partition_t& said = list->elems[i];
    if (said.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    first_offsets_[{kInputTopics[i % kInputTopics.size()], waiting[i / kInputTopics.size()]}] = said.offset;
  }
  const rd_kafka_topic_partition_t& asked = list->elems[static_cast<size_t>(topic)];  // in the order of kInputTopics
  if (asked.err != RD_KAFKA_RESP_ERR_NO_ERROR && waiting.size() > 1) {
    asks_alone_until_ = now + kFirstOffsetsLast;
    return FirstOffset(topic, partition);
  }
  LP_RETURN_IF_ERROR(OffsetProblem(*client_, asked));
  return asked.offset;
}

Status RdkafkaConsumer::Pause(PartitionId partition) {
  Assigned& assigned = AssignedOf(partition);
  assigned.fetching = false;
  return assigned.paused ? Status::Ok() : SetPaused(partition, true);
}

Status RdkafkaConsumer::Seek(PartitionId partition, const InputOffsets& offsets) {
  const std::string call = "go to another place in partition " + std::to_string(partition.value);
  const auto deadline = MonotonicNow() + kAnswerTimeout;
  while (true) {
    const PartitionList list = AllTopics({partition});
    for (size_t i = 0; i < kInputTopics.size(); ++i) list->elems[i].offset = offsets[kInputTopics[i]];
    const CallError error(rd_kafka_seek_partitions(client_->get(), list.get(), Milliseconds(kAnswerTimeout)));
    if (error != nullptr) return ToStatus(call, rd_kafka_error_code(error.get()), rd_kafka_error_string(error.get()));
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; i < list->cnt; ++i) {
      if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) code = list->elems[i].err;
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Status::Ok();
    // The partition was just assigned, and librdkafka is still ending its previous fetch.
    const bool not_yet = code == RD_KAFKA_RESP_ERR__STATE || code == RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS;
    if (!not_yet) return ToStatus(call, code);
    if (MonotonicNow() > deadline) return Status::Retriable("could not " + call + ": " + rd_kafka_err2str(code));
    std::this_thread::sleep_for(milliseconds(5));
  }
}

Status RdkafkaConsumer::SetPaused(PartitionId partition, bool paused) {
  const PartitionList list = AllTopics({partition});
  const auto call = paused ? rd_kafka_pause_partitions : rd_kafka_resume_partitions;
  rd_kafka_resp_err_t code = call(client_->get(), list.get());
  for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) code = list->elems[i].err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ToStatus(std::string(paused ? "pause" : "resume") + " partition " + std::to_string(partition.value), code);
  }
  AssignedOf(partition).paused = paused;
  return Status::Ok();
}

// ---- Requests to the brokers ----------------------------------------------------------------------------------------

Result<std::map<PartitionId, std::optional<InputOffsets>>> RdkafkaConsumer::Committed(
    const std::vector<PartitionId>& partitions) {
  const PartitionList list = AllTopics(partitions);
  const rd_kafka_resp_err_t code = rd_kafka_committed(client_->get(), list.get(), Milliseconds(kAnswerTimeout));
  std::map<PartitionId, std::optional<InputOffsets>> committed;
  for (size_t i = 0; i < partitions.size(); ++i) {
    const std::string number = std::to_string(partitions[i].value);
    const std::string call = "ask for the committed offsets of partition " + number;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ToStatus(call, code, rd_kafka_err2str(code) + SaidByConnection(*client_));
    }
    InputOffsets offsets;
    size_t absent = 0;  // the topics for users without an offset
    for (size_t topic = 0; topic < kInputTopics.size(); ++topic) {
      const rd_kafka_topic_partition_t& said = list->elems[i * kInputTopics.size() + topic];
      if (said.err != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(call, said.err);
      if (said.offset < 0 && topic < engine::kRecordTopicCount) ++absent;
      offsets[kInputTopics[topic]] = std::max<int64_t>(said.offset, 0);
    }
    const bool only_messages = absent == engine::kRecordTopicCount && offsets[InputTopic::kExchange] > 0;
    if ((absent != 0 && absent != engine::kRecordTopicCount) || only_messages) {
      return Status::Fatal("the group " + options_.application + " has committed an offset of partition " + number +
                           " for one of the input topics only, and Leadpulse commits all together: another topic was"
                           " deleted, or somebody has changed the group's offsets. Put the topic back, or set or"
                           " delete the offsets of all (kafka-consumer-groups --reset-offsets, --delete-offsets)");
    }
    committed[partitions[i]] = absent == 0 ? std::optional(offsets) : std::nullopt;
  }
  return committed;
}

Result<InputOffsets> RdkafkaConsumer::Marks(PartitionId partition, int64_t LogBounds::*mark) {
  InputOffsets offsets;
  for (const InputTopic topic : kInputTopics) {
    LP_ASSIGN_OR_RETURN(const LogBounds marks, QueryWatermarks(*client_, NameOf(options_.topics, topic),
                                                               static_cast<int32_t>(partition.value)));
    offsets[topic] = marks.*mark;
  }
  return offsets;
}

InputOffsets RdkafkaConsumer::LastHeardEnd(PartitionId partition) const {
  InputOffsets ends;
  const std::optional<Assigned>& assigned = assigned_[partition.value];
  for (const InputTopic topic : kInputTopics) {
    int64_t low = 0;
    int64_t high = 0;
    rd_kafka_get_watermark_offsets(client_->get(), NameOf(options_.topics, topic).c_str(),
                                   static_cast<int32_t>(partition.value), &low, &high);
    const bool is_read = assigned.has_value() && assigned->next.has_value() && high <= assigned->read_to[topic];
    if (is_read) high = std::min(high, (*assigned->next)[topic]);
    ends[topic] = std::max<int64_t>(high, 0);  // negative before the first answer
  }
  return ends;
}

// ---- names and lists ------------------------------------------------------------------------------------------------

std::pair<InputTopic, RdkafkaConsumer::Assigned*> RdkafkaConsumer::AssignedOf(const rd_kafka_message_t& message) {
  const std::string_view name = rd_kafka_topic_name(message.rkt);
  const auto topic = std::ranges::find(
      kInputTopics, name, [this](InputTopic one) -> std::string_view { return NameOf(options_.topics, one); });
  const auto number = static_cast<size_t>(message.partition);
  if (topic == kInputTopics.end() || number >= assigned_.size() || !assigned_[number].has_value()) return {};
  return {*topic, &*assigned_[number]};
}

// Lists each partition of each input topic, with the topics in the order of kInputTopics.
PartitionList RdkafkaConsumer::AllTopics(const std::vector<PartitionId>& partitions) const {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size() * kInputTopicCount)));
  for (const PartitionId partition : partitions) {
    for (const InputTopic topic : kInputTopics) AddPartition(NameOf(options_.topics, topic), partition, list);
  }
  return list;
}

RdkafkaConsumer::Assigned& RdkafkaConsumer::AssignedOf(PartitionId partition) {
  LP_ASSERT(partition.value < assigned_.size() && assigned_[partition.value].has_value());
  return *assigned_[partition.value];
}

}  // namespace leadpulse::kafka
