// Describes a cluster for its operators: brokers, topics and their settings, rights, the brokers' clock; creates topics
// and changes their settings. Nothing is written to a topic of a user. Every call is bounded by kAdminTimeout, or a few
// times that.
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
#include "processor/kafka/topic_check.h"

namespace leadpulse::kafka {

inline constexpr std::chrono::milliseconds kAdminTimeout{5'000};

struct BrokerAddress {
  int32_t id = 0;
  std::string address;  // host:port, as the cluster advertises it
};

// The highest versions of requests that a broker knows, by Kafka's names for them: `TxnOffsetCommit` → 5.
using ApiVersions = std::map<std::string, int>;

// The response of one bootstrap address.
struct ReachedBroker {
  std::vector<BrokerAddress> cluster;
  ApiVersions versions;  // empty if unknown
};

// The difference between the brokers' clock and this machine's lies between the two, because the question takes time.
struct ClockDifference {
  std::chrono::milliseconds least{0};  // positive: the broker is ahead
  std::chrono::milliseconds most{0};
};

// Whether a request changes something, or only asks whether the brokers would do it.
enum class Doing : uint8_t { kIt, kDryRun };

// The requests of an operator to a cluster. Owned and called by one thread. Errors are those of rdkafka_errors.h:
// retriable without a response, fatal if a person must act.
class Admin {
 public:
  virtual ~Admin() = default;

  // Asks only this address (host:port).
  virtual Result<ReachedBroker> Reach(const std::string& address) = 0;
  // Returns a topic's shape; nullopt if the topic does not exist.
  virtual Result<std::optional<TopicShape>> DescribeTopic(const std::string& topic) = 0;
  virtual Result<KafkaSettings> TopicSettings(const std::string& topic) = 0;
  virtual Result<KafkaSettings> BrokerSettings(int32_t broker) = 0;
  // Whether any of the topic's `partitions` has ever had a record.
  virtual Result<bool> HasHadRecords(const std::string& topic, uint32_t partitions) = 0;

  // Creates a topic. False: it is there already, perhaps because another process has just created it.
  virtual Result<bool> CreateTopic(const TopicCreation& topic, Doing doing) = 0;
  // Changes these settings of a topic and leaves its others. Not atomic: a change of another program between two
  // requests of this one is undone, because librdkafka before 2.2 cannot change single settings.
  virtual Status ChangeSettings(const std::string& topic, const std::vector<SettingChange>& changes, Doing doing) = 0;

  // Whether this user may read the group and use its offsets.
  virtual Status TryGroup() = 0;
  // Returns the member of the group with that `group.instance.id`; nullopt if none.
  virtual Result<std::optional<GroupMember>> FindInstance(const std::string& instance_id) = 0;
  // Returns how many members the group has. One that was killed counts until its session is over.
  virtual Result<size_t> CountMembers() = 0;
  // Whether this user may read the topic: reads at the end of its first partition.
  virtual Status TryRead(const std::string& topic) = 0;
  // Takes a separate transactional id, that of the options with `-doctor` appended. Begins no transaction.
  virtual Status TryTransactions() = 0;
  // Returns the difference of the clocks from the record that the transaction coordinator writes when that id is taken.
  // Rejected if it may not be read.
  virtual Result<ClockDifference> CompareClocks(const Clock& clock) = 0;
};

Result<std::unique_ptr<Admin>> AdministerKafka(ConnectionOptions options);

}  // namespace leadpulse::kafka
