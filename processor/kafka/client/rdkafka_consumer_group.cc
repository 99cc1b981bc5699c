#include <array>
#include <map>
#include <utility>

#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_consumer.h"
#include "processor/kafka/client/rdkafka_errors.h"
#include "processor/kafka/client/rdkafka_settings.h"

namespace leadpulse::kafka {

RdkafkaConsumer::RdkafkaConsumer(const ConnectionOptions& options)
    : options_(options), place_in_group_(NoPlaceInGroup(options.application)), full_queue_(options) {}

Result<std::unique_ptr<InputConsumer>> RdkafkaConsumer::Make(const ConnectionOptions& options) {
  std::unique_ptr<RdkafkaConsumer> consumer(new RdkafkaConsumer(options));
  LP_RETURN_IF_ERROR(consumer->Join());
  return std::unique_ptr<InputConsumer>(std::move(consumer));
}

Result<std::unique_ptr<InputConsumer>> RdkafkaConsumer::MakeOutside(const ConnectionOptions& options,
                                                                    uint32_t partition_count) {
  std::unique_ptr<RdkafkaConsumer> consumer(new RdkafkaConsumer(options));
  LP_ASSIGN_OR_RETURN(consumer->client_,
                      RdkafkaClient::Make(RD_KAFKA_CONSUMER, ConsumerSettings(options), options, consumer.get()));
  rd_kafka_poll_set_consumer(consumer->client_->get());
  consumer->assigned_.resize(partition_count);
  return std::unique_ptr<InputConsumer>(std::move(consumer));
}

Status RdkafkaConsumer::Join() {
  LP_ASSIGN_OR_RETURN(client_, RdkafkaClient::Make(RD_KAFKA_CONSUMER, ConsumerSettings(options_), options_, this));
  LP_ASSIGN_OR_RETURN(const uint32_t count, CheckTopics(*client_, options_.topics));
  assigned_.resize(count);
  rd_kafka_poll_set_consumer(client_->get());
  queue_.reset(rd_kafka_queue_get_consumer(client_->get()));
  return Subscribe();
}

// Subscribes to the input topics. A second call joins the group again.
Status RdkafkaConsumer::Subscribe() {
  const PartitionList topics(rd_kafka_topic_partition_list_new(kInputTopicCount));
  for (const InputTopic topic : kInputTopics) {
    rd_kafka_topic_partition_list_add(topics.get(), NameOf(options_.topics, topic).c_str(), RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(client_->get(), topics.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Status::Ok();
  return ToStatus("join the consumer group " + options_.application, code);
}

void RdkafkaConsumer::OnRebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions) {
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    TakeOver(partitions);
  } else {
    GiveBack();
  }
  rd_kafka_yield(client_->get());  // ends the poll that called this, because the worker has something to do
}

// Sets each partition to its first offset, as a number. Without an offset, librdkafka would ask for the committed one
// and, if the group has none, fail the partition with an error (auto.offset.reset). With a logical offset (beginning,
// end) it asks the broker itself. After a seek in the meantime it asks again half a second later, and then goes to that
// offset, past the records in between (rd_kafka_toppar_handle_Offset, an outdated answer). The partitions are paused:
// nothing is fetched before FetchFrom.
//
// A partition without a leader cannot be fetched. It is set to 0, so that the others can go on.
Status RdkafkaConsumer::PlaceAtBeginning(rd_kafka_topic_partition_list_t* partitions) const {
  QueryOffsets(*client_, LogSide::kBeginning, partitions);
  for (int i = 0; i < partitions->cnt; ++i) {
    rd_kafka_topic_partition_t& partition = partitions->elems[i];
    Status problem = OffsetProblem(*client_, partition);
    if (problem.ok()) continue;
    if (problem.kind() != ErrorKind::kRetriable) return problem;
    client_->Log(4, "ASSIGN: " + problem.message());
    partition.offset = 0;
    partition.err = RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  return Status::Ok();
}

void RdkafkaConsumer::TakeOver(rd_kafka_topic_partition_list_t* partitions) {
  const Result<std::vector<PartitionId>> given = InAllTopics(*partitions);
  if (!given.ok()) {
    rebalance_problem_ = given.status();
    rd_kafka_assign(client_->get(), nullptr);
    return;
  }
  if (Status placed = PlaceAtBeginning(partitions); !placed.ok()) {
    rebalance_problem_ = std::move(placed);
    // Assigns no partitions. librdkafka waits for an assignment, and null would not count as one.
    const PartitionList none(rd_kafka_topic_partition_list_new(0));
    rd_kafka_assign(client_->get(), none.get());
    return;
  }
  const rd_kafka_resp_err_t code = rd_kafka_assign(client_->get(), partitions);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rebalance_problem_ = ToStatus("take over partitions", code);
    return;
  }
  rd_kafka_pause_partitions(client_->get(), partitions);
  // Read now and not for each commit: these partitions belong to the worker in this generation. When the group goes on
  // without the worker, librdkafka forgets the generation before it reports that, and brokers would accept its answer.
  place_in_group_ = PlaceInGroup(client_->get(), options_.application);
  for (const PartitionId partition : *given) assigned_[partition.value] = Assigned{};
  if (given->empty() || listener_ == nullptr) return;
  listener_was_called_ = true;
  listener_->OnAssigned(*given);
}

void RdkafkaConsumer::GiveBack() {
  std::vector<PartitionId> taken;
  for (uint32_t number = 0; number < assigned_.size(); ++number) {
    if (assigned_[number].has_value()) taken.push_back({number});
  }
  if (!taken.empty() && listener_ != nullptr) {
    listener_was_called_ = true;
    if (rd_kafka_assignment_lost(client_->get()) != 0) {
      listener_->OnLost(taken);
    } else {
      listener_->OnRevoked(taken);
    }
  }
  for (std::optional<Assigned>& one : assigned_) one.reset();
  first_offsets_.clear();
  place_in_group_ = NoPlaceInGroup(options_.application);
  rd_kafka_assign(client_->get(), nullptr);
}

Result<std::vector<PartitionId>> RdkafkaConsumer::InAllTopics(const rd_kafka_topic_partition_list_t& given) const {
  std::map<uint32_t, size_t> topics;
  for (int i = 0; i < given.cnt; ++i) ++topics[static_cast<uint32_t>(given.elems[i].partition)];
  std::vector<PartitionId> partitions;
  for (const auto& [number, count] : topics) {
    if (count != kInputTopicCount || number >= assigned_.size()) {
      return Status::Fatal(
          "the group " + options_.application + " gives the worker partition " + std::to_string(number) +
          " of one input topic only, or of one that was not there at the start: partitions were added, or another "
          "program is in the group. " +
          kAfterPartitionsWereAdded + ". Else give Leadpulse a group of its own, and start all workers again");
    }
    partitions.push_back({number});
  }
  return partitions;
}

void RdkafkaConsumer::Close(RebalanceListener* listener) {
  listener_ = listener;
  rd_kafka_consumer_close(client_->get());
  listener_ = nullptr;
  messages_.clear();
}

// Returns the error of the client, which has failed and cannot be used any more.
Status RdkafkaConsumer::FatalError() {
  std::array<char, 512> reason{};
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error(client_->get(), reason.data(), reason.size());
  std::string call = "stay in the consumer group " + options_.application;
  if (!options_.instance_id.empty()) call += " as " + options_.instance_id;
  Status status = ToStatus(call, code, reason.data());
  if (status.kind() != ErrorKind::kFatal) status = Status::Fatal(status.message());
  if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
    fenced_ = status;
    // The worker drops its partitions. If librdkafka reports a revocation later, it is empty.
    for (std::optional<Assigned>& one : assigned_) one.reset();
    place_in_group_ = NoPlaceInGroup(options_.application);
  }
  return status;
}

}  // namespace leadpulse::kafka
