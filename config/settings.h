// The settings of `leadpulse run --config FILE`: plain values, checked by settings_loader.h. settings_table.cc has
// their names, meanings and bounds; the members here have their defaults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "config/secret.h"
#include "processor/base/instant.h"

namespace leadpulse::config {

// librdkafka's own settings, by its names for them. None is one of those that settings_checks.h refuses.
using ClientSettings = std::map<std::string, std::string, std::less<>>;

// The enumerators have the order of the names in settings_table.cc.
enum class SecurityProtocol : uint8_t { kPlaintext, kTls, kSaslPlaintext, kSaslTls };
enum class SaslMechanism : uint8_t { kPlain, kScramSha256, kScramSha512, kOauthbearer };
enum class StartAt : uint8_t { kBeginning, kEnd };
enum class InputPartitioning : uint8_t { kAny, kMurmur2, kTrusted };
enum class RecordFormat : uint8_t { kProtobuf, kJson, kConfluent };  // lead.exchange has it: never renumber
enum class DeadLetterPayload : uint8_t { kFull, kNone };
enum class LogFormat : uint8_t { kText, kJson };

struct TopicNames {
  std::string events = "engagement.events";
  std::string commands = "lead.commands";
  std::string exchange = "lead.exchange";
  std::string status_changes = "lead.status-changes";
  std::string segment_changes = "lead.segment-changes";
  std::string lead_state = "lead.state";
  std::string lead_journal = "lead.journal";
  std::string lead_profiles = "lead.profiles";
  std::string dead_letters = "lead.dead-letters";
  std::string definitions = "lead.definitions";
};

struct SaslSettings {
  SaslMechanism mechanism = SaslMechanism::kScramSha512;
  std::string username;  // with token_url the client's id
  Secret password;       // with token_url the client's secret
  // With OAUTHBEARER, tokens come from a file or from an authorization server: one of the two is set.
  std::string token_file;
  std::string token_url;
  std::string token_scope;

  bool uses_tokens() const { return mechanism == SaslMechanism::kOauthbearer; }
};

// TLS files; empty paths are not used.
struct TlsSettings {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  Secret key_password;
  bool verify_hostname = true;
};

struct SecuritySettings {
  SecurityProtocol protocol = SecurityProtocol::kPlaintext;
  SaslSettings sasl;
  TlsSettings tls;

  bool uses_sasl() const {
    return protocol == SecurityProtocol::kSaslPlaintext || protocol == SecurityProtocol::kSaslTls;
  }
  bool uses_tls() const { return protocol == SecurityProtocol::kTls || protocol == SecurityProtocol::kSaslTls; }
};

struct KafkaSettings {
  std::string bootstrap_servers;
  std::string application = "leadpulse";
  std::string instance = "1";
  std::string moved_from;  // the application whose leads were moved here; empty: none
  TopicNames topics;
  Millis session_timeout{10'000};
  Millis transaction_timeout{10'000};
  SecuritySettings security;
  ClientSettings client;  // for consumers and producers; those of `consumer` and `producer` override them
  ClientSettings consumer;
  ClientSettings producer;
};

// No limit of its own.
inline constexpr size_t kWhatMemoryLeaves = std::numeric_limits<size_t>::max();

// With the present one, as many as state/store/store_keys.h takes.
inline constexpr size_t kMostFormerErasureSecrets = 99;

struct StateSettings {
  std::string directory;
  size_t cache = kWhatMemoryLeaves;            // bytes, at most: `memory` may leave less
  Secret erasure_secret;                       // the present one
  std::vector<Secret> former_erasure_secrets;  // the oldest first
  bool standby = false;                        // whether partitions of other processes are copied
};

// Exactly one of the two is set.
struct DefinitionsSource {
  std::string file;
  bool topic = false;
};

// A schema registry with Confluent's API, which gives the ids. Without a url, SchemaIds come from the settings.
struct SchemaRegistrySettings {
  std::string url;
  std::string username;  // with a password, or a token, or neither
  Secret password;
  Secret token;
  std::string ca_file;
};

// Ids in the schema registry. 0: none. Without a registry, set for each output that has Confluent's format.
struct SchemaIds {
  int32_t events = 0;  // these two are for writers: a run reads any id
  int32_t commands = 0;
  int32_t changes = 0;
  int32_t dead_letters = 0;
  int32_t profiles = 0;
};

// How the keys of published changes are written.
enum class KeyForm : uint8_t {
  kPrintable,  // as in the topic of leads as they are: processor/kafka/printable_key.h
  kNul,        // tenant NUL lead, as input records have it
};

struct FormatSettings {
  RecordFormat events = RecordFormat::kProtobuf;
  RecordFormat commands = RecordFormat::kProtobuf;
  RecordFormat changes = RecordFormat::kProtobuf;
  RecordFormat dead_letters = RecordFormat::kProtobuf;
  RecordFormat profiles = RecordFormat::kJson;
  KeyForm change_keys = KeyForm::kPrintable;
  SchemaRegistrySettings schema_registry;
  SchemaIds schema_ids;
};

// The topic of leads as they are.
struct ProfileSettings {
  bool enabled = true;
  Millis interval{5'000};           // after a published change or a command
  Millis counts_interval{600'000};  // after a change of counts and last times alone
};

struct DeadLetterSettings {
  DeadLetterPayload payload = DeadLetterPayload::kFull;
};

struct HttpSettings {
  bool enabled = true;
  std::string address = "127.0.0.1";
  uint16_t port = 9464;  // 0: any free port
};

// The certificate of a server.
struct ServerTlsSettings {
  std::string certificate_file;
  std::string key_file;
  std::string client_ca_file;  // empty: clients need no certificate
};

// Queries of `serve` over TCP. Queries over the socket in the state directory are always answered.
struct QuerySettings {
  bool enabled = false;
  std::string address = "127.0.0.1";
  uint16_t port = 9465;  // 0: any free port
  std::string token_file;
  ServerTlsSettings tls;
};

struct MetricsSettings {
  uint32_t tenants = 100;  // the number of tenants that have metrics of their own; 0: no metrics by tenant
};

struct LogSettings {
  std::string level = "info";  // one of telemetry::LogLevels()
  LogFormat format = LogFormat::kText;
};

struct Settings {
  KafkaSettings kafka;
  StateSettings state;
  DefinitionsSource definitions;
  size_t memory = 1536 << 20;  // bytes, of the process
  uint32_t workers = 1;
  Millis commit_interval{100};
  Millis changelog_interval{30'000};
  uint64_t max_epoch_records = 100'000;
  size_t max_epoch_bytes = 64 << 20;  // as StateSettings::cache
  Millis max_future_skew{600'000};
  StartAt start_at = StartAt::kBeginning;
  InputPartitioning input_partitioning = InputPartitioning::kAny;
  double reevaluation_share = 0.3;
  FormatSettings formats;
  ProfileSettings profiles;
  DeadLetterSettings dead_letters;
  HttpSettings http;
  QuerySettings queries;
  MetricsSettings metrics;
  LogSettings log;
};

}  // namespace leadpulse::config
