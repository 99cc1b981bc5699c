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
  // consumers, and for the producer. Those that would break exactly-once have no effect (rdkafka_settings.h).
  std::map<std::string, std::string> client_settings;
  std::map<std::string, std::string> consumer_settings;
  std::map<std::string, std::string> producer_settings;

  // Gets librdkafka's log lines, with syslog's levels (3 error, 4 warning, 6 info). Several of librdkafka's threads may
  // call it at once. If empty, they are dropped.
  std::function<void(int level, const std::string& line)> log;
};

// Rejected, with the name and the reason, if librdkafka does not accept an option or a setting. Does not connect yet:
// MakeConsumer checks the cluster.
Result<std::unique_ptr<Connection>> ConnectToKafka(ConnectionOptions options);

// The version of the loaded librdkafka, such as 2.6.1.
std::string RdkafkaVersion();

// False: the loaded librdkafka repeats its own nonce in the last message of SCRAM, against RFC 5802. Brokers up to 3.9
// accept that; from 4.0 on they refuse the login as if the password were wrong
// (https://github.com/confluentinc/librdkafka/pull/4895).
bool ScramWorksSinceKafka4();

}  // namespace leadpulse::kafka
