#include "tools/leadpulse/live/live_options.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "processor/base/clock.h"
#include "processor/kafka/erasure_secret.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/login_tokens.h"

namespace leadpulse::tools {
namespace {

using config::Settings;

// Each in the order of the settings' enumerators.
constexpr std::array kProtocols{"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};
constexpr std::array kMechanisms{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"};

// The share of the cache for blocks of RocksDB. Leads have the rest: a lead that is not in memory costs 11
// microseconds, and a block saves a fraction of that.
constexpr size_t kBlocksShare = 6;

template <typename Value, size_t kCount, typename Choice>
Value Chosen(const std::array<Value, kCount>& values, Choice choice) {
  return values.at(static_cast<size_t>(choice));
}

void SetWhereGiven(const char* name, const std::string& value, std::map<std::string, std::string>* settings) {
  if (!value.empty()) (*settings)[name] = value;
}

// Returns librdkafka's settings for a cluster that requires authentication.
std::map<std::string, std::string> SecurityOf(const config::SecuritySettings& security) {
  std::map<std::string, std::string> client;
  client["security.protocol"] = Chosen(kProtocols, security.protocol);
  if (security.uses_sasl()) {
    client["sasl.mechanism"] = Chosen(kMechanisms, security.sasl.mechanism);
  }
  if (security.uses_sasl() && !security.sasl.uses_tokens()) {
    client["sasl.username"] = security.sasl.username;
    client["sasl.password"] = security.sasl.password.Reveal();
  }
  if (security.uses_tls()) {
    SetWhereGiven("ssl.ca.location", security.tls.ca_file, &client);
    SetWhereGiven("ssl.certificate.location", security.tls.certificate_file, &client);
    SetWhereGiven("ssl.key.location", security.tls.key_file, &client);
    SetWhereGiven("ssl.key.password", security.tls.key_password.Reveal(), &client);
    client["ssl.endpoint.identification.algorithm"] = security.tls.verify_hostname ? "https" : "none";
  }
  return client;
}

// Logs a line of librdkafka, which numbers levels as syslog does.
void LogClientLine(int level, const std::string& line) {
  constexpr int kError = 3, kWarning = 4;
  if (level <= kError) return telemetry::LogError("librdkafka: " + line);
  if (level == kWarning) return telemetry::LogWarning("librdkafka: " + line);
  telemetry::LogDebug("librdkafka: " + line);
}

}  // namespace

kafka::LiveMemory MakeLiveMemory(const Settings& settings) {
  return kafka::PlanLiveMemory(settings.memory, settings.state.cache, settings.workers, settings.state.standby);
}

kafka::LiveRunOptions MakeLiveRunOptions(const Settings& settings) {
  const kafka::LiveMemory memory = MakeLiveMemory(settings);
  kafka::LiveRunOptions options;
  options.workers = settings.workers;
  options.has_standby = settings.state.standby;
  options.counted_tenants = settings.metrics.tenants;
  kafka::WorkerOptions& worker = options.worker;
  worker.application = settings.kafka.application;
  const config::TopicNames& topics = settings.kafka.topics;
  worker.input_topics = {topics.events, topics.commands, topics.exchange};
  worker.formats = settings.formats;
  worker.session_timeout = settings.kafka.session_timeout;
  worker.commit_interval = settings.commit_interval;
  worker.changelog_interval = settings.changelog_interval;
  worker.unwritten_bytes = memory.unwritten;
  worker.profiles = settings.profiles;
  worker.max_epoch_records = settings.max_epoch_records;
  worker.max_epoch_bytes = std::min(settings.max_epoch_bytes, memory.epoch);
  worker.lead_cache_bytes = (memory.cache - memory.cache / kBlocksShare) / settings.workers;
  worker.restore_bytes = memory.restore;
  worker.max_future_skew = settings.max_future_skew;
  worker.has_former_erasure_secrets = !settings.state.former_erasure_secrets.empty();
  worker.moved_from = settings.kafka.moved_from;
  worker.start_at = settings.start_at;
  worker.input_partitioning = settings.input_partitioning;
  worker.reevaluation_share = settings.reevaluation_share;
  worker.dead_letter_payload = settings.dead_letters.payload == config::DeadLetterPayload::kFull;
  return options;
}

kafka::ConnectionOptions MakeClientOptions(const config::KafkaSettings& kafka) {
  kafka::ConnectionOptions options;
  options.bootstrap_servers = kafka.bootstrap_servers;
  options.client_id = kafka.application;
  options.application = kafka.application;
  options.topics = kafka.topics;
  options.session_timeout = kafka.session_timeout;
  options.transaction_timeout = kafka.transaction_timeout;
  options.client_settings = SecurityOf(kafka.security);
  static const SystemClock kClock;
  const config::SaslSettings& sasl = kafka.security.sasl;
  if (kafka.security.uses_sasl() && sasl.uses_tokens()) options.login_token = TokensFor(sasl, &kClock);
  for (const auto& [name, value] : kafka.client) options.client_settings[name] = value;
  options.consumer_settings = {kafka.consumer.begin(), kafka.consumer.end()};
  options.producer_settings = {kafka.producer.begin(), kafka.producer.end()};
  options.log = LogClientLine;
  return options;
}

kafka::ConnectionOptions MakeConnectionOptions(const Settings& settings, size_t worker) {
  const config::KafkaSettings& kafka = settings.kafka;
  kafka::ConnectionOptions options = MakeClientOptions(kafka);
  if (!settings.profiles.enabled) options.topics.lead_profiles.clear();
  options.instance_id = kafka::GroupInstanceId(kafka.application, kafka.instance, worker);
  options.client_id = options.instance_id;
  options.transactional_id = kafka::TransactionalId(kafka.application, kafka.instance, worker);
  const kafka::LiveMemory memory = MakeLiveMemory(settings);
  options.most_fetched = memory.fetched;
  options.most_published = memory.published;
  return options;
}

state::RocksDbOptions MakeStateOptions(const Settings& settings, uint32_t partition_count) {
  state::RocksDbOptions options;
  options.directory = settings.state.directory;
  options.partition_count = partition_count;
  options.erasure_secret = kafka::ErasureSecretOf(settings.state);
  options.sync = false;  // the state is only a cache of the changelog
  const kafka::LiveMemory memory = MakeLiveMemory(settings);
  options.block_cache_bytes = memory.cache / kBlocksShare;
  options.write_buffer_bytes = memory.write_buffer;
  options.damaged_log = state::DamagedLog::kStartOver;
  options.on_damaged_log = [](const std::string& warning) { telemetry::LogWarning(warning); };
  return options;
}

Status SetUpLogging(const config::LogSettings& log) {
  return telemetry::SetUpLogging(log.level, log.format == config::LogFormat::kJson);
}

}  // namespace leadpulse::tools
