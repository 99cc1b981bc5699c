#include "processor/kafka/topic_table.h"

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
      return {{"cleanup.policy", "compact"}, large};
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

std::string CreationArguments(const NamedTopic& topic, uint32_t partitions) {
  std::string arguments = "--create --topic " + topic.name;
  if (partitions > 0) arguments += " --partitions " + std::to_string(partitions);
  for (const auto& [name, value] : CreationSettings(topic.role)) arguments += " --config " + name + "=" + value;
  return arguments;
}

}  // namespace leadpulse::kafka
