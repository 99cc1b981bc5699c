#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "config/setting_texts.h"
#include "processor/base/clock.h"
#include "processor/kafka/client/rdkafka_admin.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/erasure_secret.h"
#include "processor/kafka/last_position.h"
#include "state/store/store_keys.h"
#include "tools/leadpulse/doctor/doctor_checks.h"
#include "tools/leadpulse/live/live_options.h"

namespace leadpulse::tools {
namespace {

// The requests that exactly-once needs (KIP-447, KIP-360), and the versions of Kafka that introduced them.
constexpr std::pair<const char*, int> kNeededVersions[] = {{"TxnOffsetCommit", 3}, {"InitProducerId", 3}};
// Clocks synchronized by NTP differ by milliseconds.
constexpr Millis kGoodClockDifference{1'000};
constexpr std::chrono::seconds kReadTimeout{20};

// Adds the result of an attempt. `advice`: for a refusal, not for a timeout.
void AddTried(const std::string& check, const Status& status, const std::string& found, const std::string& advice,
              Findings* findings) {
  if (status.ok()) return findings->Add(Health::kOk, check, found);
  const bool late = status.kind() == ErrorKind::kRetriable;
  findings->Add(Health::kError, check, status.message(),
                late ? "there was no answer in time: see that all brokers are well, and try again" : advice);
}

// Returns the broker of the first address that answers. nullopt: none answers, so further checks are useless.
std::optional<kafka::ReachedBroker> CheckAddresses(const std::string& servers, kafka::Admin* admin,
                                                   Findings* findings) {
  std::optional<kafka::ReachedBroker> first;
  std::vector<Finding> unreached;
  const std::vector<std::string> addresses = absl::StrSplit(servers, ',', absl::SkipEmpty());
  for (const std::string& address : addresses) {
    const Result<kafka::ReachedBroker> reached = admin->Reach(address);
    if (!reached.ok()) {
      const bool silent = reached.status().kind() == ErrorKind::kRetriable;
      unreached.push_back({Health::kError, "broker " + address, reached.status().message(),
                           silent ? "see that a broker runs there, that this machine gets to it, and that"
                                    " kafka.bootstrap_servers and kafka.security are right"
                                  : "somebody is there; see that kafka.security fits this listener (the runbook, under"
                                    " `Kafka refuses`, says how to look at its certificate)"});
      continue;
    }
    findings->Add(Health::kOk, "broker " + address,
                  "reached; brokers in the cluster: " + std::to_string(reached->cluster.size()));
    if (!first) first = *reached;
  }
  for (Finding& finding : unreached) {
    if (first) finding.health = Health::kWarning;  // the other addresses give all brokers
    findings->all.push_back(std::move(finding));
  }
  if (!first) findings->Add(Health::kNotChecked, "topics, rights and clocks", "no broker answers");
  return first;
}

void CheckVersions(const kafka::ApiVersions& versions, Findings* findings) {
  if (versions.empty()) return findings->Add(Health::kNotChecked, "broker version", "the brokers do not tell");
  std::string old;
  std::string found;
  for (const auto& [request, needed] : kNeededVersions) {
    const auto known = versions.find(request);
    const int version = known == versions.end() ? -1 : known->second;
    found += (found.empty() ? "" : ", ") + std::string(request) + " " + std::to_string(version);
    if (version < needed) old = request;
  }
  if (old.empty()) return findings->Add(Health::kOk, "broker version", found);
  findings->Add(Health::kError, "broker version", found + ": too old for transactions that a rebalance fences",
                "Kafka 2.5 is the oldest that will do");
}

void CheckLogin(const config::SecuritySettings& security, Findings* findings) {
  if (!security.uses_sasl()) return;
  const config::SaslSettings& sasl = security.sasl;
  const bool is_scram = sasl.mechanism != config::SaslMechanism::kPlain && !sasl.uses_tokens();
  if (!is_scram || kafka::ScramWorksSinceKafka4()) {
    return findings->Add(Health::kOk, "login", sasl.token_file.empty() ? sasl.username : sasl.token_file);
  }
  findings->Add(
      Health::kWarning, "login",
      "this librdkafka is older than 2.6.1: it logs in with SCRAM up to Kafka 3.9, and not to Kafka 4.0",
      "before the brokers are upgraded, use another mechanism or a newer librdkafka.so.1; the program needs no new "
      "build");
}

void CheckBrokerSettings(const std::string& name, const kafka::KafkaSettings& settings,
                         const config::KafkaSettings& ours, Findings* findings) {
  const auto longest = kafka::MillisOf(settings, "transaction.max.timeout.ms");
  const auto least_session = kafka::MillisOf(settings, "group.min.session.timeout.ms");
  const auto longest_session = kafka::MillisOf(settings, "group.max.session.timeout.ms");
  if (longest.has_value() && *longest < ours.transaction_timeout) {
    return findings->Add(Health::kError, name,
                         "transaction.max.timeout.ms=" + std::to_string(longest->count()) +
                             ", below kafka.transaction_timeout (" +
                             config::SpellPreciseDuration(ours.transaction_timeout) + ")",
                         "lower kafka.transaction_timeout, or raise the brokers' setting");
  }
  if ((least_session.has_value() && ours.session_timeout < *least_session) ||
      (longest_session.has_value() && ours.session_timeout > *longest_session)) {
    return findings->Add(
        Health::kError, name,
        "sessions of the group take " + std::to_string(least_session.value_or(Millis(0)).count()) + " to " +
            std::to_string(longest_session.value_or(Millis(0)).count()) + " ms; kafka.session_timeout is " +
            config::SpellPreciseDuration(ours.session_timeout),
        "change kafka.session_timeout, or the brokers' group.min.session.timeout.ms and group.max.session…");
  }
  findings->Add(Health::kOk, name, "transactions and sessions may be as long as the settings say");
}

void CheckBrokers(const std::vector<kafka::BrokerAddress>& cluster, const config::KafkaSettings& ours,
                  kafka::Admin* admin, Findings* findings) {
  for (const kafka::BrokerAddress& broker : cluster) {
    const std::string name = "broker " + std::to_string(broker.id) + " at " + broker.address;
    const Result<kafka::KafkaSettings> settings = admin->BrokerSettings(broker.id);
    if (settings.ok()) {
      CheckBrokerSettings(name, *settings, ours, findings);
    } else if (settings.status().kind() == ErrorKind::kRetriable) {
      findings->Add(Health::kError, name, settings.status().message(),
                    "this is the address that the cluster gives to clients: see that the broker runs, and that its"
                    " advertised.listeners can be reached from here");
    } else {
      findings->Add(Health::kNotChecked, name, settings.status().message(),
                    "let the Kafka user DESCRIBE_CONFIGS on the cluster, for its limits to be seen");
    }
  }
}

void CheckReading(const std::string& topic, kafka::Admin* admin, Findings* findings) {
  const std::string check = "right to read " + topic;
  const Result<std::optional<kafka::TopicShape>> shape = admin->DescribeTopic(topic);
  if (!shape.ok() || !shape->has_value())
    return findings->Add(Health::kNotChecked, check, "the topic is not to be seen");
  AddTried(check, admin->TryRead(topic), "it can be read", "let the Kafka user READ the topic", findings);
}

// Returns whether this user may use transactions.
bool CheckRights(const config::Settings& settings, kafka::Admin* admin, Findings* findings) {
  const config::KafkaSettings& kafka = settings.kafka;
  AddTried("right to the group", admin->TryGroup(), kafka.application,
           "let the Kafka user READ and DESCRIBE the group " + kafka.application, findings);
  std::vector<std::string> read = {kafka.topics.events, kafka.topics.commands, kafka.topics.exchange,
                                   kafka.topics.lead_state, kafka.topics.lead_journal};
  if (settings.definitions.topic) read.push_back(kafka.topics.definitions);
  for (const std::string& topic : read) CheckReading(topic, admin, findings);
  const Status transactions = admin->TryTransactions();
  AddTried("right to transactions", transactions,
           "with transactional ids as " + kafka::TransactionalId(kafka.application, kafka.instance, 0),
           "let the Kafka user WRITE and DESCRIBE transactional ids with the prefix " + kafka.application +
               "- (doctor tries one that ends with -doctor)",
           findings);
  findings->Add(Health::kNotChecked, "right to write",
                "it takes a record to find out. The Kafka user needs WRITE on " + kafka.topics.status_changes + ", " +
                    kafka.topics.segment_changes + ", " + kafka.topics.lead_state + ", " + kafka.topics.lead_journal +
                    ", " + (settings.profiles.enabled ? kafka.topics.lead_profiles + ", " : "") +
                    kafka.topics.exchange + " and " + kafka.topics.dead_letters);
  return transactions.ok();
}

void CheckClocks(Millis max_future_skew, bool may_use_transactions, kafka::Admin* admin, Findings* findings) {
  const std::string check = "clocks";
  if (!may_use_transactions) return findings->Add(Health::kNotChecked, check, "needs the right to transactions");
  const SystemClock clock;
  const Result<kafka::ClockDifference> difference = admin->CompareClocks(clock);
  if (!difference.ok()) {
    return findings->Add(Health::kNotChecked, check,
                         difference.status().message() +
                             ". It is compared with the time at which a broker wrote down, in its"
                             " topic __transaction_state, that doctor came",
                         "see by hand that all machines keep their clocks by NTP");
  }
  const Millis apart = std::max({difference->least, -difference->most, Millis(0)});
  const std::string way = difference->least > Millis(0) ? "behind" : "ahead of";
  if (apart <= kGoodClockDifference) {
    return findings->Add(Health::kOk, check,
                         "less than " + config::SpellPreciseDuration(kGoodClockDifference) + " apart");
  }
  findings->Add(apart > max_future_skew ? Health::kError : Health::kWarning, check,
                "this machine is at least " + config::SpellPreciseDuration(apart) + " " + way +
                    " a broker: timers fire at the" +
                    " wrong time, and records further ahead than max_future_skew are dead letters",
                "keep the clocks of all machines by NTP");
}

// Checks whether lead.state was written with the secret of the settings, as the first partition says.
void CheckErasureSecret(const config::Settings& settings, Findings* findings) {
  const std::string check = "erasure secret of " + settings.kafka.topics.lead_state;
  kafka::ConnectionOptions options = MakeConnectionOptions(settings, 0);
  options.log = nullptr;
  options.instance_id.clear();
  const auto connection = kafka::ConnectToKafka(std::move(options));
  if (!connection.ok()) return findings->Add(Health::kNotChecked, check, connection.status().message());
  const auto deadline = MonotonicNow() + kReadTimeout;
  const auto last =
      kafka::ReadLastPosition(PartitionId{0}, connection->get(), [deadline] { return MonotonicNow() < deadline; });
  if (!last.ok()) return findings->Add(Health::kNotChecked, check, last.status().message());
  const config::StateSettings& state = settings.state;
  if (!*last && state.former_erasure_secrets.empty()) return findings->Add(Health::kOk, check, "none yet");
  if (!*last) {
    return findings->Add(
        Health::kError, check, "the topic is empty, and the settings have state.former_erasure_secrets",
        "move the deployment here with `leadpulse repartition`, or take these secrets away where there "
        "is none to move");
  }
  const std::string secret = kafka::ErasureSecretOf(state);
  if ((*last)->erasure_secret_check == kafka::ErasureSecretCheck(secret)) {
    return findings->Add(Health::kOk, check, "is that of the settings");
  }
  bool is_former = false;
  for (size_t keys = 1; keys <= state.former_erasure_secrets.size(); ++keys) {
    const std::string former = secret.substr(0, keys * state::kErasureKeyBytes);
    is_former = is_former || (*last)->erasure_secret_check == kafka::ErasureSecretCheck(former);
  }
  findings->Add(Health::kError, check,
                is_former ? "is a former one of the settings" : "is another one than that of the settings",
                is_former ? "name new topics, and move the deployment to them with `leadpulse repartition`"
                          : "give all processes the same state.erasure_secret and former_erasure_secrets");
}

}  // namespace

std::optional<uint32_t> CheckCluster(const config::Settings& settings, Findings* findings) {
  kafka::ConnectionOptions options = MakeConnectionOptions(settings, 0);
  options.log = nullptr;  // the findings have its important lines
  const Result<std::unique_ptr<kafka::Admin>> made = kafka::AdministerKafka(std::move(options));
  if (!made.ok()) {
    findings->Add(Health::kError, "Kafka client", made.status().message(),
                  "see kafka.client, kafka.consumer, kafka.producer and kafka.security in the settings");
    return std::nullopt;
  }
  kafka::Admin* const admin = made->get();
  const auto reached = CheckAddresses(settings.kafka.bootstrap_servers, admin, findings);
  if (!reached) return std::nullopt;
  CheckVersions(reached->versions, findings);
  CheckLogin(settings.kafka.security, findings);
  CheckBrokers(reached->cluster, settings.kafka, admin, findings);
  const std::optional<uint32_t> partitions = CheckTopics(settings, admin, findings);
  if (partitions) CheckErasureSecret(settings, findings);
  const bool may_use_transactions = CheckRights(settings, admin, findings);
  CheckClocks(settings.max_future_skew, may_use_transactions, admin, findings);
  return partitions;
}

}  // namespace leadpulse::tools
