// The ports of ports.h over librdkafka: a real Kafka cluster.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/topic_log.h"

namespace leadpulse::kafka {

using config::TopicNames;
const std::string& NameOf(const TopicNames& topics, InputTopic topic);

// A token by which a client logs in with OAUTHBEARER (RFC 7628).
struct LoginToken {
  std::string value;
  Instant expires_at;
  std::string principal;  // whose it is, as librdkafka shows it; brokers read the token itself
};
// Gets a token that is valid now. Any thread may call it, several at once. Retriable: there may be one later.
using TokenSource = std::function<Result<LoginToken>()>;

// One worker's place in the cluster.
struct ConnectionOptions {
  std::string bootstrap_servers;  // host:port, comma-separated
  std::string client_id = "leadpulse";
  std::string application;       // the consumer group
  std::string instance_id;       // group.instance.id, unique to the worker; empty: a dynamic member
  std::string transactional_id;  // unique to the worker, and the same after a restart
  TopicNames topics;
  // After this time without heartbeats, the group assigns the worker's partitions to others.
  std::chrono::milliseconds session_timeout{45'000};
  // The cluster aborts a transaction that takes longer. Also the limit of a call that ends one.
  std::chrono::milliseconds transaction_timeout{10'000};

  // Limits in bytes of a consumer's queue, for all its partitions together, and of the producer's queue. 0:
  // librdkafka's defaults.
  size_t most_fetched = 0;
  size_t most_published = 0;

  // librdkafka's settings by its names (security.protocol, sasl.*, ssl.*, fetch.*, linger.ms …): for all clients, for
  // consumers, and for the producer. Settings that would break exactly-once have no effect (rdkafka_settings.h).
  std::map<std::string, std::string> client_settings;
  std::map<std::string, std::string> consumer_settings;
  std::map<std::string, std::string> producer_settings;

  // Asked before a token expires; empty where client_settings do not log in with OAUTHBEARER.
  TokenSource login_token;

  // Gets librdkafka's log lines, with syslog's levels (3 error, 4 warning, 6 info). Several of librdkafka's threads may
  // call it at once. If empty, the lines are dropped.
  std::function<void(int level, const std::string& line)> log;
};

// Makes a connection. Does not connect yet: MakeConsumer checks the cluster. Rejected, with the name and the reason, if
// librdkafka does not accept an option or a setting.
Result<std::unique_ptr<Connection>> ConnectToKafka(ConnectionOptions options);

// Parts of a connection, for the other files of this folder.

Result<std::unique_ptr<TransactionalProducer>> MakeProducer(const ConnectionOptions& options);
// Returns a reader of any topic.
Result<std::unique_ptr<DeltaReader>> MakeReader(const ConnectionOptions& options, const std::string& topic);

// Opens the input topics as a log. Does not connect yet. Rejected if librdkafka does not accept an option or a setting.
Result<std::unique_ptr<TopicLog>> OpenTopicLog(const ConnectionOptions& options);

// Returns the version of the loaded librdkafka, such as 2.6.1.
std::string RdkafkaVersion();

// Whether SCRAM works with brokers from 4.0 on. If not, the loaded librdkafka repeats its own nonce in the last message
// of SCRAM, against RFC 5802. Brokers up to 3.9 accept that; from 4.0 on they refuse the login as if the password were
// wrong (https://github.com/confluentinc/librdkafka/pull/4895).
bool ScramWorksSinceKafka4();

// The topic of dead letters, open for reading.
struct DeadLetterTopic {
  std::unique_ptr<ChangelogReader> reader;  // reads this topic instead of a changelog
  std::vector<PartitionId> partitions;      // all, ascending
};

// Opens the topic without joining a group. Fatal if the topic is missing, or access is denied. Retriable without a
// response. Rejected if librdkafka does not accept a setting.
Result<DeadLetterTopic> OpenDeadLetters(const ConnectionOptions& options);

// Ids by which the cluster knows a worker. They are the same after a restart.

// Returns the `group.instance.id`, `APPLICATION-INSTANCE-WORKER`. Two workers of one consumer group, which is the
// application, never share one.
std::string GroupInstanceId(const std::string& application, const std::string& instance, size_t worker);

// Returns the `transactional.id`, `APPLICATION-INSTANCE-WORKER`, which all applications of a cluster share. If a name
// contains `-`, a `.` and the number of bytes of the application's name follow: otherwise `lead` with instance `eu-1`
// and `lead-eu` with instance `1` would have the same id and fence each other. No two workers share one. Never change
// an id: the next process with the same id ends the transaction that a killed process left open.
std::string TransactionalId(const std::string& application, const std::string& instance, size_t worker);

}  // namespace leadpulse::kafka
