#include "config/settings_table.h"

#include "config/setting_texts.h"

namespace leadpulse::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr uint64_t kMebibyte = 1 << 20;
constexpr size_t kLeastErasureSecretBytes = 16;

const std::vector<std::string> kProtocols = {"plaintext", "tls", "sasl_plaintext", "sasl_tls"};
const std::vector<std::string> kMechanisms = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"};
const std::vector<std::string> kStarts = {"beginning", "end"};
// By InputPartitioning; the last is another name of murmur2.
const std::vector<std::string> kPartitionings = {"any", "murmur2", "trusted", "strict"};
const std::vector<std::string> kFormats = {"protobuf", "json", "confluent"};
const std::vector<std::string> kKeyForms = {"printable", "nul"};
const std::vector<std::string> kPayloads = {"full", "none"};
const std::vector<std::string> kLogFormats = {"text", "json"};
const std::vector<std::string> kLogLevels = {"trace", "debug", "info", "warning", "error", "off"};

// Whether it fits Kafka's own rule (org.apache.kafka.common.internals.Topic).
bool IsTopic(std::string_view text) { return IsNameOf(text, 249) && text != "." && text != ".."; }

bool IsServerList(std::string_view text) {
  while (true) {
    const std::string_view server = text.substr(0, text.find(','));
    if (server.empty() || server.find_first_of(" \t") != std::string_view::npos) return false;
    if (server.size() == text.size()) return true;
    text.remove_prefix(server.size() + 1);
  }
}

bool IsHttpUrl(std::string_view text) { return text.starts_with("https://") || text.starts_with("http://"); }

TextSetting Topic(std::string* member) { return {"a topic's name (1 to 249 of A–Z a–z 0–9 _ . -)", IsTopic, member}; }
TextSetting Id(std::string* member) { return {"a name (1 to 128 of A–Z a–z 0–9 _ . -)", IsId, member}; }
TextSetting Path(std::string* member) { return {"a path", nullptr, member}; }
TextSetting Url(std::string* member) { return {"an address that begins with https:// or http://", IsHttpUrl, member}; }
TextSetting AnyText(std::string* member) { return {"a text", nullptr, member}; }

ChoiceSetting Partitioning(InputPartitioning* member) {
  ChoiceSetting choice = Choice(kPartitionings, member);
  choice.set = [member](size_t index) {
    const bool is_strict = kPartitionings[index] == "strict";
    *member = is_strict ? InputPartitioning::kMurmur2 : static_cast<InputPartitioning>(index);
  };
  return choice;
}

std::vector<Setting> Cluster(Settings* settings) {
  return {
      {"kafka.bootstrap_servers",
       TextSetting{"host:port, or several with commas between", IsServerList, &settings->kafka.bootstrap_servers},
       "The brokers to connect to first; the others are learnt from them.", kRequired},
      {"kafka.application", Id(&settings->kafka.application),
       "The deployment's name: the consumer group, and the prefix of its transactional ids. All processes that share "
       "the work have the same one."},
      {"kafka.instance", Id(&settings->kafka.instance),
       "This process within the application: unique, and the same after a restart, so that it gets its partitions back "
       "and fences its predecessor."},
      {"kafka.moved_from", Id(&settings->kafka.moved_from),
       "The application whose leads `leadpulse repartition` moves here. Until it has, no process starts."},
      {"kafka.session_timeout", DurationSetting{seconds(6), minutes(30), &settings->kafka.session_timeout},
       "A process without heartbeats for this time loses its partitions to the others. The broker bounds it, too "
       "(group.min.session.timeout.ms)."},
      {"kafka.transaction_timeout", DurationSetting{seconds(1), minutes(15), &settings->kafka.transaction_timeout},
       "The broker aborts a transaction that is open for longer; until then readers wait for what a killed process "
       "left open. The broker bounds it, too (transaction.max.timeout.ms)."},
  };
}

