// What a cluster is like, for those who look after it: brokers, topics and their settings, rights, the brokers' clock.
// Nothing is written to a topic of a user. Every call is bounded by kAdminPatience, or a few of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"

namespace leadpulse::kafka {

inline constexpr std::chrono::milliseconds kAdminPatience{5'000};

struct BrokerAddress {
  int32_t id = 0;
  std::string address;  // host:port, as the cluster tells it to clients
};

// The highest versions of requests that a broker knows, by Kafka's names for them: `TxnOffsetCommit` → 5.
using ApiVersions = std::map<std::string, int>;

// What one of the addresses to begin with says.
struct ReachedBroker {
  std::vector<BrokerAddress> cluster;
  ApiVersions versions;  // empty: not to be found out
};

struct TopicShape {
  uint32_t partitions = 0;
  uint32_t replicas = 0;  // of the partition that has fewest
};

// By Kafka's names. What is secret is not there.
using KafkaSettings = std::map<std::string, std::string, std::less<>>;
// Nothing: not there, or no number.
std::optional<int64_t> NumberOf(const KafkaSettings& settings, std::string_view name);
// Of a setting in milliseconds. What is for ever, or longer than 36,500 days, is that long.
std::optional<Millis> MillisOf(const KafkaSettings& settings, std::string_view name);

// Of this machine's clock and the brokers'. The truth lies between the two: how long the question took.
struct ClockDifference {
  std::chrono::milliseconds least{0};  // positive: the broker is ahead
  std::chrono::milliseconds most{0};
};

// Owned and called by one thread. Errors are as rdkafka_errors.h says them: retriable, nobody answers; fatal, a person
// has to do something.
class Admin {
 public:
  virtual ~Admin() = default;

  // Asks the one address (host:port), with a client of its own.
  virtual Result<ReachedBroker> Reach(const std::string& address) = 0;
  // Nothing: there is no such topic.
  virtual Result<std::optional<TopicShape>> DescribeTopic(const std::string& topic) = 0;
  virtual Result<KafkaSettings> TopicSettings(const std::string& topic) = 0;
  virtual Result<KafkaSettings> BrokerSettings(int32_t broker) = 0;

  // Whether the group's state may be seen and its offsets be used.
  virtual Status TryGroup() = 0;
  // The member of the group with that `group.instance.id`; nothing: there is none.
  virtual Result<std::optional<GroupMember>> FindInstance(const std::string& instance_id) = 0;
  // Whether records may be read: looks for the end of the topic's first partition.
  virtual Status TryRead(const std::string& topic) = 0;
  // Takes a transactional id of its own, that of the options with `-doctor` behind it, with their timeout. No
  // transaction is begun.
  virtual Status TryTransactions() = 0;
  // By the record that the transaction coordinator writes for itself when that id is taken: rejected where this may not
  // be read.
  virtual Result<ClockDifference> CompareClocks(const Clock& clock) = 0;
};

Result<std::unique_ptr<Admin>> AdministerKafka(ConnectionOptions options);

}  // namespace leadpulse::kafka
