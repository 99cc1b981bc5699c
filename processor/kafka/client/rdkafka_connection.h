// The ports of ports.h over librdkafka: a real Kafka cluster.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "config/settings.h"
#include "processor/base/status.h"
#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

using config::TopicNames;

// One worker's place in the cluster.
struct ConnectionOptions {
  std::string bootstrap_servers;  // host:port, comma-separated
  std::string client_id = "leadpulse";
  std::string application;       // the consumer group
  std::string instance_id;       // group.instance.id, its own for each worker; empty: a member with a passing name
  std::string transactional_id;  // its own for each worker, the same after a restart
  TopicNames topics;
  // Without a sign of life for so long the group gives the worker's partitions to others.
  std::chrono::milliseconds session_timeout{45'000};
  // The cluster aborts a transaction that takes longer. Also the bound of a call that ends one.
  std::chrono::milliseconds transaction_timeout{10'000};

  // Bytes of records that wait in a consumer's queue, of all its partitions together, and in the producer's.
  // 0: librdkafka's own bounds.
  size_t most_fetched = 0;
  size_t most_published = 0;

  // librdkafka's settings by its names (security.protocol, sasl.*, ssl.*, fetch.*, linger.ms …), for all clients, and
  // for consumers and the producer only. What would break exactly-once has no effect here (rdkafka_settings.h).
  std::map<std::string, std::string> client_settings;
  std::map<std::string, std::string> consumer_settings;
  std::map<std::string, std::string> producer_settings;

  // Hears librdkafka's log lines, with syslog's levels (3 error, 4 warning, 6 info). Called from librdkafka's threads,
  // several at once. Nothing: they are dropped.
  std::function<void(int level, const std::string& line)> log;
};

// Rejected where an option or a setting is not to be had, with its name and the reason. Asks nothing of the cluster:
// what it is like is found out when a consumer is made.
Result<std::unique_ptr<Connection>> ConnectToKafka(ConnectionOptions options);

// Of the librdkafka that runs: 2.6.1
std::string RdkafkaVersion();

// False: the librdkafka that runs repeats its own nonce in the last message of SCRAM, which RFC 5802 forbids; brokers
// up to 3.9 let that pass, and those from 4.0 on refuse the login as if the password were wrong
// (https://github.com/confluentinc/librdkafka/pull/4895).
bool ScramWorksSinceKafka4();

}  // namespace leadpulse::kafka
