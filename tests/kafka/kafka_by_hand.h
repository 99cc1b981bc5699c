// Kafka as others see it: creates topics, writes and reads with librdkafka itself, so that tests do not judge
// Leadpulse's clients by themselves. Every call that fails ends the test.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/kafka/client/rdkafka_connection.h"

namespace leadpulse::kafka {

struct HandleDestroyer {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }
};
using Handle = std::unique_ptr<rd_kafka_t, HandleDestroyer>;
Handle MakeHandle(rd_kafka_type_t type, const std::map<std::string, std::string>& settings);

struct SeenRecord {
  int32_t partition = 0;
  int64_t offset = 0;
  std::string key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
};

class KafkaByHand {
 public:
  explicit KafkaByHand(std::string bootstrap_servers);

  // Creates a topic, and waits until the broker answers for its partitions: a while after it has said that it did.
  void CreateTopic(const std::string& name, int partitions, const std::map<std::string, std::string>& settings = {});
  // Creates all topics of Leadpulse, under unique names.
  TopicNames CreateTopics(int partitions);
  void DeleteRecords(const std::string& topic, int32_t partition, int64_t before);
  // Commits an offset for a group that has no members.
  void CommitOffset(const std::string& group, const std::string& topic, int32_t partition, int64_t offset);

  // Writes `count` records `first`, `first`+1 … with the number as key and value, without a transaction.
  void WriteNumbers(const std::string& topic, int32_t partition, int first, int count);
  // Returns all records of a topic, partition by partition, up to its end.
  std::vector<SeenRecord> ReadCommitted(const std::string& topic, int partitions);

 private:
  void AwaitLeaders(const std::string& name, int partitions);

  const std::string bootstrap_servers_;
  Handle producer_;
};

// A transaction that stays open until the test ends it, or it is destroyed.
class TransactionByHand {
 public:
  TransactionByHand(const std::string& bootstrap_servers, const std::string& transactional_id);
  void Write(const std::string& topic, int32_t partition, const std::string& key,
             const std::optional<std::string>& value);
  void Commit();
  void Abort();

 private:
  Handle producer_;
};

// Returns a name that no other test has.
std::string UniqueName(const std::string& what);

}  // namespace leadpulse::kafka
