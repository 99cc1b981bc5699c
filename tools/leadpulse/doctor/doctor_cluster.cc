#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "config/units.h"
#include "processor/base/clock.h"
#include "processor/kafka/client/rdkafka_admin.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/worker_ids.h"
#include "tools/leadpulse/doctor/doctor_checks.h"
#include "tools/leadpulse/live/live_options.h"

namespace leadpulse::tools {
namespace {

// The requests without which there is no exactly-once (KIP-447, KIP-360), and since when Kafka has them.
constexpr std::pair<const char*, int> kNeededVersions[] = {{"TxnOffsetCommit", 3}, {"InitProducerId", 3}};
// Clocks that are kept by NTP differ by milliseconds.
constexpr Millis kGoodClockDifference{1'000};

class ClusterChecks {
 public:
  ClusterChecks(const config::Settings& settings, kafka::Admin* admin, Findings* findings)
      : settings_(settings), admin_(admin), findings_(findings) {}

  // False: no broker answers, so further checks are useless.
  bool Addresses();
  void Versions() const;
  void Login() const;
  void Brokers() const;
  void Rights();
  void Clocks() const;

 private:
  void Say(Health health, std::string check, std::string found, std::string advice = "") const {
    findings_->push_back({health, std::move(check), std::move(found), std::move(advice)});
  }
  // `advice`: where the answer was no, and not just late.
  void SayRefused(const std::string& check, const Status& status, const std::string& advice) const {
    const bool late = status.kind() == ErrorKind::kRetriable;
    Say(Health::kError, check, status.message(),
        late ? "there was no answer in time: see that all brokers are well, and try again" : advice);
  }
  void Reading(const std::string& topic) const;
  void BrokerSettings(const std::string& name, const kafka::KafkaSettings& settings) const;

  const config::Settings& settings_;
  kafka::Admin* const admin_;
  Findings* const findings_;
  kafka::ReachedBroker reached_;  // by the first address that answered
  bool may_use_transactions_ = false;
};

bool ClusterChecks::Addresses() {
  bool any = false;
  Findings unreached;
  const std::vector<std::string> addresses = absl::StrSplit(settings_.kafka.bootstrap_servers, ',', absl::SkipEmpty());
  for (const std::string& address : addresses) {
    const Result<kafka::ReachedBroker> reached = admin_->Reach(address);
    if (!reached.ok()) {
      const bool silent = reached.status().kind() == ErrorKind::kRetriable;
      unreached.push_back({Health::kError, "broker " + address, reached.status().message(),
                           silent ? "see that a broker runs there, that this machine gets to it, and that"
                                    " kafka.bootstrap_servers and kafka.security are right"
                                  : "somebody is there; see that kafka.security fits this listener (the runbook, under"
                                    " `Kafka refuses`, says how to look at its certificate)"});
      continue;
    }
    Say(Health::kOk, "broker " + address,
        "reached; brokers in the cluster: " + std::to_string(reached->cluster.size()));
    if (!any) reached_ = *reached;
    any = true;
  }
  for (Finding& finding : unreached) {
    if (any) finding.health = Health::kWarning;  // the others know all brokers
    findings_->push_back(std::move(finding));
  }
  if (!any) Say(Health::kNotChecked, "topics, rights and clocks", "no broker answers");
  return any;
}

void ClusterChecks::Versions() const {
  if (reached_.versions.empty()) return Say(Health::kNotChecked, "broker version", "the brokers do not tell");
  std::string old;
  std::string found;
  for (const auto& [request, needed] : kNeededVersions) {
    const auto known = reached_.versions.find(request);
    const int version = known == reached_.versions.end() ? -1 : known->second;
    found += (found.empty() ? "" : ", ") + std::string(request) + " " + std::to_string(version);
    if (version < needed) old = request;
  }
  if (old.empty()) return Say(Health::kOk, "broker version", found);
  Say(Health::kError, "broker version", found + ": too old for transactions that a rebalance fences",
      "Kafka 2.5 is the oldest that will do");
}

void ClusterChecks::Login() const {
  const config::SecuritySettings& security = settings_.kafka.security;
  if (!security.uses_sasl()) return;
  if (security.sasl.mechanism == config::SaslMechanism::kPlain || kafka::ScramWorksSinceKafka4()) {
    return Say(Health::kOk, "login", security.sasl.username);
  }
  Say(Health::kWarning, "login",
      "this librdkafka is older than 2.6.1: it logs in with SCRAM up to Kafka 3.9, and not to Kafka 4.0",
      "before the brokers are upgraded, use another mechanism or a newer librdkafka.so.1; the program needs no new "
      "build");
}

void ClusterChecks::Brokers() const {
  for (const kafka::BrokerAddress& broker : reached_.cluster) {
    const std::string name = "broker " + std::to_string(broker.id) + " at " + broker.address;
    const Result<kafka::KafkaSettings> settings = admin_->BrokerSettings(broker.id);
    if (settings.ok()) {
      BrokerSettings(name, *settings);
    } else if (settings.status().kind() == ErrorKind::kRetriable) {
      Say(Health::kError, name, settings.status().message(),
          "this is the address that the cluster gives to clients: see that the broker runs, and that its"
          " advertised.listeners can be reached from here");
    } else {
      Say(Health::kNotChecked, name, settings.status().message(),
          "let the Kafka user DESCRIBE_CONFIGS on the cluster, for its limits to be seen");
    }
  }
}

void ClusterChecks::BrokerSettings(const std::string& name, const kafka::KafkaSettings& settings) const {
  const config::KafkaSettings& ours = settings_.kafka;
  const auto longest = kafka::MillisOf(settings, "transaction.max.timeout.ms");
  const auto least_session = kafka::MillisOf(settings, "group.min.session.timeout.ms");
  const auto longest_session = kafka::MillisOf(settings, "group.max.session.timeout.ms");
  if (longest.has_value() && *longest < ours.transaction_timeout) {
    return Say(Health::kError, name,
               "transaction.max.timeout.ms=" + std::to_string(longest->count()) +
                   ", below kafka.transaction_timeout (" + config::SpellPreciseDuration(ours.transaction_timeout) + ")",
               "lower kafka.transaction_timeout, or raise the brokers' setting");
  }
  if ((least_session.has_value() && ours.session_timeout < *least_session) ||
      (longest_session.has_value() && ours.session_timeout > *longest_session)) {
    return Say(Health::kError, name,
               "sessions of the group take " + std::to_string(least_session.value_or(Millis(0)).count()) + " to " +
                   std::to_string(longest_session.value_or(Millis(0)).count()) + " ms; kafka.session_timeout is " +
                   config::SpellPreciseDuration(ours.session_timeout),
               "change kafka.session_timeout, or the brokers' group.min.session.timeout.ms and group.max.session…");
  }
  Say(Health::kOk, name, "transactions and sessions may be as long as the settings say");
}

void ClusterChecks::Rights() {
  const config::KafkaSettings& kafka = settings_.kafka;
  if (const Status group = admin_->TryGroup(); group.ok()) {
    Say(Health::kOk, "right to the group", kafka.application);
  } else {
    SayRefused("right to the group", group, "let the Kafka user READ and DESCRIBE the group " + kafka.application);
  }
  std::vector<std::string> read = {kafka.topics.events, kafka.topics.commands, kafka.topics.lead_state};
  if (settings_.definitions.topic) read.push_back(kafka.topics.definitions);
  for (const std::string& topic : read) Reading(topic);
  const Status transactions = admin_->TryTransactions();
  may_use_transactions_ = transactions.ok();
  const std::string id = kafka::TransactionalId(kafka.application, kafka.instance, 0);
  if (transactions.ok()) {
    Say(Health::kOk, "right to transactions", "with transactional ids as " + id);
  } else {
    SayRefused("right to transactions", transactions,
               "let the Kafka user WRITE and DESCRIBE transactional ids with the prefix " + kafka.application +
                   "- (doctor tries one that ends with -doctor)");
  }
  Say(Health::kNotChecked, "right to write",
      "it takes a record to find out. The Kafka user needs WRITE on " + kafka.topics.status_changes + ", " +
          kafka.topics.segment_changes + ", " + kafka.topics.lead_state + " and " + kafka.topics.dead_letters);
}

void ClusterChecks::Reading(const std::string& topic) const {
  const std::string check = "right to read " + topic;
  const Result<std::optional<kafka::TopicShape>> shape = admin_->DescribeTopic(topic);
  if (!shape.ok() || !shape->has_value()) return Say(Health::kNotChecked, check, "the topic is not to be seen");
  const Status status = admin_->TryRead(topic);
  if (status.ok()) return Say(Health::kOk, check, "it can be read");
  SayRefused(check, status, "let the Kafka user READ the topic");
}

void ClusterChecks::Clocks() const {
  const std::string check = "clocks";
  if (!may_use_transactions_) return Say(Health::kNotChecked, check, "needs the right to transactions");
  const SystemClock clock;
  const Result<kafka::ClockDifference> difference = admin_->CompareClocks(clock);
  if (!difference.ok()) {
    return Say(Health::kNotChecked, check,
               difference.status().message() +
                   ". It is compared with the time at which a broker wrote down, in its"
                   " topic __transaction_state, that doctor came",
               "see by hand that all machines keep their clocks by NTP");
  }
  const Millis apart = std::max({difference->least, -difference->most, Millis(0)});
  const std::string way = difference->least > Millis(0) ? "behind" : "ahead of";
  if (apart <= kGoodClockDifference) {
    return Say(Health::kOk, check, "less than " + config::SpellPreciseDuration(kGoodClockDifference) + " apart");
  }
  Say(apart > settings_.max_future_skew ? Health::kError : Health::kWarning, check,
      "this machine is at least " + config::SpellPreciseDuration(apart) + " " + way + " a broker: timers fire at the" +
          " wrong time, and records further ahead than max_future_skew are dead letters",
      "keep the clocks of all machines by NTP");
}

}  // namespace

void CheckCluster(const config::Settings& settings, Findings* findings, std::optional<uint32_t>* partitions) {
  kafka::ConnectionOptions options = MakeConnectionOptions(settings, 0);
  options.log = nullptr;  // what matters of it is in the findings
  const Result<std::unique_ptr<kafka::Admin>> admin = kafka::AdministerKafka(std::move(options));
  if (!admin.ok()) {
    findings->push_back({Health::kError, "Kafka client", admin.status().message(),
                         "see kafka.client, kafka.consumer, kafka.producer and kafka.security in the settings"});
    return;
  }
  ClusterChecks checks(settings, admin->get(), findings);
  if (!checks.Addresses()) return;
  checks.Versions();
  checks.Login();
  checks.Brokers();
  CheckTopics(settings, admin->get(), findings, partitions);
  checks.Rights();
  checks.Clocks();
}

}  // namespace leadpulse::tools
