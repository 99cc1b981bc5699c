#include "processor/kafka/topic_table.h"

#include <algorithm>

#include "processor/base/text.h"

namespace leadpulse::kafka {

std::vector<NamedTopic> TopicsOfRun(const config::TopicNames& names) {
  std::vector<NamedTopic> topics{{names.events, TopicRole::kInput},
                                 {names.commands, TopicRole::kInput},
                                 {names.exchange, TopicRole::kExchange},
                                 {names.lead_state, TopicRole::kChangelog},
                                 {names.lead_journal, TopicRole::kDeltas},
                                 {names.lead_profiles, TopicRole::kProfiles},
                                 {names.status_changes, TopicRole::kOutput},
                                 {names.segment_changes, TopicRole::kOutput},
                                 {names.dead_letters, TopicRole::kDeadLetters}};
  std::erase_if(topics, [](const NamedTopic& topic) { return topic.name.empty(); });
  return topics;
}

std::vector<NamedTopic> TopicsOf(const config::Settings& settings) {
  config::TopicNames names = settings.kafka.topics;
  if (!settings.profiles.enabled) names.lead_profiles.clear();
  std::vector<NamedTopic> topics = TopicsOfRun(names);
  if (settings.definitions.topic) topics.push_back({names.definitions, TopicRole::kDefinitions});
  return topics;
}

bool HasLeads(TopicRole role) {
  return role == TopicRole::kInput || role == TopicRole::kExchange || role == TopicRole::kChangelog ||
         role == TopicRole::kDeltas || role == TopicRole::kProfiles;
}

std::vector<std::pair<std::string, std::string>> CreationSettings(TopicRole role) {
  const std::pair<std::string, std::string> large{"max.message.bytes", std::to_string(kLargestLead)};
  switch (role) {
    case TopicRole::kChangelog:
    case TopicRole::kProfiles:
    case TopicRole::kDefinitions:
      return {{"cleanup.policy", "compact"}, {"delete.retention.ms", std::to_string(kTombstonesKept.count())}, large};
    case TopicRole::kDeltas:
      return {{"retention.ms", "-1"}, {"retention.bytes", "-1"}, large};
    case TopicRole::kExchange:
      return {large};
    case TopicRole::kDeadLetters:
      return {{"max.message.bytes", std::to_string(kLargestDeadLetter)}};
    case TopicRole::kInput:
    case TopicRole::kOutput:
      break;
  }
  return {};
}

std::optional<int64_t> NumberOf(const KafkaSettings& settings, std::string_view name) {
  const auto found = settings.find(name);
  return found == settings.end() ? std::nullopt : ParseInteger<int64_t>(found->second);
}

std::optional<Millis> MillisOf(const KafkaSettings& settings, std::string_view name) {
  constexpr int64_t kMost = int64_t{36'500} * 24 * 3600 * 1000;
  const std::optional<int64_t> number = NumberOf(settings, name);
  if (!number.has_value()) return std::nullopt;
  return Millis{*number < 0 ? kMost : std::min(*number, kMost)};
}

std::vector<TopicRight> RightsOfRun(TopicRole role) {
  switch (role) {
    case TopicRole::kInput:
    case TopicRole::kDefinitions:
      return {TopicRight::kRead};
    case TopicRole::kExchange:
    case TopicRole::kChangelog:
      return {TopicRight::kRead, TopicRight::kWrite};
    case TopicRole::kDeltas:
      return {TopicRight::kRead, TopicRight::kWrite, TopicRight::kDelete};
    case TopicRole::kOutput:
    case TopicRole::kDeadLetters:
    case TopicRole::kProfiles:
      break;
  }
  return {TopicRight::kWrite};
}

}  // namespace leadpulse::kafka
