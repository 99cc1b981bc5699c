#include "config/settings_checks.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "config/setting_texts.h"
#include "config/settings_table.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

constexpr std::string_view kProtocol = "kafka.security.protocol";
constexpr std::string_view kMechanism = "kafka.security.sasl.mechanism";
constexpr std::string_view kUsername = "kafka.security.sasl.username";
constexpr std::string_view kPassword = "kafka.security.sasl.password";
constexpr std::string_view kTokenFile = "kafka.security.sasl.token_file";
constexpr std::string_view kTokenUrl = "kafka.security.sasl.token_url";
constexpr std::string_view kTokenScope = "kafka.security.sasl.token_scope";
constexpr std::string_view kRegistry = "formats.schema_registry.url";
constexpr std::string_view kRegistryUser = "formats.schema_registry.username";
constexpr std::string_view kRegistryPassword = "formats.schema_registry.password";
constexpr std::string_view kRegistryToken = "formats.schema_registry.token";

// Whether it can follow `Authorization: Bearer` (RFC 6750 §2.1).
bool IsBearerToken(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return !text.empty() && IsAlphanumeric(text, "-._~+/");
}

class SettingsChecks {
 public:
  SettingsChecks(const Settings& settings, const GivenSettings& given, ProblemLog* log)
      : settings_(settings), given_(given), log_(log) {}

  void Definitions() const {
    if (Wrong("definitions.file") || Wrong("definitions.topic")) return;
    const bool file = !settings_.definitions.file.empty();
    if (file && settings_.definitions.topic) {
      Error("definitions.topic", "definitions come from the file or from the topic, not from both: remove one");
    } else if (!file && !settings_.definitions.topic) {
      log_->Error(Place("definitions.topic"), "definitions",
                  "where the definitions come from is missing: `file: PATH`, or `topic: true`");
    }
  }

  void Intervals() const {
    if (Wrong("commit_interval") || Wrong("kafka.transaction_timeout")) return;
    if (settings_.commit_interval * 2 < settings_.kafka.transaction_timeout) return;
    Error(Given("commit_interval") ? "commit_interval" : "kafka.transaction_timeout",
          "a commit_interval of " + SpellPreciseDuration(settings_.commit_interval) +
              " is not below half of kafka.transaction_timeout (" +
              SpellPreciseDuration(settings_.kafka.transaction_timeout) +
              "): the broker could give up a transaction that is about to be committed");
  }

  void Memory() const {
    if (!Given("state.cache") || Wrong("state.cache") || Wrong("memory")) return;
    if (settings_.state.cache <= settings_.memory / 2) return;
    Error("state.cache", "a cache of " + SpellBytes(settings_.state.cache) + " is more than half of memory (" +
                             SpellBytes(settings_.memory) +
                             "): give `memory` what the process may take with everything, or lower the cache");
  }

  void ErasureSecrets() const {
    constexpr std::string_view kFormer = "state.former_erasure_secrets";
    if (Wrong(kFormer) || Wrong("state.erasure_secret")) return;
    std::set<std::string> known{settings_.state.erasure_secret.Reveal()};
    for (const Secret& former : settings_.state.former_erasure_secrets) {
      if (known.insert(former.Reveal()).second) continue;
      return Error(kFormer, "one of them is there twice, or is state.erasure_secret: each change needs a new secret");
    }
  }

  void Sasl() const {
    if (Wrong(kProtocol)) return;
    const SecuritySettings& security = settings_.kafka.security;
    if (!security.uses_sasl()) {
      return ReportGiven("kafka.security.sasl.", "is used with protocol sasl_tls or sasl_plaintext only");
    }
    if (Wrong(kMechanism)) return;
    security.sasl.uses_tokens() ? Tokens() : NoTokens();
    const bool reads_file = security.sasl.uses_tokens() && Given(kTokenFile);
    for (const std::string_view name : {kUsername, kPassword}) {
      if (reads_file && Given(name)) {
        Error(name, "is not used with token_file: the token says who this is");
      } else if (!reads_file && !Given(name)) {
        log_->Error(Place(kProtocol), std::string(name), "is missing: this protocol needs it");
      }
    }
    if (security.protocol != SecurityProtocol::kSaslPlaintext) return;
    if (security.sasl.mechanism == SaslMechanism::kPlain) {
      Warning(kProtocol, "PLAIN without tls sends the password readable; use sasl_tls, or a SCRAM mechanism");
    } else if (security.sasl.uses_tokens()) {
      Warning(kProtocol, "OAUTHBEARER without tls sends the token readable; use sasl_tls");
    }
  }

