#include "processor/kafka/client/rdkafka_settings.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace leadpulse::kafka {
namespace {

// librdkafka's `message.max.bytes`, below which it refuses `fetch.max.bytes`.
constexpr size_t kLeastFetchBytes = 1'000'000;
constexpr int kRecoveryStrategySince = 0x020a0000;  // 2.10.0

void Append(const std::map<std::string, std::string>& from, Settings* to) {
  to->insert(to->end(), from.begin(), from.end());
}

Settings CommonSettings(const ConnectionOptions& options) {
  Settings settings = {
      {"client.id", options.client_id},
      // The producer must learn of a connection that closes during a request, and is then replaced.
      {"log.connection.close", "true"},
      {"socket.keepalive.enable", "true"},
      {"socket.nagle.disable", "true"},
      {"reconnect.backoff.max.ms", "2000"},
      // Try the next broker if one does not respond, long before the session ends.
      {"socket.connection.setup.timeout.ms", "5000"},
      // Partitions that somebody adds are noticed soon, and not after five minutes: records of leads may be there.
      {"topic.metadata.refresh.interval.ms", "5000"},
  };
  // From 2.10 on, librdkafka forgets its brokers and the transaction's coordinator if it can reach none of them. A call
  // that needs the coordinator then waits forever (seen with 2.16, after one lost connection).
  if (rd_kafka_version() >= kRecoveryStrategySince) settings.emplace_back("metadata.recovery.strategy", "none");
  Append(options.client_settings, &settings);
  return settings;
}

// Appends the bounds of a fetch. librdkafka checks the queue only before a fetch and uncompresses the response into it,
// so a response gets only a share.
void AppendFetchBounds(const ConnectionOptions& options, Settings* settings) {
  if (options.most_fetched == 0) return;
  settings->emplace_back("queued.max.messages.kbytes", std::to_string(options.most_fetched >> 10));
  // If the user sets it, librdkafka itself makes responses large enough.
  const std::string largest = "message.max.bytes";
  if (options.client_settings.contains(largest) || options.consumer_settings.contains(largest)) return;
  settings->emplace_back("fetch.max.bytes", std::to_string(std::max(options.most_fetched / 8, kLeastFetchBytes)));
}

bool UserCompresses(const ConnectionOptions& options) {
  return std::ranges::any_of(std::array{"compression.type", "compression.codec"}, [&](const char* name) {
    return options.client_settings.contains(name) || options.producer_settings.contains(name);
  });
}

Settings ReaderSettings(const ConnectionOptions& options) {
  Settings settings = CommonSettings(options);
  const int64_t session = options.session_timeout.count();
  settings.emplace_back("heartbeat.interval.ms", std::to_string(std::clamp<int64_t>(session / 3, 1, 3000)));
  settings.emplace_back("check.crcs", "true");
  settings.emplace_back("fetch.wait.max.ms", "100");
  settings.emplace_back("fetch.error.backoff.ms", "100");
  if (rd_kafka_version() >= kQueueBackoffSince) settings.emplace_back("fetch.queue.backoff.ms", "10");
  AppendFetchBounds(options, &settings);
  Append(options.consumer_settings, &settings);
  settings.insert(settings.end(), {
                                      {"bootstrap.servers", options.bootstrap_servers},
                                      {"group.id", options.application},
                                      // The changelog's reader joins nothing, but librdkafka holds the user's
                                      // `max.poll.interval.ms` against it all the same.
                                      {"session.timeout.ms", std::to_string(session)},
                                      {"enable.auto.commit", "false"},
                                      {"enable.auto.offset.store", "false"},
                                      {"auto.offset.reset", "error"},
                                      {"allow.auto.create.topics", "false"},
                                  });
  return settings;
}

}  // namespace

Settings ConsumerSettings(const ConnectionOptions& options) {
  Settings settings = ReaderSettings(options);
  settings.emplace_back("isolation.level", "read_committed");  // also makes Committed() wait for open transactions
  settings.emplace_back("partition.assignment.strategy", "range");
  settings.emplace_back("enable.partition.eof", "true");  // the lag leaves out markers of transactions at the end
  if (!options.instance_id.empty()) settings.emplace_back("group.instance.id", options.instance_id);
  return settings;
}

Settings PublisherSettings(const ConnectionOptions& options, std::chrono::milliseconds timeout,
                           std::chrono::milliseconds linger) {
  Settings settings = CommonSettings(options);
  settings.insert(settings.end(), {
                                      {"linger.ms", std::to_string(linger.count())},
                                      // Enough for a lead with a full journal; the topic's limit decides.
                                      {"message.max.bytes", std::to_string(16 << 20)},
                                      {"queue.buffering.max.messages", "500000"},
                                      {"message.timeout.ms", std::to_string(timeout.count())},
                                  });
  if (!UserCompresses(options)) {
    // Each client can read it as it is installed; lz4, snappy and zstd need more in JavaScript and Python.
    settings.emplace_back("compression.type", "gzip");
    settings.emplace_back("compression.level", "1");
  }
  if (options.most_published > 0) {
    settings.emplace_back("queue.buffering.max.kbytes", std::to_string(options.most_published >> 10));
  }
  Append(options.producer_settings, &settings);
  settings.insert(settings.end(), {
                                      {"bootstrap.servers", options.bootstrap_servers},
                                      {"enable.idempotence", "true"},
                                      {"acks", "all"},
                                      {"partitioner", "murmur2_random"},  // as the Java client's default
                                      {"allow.auto.create.topics", "false"},
                                  });
  return settings;
}

Settings RecordWriterSettings(const ConnectionOptions& options, std::chrono::milliseconds timeout, size_t queue_bytes) {
  Settings settings = PublisherSettings(options, timeout);
  settings.insert(settings.end(), {
                                      // The caller was promised this time.
                                      {"message.timeout.ms", std::to_string(timeout.count())},
                                      {"queue.buffering.max.messages", "100000"},
                                      {"queue.buffering.max.kbytes", std::to_string(queue_bytes >> 10)},
                                  });
  return settings;
}

Settings ProducerSettings(const ConnectionOptions& options) {
  // Nobody sees a record before the commit, which sends all that wait: they go in few requests.
  Settings settings = PublisherSettings(options, options.transaction_timeout, std::chrono::milliseconds(200));
  settings.emplace_back("transactional.id", options.transactional_id);
  settings.emplace_back("transaction.timeout.ms", std::to_string(options.transaction_timeout.count()));
  return settings;
}

Settings TopicSettings(const ConnectionOptions& options, OutputTopic topic) {
  const bool is_internal =
      topic == OutputTopic::kLeadState || topic == OutputTopic::kLeadJournal || topic == OutputTopic::kExchange;
  if (!is_internal || UserCompresses(options)) return {};
  return {{"compression.codec", "lz4"}};
}

Settings ChangelogSettings(const ConnectionOptions& options, bool committed) {
  Settings settings = ReaderSettings(options);
  // Uses the worker's group because it has the right to read it, but neither joins it nor commits offsets.
  settings.emplace_back("isolation.level", committed ? "read_committed" : "read_uncommitted");
  settings.emplace_back("enable.partition.eof", "true");
  // At this number of queued records, librdkafka pauses fetching for a second, but they are read in a fifth of it. The
  // queue's limit in bytes is enough.
  const std::string enough = "queued.min.messages";
  const bool by_user = options.client_settings.contains(enough) || options.consumer_settings.contains(enough);
  if (options.most_fetched > 0 && !by_user) settings.emplace_back(enough, "10000000");
  return settings;
}

}  // namespace leadpulse::kafka
