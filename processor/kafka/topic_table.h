// The topics of a deployment, and how each is created.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"

namespace leadpulse::kafka {

enum class TopicRole : uint8_t {
  kInput,
  kExchange,
  kChangelog,
  kDefinitions,
  kOutput,
  kDeadLetters,
  kDeltas,
  kProfiles
};

struct NamedTopic {
  std::string name;
  TopicRole role = TopicRole::kInput;
};

// Returns the topics that a run needs, without that of definitions, and without one whose name is empty. The first is
// the topic of events.
std::vector<NamedTopic> TopicsOfRun(const config::TopicNames& names);

// Whether all topics with this role have one number of partitions, because a lead has one partition number in them.
bool HasLeads(TopicRole role);

// The largest records by role, in bytes. A lead with a full journal and many properties may take megabytes.
inline constexpr int64_t kLargestLead = 8 << 20;
// A record of 1 MiB in base64 within its JSON.
inline constexpr int64_t kLargestDeadLetter = 2 << 20;

// Returns the settings with which to create a topic, where they differ from a broker's defaults.
std::vector<std::pair<std::string, std::string>> CreationSettings(TopicRole role);

// Returns the arguments of Kafka's `kafka-topics.sh` that create the topic. `partitions`: 0 if it is not known.
std::string CreationArguments(const NamedTopic& topic, uint32_t partitions);

}  // namespace leadpulse::kafka