  void Tokens() const {
    if (!Given(kTokenFile) && !Given(kTokenUrl)) {
      log_->Error(Place(kMechanism), std::string(kTokenFile), "is missing, or token_url: where the tokens come from");
    } else if (Given(kTokenFile) && Given(kTokenUrl)) {
      Error(kTokenUrl, "tokens come from the file or from this address, not from both: remove one");
    }
    CheckNeeds(kTokenScope, kTokenUrl);
    if (!settings_.kafka.security.sasl.token_url.starts_with("http://")) return;
    Warning(kTokenUrl, "without TLS the client's secret is sent readable; use an address with https");
  }

  void NoTokens() const {
    for (const std::string_view name : {kTokenFile, kTokenUrl, kTokenScope}) {
      if (Given(name)) Error(name, "is used with mechanism OAUTHBEARER only");
    }
  }

  void Tls() const {
    if (Wrong(kProtocol)) return;
    const SecuritySettings& security = settings_.kafka.security;
    if (!security.uses_tls()) {
      return ReportGiven("kafka.security.tls.", "is used with protocol tls or sasl_tls only");
    }
    CheckNeeds("kafka.security.tls.certificate_file", "kafka.security.tls.key_file");
    CheckNeeds("kafka.security.tls.key_file", "kafka.security.tls.certificate_file");
    CheckNeeds("kafka.security.tls.key_password", "kafka.security.tls.key_file");
    if (!security.tls.verify_hostname) {
      Warning("kafka.security.tls.verify_hostname",
              "a man in the middle with a certificate of the same authority is not noticed");
    }
  }

  void Topics() const {
    std::map<std::string, std::string_view> users;
    TopicNames names = settings_.kafka.topics;
    // Defaults first, so that the error names the setting in the file.
    for (const bool given : {false, true}) {
      for (const Setting& setting : TopicSettings(&names)) {
        if (Given(setting.name) != given || Wrong(setting.name)) continue;
        const auto [user, is_new] = users.emplace(ShowValue(setting), setting.name);
        // Does not show the name: it may come from the environment.
        if (!is_new) Error(setting.name, "is the topic of " + std::string(user->second) + " already");
      }
    }
  }

  void Formats() const {
    const auto check = [this](std::string_view format_name, RecordFormat format, std::string_view id_name, int32_t id) {
      if (Wrong(format_name) || Wrong(id_name)) return;
      if (format == RecordFormat::kConfluent && id == 0 && !Given(kRegistry)) {
        Error(format_name, "confluent needs the schema registry's id of what is written: " + std::string(id_name) +
                               ", or " + std::string(kRegistry) + " to ask for it");
      } else if (format != RecordFormat::kConfluent && Given(id_name)) {
        Error(id_name, "is used where " + std::string(format_name) + " is confluent only");
      }
    };
    const FormatSettings& formats = settings_.formats;
    check("formats.changes", formats.changes, "formats.schema_ids.changes", formats.schema_ids.changes);
    check("formats.dead_letters", formats.dead_letters, "formats.schema_ids.dead_letters",
          formats.schema_ids.dead_letters);
    check("formats.profiles", formats.profiles, "formats.schema_ids.profiles", formats.schema_ids.profiles);
  }