std::vector<Setting> Security(Settings* settings) {
  return {
      {"kafka.security.protocol", Choice(kProtocols, &settings->kafka.security.protocol),
       "How to connect to the brokers. Without `tls` everything can be read on the way."},
      {"kafka.security.sasl.mechanism", Choice(kMechanisms, &settings->kafka.security.sasl.mechanism),
       "How to log in, with one of the sasl protocols. SCRAM with Kafka 4.0 and newer needs librdkafka 2.6.1 or "
       "newer."},
      {"kafka.security.sasl.username", AnyText(&settings->kafka.security.sasl.username),
       "Required with one of the sasl protocols, except where tokens come from a file. With token_url: the client's "
       "id."},
      {"kafka.security.sasl.password", SecretSetting{1, &settings->kafka.security.sasl.password},
       "Required where username is; with token_url: the client's secret. Write ${NAME} and put it into the "
       "environment, "
       "or ${file:/PATH}."},
      {"kafka.security.sasl.token_file", Path(&settings->kafka.security.sasl.token_file),
       "With OAUTHBEARER: a file with a JSON Web Token, which another program renews, such as a service account's "
       "token "
       "that Kubernetes mounts. Read again before the token expires."},
      {"kafka.security.sasl.token_url", Url(&settings->kafka.security.sasl.token_url),
       "With OAUTHBEARER: the token endpoint of an OpenID Connect provider, asked for a token by the client's id and "
       "secret (client credentials)."},
      {"kafka.security.sasl.token_scope", AnyText(&settings->kafka.security.sasl.token_scope),
       "The scope that token_url is asked for, if it wants one."},
      {"kafka.security.tls.ca_file", Path(&settings->kafka.security.tls.ca_file),
       "PEM: the authority that signs the brokers' certificates. Without it: those that the system trusts."},
      {"kafka.security.tls.certificate_file", Path(&settings->kafka.security.tls.certificate_file),
       "PEM: this process's own certificate, if brokers ask for one."},
      {"kafka.security.tls.key_file", Path(&settings->kafka.security.tls.key_file),
       "PEM: the key of certificate_file."},
      {"kafka.security.tls.key_password", SecretSetting{1, &settings->kafka.security.tls.key_password},
       "The password of an encrypted key_file."},
      {"kafka.security.tls.verify_hostname", FlagSetting{&settings->kafka.security.tls.verify_hostname},
       "Whether a broker's certificate must be for the name it is reached by. `false` lets anybody with a certificate "
       "of the same authority intercept."},
  };
}

std::vector<Setting> Client(Settings* settings) {
  return {
      {"kafka.client", ClientMapSetting{&settings->kafka.client},
       "Settings of librdkafka by its own names, for consumers and producers. Those that exactly-once depends on are "
       "refused, with the reason."},
      {"kafka.consumer", ClientMapSetting{&settings->kafka.consumer},
       "The same for consumers only: fetch.min.bytes, …"},
      {"kafka.producer", ClientMapSetting{&settings->kafka.producer},
       "The same for producers only: compression.type, linger.ms, …"},
  };
}

std::vector<Setting> State(Settings* settings) {
  return {
      {"state.directory", Path(&settings->state.directory),
       "Where the leads are stored; created if it is missing. One process uses it at a time. It can be lost: it is "
       "rebuilt from the topic lead_state.",
       kRequired},
      {"state.cache", BytesSetting{16 * kMebibyte, kMebibyte * kMebibyte, &settings->state.cache},
       "The part of `memory` for leads and for RocksDB's blocks, of all workers together. At most half.",
       "what `memory` leaves"},
      {"state.erasure_secret", SecretSetting{kLeastErasureSecretBytes, &settings->state.erasure_secret},
       "A hash of each erased lead under this key is stored, so that old records do not bring it back. The same for "
       "all processes of an application: with another one, erased leads could come back. `leadpulse repartition` "
       "changes it. Write ${NAME} and put it into the environment, or ${file:/PATH}.",
       kRequired},
      {"state.former_erasure_secrets",
       SecretListSetting{kLeastErasureSecretBytes, kMostFormerErasureSecrets, &settings->state.former_erasure_secrets},
       "The secrets of before, the oldest first, once the secret was changed. They are needed for ever, to compute the "
       "hashes of today, but no longer enough to test a guess."},
      {"state.standby", FlagSetting{&settings->state.standby},
       "`true`: every ten seconds this process also copies what has changed in the partitions of other processes, so "
       "that it takes one over within seconds, however large it is. It then stores all leads of the deployment."},
  };
}

std::vector<Setting> DefinitionsFrom(Settings* settings) {
  return {
      {"definitions.file", Path(&settings->definitions.file),
       "What to compute: this YAML file, read again when a change of it is two seconds old. The same for all "
       "processes. Either this or definitions.topic."},
      {"definitions.topic", FlagSetting{&settings->definitions.topic},
       "`true`: what to compute is what `leadpulse definitions apply` published last. Either this or "
       "definitions.file."},
  };
}

