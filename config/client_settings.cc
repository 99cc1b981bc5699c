#include "config/client_settings.h"

namespace leadpulse::config {
namespace {

struct Refused {
  std::string_view name;
  std::string_view why;
};

constexpr std::string_view kOffsets =
    "offsets are committed in the transaction that publishes what came of the records, or changes are lost or doubled";
constexpr std::string_view kCommittedOnly = "what was not committed must not be read, or what never happened is scored";
constexpr std::string_view kIdempotence =
    "records are written once and in order only with an idempotent producer that waits for all replicas";
constexpr std::string_view kSamePartitions =
    "a worker must get the same partitions of all topics, which only the `range` assignment does";
constexpr std::string_view kPartitioner = "records of one lead must come to one partition, that of its key by murmur2";
constexpr std::string_view kPositions =
    "positions in the changelog are taken from what librdkafka reports of each record";
constexpr std::string_view kTopicsMadeBefore =
    "a topic made on the way would have another number of partitions than the others";
constexpr std::string_view kCallbacks = "it serves librdkafka's callbacks itself";
constexpr std::string_view kIds = "it is made of kafka.application, kafka.instance and the worker's number";

// Settings that Leadpulse sets itself, with their aliases, from librdkafka's CONFIGURATION.md. A reason that begins
// with `kafka.` names our setting with the same effect.
constexpr Refused kRefused[] = {
    {"bootstrap.servers", "kafka.bootstrap_servers"},
    {"metadata.broker.list", "kafka.bootstrap_servers"},
    {"group.id", "kafka.application"},
    {"session.timeout.ms", "kafka.session_timeout"},
    {"transaction.timeout.ms", "kafka.transaction_timeout"},
    {"security.protocol", "kafka.security.protocol"},
    {"sasl.mechanism", "kafka.security.sasl.mechanism"},
    {"sasl.mechanisms", "kafka.security.sasl.mechanism"},
    {"sasl.username", "kafka.security.sasl.username"},
    {"sasl.password", "kafka.security.sasl.password"},
    {"ssl.ca.location", "kafka.security.tls.ca_file"},
    {"ssl.certificate.location", "kafka.security.tls.certificate_file"},
    {"ssl.key.location", "kafka.security.tls.key_file"},
    {"ssl.key.password", "kafka.security.tls.key_password"},
    {"ssl.endpoint.identification.algorithm", "kafka.security.tls.verify_hostname"},
    {"client.id", kIds},
    {"group.instance.id", kIds},
    {"transactional.id", kIds},
    {"enable.auto.commit", kOffsets},
    {"auto.commit.enable", kOffsets},
    {"auto.commit.interval.ms", kOffsets},
    {"enable.auto.offset.store", kOffsets},
    {"offset.store.method", kOffsets},
    {"offset.store.path", kOffsets},
    {"auto.offset.reset", "where a partition begins that nothing is known of is said by start_at"},
    {"isolation.level", kCommittedOnly},
    {"enable.idempotence", kIdempotence},
    {"acks", kIdempotence},
    {"request.required.acks", kIdempotence},
    {"max.in.flight", kIdempotence},
    {"max.in.flight.requests.per.connection", kIdempotence},
    {"enable.gapless.guarantee", kIdempotence},
    {"retries", kIdempotence},
    {"message.send.max.retries", kIdempotence},
    {"partition.assignment.strategy", kSamePartitions},
    {"group.protocol", kSamePartitions},
    {"group.remote.assignor", kSamePartitions},
    {"partitioner", kPartitioner},
    {"delivery.report.only.error", kPositions},
    {"produce.offset.report", kPositions},
    {"enable.partition.eof", kPositions},
    {"allow.auto.create.topics", kTopicsMadeBefore},
    {"enabled_events", kCallbacks},
    {"log.queue", kCallbacks},
    {"opaque", kCallbacks},
};

}  // namespace

std::optional<std::string> WhyClientSettingIsRefused(std::string_view name) {
  for (const Refused& refused : kRefused) {
    if (refused.name != name) continue;
    if (refused.why.starts_with("kafka.")) return "use " + std::string(refused.why) + " instead";
    return "Leadpulse sets it itself: " + std::string(refused.why);
  }
  return std::nullopt;
}

}  // namespace leadpulse::config