  void SchemaRegistry() const {
    for (const std::string_view name : {kRegistryUser, kRegistryPassword, kRegistryToken}) CheckNeeds(name, kRegistry);
    CheckNeeds("formats.schema_registry.ca_file", kRegistry);
    CheckNeeds(kRegistryUser, kRegistryPassword);
    CheckNeeds(kRegistryPassword, kRegistryUser);
    if (!Given(kRegistry)) return;
    ReportGiven("formats.schema_ids.", "is what formats.schema_registry says: remove this, or the registry");
    const SchemaRegistrySettings& registry = settings_.formats.schema_registry;
    const bool has_token = Given(kRegistryToken) && !Wrong(kRegistryToken);
    if (has_token && (Given(kRegistryUser) || Given(kRegistryPassword))) {
      Error(kRegistryToken, "a registry is asked with a token or with a user, not with both: remove one");
    } else if (has_token && !IsBearerToken(registry.token.Reveal())) {
      Error(kRegistryToken, "is no bearer token: one has letters, digits and -._~+/ only, and = at its end");
    }
    if (!registry.url.starts_with("http://") || (!Given(kRegistryPassword) && !has_token)) return;
    const std::string secret = has_token ? "token" : "password";
    Warning(kRegistry, "without TLS the " + secret + " is sent readable; use an address with https");
  }

  void Queries() const {
    const QuerySettings& queries = settings_.queries;
    if (!queries.enabled) return;
    CheckNeeds("queries.tls.certificate_file", "queries.tls.key_file");
    CheckNeeds("queries.tls.key_file", "queries.tls.certificate_file");
    CheckNeeds("queries.tls.client_ca_file", "queries.tls.certificate_file");
    if (!Given("queries.token_file") && !Given("queries.tls.client_ca_file")) {
      Error("queries.enabled", "say who may ask: queries.token_file, or queries.tls.client_ca_file");
    }
    const bool is_here = queries.address.starts_with("127.") || queries.address == "::1";
    if (!is_here && !Given("queries.tls.certificate_file") && !Wrong("queries.address")) {
      Error("queries.address", "others could read leads and the token on the way: give queries.tls.certificate_file");
    }
  }

 private:
  bool Given(std::string_view name) const { return given_.contains(name); }
  bool Wrong(std::string_view name) const {
    const auto found = given_.find(name);
    return found != given_.end() && !found->second.right;
  }
  // Returns where `name` is in the file; nullopt, the whole file, if it is not given.
  std::optional<uint32_t> Place(std::string_view name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? std::nullopt : std::optional<uint32_t>(found->second.offset);
  }
  void Error(std::string_view at, std::string message) const {
    log_->Error(Place(at), std::string(at), std::move(message));
  }
  void Warning(std::string_view at, std::string message) const {
    log_->Warning(Place(at), std::string(at), std::move(message));
  }
  // Reports `name` if it is given without `other`, a setting of the same map.
  void CheckNeeds(std::string_view name, std::string_view other) const {
    if (!Given(name) || Given(other)) return;
    Error(name, "is of no use without " + std::string(other.substr(other.rfind('.') + 1)));
  }
  void ReportGiven(std::string_view beginning, const std::string& message) const {
    for (const auto& [name, place] : given_) {
      if (name.starts_with(beginning) && place.right) Error(name, message);
    }
  }

  const Settings& settings_;
  const GivenSettings& given_;
  ProblemLog* log_;
};

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

void CheckSettings(const Settings& settings, const GivenSettings& given, ProblemLog* log) {
  const SettingsChecks checks(settings, given, log);
  checks.Definitions();
  checks.Intervals();
  checks.Memory();
  checks.ErasureSecrets();
  checks.Sasl();
  checks.Tls();
  checks.Topics();
  checks.Formats();
  checks.SchemaRegistry();
  checks.Queries();
}

void CheckClientSettings(const Settings& settings, const GivenSettings& given, ProblemLog* log) {
  const SettingsChecks checks(settings, given, log);
  checks.Sasl();
  checks.Tls();
  checks.Topics();
  checks.SchemaRegistry();
}

std::optional<std::string> WhyClientSettingIsRefused(std::string_view name) {
  for (const Refused& refused : kRefused) {
    if (refused.name != name) continue;
    if (refused.why.starts_with("kafka.")) return "use " + std::string(refused.why) + " instead";
    return "Leadpulse sets it itself: " + std::string(refused.why);
  }
  return std::nullopt;
}

}  // namespace leadpulse::config