std::vector<Setting> Work(Settings* settings) {
  return {
      {"memory", BytesSetting{192 * kMebibyte, 4 * kMebibyte * kMebibyte, &settings->memory},
       "The limit of the process's memory, however much waits to be read. Caches, queues and buffers are parts of it; "
       "below some 200MiB, and 50MiB for each worker, it takes more than it is given."},
      {"workers", Integer(1, 64, &settings->workers),
       "Threads, each with its own partitions; more threads than partitions have nothing to do."},
      {"commit_interval", DurationSetting{milliseconds(10), seconds(5), &settings->commit_interval},
       "Changes are published at most this often; one that comes alone is published at once. Longer for fewer "
       "transactions; less than half of kafka.transaction_timeout."},
      {"changelog_interval", DurationSetting{seconds(1), minutes(10), &settings->changelog_interval},
       "A changed lead is in lead_state at most this much later; lead_journal has the change at once. Longer: a lead "
       "that changes often is written less often, and a restore reads more."},
      {"max_epoch_records", Integer(1, 10'000'000, &settings->max_epoch_records),
       "The most records in one transaction. A failed transaction halves the number; each committed one raises it "
       "again."},
      {"max_epoch_bytes", BytesSetting{kMebibyte, 1024 * kMebibyte, &settings->max_epoch_bytes},
       "A transaction is committed early when its leads reach this size; earlier still if `memory` leaves less."},
      {"max_future_skew", DurationSetting{seconds(1), hours(24 * 365), &settings->max_future_skew},
       "How far ahead of this machine's clock a record may be; beyond that it is a dead letter."},
      {"start_at", Choice(kStarts, &settings->start_at),
       "Where to begin in a partition without offsets and state: at its first record, or at its end."},
      {"input_partitioning", Partitioning(&settings->input_partitioning),
       "A lead's own partition is the one that Kafka's Java clients choose for its key. any: a record in another one "
       "is handed to it, and applies one commit later. murmur2, or strict: such a record is a dead letter. trusted: "
       "producers send each lead to one partition number, in both topics."},
      {"reevaluation_share", ShareSetting{0.05, 0.9, &settings->reevaluation_share},
       "The share of a worker's time in which it evaluates leads under new definitions while records come. The commits "
       "of the resulting changes, which records share, are not counted."},
  };
}

std::vector<Setting> Records(Settings* settings) {
  return {
      {"formats.events", Choice(kFormats, &settings->formats.events),
       "The format of the topic of events: Protobuf, its JSON, or Protobuf with a schema registry's header "
       "(Confluent)."},
      {"formats.commands", Choice(kFormats, &settings->formats.commands), "The same for commands."},
      {"formats.changes", Choice(kFormats, &settings->formats.changes), "How changes are written, to both topics."},
      {"formats.change_keys", Choice(kKeyForms, &settings->formats.change_keys),
       "The keys of changes. printable: TENANT/LEAD, as in lead_profiles. nul: tenant NUL lead, for consumers that "
       "were made for it."},
      {"formats.dead_letters", Choice(kFormats, &settings->formats.dead_letters), "How dead letters are written."},
      {"formats.profiles", Choice(kFormats, &settings->formats.profiles), "How leads are written to lead_profiles."},
      {"formats.schema_registry.url", Url(&settings->formats.schema_registry.url),
       "A schema registry with Confluent's API: the address to which /subjects is appended. Before something is "
       "written as confluent, its schema is registered there as the subject TOPIC-value, which gives the id."},
      {"formats.schema_registry.username", AnyText(&settings->formats.schema_registry.username),
       "The user of the registry, or the key's name, if it wants one (Basic)."},
      {"formats.schema_registry.password", SecretSetting{1, &settings->formats.schema_registry.password},
       "The user's password, or the key's secret. Write ${NAME} and put it into the environment, or ${file:/PATH}."},
      {"formats.schema_registry.token", SecretSetting{1, &settings->formats.schema_registry.token},
       "In place of username and password: a token that the registry accepts (Bearer), read at the start only. Write "
       "${NAME} or ${file:/PATH}."},
      {"formats.schema_registry.ca_file", Path(&settings->formats.schema_registry.ca_file),
       "PEM: the authority that signs the registry's certificate. Without it: those that the system trusts."},
      {"formats.schema_ids.events", Integer(1, INT32_MAX, &settings->formats.schema_ids.events),
       "The schema registry's id of events, for commands that write them as confluent. A run reads any."},
      {"formats.schema_ids.commands", Integer(1, INT32_MAX, &settings->formats.schema_ids.commands),
       "The same for commands."},
      {"formats.schema_ids.changes", Integer(1, INT32_MAX, &settings->formats.schema_ids.changes),
       "The schema registry's id of changes; required if they are written as confluent without schema_registry."},
      {"formats.schema_ids.dead_letters", Integer(1, INT32_MAX, &settings->formats.schema_ids.dead_letters),
       "The schema registry's id of dead letters; required if they are written as confluent without schema_registry."},
      {"formats.schema_ids.profiles", Integer(1, INT32_MAX, &settings->formats.schema_ids.profiles),
       "The schema registry's id of profiles; required if they are written as confluent without schema_registry."},
      {"profiles.enabled", FlagSetting{&settings->profiles.enabled},
       "Whether leads are published as they are, to lead_profiles. When it becomes `true`, all leads are written "
       "there; when `false`, delete the topic: nobody removes erased leads from it any more."},
      {"profiles.interval", DurationSetting{milliseconds(0), minutes(10), &settings->profiles.interval},
       "How long after a change was published, or a command applied, the lead is in lead_profiles at most. 0s: with "
       "the change."},
      {"profiles.counts_interval", DurationSetting{milliseconds(0), hours(1), &settings->profiles.counts_interval},
       "The same for an event that changes nothing but counts and last times. Shorter: more records. Longer: a restore "
       "reads more of lead_journal."},
      {"dead_letters.payload", Choice(kPayloads, &settings->dead_letters.payload),
       "full: a dead letter has the record that could not be used, with any personal data in it. none: only its "
       "position and the reason."},
  };
}

