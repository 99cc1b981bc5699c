#include "tools/leadpulse/topics/topic_acls.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "processor/kafka/topic_table.h"

namespace leadpulse::tools {
namespace {

using kafka::NamedTopic;
using kafka::TopicRight;
using kafka::TopicRole;
using Names = std::vector<std::string>;

// Returns the word in single quotes, as a shell reads it.
std::string Quoted(std::string_view word) {
  std::string quoted = "'";
  for (const char letter : word) quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return quoted + "'";
}

std::string NameOf(TopicRight right) {
  switch (right) {
    case TopicRight::kRead:
      return "Read";
    case TopicRight::kWrite:
      return "Write";
    case TopicRight::kDelete:
      break;
  }
  return "Delete";
}

// Builds the lines of one user after the other.
class Lines {
 public:
  explicit Lines(const config::KafkaSettings& kafka) {
    begin_ = "kafka-acls.sh --bootstrap-server " + Quoted(kafka.bootstrap_servers);
    // The address of a super user's login.
    if (kafka.security.uses_sasl() || kafka.security.uses_tls()) begin_ += " --command-config admin.properties";
  }

  void Comment(const std::string& text) { text_ += (text_.empty() ? "# " : "\n# ") + text + "\n"; }
  void Allow(const std::string& user, const Names& operations, const std::string& resource) {
    text_ += begin_ + " --add --allow-principal " + Quoted(user);
    for (const std::string& operation : operations) text_ += " --operation " + operation;
    text_ += " " + resource + "\n";
  }
  // Allows operations on topics; nothing if there is none.
  void AllowTopics(const std::string& user, const Names& operations, const std::vector<NamedTopic>& topics) {
    if (topics.empty()) return;
    std::string resource;
    for (const NamedTopic& topic : topics) resource += (resource.empty() ? "--topic " : " --topic ") + topic.name;
    Allow(user, operations, resource);
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string begin_;
  std::string text_;
};

template <typename Holds>
std::vector<NamedTopic> TopicsThat(const std::vector<NamedTopic>& topics, const Holds& holds) {
  std::vector<NamedTopic> some;
  std::ranges::copy_if(topics, std::back_inserter(some), [&](const NamedTopic& topic) { return holds(topic.role); });
  return some;
}

// Allows what a run does. Topics with the same rights share a line.
void AllowRun(const config::KafkaSettings& kafka, const std::vector<NamedTopic>& topics, const std::string& user,
              Lines* lines) {
  lines->Comment("The run, `leadpulse run --config`");
  std::vector<std::vector<TopicRight>> all;
  for (const NamedTopic& topic : topics) {
    const std::vector<TopicRight> rights = kafka::RightsOfRun(topic.role);
    if (std::ranges::find(all, rights) == all.end()) all.push_back(rights);
  }
  for (const std::vector<TopicRight>& rights : all) {
    Names operations;
    for (const TopicRight right : rights) operations.push_back(NameOf(right));
    operations.insert(operations.end(), {"Describe", "DescribeConfigs"});
    lines->AllowTopics(user, operations,
                       TopicsThat(topics, [&](TopicRole role) { return kafka::RightsOfRun(role) == rights; }));
  }
  lines->Allow(user, {"Read", "Describe"}, "--group " + Quoted(kafka.application));
  lines->Allow(user, {"Write", "Describe"},
               "--transactional-id " + Quoted(kafka.application + "-") + " --resource-pattern-type prefixed");
}

}  // namespace

std::string AclLines(const config::Settings& settings, const TopicUsers& users) {
  const std::vector<NamedTopic> topics = kafka::TopicsOf(settings);
  Lines lines(settings.kafka);
  AllowRun(settings.kafka, topics, users.run, &lines);
  lines.Comment("Producers of events and commands: programs of yours, and `leadpulse` with --to kafka");
  lines.AllowTopics(users.producer, {"Write", "Describe"},
                    TopicsThat(topics, [](TopicRole role) { return role == TopicRole::kInput; }));
  lines.Comment(
      "Consumers of changes, leads and dead letters. Their groups are yours: add a line with --group for each");
  lines.AllowTopics(users.consumer, {"Read", "Describe"}, TopicsThat(topics, [](TopicRole role) {
                      return role == TopicRole::kOutput || role == TopicRole::kProfiles ||
                             role == TopicRole::kDeadLetters;
                    }));
  lines.Comment("Operators: `leadpulse topics`, `leadpulse doctor`, `leadpulse definitions apply`");
  lines.AllowTopics(users.operators, {"Create", "Describe", "DescribeConfigs", "AlterConfigs"}, topics);
  lines.AllowTopics(users.operators, {"Read", "Write"},
                    TopicsThat(topics, [](TopicRole role) { return role == TopicRole::kDefinitions; }));
  lines.Comment("Brokers before Kafka 3.0 also ask for IdempotentWrite on the cluster, of the run and of producers");
  return std::move(lines).text();
}

}  // namespace leadpulse::tools