std::vector<Setting> Operations(Settings* settings) {
  return {
      {"http.enabled", FlagSetting{&settings->http.enabled}, "Whether /metrics, /healthz and /readyz are served."},
      {"http.address", TextSetting{"an address such as 127.0.0.1, 0.0.0.0 or ::1", IsAddress, &settings->http.address},
       "Where they are served; everyone who can connect may read them."},
      {"http.port", Integer(0, 65535, &settings->http.port), "0: any free port; the log says which."},
      {"queries.enabled", FlagSetting{&settings->queries.enabled},
       "Whether leadpulse serve on other machines may query this process about leads, over TCP. On this machine it "
       "always may, through queries.sock in the state directory."},
      {"queries.address",
       TextSetting{"an address such as 127.0.0.1, 0.0.0.0 or ::1", IsAddress, &settings->queries.address},
       "Where queries are answered. Addresses that other machines can reach need tls."},
      {"queries.port", Integer(0, 65535, &settings->queries.port), "0: any free port; the log says which."},
      {"queries.token_file", Path(&settings->queries.token_file),
       "A file with the token that a front must send (--run-token-file), such as from `openssl rand -hex 32`; at least "
       "16 bytes; chmod 600."},
      {"queries.tls.certificate_file", Path(&settings->queries.tls.certificate_file),
       "PEM: this process's certificate with its chain. A new one needs a restart."},
      {"queries.tls.key_file", Path(&settings->queries.tls.key_file), "PEM: the key of certificate_file; chmod 600."},
      {"queries.tls.client_ca_file", Path(&settings->queries.tls.client_ca_file),
       "PEM: fronts need a certificate that it has signed (--run-certificate-file), with or without a token."},
      {"metrics.tenants", Integer(0, 10'000, &settings->metrics.tenants),
       "The number of tenants with metrics of their own: the first ones seen. All others are counted together. 0: no "
       "metrics by tenant."},
      {"log.level", Choice(kLogLevels, &settings->log.level), "Lines of this level and above go to standard error."},
      {"log.format", Choice(kLogFormats, &settings->log.format), "For people, or one JSON object a line."},
  };
}

}  // namespace

std::vector<Setting> TopicSettings(TopicNames* topics) {
  return {
      {"kafka.topics.events", Topic(&topics->events), "In: what leads did."},
      {"kafka.topics.commands", Topic(&topics->commands),
       "In: what people decided. As many partitions as the events have."},
      {"kafka.topics.exchange", Topic(&topics->exchange),
       "In and out: messages between leads of one address, for the program alone. As many partitions as the events "
       "have."},
      {"kafka.topics.status_changes", Topic(&topics->status_changes),
       "Out: e-mail status, sendable, stage, tier, score, leads created and erased."},
      {"kafka.topics.segment_changes", Topic(&topics->segment_changes), "Out: segments entered and left."},
      {"kafka.topics.lead_state", Topic(&topics->lead_state),
       "Out: each lead, compacted, for the program alone. A lost state is rebuilt from it. As many partitions as the "
       "events have."},
      {"kafka.topics.lead_journal", Topic(&topics->lead_journal),
       "Out: what changed, for the program alone; kept until lead_state has it. As many partitions as the events have, "
       "and `retention.ms=-1`."},
      {"kafka.topics.lead_profiles", Topic(&topics->lead_profiles),
       "Out: each lead as it is, for others, compacted. As many partitions as the events have."},
      {"kafka.topics.dead_letters", Topic(&topics->dead_letters), "Out: records that cannot be used, and why."},
      {"kafka.topics.definitions", Topic(&topics->definitions),
       "In, with `definitions: {topic: true}`: the definitions; compacted, one partition."},
  };
}

std::vector<SettingGroup> SettingGroups(Settings* settings) {
  return {
      {"The cluster", Cluster(settings)},
      {"Topics", TopicSettings(&settings->kafka.topics)},
      {"Security", Security(settings)},
      {"librdkafka's own settings", Client(settings)},
      {"State", State(settings)},
      {"Definitions: exactly one of", DefinitionsFrom(settings)},
      {"Work", Work(settings)},
      {"Records", Records(settings)},
      {"Operations", Operations(settings)},
  };
}

}  // namespace leadpulse::config
